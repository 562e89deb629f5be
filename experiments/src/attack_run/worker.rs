use std::io::{self, BufRead, Write};
use std::time::Instant;

use anyhow::{Context, bail};
use attacks::empirical::{Pgd, ThreatModel};
use attacks::{DistortionQuestion, ExactAttack, MinimalDistortion, Target};
use milp_encode::property::LinearFunction;
use milp_encode::{MarginGoal, MarginOracle, MilpOracle, Replayer, Witness};
use ndarray::ArrayView1;
use serde::{Deserialize, Serialize};
use solver_api::{Budget, Cancellation, Solver, solver_by_name};
use verify::BranchAndBound;

use super::row::{least_margin, target_classes};
use super::{
    AttackJob, AttackRow, BabSettings, Engine, ExactSettings, ImageTask, RunSettings, VerdictName, WitnessRow,
};
use crate::bound_methods::BoundSolvers;
use crate::data::{self, DataFolders, Dataset};
use crate::network_file::{self, NetworkFile};
use crate::search::{Question, SearchRun};
use crate::settings::StartName;

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
    prover: Prover,
    settings: RunSettings,
    file: NetworkFile,
    dataset: Dataset,
    bound_solvers: BoundSolvers,
    solver_version: String,
}

/// Who proves.
enum Prover {
    Solver(Box<dyn Solver>, ExactSettings),
    BranchAndBound(BabSettings),
}

impl Worker {
    fn new(job: AttackJob) -> anyhow::Result<Self> {
        let file = network_file::read(&job.network)?;
        let folders = DataFolders::find(job.data_dir.as_deref());
        let dataset = data::load(job.data.parse()?, job.split.into(), &folders)?;
        let (prover, bound_solvers, solver_version) = match job.engine.clone() {
            Engine::Exact(exact) => {
                let solver = solver_by_name(&exact.solver.name)?;
                let bound_solvers = BoundSolvers::find(&exact.bounds, Some(&exact.solver.name))?;
                let version = solver.version()?;
                (Prover::Solver(solver, exact), bound_solvers, version)
            }
            Engine::BranchAndBound(bab) => {
                let bound_solvers = BoundSolvers::find(&bab.bounds, None)?;
                (Prover::BranchAndBound(bab), bound_solvers, env!("CARGO_PKG_VERSION").to_owned())
            }
            Engine::Search(_) => bail!("searches need no worker"),
        };
        let settings = job.settings(&file.sha256);
        Ok(Self { job, prover, settings, file, dataset, bound_solvers, solver_version })
    }

    fn attack_image(&self, task: &ImageTask) -> anyhow::Result<()> {
        match (&self.prover, self.job.goal.margin_goal()) {
            (Prover::Solver(solver, exact), goal) => {
                let oracle = MilpOracle {
                    solver: solver.as_ref(),
                    options: exact.solver.to_options(),
                    bounds: exact.bounds.chain(&self.bound_solvers, exact.bounds_time_limit),
                    formulation: exact.formulation.into(),
                    alternatives: exact.untargeted.into(),
                    start: exact.start.into(),
                };
                match goal {
                    Some(goal) => self.minimise_margins(task, &oracle, goal),
                    None => self.minimise_distortion(task, &oracle),
                }
            }
            (Prover::BranchAndBound(bab), Some(goal)) => {
                let bounds = bab.bounds.chain(&self.bound_solvers, bab.bounds_time_limit);
                let oracle = BranchAndBound { bounds, ..BranchAndBound::default() };
                self.minimise_margins(task, &oracle, goal)
            }
            (Prover::BranchAndBound(_), None) => bail!("least distortions need a solver"),
        }
    }

