//! How adversarial examples are searched for: flags, and which method knows which of them.

use std::num::NonZeroUsize;
use std::path::Path;
use std::thread;

use anyhow::{Context, bail, ensure};
use clap::Args;

use super::arguments::{DataArguments, ModelArguments, Number, SolverArguments};
use super::given::GivenFlags;
use crate::attack_run::{AttackJob, BabSettings, Engine, ExactSettings};
use crate::search::{BeginName, LossName, SearchName, SearchSettings, value_name};
use crate::settings::{GoalName, MethodName, NormName, StartName, UntargetedName};

use MethodName::{Apgd, Bab, Deepfool, Fgsm, Milp, Pgd, Square};

/// A method with its settings; they have headings of their own in the help and stand behind all other flags.
#[derive(Args)]
pub(super) struct MethodArguments {
    #[command(flatten)]
    given: GivenFlags,
    /// How to search
    #[arg(long, value_enum, default_value_t = MethodName::Milp)]
    method: MethodName,
    /// How distortion is measured; milp knows linf, and l1 where it minimises distortion
    #[arg(long, value_enum, default_value_t = NormName::Linf)]
    norm: NormName,
    /// When a search may end
    #[arg(long, value_enum, default_value_t = GoalName::Minimum)]
    goal: GoalName,
    /// How untargeted attacks search (milp)
    #[arg(long, value_enum, default_value_t = UntargetedName::Loop)]
    untargeted: UntargetedName,
    /// The point that the solver starts from (milp); default: what was measured to suit it, descent for highs, else none
    #[arg(long, value_enum)]
    start: Option<StartName>,
    /// Images that a solver attacks at the same time, each in a process of its own, or threads of a search; default: the
    /// number of cores
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Store the loss of every iterate of a search in its row
    #[arg(long)]
    loss_trace: bool,
    #[command(flatten, next_help_heading = "Searches without proof")]
    search: SearchArguments,
    #[command(flatten, next_help_heading = "Model (milp)")]
    model: ModelArguments,
    #[command(flatten, next_help_heading = "Solver (milp)")]
    solver: SolverArguments,
}

/// Settings of searches; the method's own where none is given.
#[derive(Args)]
pub(super) struct SearchArguments {
    /// Steps along gradients (pgd: 40, apgd: 100, deepfool: at most 50), or queries (square: 5000)
    #[arg(long, value_name = "N")]
    steps: Option<NonZeroUsize>,
    /// Searches from new random points, of which the best counts (pgd, apgd, square: 1)
    #[arg(long, value_name = "N")]
    restarts: Option<NonZeroUsize>,
    /// Length of a step, in the norm (pgd: 2.5 epsilon / steps)
    #[arg(long, value_name = "LENGTH", allow_negative_numbers = true)]
    step_size: Option<Number>,
    /// Share of the direction so far that a step keeps (pgd: 0)
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    momentum: Option<Number>,
    /// What to ascend (fgsm, pgd, apgd: ce)
    #[arg(long, value_enum)]
    loss: Option<LossName>,
    /// Where to begin (pgd, apgd: random)
    #[arg(long, value_enum)]
    begin: Option<BeginName>,
}

/// Flags that not all methods know, by their fields' names.
const KNOWN_TO: [(&str, &[MethodName]); 18] = [
    ("loss_trace", &[Fgsm, Pgd, Apgd, Deepfool, Square]),
    ("goal", &[Milp, Bab, Pgd, Apgd, Square]),
    ("start", &[Milp]),
    ("untargeted", &[Milp]),
    ("formulation", &[Milp]),
    ("bounds", &[Milp, Bab]),
    ("bounds_time_limit", &[Milp, Bab]),
    ("solver", &[Milp]),
    ("threads", &[Milp]),
    ("time_limit", &[Milp, Bab]),
    ("preset", &[Milp]),
    ("solver_option", &[Milp]),
    ("steps", &[Pgd, Apgd, Deepfool, Square]),
    ("restarts", &[Pgd, Apgd, Square]),
    ("step_size", &[Pgd]),
    ("momentum", &[Pgd]),
    ("loss", &[Fgsm, Pgd, Apgd]),
    ("begin", &[Pgd, Apgd]),
];

impl MethodArguments {
    /// When a search for small margins may end.
    pub(super) fn margin_goal(&self) -> GoalName {
        self.goal
    }

    /// What the method looks for within a radius: one looks for near examples, the others for bad ones.
    pub(super) fn natural_goal(&self) -> GoalName {
        if self.method == Deepfool { GoalName::Distortion } else { self.goal }
    }

    /// Attacks by this method on a network and a data set.
    pub(super) fn job(
        &self,
        network: &Path,
        data: &DataArguments,
        goal: GoalName,
    ) -> anyhow::Result<AttackJob> {
        let engine = self.engine(goal)?;
        Ok(AttackJob {
            network: std::path::absolute(network).context("cannot resolve the network's path")?,
            data: data.data.to_string(),
            split: data.split,
            data_dir: data.data_dir.clone(),
            clip: self.model.range().is_some(),
            goal,
            norm: self.norm,
            loss_trace: self.loss_trace,
            engine,
        })
    }

