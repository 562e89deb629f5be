//! `cargo xtask ci`: every check that a change must pass, each with its time.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;

use crate::cargo::{cargo, run as run_command};
use crate::flags::{CiFlags, CiStep, Feature, TestFlags};
use crate::setup::{Consent, Toolchain, ensure_feature};
use crate::{demo, features, test, tidy};

/// `cargo xtask ci`: runs the steps in order and stops at the first that fails.
///
/// # Errors
/// When a step fails.
pub(crate) fn run(flags: &CiFlags, consent: Consent) -> Result<()> {
    let steps = if flags.steps.is_empty() { CiStep::value_variants() } else { &flags.steps };
    let mut times = Vec::new();
    for &step in steps {
        println!("\nci: {}", name(step));
        let start = Instant::now();
        let result = run_step(step, consent);
        times.push((step, start.elapsed()));
        if let Err(error) = result {
            println!("\n{}ci: {} failed", table(&times), name(step));
            return Err(error);
        }
        println!("ci: {} took {}", name(step), seconds(start.elapsed()));
    }
    println!("\n{}ci: all is well", table(&times));
    Ok(())
}

fn run_step(step: CiStep, consent: Consent) -> Result<()> {
    let with_solvers = || ensure_feature(Feature::All, consent);
    let without_solvers = Toolchain::default();
    match step {
        CiStep::Fmt => run_command(&mut cargo(["fmt", "--all", "--check"], &without_solvers)),
        CiStep::Tidy => tidy::run(),
        CiStep::Clippy => run_command(&mut cargo(
            ["clippy", "--workspace", "--all-features", "--all-targets", "--", "-D", "warnings"],
            &with_solvers()?,
        )),
        CiStep::Doc => run_command(
            cargo(["doc", "--workspace", "--all-features", "--no-deps"], &with_solvers()?)
                .env("RUSTDOCFLAGS", "-D warnings"),
        ),
        CiStep::Features => features::run(&with_solvers()?),
        CiStep::Test => {
            test::run(&TestFlags { cargo_arguments: Vec::new(), program_arguments: Vec::new() }, consent)
        }
        CiStep::Demo => smoke_test(&with_solvers()?),
    }
}

/// Runs the demo and what its guide suggests into a temporary folder, and counts the demo's rows.
fn smoke_test(toolchain: &Toolchain) -> Result<()> {
    let folder = std::env::temp_dir().join(format!("greymatter-demo-{}", std::process::id()));
    let result = demo::build_and_run(&folder, toolchain).and_then(|demo| {
        check_rows(&demo.rows_from_anywhere())?;
        demo::run_suggestions(&demo, toolchain)
    });
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    result
}

fn check_rows(path: &Path) -> Result<()> {
    let text = fs::read_to_string(path)
        .with_context(|| format!("cannot read the demo's rows, {}", path.display()))?;
    let count = count_rows(&text).with_context(|| format!("in {}", path.display()))?;
    ensure!(count == demo::ROWS, "{} holds {count} rows, not {}", path.display(), demo::ROWS);
    println!("ci: the demo wrote its {count} rows");
    Ok(())
}

/// Counts the rows of an attack, each a JSON object with a verdict that decides.
fn count_rows(text: &str) -> Result<usize> {
    const DECIDED: [&str; 3] = ["optimal", "falsified", "certified"];
    for (index, row) in text.lines().enumerate() {
        let is_object = row.starts_with('{') && row.ends_with('}');
        let row_without_blanks = row.replace(' ', "");
        let decides =
            DECIDED.iter().any(|verdict| row_without_blanks.contains(&format!("\"verdict\":\"{verdict}\"")));
        if !is_object || !decides {
            bail!("line {} is no row with a verdict of {}: {row}", index + 1, DECIDED.join(", "));
        }
    }
    Ok(text.lines().count())
}

fn table(times: &[(CiStep, Duration)]) -> String {
    let total: Duration = times.iter().map(|(_, time)| *time).sum();
    let rows = times.iter().map(|(step, time)| (name(*step), *time)).chain([("total".to_owned(), total)]);
    rows.map(|(name, time)| format!("  {name:10} {:>9}\n", seconds(time))).collect()
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

fn name(step: CiStep) -> String {
    step.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_sums_up() {
        let times = [(CiStep::Fmt, Duration::from_millis(900)), (CiStep::Features, Duration::from_secs(61))];
        assert_eq!(table(&times), "  fmt            0.9 s\n  features      61.0 s\n  total         61.9 s\n");
    }

    #[test]
    fn rows_are_counted_only_where_every_one_decides() {
        let good = "{\"image\":0,\"verdict\":\"optimal\"}\n{\"verdict\": \"falsified\"}\n";
        assert_eq!(count_rows(good).expect("two rows"), 2);
        assert_eq!(count_rows("").expect("no rows"), 0);
        for bad in ["{\"verdict\":\"unknown\"}\n", "{\"image\":0}\n", "{\"verdict\":\"optimal\"", "\n"] {
            let error = count_rows(&format!("{good}{bad}")).expect_err(bad);
            assert!(error.to_string().starts_with("line 3 is no row"), "{error}");
        }
    }

    #[test]
    fn a_missing_file_of_rows_is_named() {
        let error = check_rows(Path::new("no/such/rows.jsonl")).expect_err("the file does not exist");
        assert!(format!("{error:#}").contains("no/such/rows.jsonl"), "{error:#}");
    }
}