    fn minimise_margins(
        &self,
        task: &ImageTask,
        oracle: &dyn MarginOracle,
        goal: MarginGoal,
    ) -> anyhow::Result<()> {
        let attack = ExactAttack::new(&self.file.network, oracle);
        let (pixels, label) = self.example(task)?;
        let epsilon = task.epsilon.context("an attack on margins has a radius")?;
        let prepared = Instant::now();
        let mut image = attack.open(pixels, label, epsilon, self.job.range())?;
        let prepare_seconds = prepared.elapsed().as_secs_f64();
        for target in &task.targets {
            let started = Instant::now();
            if let Prover::Solver(_, exact) = &self.prover
                && exact.start == StartName::Pgd
            {
                let seed = u64::from(exact.solver.seed);
                image.suggest(self.search(task, *target, goal, seed)?.input.view());
            }
            let answer = image.attack(aim(*target), goal, &self.budget())?;
            let timing = Timing { prepare_seconds, seconds: started.elapsed().as_secs_f64() };
            let margins = answer.witness.as_ref().map(|witness| witness_margins(witness, label, *target));
            let row = AttackRow {
                verdict: answer.verdict.into(),
                objective: answer.objective,
                dual_bound: answer.dual_bound,
                distortion: answer.distortion,
                binaries: Some(answer.binaries),
                nodes: answer.nodes,
                status: answer.raw_status,
                ..self.row(task, *target, margins, &timing)?
            };
            send_row(row, answer.witness.as_ref())?;
        }
        Ok(())
    }

    /// The best input that projected gradient descent finds.
    fn search(
        &self,
        task: &ImageTask,
        target: Option<usize>,
        goal: MarginGoal,
        seed: u64,
    ) -> anyhow::Result<Witness> {
        let networks = Replayer::new(&self.file.network);
        let epsilon = task.epsilon.context("an attack on margins has a radius")?;
        let run = SearchRun {
            networks: &networks,
            dataset: &self.dataset,
            attack: &Pgd { goal, ..Pgd::default() },
            threat: ThreatModel { norm: self.job.norm.into(), epsilon, range: self.job.range() },
            seed,
            cancellation: &Cancellation::new(),
        };
        let answers = run.answers(&[Question { image: task.image, target }])?;
        Ok(answers.into_iter().next().context("one question has one answer")?.witness)
    }

    fn minimise_distortion(&self, task: &ImageTask, oracle: &MilpOracle<'_>) -> anyhow::Result<()> {
        let search = MinimalDistortion::new(&self.file.network, oracle);
        let (pixels, label) = self.example(task)?;
        for target in &task.targets {
            let started = Instant::now();
            let question = DistortionQuestion {
                target: aim(*target),
                norm: self.job.norm.into(),
                range: self.job.range(),
                limit: task.epsilon,
            };
            let answer = search.find(pixels, label, &question, &self.budget())?;
            let timing = Timing { prepare_seconds: 0.0, seconds: started.elapsed().as_secs_f64() };
            let margins = answer.witness.as_ref().map(|witness| witness_margins(witness, label, *target));
            let row = AttackRow {
                verdict: answer.verdict.into(),
                distortion: answer.distortion,
                distortion_bound: Some(answer.lower_bound),
                binaries: Some(answer.binaries),
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

    fn budget(&self) -> Budget {
        self.job.time_limit().map_or_else(Budget::unlimited, Budget::lasting)
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
        Ok(AttackRow {
            image: task.image,
            label,
            predicted: nn_core::predicted_class(output.view()),
            target,
            epsilon: task.epsilon,
            verdict: VerdictName::Unknown,
            objective: None,
            dual_bound: None,
            distortion: None,
            distortion_bound: None,
            binaries: None,
            nodes: None,
            iterations: None,
            loss_trace: None,
            seconds: timing.seconds,
            adversarial: margins.is_some(),
            witness_margin: margins.map(|margins| margins.0),
            witness_margin_f32: margins.map(|margins| margins.1),
            clean_margin: least_margin(output.view(), label, target),
            prepare_seconds: timing.prepare_seconds,
            settings: self.settings.clone(),
            solver_version: Some(self.solver_version.clone()),
            status: String::new(),
        })
    }
}

fn aim(target: Option<usize>) -> Target {
    target.map_or(Target::Any, Target::Class)
}

/// The least margins of a witness, in f64 and in f32.
fn witness_margins(witness: &Witness, label: usize, target: Option<usize>) -> (f64, f64) {
    let count = witness.output.len();
    let margins = target_classes(count, label, target)
        .map(|class| witness.values(&LinearFunction::margin(count, label, class)));
    margins.fold((f64::INFINITY, f64::INFINITY), |least, both| (least.0.min(both.0), least.1.min(both.1)))
}

fn send_row(row: AttackRow, witness: Option<&Witness>) -> anyhow::Result<()> {
    let witness = witness.map(|witness| WitnessRow::new(&row, witness));
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
