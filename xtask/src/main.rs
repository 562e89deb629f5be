//! `cargo xtask`: set-up, demo, tests, measurements and house-keeping of the workspace.
//!
//! Builds with Rust alone and knows no crate of the workspace: it calls cargo and the program that cargo built.
//! `flags` holds every flag; each command has a file of its own.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for people at a terminal")]

mod bench;
mod cargo;
mod ci;
mod demo;
mod features;
mod flags;
mod setup;
mod test;
mod tidy;

use std::process::ExitCode;

use clap::Parser;

use crate::bench::Interrupted;
use crate::flags::{Command, Flags};
use crate::setup::Impossible;

fn main() -> ExitCode {
    let flags = Flags::parse();
    let consent = setup::consent(&flags);
    let result = match flags.command {
        Command::Setup(setup_flags) => setup::run(&setup_flags, consent),
        Command::Demo(demo_flags) => demo::run(&demo_flags, consent),
        Command::Test(test_flags) => test::run(&test_flags, consent),
        Command::Ci(ci_flags) => ci::run(&ci_flags, consent),
        Command::Bench(bench_flags) => bench::run(&bench_flags, consent),
        Command::Tidy => tidy::run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<Interrupted>() => {
            eprintln!("{error}");
            ExitCode::from(130)
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            // Status 2 as for wrong usage: nothing failed, but something is for the caller to mend.
            if error.is::<Impossible>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}