    /// Who answers questions about margins within a radius.
    fn engine(&self, goal: GoalName) -> anyhow::Result<Engine> {
        refuse_unknown(&self.given, "--method", &[self.method])?;
        self.refuse_unfit(goal)?;
        let Some(search) = self.method.search() else {
            if self.method == Bab {
                return Ok(Engine::BranchAndBound(self.branch_and_bound()));
            }
            solver_api::solver_by_name(&self.solver.solver)?;
            return Ok(Engine::Exact(self.exact()));
        };
        Ok(Engine::Search(self.search.settings(search, self.solver.seed)?))
    }

    /// Refuses norms and goals that the method does not know.
    fn refuse_unfit(&self, goal: GoalName) -> anyhow::Result<()> {
        let minimises = goal == GoalName::Distortion;
        let (is_exact, norm) = (self.method == Milp, self.norm);
        let unfit = [
            (
                minimises && !matches!(self.method, Milp | Deepfool),
                "--minimal needs --method milp, which proves, or deepfool, which is fast",
            ),
            (
                !minimises && self.method == Deepfool,
                "--method deepfool looks for near examples; add --minimal, or choose --method pgd",
            ),
            (
                norm == NormName::L2 && is_exact,
                "--norm l2 says nothing to --method milp, which knows linf and l1; choose --method pgd",
            ),
            (
                norm == NormName::L1 && is_exact && !minimises,
                "--norm l1 needs --minimal where --method milp searches; or choose --method pgd",
            ),
            (
                norm != NormName::Linf && self.method == Bab,
                "--method bab knows --norm linf alone; leave --norm out, or choose --method pgd",
            ),
            (
                norm == NormName::L1 && self.method == Square,
                "--norm l1 says nothing to --method square, which knows linf and l2; choose --method apgd",
            ),
            (
                minimises && self.start == Some(StartName::Pgd),
                "--start pgd looks for small margins; with --minimal choose --start descent",
            ),
        ];
        match unfit.iter().find(|(is_unfit, _)| *is_unfit) {
            Some((_, mend)) => bail!("{mend}"),
            None => Ok(()),
        }
    }

    /// Whether any of these flags was typed, but for the number of jobs.
    pub(super) fn is_given(&self) -> bool {
        let flags =
            KNOWN_TO.iter().map(|(flag, _)| *flag).chain(["method", "norm", "goal", "seed", "no_clip"]);
        flags.into_iter().any(|flag| self.given.has(flag))
    }

    /// Images, or pieces of a search, that are attacked at the same time.
    pub(super) fn workers(&self) -> usize {
        workers(self.jobs)
    }

    fn branch_and_bound(&self) -> BabSettings {
        BabSettings {
            bounds: self.model.bounds.clone(),
            bounds_time_limit: self.model.bounds_time_limit.map(|limit| limit.0),
            time_limit: self.solver.settings().time_limit,
        }
    }

    fn exact(&self) -> ExactSettings {
        ExactSettings {
            untargeted: self.untargeted,
            formulation: self.model.formulation,
            bounds: self.model.bounds.clone(),
            bounds_time_limit: self.model.bounds_time_limit.map(|limit| limit.0),
            start: self.start.unwrap_or_else(|| StartName::suiting(&self.solver.solver)),
            solver: self.solver.settings(),
        }
    }
}

impl SearchArguments {
    /// The settings of one search.
    pub(super) fn settings(&self, method: SearchName, seed: u32) -> anyhow::Result<SearchSettings> {
        for (flag, number) in [("--step-size", self.step_size), ("--momentum", self.momentum)] {
            let number = number.map_or(0.0, |number| number.0);
            ensure!(number >= 0.0, "{flag} is {number}, but must be at least 0");
        }
        let settings = SearchSettings {
            method,
            loss: self.loss,
            steps: self.steps.map(NonZeroUsize::get),
            restarts: self.restarts.map(NonZeroUsize::get),
            step_size: self.step_size.map(|length| length.0),
            momentum: self.momentum.map(|share| share.0),
            begin: self.begin,
            seed: u64::from(seed),
        };
        Ok(settings.completed())
    }
}

/// The number given, or that of the cores.
pub(super) fn workers(jobs: Option<NonZeroUsize>) -> usize {
    jobs.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get)
}

/// Refuses flags that none of the methods knows; `option` is what chose them.
pub(super) fn refuse_unknown(given: &GivenFlags, option: &str, methods: &[MethodName]) -> anyhow::Result<()> {
    let is_foreign = |known_to: &[MethodName]| !methods.iter().any(|method| known_to.contains(method));
    let foreign = KNOWN_TO.iter().find(|(flag, known_to)| given.has(flag) && is_foreign(known_to));
    let Some((flag, known_to)) = foreign else { return Ok(()) };
    let names = |methods: &[MethodName]| methods.iter().copied().map(value_name).collect::<Vec<_>>();
    bail!(
        "--{} says nothing to {option} {}; leave it out, or choose {option} {}",
        flag.replace('_', "-"),
        names(methods).join(","),
        names(known_to).join(" or ")
    )
}
