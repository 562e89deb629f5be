//! `cargo xtask bench`: solvers, or formulations, on the same files, one process a solve.
//!
//! The work is greymatter's: `train` and `encode` make the models, `solve` answers and checks, `bench-report` compares;
//! `attack` answers, too, from what a model was made from.
//! Here is what goes between them: which models, which ways to solve, whose turn it is, and that nothing that was
//! measured is ever lost or measured twice.

mod child;
mod environment;
mod instances;
mod models;
mod program;
mod question;
mod rows;
mod schedule;
mod sets;
mod truth;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail, ensure};

use self::program::Program;
use self::question::Questions;
use self::rows::RowFile;
use crate::cargo::workspace_root;
use crate::flags::{AnsweredBy, BenchFlags, SetName, Variant};
use crate::setup::Consent;

/// Ctrl-C ended a run; what was measured is kept.
#[derive(Debug)]
pub(crate) struct Interrupted;

impl fmt::Display for Interrupted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("bench: interrupted; the same command goes on from here")
    }
}

impl std::error::Error for Interrupted {}

/// `cargo xtask bench`.
///
/// # Errors
/// When something cannot be built, read or written, and when an answer is wrong.
pub(crate) fn run(flags: &BenchFlags, consent: Consent) -> Result<()> {
    check(flags)?;
    let variants = variants(flags)?;
    let program = Program::find(flags, consent)?;
    let folder = folder(flags)?;
    let instances = instances::prepare(flags, &program, &folder)?;
    let rows = RowFile::open(&folder)?;
    let runs = schedule::runs(&instances, &variants, flags.repeat);
    let missing = schedule::missing(runs, rows.known(), &schedule::Settings::of(flags))?;
    environment::append(flags, &program, &folder)?;
    let stop = stop_on_interrupt()?;
    let set = sets::set(flags.set);
    let questions = Questions { program: &program, set: &set, folder: &folder };
    schedule::execute(&questions, missing, rows, &schedule::Settings::of(flags), &stop)?;
    if stop.load(Ordering::Relaxed) {
        return Err(Interrupted.into());
    }
    report(flags, &program, &folder)
}

fn check(flags: &BenchFlags) -> Result<()> {
    ensure!(flags.time_limit > 0.0 && flags.time_limit.is_finite(), "--time-limit is greater than 0");
    ensure!(flags.grace >= 0.0 && flags.grace.is_finite(), "--grace is at least 0");
    ensure!(flags.repeat > 0, "--repeat is at least 1");
    ensure!(flags.jobs > 0, "--jobs is at least 1");
    ensure!(flags.count != Some(0), "--count is at least 1");
    Ok(())
}

/// All ways to solve: those of `--solvers` first.
fn variants(flags: &BenchFlags) -> Result<Vec<Variant>> {
    let of_solvers = flags.solvers.iter().map(|name| Variant::of_solver(name));
    let mut variants: Vec<_> = of_solvers.chain(flags.variants.iter().cloned()).collect();
    if variants.is_empty() {
        variants = default_variants(flags.set);
    }
    for attack in variants.iter().filter(|variant| variant.answered_by == AnsweredBy::Attack) {
        ensure!(
            flags.encodings.is_empty(),
            "--encodings says how models are written; `{}` is no model, but takes --formulation and --bounds",
            attack.label
        );
        ensure!(
            flags.set != SetName::Conformance,
            "the set conformance has models only: nothing for `{}` to attack",
            attack.label
        );
    }
    for (position, variant) in variants.iter().enumerate() {
        if variants[..position].iter().any(|earlier| earlier.label == variant.label) {
            bail!("two ways to solve have the label `{}`", variant.label);
        }
    }
    Ok(variants)
}

/// How a set is solved where nothing is said.
fn default_variants(set: SetName) -> Vec<Variant> {
    let attack = |label: &str, flags: [&str; 2]| Variant {
        label: label.to_owned(),
        answered_by: AnsweredBy::Attack,
        arguments: flags.map(str::to_owned).into(),
    };
    match set {
        SetName::Scaling => vec![attack("highs", ["--solver", "highs"]), attack("bab", ["--method", "bab"])],
        _ => vec![Variant::of_solver("highs")],
    }
}

fn folder(flags: &BenchFlags) -> Result<PathBuf> {
    let default = || workspace_root().join("greymatter-bench").join(sets::name(flags.set));
    let folder = std::path::absolute(flags.out.clone().unwrap_or_else(default))?;
    fs::create_dir_all(&folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    Ok(folder)
}

/// A flag that Ctrl-C raises; the second Ctrl-C ends the program.
fn stop_on_interrupt() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let raised = Arc::clone(&stop);
    ctrlc::set_handler(move || {
        if raised.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    })?;
    Ok(stop)
}

fn report(flags: &BenchFlags, program: &Program, folder: &Path) -> Result<()> {
    let mut command = program.command();
    command.arg("bench-report").arg(folder);
    if let Some(baseline) = &flags.baseline {
        command.args(["--baseline", baseline]);
    }
    crate::cargo::run(&mut command)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::flags::{Command, Flags};

    fn variants_of(arguments: &[&str]) -> Result<Vec<Variant>> {
        let flags = Flags::parse_from([&["xtask", "bench", "--set"], arguments].concat());
        let Command::Bench(flags) = flags.command else { panic!("it is the bench") };
        variants(&flags)
    }

    #[test]
    fn every_set_has_ways_to_solve_it() {
        let labels = |arguments: &[&str]| -> Vec<String> {
            let variants = variants_of(arguments).expect("the flags fit");
            variants.into_iter().map(|variant| variant.label).collect()
        };
        assert_eq!(labels(&["seed"]), ["highs"]);
        assert_eq!(labels(&["scaling"]), ["highs", "bab"]);
        assert_eq!(labels(&["scaling", "--variant", "b: attack", "--solvers", "scip"]), ["scip", "b"]);
    }

    #[test]
    fn attacks_need_a_network_and_write_no_model() {
        for (arguments, part) in [
            (&["conformance"][..], "the set conformance"),
            (&["seed", "--encodings", "big-m,sharp"][..], "--encodings"),
        ] {
            let attack = ["--variant", "ours: attack --method bab"];
            let error = variants_of(&[arguments, &attack[..]].concat()).expect_err(part).to_string();
            assert!(error.contains(part) && error.contains("`ours`"), "{error}");
        }
    }
}
