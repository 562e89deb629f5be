use std::io::{self, BufRead, Write};
use std::time::Instant;

use anyhow::Context;
use attacks::{DistortionQuestion, ExactAttack, MinimalDistortion, Target};
use milp_encode::property::{DataRange, LinearFunction, Norm};
use milp_encode::{MarginGoal, MilpOracle, SolverStart, Witness};
use ndarray::ArrayView1;
use serde::{Deserialize, Serialize};
use solver_api::{Budget, Solver, solver_by_name};

use super::{AttackJob, AttackRow, ImageTask, VerdictName, WitnessRow};
use crate::bound_methods::BoundSolvers;
use crate::data::{self, DataFolders, Dataset};
use crate::network_file::{self, NetworkFile};

/// The hidden command that runs a worker.
pub(crate) const WORKER_COMMAND: &str = "attack-worker";

/// What a worker tells its parent, one JSON object a line.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Message {
    /// One attack is done.
    Row(Box<AttackRow>, Option<Box<WitnessRow>>),
    /// All attacks of the task are done.
    TaskDone,
    /// The run cannot go on: its input is wrong.
    Fatal(String),
}

/// Reads a job and then tasks from stdin, one JSON object a line, and answers on stdout.
pub(crate) fn worker_main() -> anyhow::Result<()> {
    // Ctrl-C reaches the whole process group; the parent decides what becomes of its workers.
    ctrlc::set_handler(|| ())?;
    let mut lines = io::stdin().lock().lines();
    let job = lines.next().context("a worker's first line is its job")??;
    let job: AttackJob = serde_json::from_str(&job)?;
    let result = Worker::new(job).and_then(|worker| {
        for line in lines {
            worker.attack_image(&serde_json::from_str(&line?)?)?;
            send(&Message::TaskDone)?;
        }
        Ok(())
    });
    result.or_else(|error| send(&Message::Fatal(format!("{error:#}"))))
}

struct Worker {
    job: AttackJob,
    file: NetworkFile,
    dataset: Dataset,
    solver: Box<dyn Solver>,
    bound_solvers: BoundSolvers,
    solver_version: String,
}

impl Worker {
    fn new(job: AttackJob) -> anyhow::Result<Self> {
        let file = network_file::read(&job.network)?;
        let folders = DataFolders::find(job.data_dir.as_deref());
        let dataset = data::load(job.data.parse()?, job.split.into(), &folders)?;
        let solver = solver_by_name(&job.solver.name)?;
        let solver_version = solver.version()?;
        let bound_solvers = BoundSolvers::find(&job.bounds, Some(&job.solver.name))?;
        Ok(Self { job, file, dataset, solver, bound_solvers, solver_version })
    }

    fn attack_image(&self, task: &ImageTask) -> anyhow::Result<()> {
        let oracle = MilpOracle {
            solver: self.solver.as_ref(),
            options: self.job.solver.to_options(),
            bounds: self.job.bounds.chain(&self.bound_solvers, self.job.bounds_time_limit),
            formulation: self.job.formulation.into(),
            alternatives: self.job.untargeted.into(),
            start: SolverStart::None,
        };
        match self.job.goal.margin_goal() {
            Some(goal) => self.minimise_margins(task, &oracle, goal),
            None => self.minimise_distortion(task, &oracle),
        }
    }

    fn minimise_margins(
        &self,
        task: &ImageTask,
        oracle: &MilpOracle<'_>,
        goal: MarginGoal,
    ) -> anyhow::Result<()> {
        let attack = ExactAttack::new(&self.file.network, oracle);
        let (pixels, label) = self.example(task)?;
        let epsilon = task.epsilon.context("an attack on margins has a radius")?;
        let prepared = Instant::now();
        let mut image = attack.open(pixels, label, epsilon, self.range())?;
        let prepare_seconds = prepared.elapsed().as_secs_f64();
        for target in &task.targets {
            let started = Instant::now();
            let answer = image.attack(aim(*target), goal, &self.budget())?;
            let timing = Timing { prepare_seconds, seconds: started.elapsed().as_secs_f64() };
            let margins = answer.witness.as_ref().map(|witness| witness_margins(witness, label, *target));
            let row = AttackRow {
                verdict: answer.verdict.into(),
                objective: answer.objective,
                dual_bound: answer.dual_bound,
                distortion: answer.distortion,
                binaries: answer.binaries,
                nodes: answer.nodes,
                status: answer.raw_status,
                ..self.row(task, *target, margins, &timing)?
            };
            send_row(row, answer.witness.as_ref())?;
        }
        Ok(())
    }

