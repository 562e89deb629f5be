use std::collections::{HashMap, HashSet};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread;

use anyhow::{Context, bail};
use attacks::Target;
use clap::Args;
use indicatif::ProgressBar;
use ndarray::ArrayView1;

use super::arguments::{DataArguments, Epsilon, ModelArguments, SolverArguments, TargetsArgument};
use super::{Completion, attack_table, interrupt, output, progress};
use crate::attack_run::{
    AttackJob, AttackKey, AttackRow, Event, ImageTask, Retry, RunFolder, WitnessRow, answered, run_tasks,
};
use crate::data::{Dataset, ImageRange};
use crate::network_file::{self, NetworkFile};
use crate::picture;
use crate::settings::{GoalName, MethodName, NormName, UntargetedName};

/// Search adversarial examples and prove how close a network comes to them
///
/// For every image and target class, the least margin (the label's output minus the target's) over all inputs within
/// epsilon of the image, with a proven bound. A margin of at most 0 is an adversarial example; it is reported as one
/// after it was replayed through the network in f64 and f32.
///
/// With --minimal, the nearest adversarial example instead: verdict `optimal` where distortion and proven bound agree to
/// 1e-6, `falsified` where a nearer one may exist, `certified` where there is none (within epsilon, if given).
#[derive(Args)]
#[command(after_help = "Examples:
  greymatter attack net.onnx --data mnist --images 0..100 --targets all --epsilon 0.05 --out run1
  greymatter attack net.onnx --data digits --images 3 --targets untargeted --epsilon 0.1 --json
  greymatter attack net.onnx --data mnist --images 0..250 --targets untargeted --goal sign --epsilon 0.1
  greymatter attack net.onnx --data mnist --images 8 --targets untargeted --minimal --norm linf

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
    /// Radius of the l-infinity ball in input units; several separated by commas. With --minimal the greatest distortion
    /// that matters, which may be left out
    #[arg(long, value_name = "E", value_delimiter = ',', allow_negative_numbers = true)]
    #[arg(required_unless_present = "minimal")]
    epsilon: Vec<Epsilon>,
    /// Search the nearest adversarial example instead of the least margin: its distortion with a proven bound
    #[arg(long, conflicts_with = "goal")]
    minimal: bool,
    /// How --minimal measures distortion
    #[arg(long, value_enum, default_value_t = NormName::Linf, requires = "minimal")]
    norm: NormName,
    /// How to search
    #[arg(long, value_enum, default_value_t = MethodName::Milp)]
    method: MethodName,
    /// When a search may end
    #[arg(long, value_enum, default_value_t = GoalName::Minimum)]
    goal: GoalName,
    /// How untargeted attacks search
    #[arg(long, value_enum, default_value_t = UntargetedName::Loop)]
    untargeted: UntargetedName,
    #[command(flatten)]
    model: ModelArguments,
    #[command(flatten)]
    solver: SolverArguments,
    /// Images that are attacked at the same time, each in a process of its own; default: the number of cores
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
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
}

pub(super) fn run(arguments: &AttackArguments) -> anyhow::Result<Completion> {
    let file = network_file::read(&arguments.network)?;
    let dataset = arguments.data.load()?;
    network_file::check_fits(&file.network, &dataset)?;
    solver_api::solver_by_name(&arguments.solver.solver)?;
    let job = job(arguments)?;
    let tasks = tasks(arguments, &dataset)?;

    let mut folder = None;
    let mut stored = Vec::new();
    if let Some(path) = &arguments.out {
        let (opened, rows) = RunFolder::open(path)?;
        folder = Some(opened);
        stored = rows;
    }
    let retry = if arguments.retry_unknown { Retry::Unknown } else { Retry::Nothing };
    let settled = answered(&stored, &job, &file.sha256, retry)?;
    let order: Vec<AttackKey> = keys(&tasks).collect();
    let open_tasks = without(tasks, &settled);

    let mut run = Run {
        arguments,
        dataset: &dataset,
        file: &file,
        folder,
        bar: progress::bar(order.len() as u64, "attacks"),
        order,
        printed: 0,
        rows: HashMap::new(),
        lost: Vec::new(),
    };
    run.start(stored, &settled)?;
    let cancellation = interrupt::cancellation_on_interrupt()?;
    let workers =
        arguments.jobs.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    run_tasks(&job, open_tasks, workers, &cancellation, |event| run.take(event))?;
    run.finish(cancellation.is_cancelled())
}

