//! Every command and flag of `cargo xtask`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, ValueEnum};

const EXAMPLES: &str = "\
Examples:
  cargo xtask demo                      train, attack and look at the result, in ./greymatter-demo
  cargo xtask test                      all tests, with every solver
  cargo xtask test margin               the tests whose name contains \"margin\"
  cargo xtask test -- --nocapture       flags for the test programs go behind --
  cargo xtask setup all --dry-run       what would be installed, and how
  cargo xtask bench --set digits        measure HiGHS on 90 small models
  cargo xtask ci                        everything that the forge holds a change to
  cargo xtask ci fmt clippy tidy        only these steps";

const BENCH_EXAMPLES: &str = "\
Examples:
  cargo xtask bench --set digits --count 12
  cargo xtask bench --set seed --solvers highs,scip,lp:cbc --features scip --time-limit 120
  cargo xtask bench --set seed --count 12 --variant 'tuned: --solver highs' \\
      --variant 'default: --solver highs --preset solver' --baseline default
  cargo xtask bench --set seed --count 12 --encodings big-m,big-m-paper,partition:2,sharp
  cargo xtask bench --set seed900 --count 24 --encodings big-m@crown,big-m@crown+lp --solvers scip --features scip
  cargo xtask bench --set seed --count 12 --solvers highs --variant 'bab: attack --method bab'
  cargo xtask bench --set scaling --count 48 --time-limit 20

The folder of a run holds raw.jsonl (a line for each solve), summary.md, instances.md and plots. The same command goes
on where an earlier one stopped. Exit status: 0 where all answers hold, 1 where one is wrong, 130 after Ctrl-C.";

/// Set-up, demo, tests, measurements and house-keeping of the workspace.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, after_help = EXAMPLES)]
pub(crate) struct Flags {
    /// Install what is missing without asking first
    #[arg(long, short, global = true)]
    pub(crate) yes: bool,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Find what the solvers need to be built, and install what is missing
    Setup(SetupFlags),
    /// Build greymatter, train a small network, attack it exactly, and say what to look at
    Demo(DemoFlags),
    /// Run all tests of the workspace, doc tests included
    Test(TestFlags),
    /// Run every check that a change must pass
    Ci(CiFlags),
    /// Measure solvers, or formulations, on the same models, and check every answer
    Bench(BenchFlags),
    /// Check the house rules that neither rustfmt nor clippy know
    Tidy,
}

#[derive(Debug, Args)]
pub(crate) struct SetupFlags {
    /// What to set up
    #[arg(value_enum, default_value_t = Feature::Highs)]
    pub(crate) feature: Feature,

    /// Print the commands instead of running them
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// A solver that needs more than Rust.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Feature {
    /// HiGHS, built from source by the crate highs-sys
    Highs,
    /// SCIP, a shared library from a Python package
    Scip,
    /// CBC, a shared library of the system
    Cbc,
    /// The command line solvers cbc and glpsol
    Lp,
    /// Every solver
    All,
}

#[derive(Debug, Args)]
pub(crate) struct DemoFlags {
    /// Folder for the network, the result rows and the pictures [default: greymatter-demo in the workspace]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct TestFlags {
    // Once there is one of these, clap keeps what follows `--` in here, too, with the `--` itself.
    /// Passed to `cargo test`
    #[arg(allow_hyphen_values = true, value_name = "CARGO_TEST_ARGS")]
    pub(crate) cargo_arguments: Vec<String>,

    /// Passed to the test programs
    #[arg(last = true, value_name = "TEST_PROGRAM_ARGS")]
    pub(crate) program_arguments: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct CiFlags {
    /// The steps to run, in this order [default: all]
    #[arg(value_enum)]
    pub(crate) steps: Vec<CiStep>,
}

#[derive(Debug, Args)]
#[command(after_help = BENCH_EXAMPLES)]
pub(crate) struct BenchFlags {
    /// The models to solve
    #[arg(long, value_enum)]
    pub(crate) set: SetName,

    /// Only N of them, spread evenly over images and targets
    #[arg(long, value_name = "N")]
    pub(crate) count: Option<usize>,

    /// Solvers, each as `greymatter solve` calls it without further flags [default, if there is no --variant: highs, and for
    /// the set scaling the attacks `--solver highs` and `--method bab`]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) solvers: Vec<String>,

    /// A way to solve: a label, a colon with a blank, and flags of `greymatter solve`, or `attack` and flags of `greymatter
    /// attack` that prove minima; may be repeated
    #[arg(long = "variant", value_name = "LABEL: FLAGS")]
    pub(crate) variants: Vec<Variant>,

    /// How networks become models, such as big-m, or with bound methods big-m@crown+lp; each model is solved in every
    /// encoding, and with more than one the summary has the strength of their linear relaxations [default: big-m]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) encodings: Vec<String>,

    /// Seconds for each solve
    #[arg(long, value_name = "SECONDS", default_value_t = 300.0)]
    pub(crate) time_limit: f64,

