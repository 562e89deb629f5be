//! The `greymatter` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    experiments::cli::main()
}
