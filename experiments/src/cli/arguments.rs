//! Arguments that several commands share.

use std::convert::Infallible;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use anyhow::Context;
use attacks::Targets;
use clap::Args;
use milp_encode::bounds::BoundChain;
use milp_encode::property::DataRange;
use ndarray::ArrayView1;

use crate::bound_methods::{BoundMethods, BoundSolvers};
use crate::data::{self, DataFolders, Dataset, DatasetName};
use crate::settings::{self, FormulationName, PresetName, SolverSettings, SplitName};

/// Which data.
#[derive(Args)]
pub(super) struct DataArguments {
    /// Data set: digits (part of the program), mnist, fashion-mnist
    #[arg(long, value_name = "NAME")]
    pub(super) data: DatasetName,
    /// Folder that holds the data sets; default: $GREYMATTER_DATA, ../shared/data, the user's cache folder
    #[arg(long, value_name = "DIR")]
    pub(super) data_dir: Option<PathBuf>,
    /// Which part of the data set
    #[arg(long, value_enum, default_value_t = SplitName::Test)]
    pub(super) split: SplitName,
}

/// Which solver, and how it works.
#[derive(Args)]
pub(super) struct SolverArguments {
    /// Solver; `greymatter solvers` lists them. auto: SCIP, the fastest, where its library is found, else HiGHS
    #[arg(long, value_name = "NAME", default_value = "auto", value_parser = solver_name)]
    pub(super) solver: String,
    /// Threads inside the solver
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) threads: u32,
    /// Seconds for each solve; no limit by default
    #[arg(long, value_name = "SECONDS")]
    pub(super) time_limit: Option<Seconds>,
    /// Seed of pseudo-random choices, of a solver or a search
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) seed: u32,
    /// What the solver's own options start from
    #[arg(long, value_enum, default_value_t = PresetName::Relu)]
    pub(super) preset: PresetName,
    /// An option by the solver's own name, applied after the preset, such as presolve=off; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    pub(super) solver_option: Vec<SolverOption>,
}

/// How networks become models.
#[derive(Args)]
pub(super) struct ModelArguments {
    /// How ReLUs become rows: big-m, big-m-paper, triangle (the linear relaxation), indicator, sos1, sharp, partition or
    /// partition:N with N parts
    #[arg(long, value_name = "NAME", default_value = "big-m")]
    pub(super) formulation: FormulationName,
    /// How bounds of neurons are computed: methods to tighten interval arithmetic with, such as crown,lp
    #[arg(long, value_name = "METHODS", default_value = "crown")]
    pub(super) bounds: BoundMethods,
    /// Seconds for the bounds of an image, all methods behind the first together; no limit by default
    #[arg(long, value_name = "SECONDS")]
    pub(super) bounds_time_limit: Option<Seconds>,
    /// Do not cut the input box to the data's range [0, 1]
    #[arg(long)]
    pub(super) no_clip: bool,
}

/// A positive number of seconds, fractions allowed.
#[derive(Clone, Copy)]
pub(super) struct Seconds(pub(super) Duration);

/// A finite number.
#[derive(Clone, Copy)]
pub(super) struct Number(pub(super) f64);

/// `name=value`.
#[derive(Clone)]
pub(super) struct SolverOption(String, String);

/// A radius in input units: finite, at least 0.
#[derive(Clone, Copy)]
pub(super) struct Epsilon(pub(super) f64);

/// `all`, `untargeted`, or classes separated by commas.
#[derive(Clone)]
pub(super) struct TargetsArgument(pub(super) Targets);

impl DataArguments {
    /// Reads the data set.
    pub(super) fn load(&self) -> anyhow::Result<Dataset> {
        Ok(data::load(self.data, self.split.into(), &DataFolders::find(self.data_dir.as_deref()))?)
    }
}

/// One image of a data set with its label.
pub(super) fn example(dataset: &Dataset, image: usize) -> anyhow::Result<(ArrayView1<'_, f32>, u8)> {
    let missing = || format!("image {image} does not exist: {} has {}", dataset.name(), dataset.len());
    dataset.example(image).with_context(missing)
}

/// The name as it is, and for `auto` that of the fastest solver that works here.
#[allow(clippy::unnecessary_wraps, reason = "the form of clap's parsers")]
fn solver_name(text: &str) -> Result<String, Infallible> {
    Ok(if text == "auto" { settings::fastest_solver() } else { text }.to_owned())
}

impl SolverArguments {
    pub(super) fn settings(&self) -> SolverSettings {
        SolverSettings {
            name: self.solver.clone(),
            threads: self.threads,
            seed: self.seed,
            time_limit: self.time_limit.map(|limit| limit.0),
            preset: self.preset,
            options: self.solver_option.iter().map(|option| (option.0.clone(), option.1.clone())).collect(),
        }
    }
}

impl ModelArguments {
    /// How bounds are computed.
    pub(super) fn chain<'s>(&self, solvers: &'s BoundSolvers) -> BoundChain<'s> {
        self.bounds.chain(solvers, self.bounds_time_limit.map(|limit| limit.0))
    }

    pub(super) fn range(&self) -> Option<DataRange> {
        (!self.no_clip).then_some(DataRange::UNIT)
    }
}

impl FromStr for Seconds {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let seconds: f64 = text.parse().context("expected a number of seconds")?;
        anyhow::ensure!(seconds > 0.0, "a time limit is greater than 0");
        Ok(Self(Duration::try_from_secs_f64(seconds)?))
    }
}

impl FromStr for Number {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let number: f64 = text.parse().context("expected a number")?;
        anyhow::ensure!(number.is_finite(), "expected a finite number");
        Ok(Self(number))
    }
}

impl FromStr for SolverOption {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let (name, value) = text.split_once('=').context("expected NAME=VALUE")?;
        Ok(Self(name.to_owned(), value.to_owned()))
    }
}

impl FromStr for Epsilon {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let epsilon: f64 = text.parse().context("expected a number")?;
        anyhow::ensure!(epsilon.is_finite() && epsilon >= 0.0, "a radius is finite and at least 0");
        Ok(Self(epsilon))
    }
}

impl FromStr for TargetsArgument {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let classes = |text: &str| text.split(',').map(|class| class.trim().parse()).collect();
        Ok(Self(match text {
            "all" => Targets::All,
            "untargeted" => Targets::Untargeted,
            _ => Targets::Classes(Result::<_, std::num::ParseIntError>::context(
                classes(text),
                "expected `all`, `untargeted` or classes such as 0,3,7",
            )?),
        }))
    }
}