fn job(arguments: &AttackArguments) -> anyhow::Result<AttackJob> {
    let network = std::path::absolute(&arguments.network).context("cannot resolve the network's path")?;
    Ok(AttackJob {
        network,
        data: arguments.data.data.to_string(),
        split: arguments.data.split,
        data_dir: arguments.data.data_dir.clone(),
        clip: !arguments.model.no_clip,
        method: arguments.method,
        goal: if arguments.minimal { GoalName::Distortion } else { arguments.goal },
        norm: arguments.norm,
        untargeted: arguments.untargeted,
        formulation: arguments.model.formulation,
        bounds: arguments.model.bounds.clone(),
        bounds_time_limit: arguments.model.bounds_time_limit.map(|limit| limit.0),
        solver: arguments.solver.settings(),
    })
}

/// One task for every radius and image, in this order.
fn tasks(arguments: &AttackArguments, dataset: &Dataset) -> anyhow::Result<Vec<ImageTask>> {
    if let attacks::Targets::Classes(classes) = &arguments.targets.0
        && let Some(class) = classes.iter().find(|class| **class >= dataset.classes())
    {
        bail!("target {class} is not a class: {} has classes 0 to {}", dataset.name(), dataset.classes() - 1);
    }
    let images = arguments.images.indices(dataset)?;
    let class = |target: Target| match target {
        Target::Class(class) => Some(class),
        Target::Any => None,
    };
    let task = |epsilon: Option<f64>, image: usize| {
        let label = usize::from(dataset.labels()[image]);
        let targets = arguments.targets.0.against(label, dataset.classes());
        ImageTask { image, epsilon, targets: targets.into_iter().map(class).collect() }
    };
    let mut radii: Vec<Option<f64>> = arguments.epsilon.iter().map(|epsilon| Some(epsilon.0)).collect();
    if radii.is_empty() {
        radii.push(None);
    }
    Ok(radii
        .into_iter()
        .flat_map(|epsilon| images.clone().map(move |image| (epsilon, image)))
        .map(|(e, i)| task(e, i))
        .collect())
}

/// The tasks without the attacks that need not be done.
fn without(tasks: Vec<ImageTask>, settled: &HashSet<AttackKey>) -> Vec<ImageTask> {
    let open = |mut task: ImageTask| {
        task.targets.retain(|target| !settled.contains(&AttackKey::new(task.image, *target, task.epsilon)));
        (!task.targets.is_empty()).then_some(task)
    };
    tasks.into_iter().filter_map(open).collect()
}

/// A run in progress: what has arrived, and where it goes.
struct Run<'a> {
    arguments: &'a AttackArguments,
    dataset: &'a Dataset,
    file: &'a NetworkFile,
    folder: Option<RunFolder>,
    bar: ProgressBar,
    /// All attacks, in the order in which their rows are printed.
    order: Vec<AttackKey>,
    /// How many of them are behind us.
    printed: usize,
    rows: HashMap<AttackKey, AttackRow>,
    lost: Vec<String>,
}

