use std::collections::HashSet;
use std::time::Instant;

use attacks::AttackError;
use attacks::empirical::{EmpiricalAnswer, ThreatModel};
use milp_encode::property::{DataRange, Norm};
use milp_encode::{MarginGoal, Replayer};
use ndarray::{Array1, ArrayView1, Axis};
use solver_api::Cancellation;

use super::row::least_margin;
use super::{AttackJob, AttackKey, AttackRow, Event, RunSettings, VerdictName, WitnessRow};
use crate::data::Dataset;
use crate::network_file::NetworkFile;
use crate::search::{Question, SearchRun, SearchSettings, in_order, pieces};
use crate::settings::GoalName;

/// Searches for adversarial examples on `threads` threads and reports every result, in the order of `keys`.
///
/// `settled` need no answer; the pieces that they stand in are searched all the same if another one of the piece is open,
/// so that no answer depends on what was interrupted.
///
/// # Errors
/// Where the search cannot be made, or `on_event` fails.
pub(crate) fn run_searches(
    (job, search): (&AttackJob, &SearchSettings),
    (file, dataset): (&NetworkFile, &Dataset),
    (keys, settled): (&[AttackKey], &HashSet<AttackKey>),
    threads: usize,
    cancellation: &Cancellation,
    mut on_event: impl FnMut(Event) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    // A search for near examples has no use for a goal of margins.
    let attack = search.attack(job.goal.margin_goal().unwrap_or(MarginGoal::Minimum));
    let networks = Replayer::new(&file.network);
    let settings = job.settings(&file.sha256);
    let radii = keys.chunk_by(|one, next| one.epsilon() == next.epsilon());
    let open: Vec<&[AttackKey]> =
        radii.flat_map(pieces).filter(|piece| piece.iter().any(|key| !settled.contains(key))).collect();
    let rows = |piece: usize| {
        let piece = open[piece];
        let norm = job.norm.into();
        let epsilon = piece[0].epsilon().or(greatest_distance(norm, job.range(), dataset));
        let threat =
            ThreatModel { norm, epsilon: epsilon.ok_or(AttackError::Unlimited)?, range: job.range() };
        let run = SearchRun {
            networks: &networks,
            dataset,
            attack: attack.as_ref(),
            threat,
            seed: search.seed,
            cancellation,
        };
        let mut rows = rows(&run, &settings, piece)?;
        if !job.loss_trace {
            rows.iter_mut().for_each(|(row, _)| row.loss_trace = None);
        }
        Ok(rows)
    };
    in_order(open.len(), threads, cancellation, rows, |rows| {
        let open = rows.into_iter().filter(|(row, _)| !settled.contains(&AttackKey::of(row)));
        open.map(|(row, witness)| Event::Row(Box::new(row), witness.map(Box::new)))
            .try_for_each(&mut on_event)
    })
}

/// How far apart two images can be that keep to a range.
fn greatest_distance(norm: Norm, range: Option<DataRange>, dataset: &Dataset) -> Option<f64> {
    let DataRange { lower, upper } = range?;
    let corner = |value: f64| Array1::from_elem(dataset.shape().element_count(), value);
    Some(norm.distance(corner(lower).view(), corner(upper).view()))
}

type AnsweredRow = (AttackRow, Option<WitnessRow>);

fn rows(run: &SearchRun<'_>, settings: &RunSettings, keys: &[AttackKey]) -> anyhow::Result<Vec<AnsweredRow>> {
    let started = Instant::now();
    let questions: Vec<Question> =
        keys.iter().map(|key| Question { image: key.image, target: key.target }).collect();
    let answers = run.answers(&questions)?;
    let seconds = started.elapsed().as_secs_f64() / keys.len() as f64;
    let images: Vec<usize> = keys.iter().map(|key| key.image).collect();
    let inputs = run.dataset.images().select(Axis(0), &images).mapv(f64::from);
    let outputs = run.networks.exact().forward(inputs.view());
    let row = |((key, answer), clean): ((&AttackKey, EmpiricalAnswer), ArrayView1<'_, f64>)| {
        row((run, settings), key, answer, clean, seconds)
    };
    Ok(keys.iter().zip(answers).zip(outputs.rows()).map(row).collect())
}

fn row(
    (run, settings): (&SearchRun<'_>, &RunSettings),
    key: &AttackKey,
    answer: EmpiricalAnswer,
    clean: ArrayView1<'_, f64>,
    seconds: f64,
) -> AnsweredRow {
    let label = usize::from(run.dataset.labels()[key.image]);
    let adversarial = answer.is_adversarial();
    let minimises_margin = settings.goal != GoalName::Distortion;
    let row = AttackRow {
        image: key.image,
        label,
        predicted: nn_core::predicted_class(clean),
        target: key.target,
        epsilon: key.epsilon(),
        verdict: if adversarial { VerdictName::Falsified } else { VerdictName::Unknown },
        objective: minimises_margin.then_some(answer.margin),
        dual_bound: None,
        distortion: adversarial.then_some(answer.distortion),
        distortion_bound: None,
        binaries: None,
        nodes: None,
        iterations: Some(answer.iterations),
        loss_trace: Some(answer.loss_trace),
        seconds,
        adversarial,
        witness_margin: adversarial.then_some(answer.margin),
        witness_margin_f32: adversarial.then_some(answer.margin_f32),
        clean_margin: least_margin(clean, label, key.target),
        prepare_seconds: 0.0,
        settings: settings.clone(),
        solver_version: None,
        status: String::new(),
    };
    let witness = adversarial.then(|| WitnessRow::new(&row, &answer.witness));
    (row, witness)
}
