//! The command line: what a person types and sees.

mod aimed;
mod arguments;
mod attack;
mod bench_report;
mod bounds;
mod data;
mod encode;
mod encode_images;
mod encode_property;
mod eval;
mod given;
mod info;
mod info_network;
mod info_property;
mod interrupt;
mod method;
mod model_file;
mod output;
mod progress;
mod prune;
mod solve;
mod solvers;
mod supports;
mod train;
mod transfer;
mod verify;

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::attack_run;

/// Exact answers about trained ReLU networks, with open solvers.
#[derive(Parser)]
#[command(name = "greymatter", max_term_width = 110, arg_required_else_help = true)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "Examples:
  greymatter train --data digits --arch 64-32-16-10 --out digits.onnx
  greymatter eval digits.onnx --data digits
  greymatter attack digits.onnx --data digits --images 0..20 --targets all --epsilon 0.1 --out attack

Exit status: 0 for an answer, 1 where a benchmark run holds a wrong one, 2 for wrong usage or input, 130 after Ctrl-C (what was done is kept).")]
struct Cli {
    #[command(flatten)]
    about: About,
    #[command(subcommand)]
    command: Option<Command>,
}

/// What the program says of itself, in the form that VNN-LIB's standard wants of solvers.
#[derive(Args)]
#[group(multiple = false)]
struct About {
    /// Print the program's name
    #[arg(long)]
    name: bool,
    /// Print the program's version
    #[arg(long, short = 'V')]
    version: bool,
}

#[derive(Subcommand)]
enum Command {
    Info(info::InfoArguments),
    Train(train::TrainArguments),
    Eval(eval::EvalArguments),
    Attack(attack::AttackArguments),
    Transfer(transfer::TransferArguments),
    Verify(verify::VerifyArguments),
    Bounds(bounds::BoundsArguments),
    Prune(prune::PruneArguments),
    Encode(encode::EncodeArguments),
    Solve(solve::SolveArguments),
    BenchReport(bench_report::BenchReportArguments),
    Data(data::DataCommandArguments),
    Solvers(solvers::SolversArguments),
    Supports(supports::SupportsArguments),
    /// Attacks images that the parent process names, one a line.
    #[command(name = attack_run::WORKER_COMMAND, hide = true)]
    AttackWorker,
}

/// What a command came to when nothing failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Completion {
    /// All of it.
    Done,
    /// What was done before Ctrl-C.
    Interrupted,
    /// All of it, and it showed that something is wrong.
    FoundWrong,
}

/// Runs the program on its process's arguments.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let completion = match cli.command {
        Some(command) => run(command),
        None => say_who(&cli.about).map(|()| Completion::Done),
    };
    match completion {
        Ok(Completion::Done) => ExitCode::SUCCESS,
        Ok(Completion::Interrupted) => ExitCode::from(130),
        Ok(Completion::FoundWrong) => ExitCode::from(1),
        Err(error) if output::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::report_error(&error);
            ExitCode::from(2)
        }
    }
}

fn say_who(about: &About) -> anyhow::Result<()> {
    output::line(if about.name { "greymatter" } else { env!("CARGO_PKG_VERSION") })
}

fn run(command: Command) -> anyhow::Result<Completion> {
    match command {
        Command::Info(arguments) => info::run(&arguments),
        Command::Train(arguments) => train::run(&arguments),
        Command::Eval(arguments) => eval::run(&arguments),
        Command::Attack(arguments) => attack::run(&arguments),
        Command::Transfer(arguments) => transfer::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Bounds(arguments) => bounds::run(&arguments),
        Command::Prune(arguments) => prune::run(&arguments),
        Command::Encode(arguments) => encode::run(&arguments),
        Command::Solve(arguments) => solve::run(&arguments),
        Command::BenchReport(arguments) => bench_report::run(&arguments),
        Command::Data(arguments) => data::run(&arguments),
        Command::Solvers(arguments) => solvers::run(&arguments),
        Command::Supports(arguments) => supports::run(&arguments),
        Command::AttackWorker => attack_run::worker_main().map(|()| Completion::Done),
    }
}