    /// Seconds beyond the time limit after which a solve is killed, with all its processes
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0)]
    pub(crate) grace: f64,

    /// How often each model is solved in each way
    #[arg(long, value_name = "K", default_value_t = 1)]
    pub(crate) repeat: usize,

    /// Solves at a time; more than one disturb each other's times
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) jobs: usize,

    /// Folder of the run; an interrupted one goes on [default: greymatter-bench/SET in the workspace]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,

    /// The way that all others are compared with [default: the first]
    #[arg(long, value_name = "LABEL")]
    pub(crate) baseline: Option<String>,

    /// Features that greymatter is built with beside the default ones
    #[arg(long, value_name = "FEATURES", value_delimiter = ',')]
    pub(crate) features: Vec<String>,

    /// A greymatter that is built already, instead of building this workspace's
    #[arg(long, value_name = "FILE", conflicts_with = "features")]
    pub(crate) program: Option<PathBuf>,

    /// Folder that holds the data sets and published networks; default: $GREYMATTER_DATA, ../shared/data
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
}

/// A set of models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SetName {
    /// 90 attacks on 784-50-20-10, trained on MNIST: test images 0 to 9, all targets, epsilon 0.05
    Seed,
    /// 900 attacks on the same network: test images 0 to 99
    #[value(name = "seed900")]
    Seed900,
    /// 90 attacks on 64-32-16-10, trained on the digits that are part of greymatter: epsilon 0.1
    Digits,
    /// 90 attacks on the robust convolutional MNIST network of Wong and Kolter: epsilon 0.1, published verdicts
    #[value(name = "wk17a")]
    Wk17a,
    /// 405 attacks on the three networks of VNN-COMP's mnist_fc: epsilon 0.03, the images of its properties, its verdicts
    #[value(name = "mnist_fc")]
    MnistFc,
    /// 720 attacks on eight networks trained on MNIST, 50 to 400 wide and 2 to 6 hidden layers deep: epsilon 0.01
    Scaling,
    /// 50 tiny models of ReLU networks with exact answers, from solver-api's conformance suite
    Conformance,
}

/// A way to solve a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Variant {
    /// Its name in tables.
    pub(crate) label: String,
    pub(crate) answered_by: AnsweredBy,
    /// Flags of that command.
    pub(crate) arguments: Vec<String>,
}

/// A command of greymatter that answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AnsweredBy {
    /// `greymatter solve` is given the model.
    Solve,
    /// `greymatter attack` is given what the model was made from: network, image, target and radius.
    Attack,
}

impl Variant {
    /// What the flags of a solver make of `greymatter solve`.
    pub(crate) fn of_solver(name: &str) -> Self {
        let arguments = vec!["--solver".to_owned(), name.to_owned()];
        Variant { label: name.to_owned(), answered_by: AnsweredBy::Solve, arguments }
    }
}

impl FromStr for Variant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (label, arguments) = text.split_once(": ").ok_or(
            "expected a label, a colon and a blank, and flags: `HiGHS, no cuts: --solver highs ...` or \
             `ours: attack --method bab`",
        )?;
        if label.trim().is_empty() {
            return Err("the label is empty".to_owned());
        }
        let mut words = arguments.split_whitespace().map(str::to_owned).peekable();
        let is_attack = words.next_if(|word| word == "attack").is_some();
        let answered_by = if is_attack { AnsweredBy::Attack } else { AnsweredBy::Solve };
        Ok(Variant { label: label.trim().to_owned(), answered_by, arguments: words.collect() })
    }
}

/// One step of `cargo xtask ci`, in the order in which they run: cheap ones first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CiStep {
    /// rustfmt would change nothing
    Fmt,
    /// The house rules hold
    Tidy,
    /// clippy has nothing to say about any target
    Clippy,
    /// The documentation builds without a warning
    Doc,
    /// The crates build with each solver alone, and without any from Rust alone
    Features,
    /// All tests, doc tests included
    Test,
    /// The demo runs and writes the rows that it should
    Demo,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_flags_are_consistent() {
        Flags::command().debug_assert();
    }

    #[test]
    fn a_variant_is_a_label_and_flags_and_solvers_may_have_colons() {
        let check = |text: &str, expected: Option<(&str, &[&str])>| {
            let variant = text.parse::<Variant>().ok();
            let parts = variant.as_ref().map(|variant| {
                (variant.label.as_str(), variant.arguments.iter().map(String::as_str).collect::<Vec<_>>())
            });
            assert_eq!(parts, expected.map(|(label, flags)| (label, flags.to_vec())), "{text}");
        };
        check("plain: --solver highs", Some(("plain", &["--solver", "highs"])));
        check("lp:cbc, no cuts:  --solver lp:cbc", Some(("lp:cbc, no cuts", &["--solver", "lp:cbc"])));
        check("as it is: ", Some(("as it is", &[])));
        check("bab: attack --method bab", Some(("bab", &["--method", "bab"])));
        check("--solver lp:cbc", None);
        check(": --solver highs", None);
    }

    #[test]
    fn the_word_attack_in_front_names_who_answers() {
        let answered_by = |text: &str| text.parse::<Variant>().map(|variant| variant.answered_by);
        assert_eq!(answered_by("bab: attack --method bab"), Ok(AnsweredBy::Attack));
        assert_eq!(answered_by("attack: --solver attack"), Ok(AnsweredBy::Solve));
    }

    #[test]
    fn yes_is_understood_before_and_behind_the_command() {
        assert!(Flags::parse_from(["xtask", "--yes", "demo"]).yes);
        assert!(Flags::parse_from(["xtask", "demo", "--yes"]).yes);
        assert!(!Flags::parse_from(["xtask", "demo"]).yes);
    }
}
