//! Verdicts on properties: one, or a list of them.

mod batch;
mod single;
mod summary;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Context, bail};
use clap::Args;

use super::Completion;
use super::arguments::Seconds;
use super::method::workers;
use crate::verify_run::{Arithmetic, EngineName, InstanceFiles, Memory, VerifySettings};
use single::Form;

/// Decide whether a network violates a VNN-LIB property
///
/// The first line of the output is the verdict: `sat` (a counterexample follows; it was replayed in f64 and f32), `unsat` (it is
/// proven that there is none), `timeout`, `unknown` or `error`. The exit status is 0 for every verdict but `error`.
#[derive(Args)]
#[command(after_help = "Examples:
  greymatter verify net.onnx prop.vnnlib --timeout 60
  greymatter verify net.onnx prop.vnnlib.gz --engine milp --solver highs --json
  greymatter verify query.vnnlib --network f=net.onnx --timeout 60
  greymatter verify --batch acasxu/instances.csv --out acasxu.csv --timeout 20 --truth truth.csv
  greymatter verify --batch acasxu/instances.csv --out acasxu.csv --retry timeout,error

A list has rows onnx,vnnlib,timeout with paths relative to its folder. Each instance gets a process of its own; an
interrupted run goes on when the same command is given again. Counterexamples are written to a folder beside the results.

Exit status: 0 for a verdict, 1 where --truth shows a wrong one, 2 for an error, 130 after Ctrl-C.")]
pub(super) struct VerifyArguments {
    /// The network, an ONNX or .nnet file, and the property, a .vnnlib or .vnnlib.gz file; with --network the property alone
    #[arg(value_name = "FILE", num_args = 1..=2, required_unless_present = "batch", conflicts_with = "batch")]
    files: Vec<PathBuf>,
    /// The network of a query in VNN-LIB 2.0, by the name that the query declares; the answer has the standard's form
    #[arg(long, value_name = "NAME=FILE", conflicts_with = "batch")]
    network: Option<NamedNetwork>,
    /// Seconds from the start of the program until it ends, at the latest; with --batch a cap on the list's time limits
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<Seconds>,
    /// Who decides
    #[arg(long, value_enum, default_value_t = EngineName::Auto)]
    engine: EngineName,
    /// Solver behind the engine milp; `greymatter solvers` lists them. auto: SCIP where its library is found, else HiGHS
    #[arg(long, value_name = "NAME", default_value = "auto")]
    solver: String,
    /// Threads that search; default: the number of cores
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// Gigabytes of memory at which the search ends with `unknown`; default: three quarters of the machine's (Linux)
    #[arg(long, value_name = "GB")]
    memory: Option<Memory>,
    /// Take declared floating-point types for real numbers, for which proofs hold; without it such queries are refused
    #[arg(long)]
    assume_real: bool,
    /// Seed of pseudo-random choices
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Write what is printed without --json to a file, too
    #[arg(long, value_name = "FILE", conflicts_with = "batch")]
    result_file: Option<PathBuf>,
    /// Print one JSON object an instance
    #[arg(long)]
    json: bool,
    #[command(flatten, next_help_heading = "Many instances")]
    batch: BatchArguments,
}

#[derive(Args)]
struct BatchArguments {
    /// A list of instances: rows onnx,vnnlib,timeout without a header
    #[arg(long, value_name = "INSTANCES", requires = "out")]
    batch: Option<PathBuf>,
    /// The results, a CSV file to which rows are added; instances that have one are not repeated
    #[arg(long, value_name = "RESULTS", requires = "batch")]
    out: Option<PathBuf>,
    /// Only instances with this text in their row
    #[arg(long, value_name = "TEXT", requires = "batch")]
    filter: Option<String>,
    /// Repeat instances with these verdicts, separated by commas: timeout, unknown, error
    #[arg(long, value_name = "VERDICTS", value_delimiter = ',', requires = "batch")]
    #[arg(value_parser = ["timeout", "unknown", "error"])]
    retry: Vec<String>,
    /// Known verdicts, a CSV file with the columns onnx,vnnlib,truth, and benchmark where it holds several
    #[arg(long, value_name = "TRUTH", requires = "batch")]
    truth: Option<PathBuf>,
}

/// `name=file`.
#[derive(Clone)]
struct NamedNetwork {
    name: String,
    file: PathBuf,
}

pub(super) fn run(arguments: &VerifyArguments) -> anyhow::Result<Completion> {
    if let (Some(list), Some(out)) = (&arguments.batch.batch, &arguments.batch.out) {
        return batch::run(arguments, list, out);
    }
    match (arguments.files.as_slice(), &arguments.network) {
        ([property], Some(NamedNetwork { name, file })) => {
            let files = InstanceFiles { onnx: file, property, network_name: Some(name) };
            single::run(arguments, files, Form::Standard)
        }
        ([onnx, property], None) => {
            let files = InstanceFiles { onnx, property, network_name: None };
            single::run(arguments, files, Form::Competition)
        }
        ([_], None) => bail!(
            "verify needs two files, the network and the property: greymatter verify net.onnx prop.vnnlib; or a query with \
             --network NAME=net.onnx"
        ),
        _ => bail!(
            "with --network there is one file, the query: greymatter verify query.vnnlib --network f=net.onnx"
        ),
    }
}

impl FromStr for NamedNetwork {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let (name, file) = text.split_once('=').context("expected NAME=FILE")?;
        Ok(Self { name: name.to_owned(), file: file.into() })
    }
}

impl VerifyArguments {
    fn settings(&self) -> VerifySettings {
        VerifySettings {
            engine: self.engine,
            solver: (self.solver != "auto").then(|| self.solver.clone()),
            threads: workers(self.threads),
            seed: self.seed,
            timeout: self.timeout.map(|timeout| timeout.0),
            memory: self.memory.or_else(Memory::most_of_the_machine),
            arithmetic: if self.assume_real { Arithmetic::Real } else { Arithmetic::Declared },
        }
    }
}
