use std::io::{self, BufRead, Write};
use std::time::Instant;

use anyhow::Context;
use attacks::{AttackAnswer, ExactAttack, ImageAttack, Target};
use milp_encode::MilpOracle;
use milp_encode::property::{DataRange, LinearFunction};
use serde::{Deserialize, Serialize};
use solver_api::{Budget, Solver, solver_by_name};

use super::{AttackJob, AttackRow, ImageTask, WitnessRow};
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
        let bound_solvers = BoundSolvers::find(&job.solver.name)?;
        Ok(Self { job, file, dataset, solver, bound_solvers, solver_version })
    }

    fn attack_image(&self, task: &ImageTask) -> anyhow::Result<()> {
        let oracle = MilpOracle {
            solver: self.solver.as_ref(),
            options: self.job.solver.to_options(),
            bounds: self.job.bounds.chain(&self.bound_solvers)?,
            formulation: self.job.formulation.into(),
            alternatives: self.job.untargeted.into(),
        };
        let attack = ExactAttack::new(&self.file.network, &oracle);
        let (pixels, label) = self.dataset.example(task.image).context("the image is not in the data set")?;
        let prepared = Instant::now();
        let range = self.job.clip.then_some(DataRange::UNIT);
        let mut image = attack.open(pixels, usize::from(label), task.epsilon, range)?;
        let prepare_seconds = prepared.elapsed().as_secs_f64();
        for target in &task.targets {
            let started = Instant::now();
            let budget = self.job.solver.time_limit.map_or_else(Budget::unlimited, Budget::lasting);
            let aim = target.map_or(Target::Any, Target::Class);
            let answer = image.attack(aim, self.job.goal.into(), &budget)?;
            let timing = Timing { prepare_seconds, seconds: started.elapsed().as_secs_f64() };
            let (row, witness) = self.rows(task, &image, usize::from(label), &answer, &timing);
            send(&Message::Row(Box::new(row), witness.map(Box::new)))?;
        }
        Ok(())
    }

    fn rows(
        &self,
        task: &ImageTask,
        image: &ImageAttack<'_>,
        label: usize,
        answer: &AttackAnswer,
        timing: &Timing,
    ) -> (AttackRow, Option<WitnessRow>) {
        let target = match answer.target {
            Target::Class(class) => Some(class),
            Target::Any => None,
        };
        let witness_margins = answer.witness.as_ref().map(|witness| {
            let classes = witness.output.len();
            let others =
                (0..classes).filter(|class| target.map_or(*class != label, |target| target == *class));
            let margins = others.map(|class| witness.values(&LinearFunction::margin(classes, label, class)));
            margins.fold((f64::INFINITY, f64::INFINITY), |least, both| {
                (least.0.min(both.0), least.1.min(both.1))
            })
        });
        let row = AttackRow {
            image: task.image,
            label,
            predicted: image.predicted(),
            target,
            epsilon: task.epsilon,
            norm: "linf".into(),
            method: self.job.method,
            solver: self.solver.name().into(),
            verdict: answer.verdict.into(),
            objective: answer.objective,
            dual_bound: answer.dual_bound,
            distortion: answer.distortion,
            binaries: answer.binaries,
            nodes: answer.nodes,
            seconds: timing.seconds,
            adversarial: answer.witness.is_some(),
            witness_margin: witness_margins.map(|margins| margins.0),
            witness_margin_f32: witness_margins.map(|margins| margins.1),
            clean_margin: image.clean_margin(answer.target),
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
            status: answer.raw_status.clone(),
        };
        let witness = answer.witness.as_ref().map(|witness| WitnessRow {
            image: task.image,
            target,
            epsilon: task.epsilon,
            input: witness.input.to_vec(),
            output: witness.output.to_vec(),
        });
        (row, witness)
    }
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