    fn minimise_distortion(&self, task: &ImageTask, oracle: &MilpOracle<'_>) -> anyhow::Result<()> {
        let search = MinimalDistortion::new(&self.file.network, oracle);
        let (pixels, label) = self.example(task)?;
        for target in &task.targets {
            let started = Instant::now();
            let question = DistortionQuestion {
                target: aim(*target),
                norm: self.job.norm.into(),
                range: self.range(),
                limit: task.epsilon,
            };
            let answer = search.find(pixels, label, &question, &self.budget())?;
            let timing = Timing { prepare_seconds: 0.0, seconds: started.elapsed().as_secs_f64() };
            let margins = answer.witness.as_ref().map(|witness| witness_margins(witness, label, *target));
            let row = AttackRow {
                verdict: answer.verdict.into(),
                distortion: answer.distortion,
                distortion_bound: Some(answer.lower_bound),
                binaries: answer.binaries,
                nodes: answer.nodes,
                status: answer.raw_status,
                ..self.row(task, *target, margins, &timing)?
            };
            send_row(row, answer.witness.as_ref())?;
        }
        Ok(())
    }

    fn example(&self, task: &ImageTask) -> anyhow::Result<(ArrayView1<'_, f32>, usize)> {
        let (pixels, label) = self.dataset.example(task.image).context("the image is not in the data set")?;
        Ok((pixels, usize::from(label)))
    }

    fn range(&self) -> Option<DataRange> {
        self.job.clip.then_some(DataRange::UNIT)
    }

    fn budget(&self) -> Budget {
        self.job.solver.time_limit.map_or_else(Budget::unlimited, Budget::lasting)
    }

    /// What a row says of the question and the run; the answer is still to be filled in.
    fn row(
        &self,
        task: &ImageTask,
        target: Option<usize>,
        margins: Option<(f64, f64)>,
        timing: &Timing,
    ) -> anyhow::Result<AttackRow> {
        let (pixels, label) = self.example(task)?;
        let output = self.file.network.forward_one(pixels.mapv(f64::from).view());
        let others = classes(output.len(), label, target).map(|class| output[label] - output[class]);
        Ok(AttackRow {
            image: task.image,
            label,
            predicted: nn_core::predicted_class(output.view()),
            target,
            epsilon: task.epsilon,
            norm: Norm::from(self.job.norm).name().into(),
            method: self.job.method,
            solver: self.solver.name().into(),
            verdict: VerdictName::Unknown,
            objective: None,
            dual_bound: None,
            distortion: None,
            distortion_bound: None,
            binaries: 0,
            nodes: None,
            seconds: timing.seconds,
            adversarial: margins.is_some(),
            witness_margin: margins.map(|margins| margins.0),
            witness_margin_f32: margins.map(|margins| margins.1),
            clean_margin: others.fold(f64::INFINITY, f64::min),
            prepare_seconds: timing.prepare_seconds,
            clip: self.job.clip,
            goal: self.job.goal,
            untargeted: self.job.untargeted,
            formulation: self.job.formulation,
            bounds: self.job.bounds.clone(),
            data: self.job.data.clone(),
            split: self.job.split,
            network: self.file.sha256.clone(),
            solver_version: self.solver_version.clone(),
            status: String::new(),
        })
    }
}

fn aim(target: Option<usize>) -> Target {
    target.map_or(Target::Any, Target::Class)
}

/// The classes that a target stands for.
fn classes(count: usize, label: usize, target: Option<usize>) -> impl Iterator<Item = usize> {
    (0..count).filter(move |class| target.map_or(*class != label, |target| target == *class))
}

/// The least margins of a witness, in f64 and in f32.
fn witness_margins(witness: &Witness, label: usize, target: Option<usize>) -> (f64, f64) {
    let count = witness.output.len();
    let margins = classes(count, label, target)
        .map(|class| witness.values(&LinearFunction::margin(count, label, class)));
    margins.fold((f64::INFINITY, f64::INFINITY), |least, both| (least.0.min(both.0), least.1.min(both.1)))
}

fn send_row(row: AttackRow, witness: Option<&Witness>) -> anyhow::Result<()> {
    let witness = witness.map(|witness| WitnessRow {
        image: row.image,
        target: row.target,
        epsilon: row.epsilon,
        input: witness.input.to_vec(),
        output: witness.output.to_vec(),
    });
    send(&Message::Row(Box::new(row), witness.map(Box::new)))
}

struct Timing {
    prepare_seconds: f64,
    seconds: f64,
}

fn send(message: &Message) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    serde_json::to_writer(&mut stdout, message)?;
    stdout.write_all(b"\n")?;
    Ok(stdout.flush()?)
}