impl Run<'_> {
    /// Takes over stored rows that belong to this run.
    fn start(&mut self, stored: Vec<AttackRow>, settled: &HashSet<AttackKey>) -> anyhow::Result<()> {
        let asked: HashSet<&AttackKey> = self.order.iter().filter(|key| settled.contains(key)).collect();
        let stored = stored.into_iter().map(|row| (AttackKey::of(&row), row));
        self.rows = stored.filter(|(key, _)| asked.contains(key)).collect();
        self.bar.set_position(self.rows.len() as u64);
        self.bar.reset_eta();
        if !self.rows.is_empty() {
            output::note(format_args!("{} attacks were done before and are not repeated", self.rows.len()));
        }
        if !self.arguments.json {
            output::line(attack_table::header(self.goal()))?;
        }
        self.print_next()
    }

    fn take(&mut self, event: Event) -> anyhow::Result<()> {
        match event {
            Event::Row(row, witness) => {
                if let Some(folder) = &mut self.folder {
                    folder.append(&row, witness.as_deref())?;
                }
                if let (true, Some(folder), Some(witness)) = (self.arguments.pictures, &self.folder, &witness)
                {
                    self.draw(folder, &row, witness)?;
                }
                self.rows.insert(AttackKey::of(&row), *row);
                self.bar.inc(1);
                self.print_next()
            }
            Event::Lost(task, reason) => {
                let epsilon = task.epsilon.map_or_else(String::new, |epsilon| format!(", epsilon {epsilon}"));
                self.lost.push(format!("image {}{epsilon}: {reason}", task.image));
                Ok(())
            }
        }
    }

    /// Prints rows as far as all before them are there, so that output does not depend on which worker was faster.
    fn print_next(&mut self) -> anyhow::Result<()> {
        while let Some(row) = self.order.get(self.printed).and_then(|key| self.rows.get(key)) {
            self.bar.suspend(|| self.print(row))?;
            self.printed += 1;
        }
        Ok(())
    }

    fn finish(&self, interrupted: bool) -> anyhow::Result<Completion> {
        self.bar.finish_and_clear();
        let mut late = self.order[self.printed..].iter().filter_map(|key| self.rows.get(key));
        late.try_for_each(|row| self.print(row))?;
        let rows: Vec<&AttackRow> = self.order.iter().filter_map(|key| self.rows.get(key)).collect();
        let total = self.order.len();
        if !self.arguments.json {
            output::line(attack_table::summary(self.goal(), &rows))?;
        }
        if let Some(folder) = &self.folder {
            let file = folder.path().join("rows.jsonl");
            output::note(format_args!("{} of {total} rows are in {}", rows.len(), file.display()));
        }
        if interrupted {
            output::note("interrupted; with --out, the same command goes on from here");
            return Ok(Completion::Interrupted);
        }
        if !self.lost.is_empty() {
            bail!("{} attacks have no result:\n  {}", total - rows.len(), self.lost.join("\n  "));
        }
        Ok(Completion::Done)
    }

    fn print(&self, row: &AttackRow) -> anyhow::Result<()> {
        if self.arguments.json {
            output::json(row)
        } else {
            output::line(attack_table::line(self.goal(), row))
        }
    }

    /// The greatest difference that a picture shows: the radius of an attack within one.
    fn scale(&self, original: ArrayView1<'_, f32>, witness: &WitnessRow) -> f64 {
        let differences = original.iter().zip(&witness.input).map(|(a, b)| f64::from((a - b).abs()));
        let epsilon = witness.epsilon.filter(|_| !self.arguments.minimal);
        epsilon.unwrap_or_else(|| differences.fold(0.0, f64::max))
    }

    fn goal(&self) -> GoalName {
        if self.arguments.minimal { GoalName::Distortion } else { self.arguments.goal }
    }

    fn draw(&self, folder: &RunFolder, row: &AttackRow, witness: &WitnessRow) -> anyhow::Result<()> {
        let (original, _) = self.dataset.example(row.image).context("the image is in the data set")?;
        let target = row.target.map_or_else(|| "any".to_owned(), |target| target.to_string());
        let radius = row
            .epsilon
            .map_or_else(|| format!("minimal-{}", row.norm), |epsilon| format!("epsilon{epsilon}"));
        let name = format!("image{}-label{}-target{target}-{radius}.png", row.image, row.label);
        let path = folder.path().join("pictures").join(name);
        let shape = self.file.network.input_shape().as_image().or_else(|| self.dataset.shape().as_image());
        let shape = shape.context("pictures need images of the shape channels, height, width")?;
        picture::write_triptych(
            &path,
            shape,
            original,
            ArrayView1::from(&witness.input),
            self.scale(original, witness),
        )
    }
}

fn keys(tasks: &[ImageTask]) -> impl Iterator<Item = AttackKey> {
    let of_task = |task: &ImageTask| {
        let (image, epsilon) = (task.image, task.epsilon);
        task.targets.clone().into_iter().map(move |target| AttackKey::new(image, target, epsilon))
    };
    tasks.iter().flat_map(of_task)
}
