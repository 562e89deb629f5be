mod run;
mod table;

use std::path::PathBuf;

use anyhow::ensure;
use clap::Args;

use self::run::Run;
use super::arguments::{DataArguments, Epsilon, TargetsArgument};
use super::method::MethodArguments;
use super::{Completion, interrupt};
use crate::attack_run::{AttackJob, Engine, Retry, RunFolder, answered, keys, run_attacks, tasks};
use crate::data::ImageRange;
use crate::network_file;
use crate::settings::GoalName;

/// Search adversarial examples and prove how close a network comes to them
///
/// For every image and target class, the least margin (the label's output minus the target's) over all inputs within
/// epsilon of the image: with a proven bound (--method milp or bab), or fast and without a proof (all others), whole data sets
/// at a time. A margin of at most 0 is an adversarial example; it is reported as one after it was replayed through the
/// network in f64 and f32, at an input that lies in the ball and the data's range to the last bit.
///
/// With --minimal, the nearest adversarial example instead (milp, deepfool): verdict `optimal` where distortion and proven bound agree to
/// 1e-6, `falsified` where a nearer one may exist, `certified` where there is none (within epsilon, if given).
#[derive(Args)]
#[command(after_help = "Examples:
  greymatter attack net.onnx --data mnist --images 0..100 --targets all --epsilon 0.05 --out run1
  greymatter attack net.onnx --data mnist --images 0..100 --targets all --epsilon 0.05 --method bab --out run2
  greymatter attack net.onnx --data digits --images 3 --targets untargeted --epsilon 0.1 --json
  greymatter attack net.onnx --data mnist --images 0..250 --targets untargeted --goal sign --epsilon 0.1
  greymatter attack net.onnx --data mnist --images 8 --targets untargeted --minimal --norm linf
  greymatter attack net.onnx --data mnist --images .. --targets untargeted --epsilon 0.05,0.1 --method pgd --steps 100 --restarts 5
  greymatter attack net.onnx --data mnist --images .. --targets untargeted --minimal --method deepfool --norm l2 --out near

With --out, an interrupted run goes on where it was when the same command is given again.")]
pub(super) struct AttackArguments {
    /// The network, an ONNX or .nnet file
    network: PathBuf,
    #[command(flatten)]
    data: DataArguments,
    /// Images by their position in the data set: 0..100 (without 100), 5.., or 7
    #[arg(long, value_name = "RANGE")]
    images: ImageRange,
    /// Classes to aim at: all (one after the other), untargeted, or a list such as 0,3,7
    #[arg(long, value_name = "TARGETS", default_value = "all")]
    targets: TargetsArgument,
    /// Radius of the ball in the norm, in input units; several separated by commas. With --minimal the greatest distortion
    /// that matters, which may be left out
    #[arg(long, value_name = "E", value_delimiter = ',', allow_negative_numbers = true)]
    #[arg(required_unless_present = "minimal")]
    epsilon: Vec<Epsilon>,
    /// Search the nearest adversarial example instead of the least margin: its distortion, by milp with a proven bound
    #[arg(long, conflicts_with = "goal")]
    minimal: bool,
    /// Folder for rows.jsonl and witnesses.jsonl; a run that was interrupted goes on from there
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Write a picture of original, perturbation and adversarial image for every example found, into --out
    #[arg(long, requires = "out")]
    pictures: bool,
    /// Attack again where a stored row has no answer
    #[arg(long, requires = "out")]
    retry_unknown: bool,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    method: MethodArguments,
}

pub(super) fn run(arguments: &AttackArguments) -> anyhow::Result<Completion> {
    let file = network_file::read(&arguments.network)?;
    let dataset = arguments.data.load()?;
    network_file::check_fits(&file.network, &dataset)?;
    let job = job(arguments)?;
    let mut radii: Vec<Option<f64>> = arguments.epsilon.iter().map(|epsilon| Some(epsilon.0)).collect();
    if radii.is_empty() {
        radii.push(None);
    }
    let tasks = tasks(&dataset, arguments.images, &arguments.targets.0, &radii)?;

    let mut folder = None;
    let mut stored = Vec::new();
    if let Some(path) = &arguments.out {
        let (opened, rows) = RunFolder::open(path)?;
        folder = Some(opened);
        stored = rows;
    }
    let retry = if arguments.retry_unknown { Retry::Unknown } else { Retry::Nothing };
    let settled = answered(&stored, &job.settings(&file.sha256), retry)?;
    let mut run = Run::new(arguments, (&file, &dataset), folder, keys(&tasks));
    run.start(stored, &settled)?;
    let cancellation = interrupt::cancellation_on_interrupt()?;
    let (network, questions) = ((&file, &dataset), (tasks, &settled));
    let workers = arguments.method.workers();
    run_attacks(&job, network, questions, workers, &cancellation, |event| run.take(event))?;
    run.finish(cancellation.is_cancelled())
}

fn job(arguments: &AttackArguments) -> anyhow::Result<AttackJob> {
    let job = arguments.method.job(&arguments.network, &arguments.data, arguments.goal())?;
    if let Engine::Search(_) = job.engine {
        ensure!(
            !arguments.retry_unknown,
            "--retry-unknown needs --method milp or bab: a search repeats itself; choose another --seed and --out"
        );
    }
    Ok(job)
}

impl AttackArguments {
    fn goal(&self) -> GoalName {
        if self.minimal { GoalName::Distortion } else { self.method.margin_goal() }
    }
}
