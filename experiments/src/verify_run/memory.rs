//! How much memory a process may use.

use std::fmt;
use std::fs;
use std::str::FromStr;

use anyhow::{Context, ensure};

const GIGABYTE: f64 = 1e9;

/// An amount of memory; read and displayed in gigabytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Memory {
    bytes: u64,
}

impl Memory {
    /// Three quarters of the machine's memory; `None` where the system does not tell.
    pub(crate) fn most_of_the_machine() -> Option<Self> {
        let text = fs::read_to_string("/proc/meminfo").ok()?;
        let total = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
        let kilobytes: u64 = total.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(Self { bytes: kilobytes * 1024 / 4 * 3 })
    }

    /// What this process holds; `None` where the system does not tell.
    pub(super) fn in_use() -> Option<Self> {
        let text = fs::read_to_string("/proc/self/status").ok()?;
        let held = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kilobytes: u64 = held.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(Self { bytes: kilobytes * 1024 })
    }
}

impl FromStr for Memory {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let gigabytes: f64 = text.parse().context("expected a number of gigabytes")?;
        ensure!(gigabytes > 0.0 && gigabytes < 1e6, "a memory limit is greater than 0, in gigabytes");
        Ok(Self { bytes: (gigabytes * GIGABYTE) as u64 })
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.bytes as f64 / GIGABYTE)
    }
}
