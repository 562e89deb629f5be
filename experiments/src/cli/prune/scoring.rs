//! From arguments to scores.

use std::time::Instant;

use anyhow::{bail, ensure};
use ndarray::{Array2, Axis};
use nn_core::Network;
use pruning::baselines::{magnitude_scores, snip_scores, taylor_scores};
use pruning::importance::{
    Importance, ImportanceConfig, ImportanceModel, Phases, Round, ScoredImage, mean_scores, score_by_class,
};
use pruning::{LayerScores, Preference, Samples, choose_images};
use serde::Serialize;
use solver_api::{Budget, Cancellation, solver_by_name, solver_names};

use super::arguments::{ModeName, PreferenceName, PruneArguments, PruneMethod};
use super::robust::{self, RobustRow};
use crate::cli::arguments::Epsilon;
use crate::cli::{output, progress};
use crate::data::Dataset;

/// Scores with what they cost.
pub(super) struct Scored {
    pub(super) scores: Vec<LayerScores>,
    /// Positions among the training images; none for magnitudes.
    pub(super) images: Vec<usize>,
    /// One for each importance program, in the order of the classes.
    pub(super) programs: Vec<ProgramRow>,
    pub(super) robust: Option<RobustRow>,
    /// The images with the attacker's boxes, where there is an attacker.
    pub(super) boxes: Vec<ScoredImage>,
    pub(super) seconds: f64,
}

/// What an importance program came to.
#[derive(Serialize)]
pub(super) struct ProgramRow {
    /// The class of its images; null where they are of all classes.
    pub(super) class: Option<usize>,
    /// The layer that was scored; null where they all were.
    pub(super) layer: Option<String>,
    pub(super) objective: f64,
    pub(super) minimised: f64,
    pub(super) lower_bound: Option<f64>,
    pub(super) is_proven: bool,
    pub(super) cross_entropy: f64,
    pub(super) replayed_cross_entropy: f64,
    sparsity: f64,
    pub(super) rounds: usize,
    pub(super) cuts: usize,
    nodes: u64,
    /// Wall time inside the solver.
    pub(super) solver_seconds: f64,
}

/// The scores of a method that has some of its own.
pub(super) fn score(
    arguments: &PruneArguments,
    network: &Network<f64>,
    training: &Dataset,
    cancellation: &Cancellation,
) -> anyhow::Result<Scored> {
    let started = Instant::now();
    if arguments.method == PruneMethod::Magnitude {
        let scores = magnitude_scores(network);
        ensure!(!scores.is_empty(), "the network has no hidden layer of ReLUs whose units could be removed");
        let seconds = started.elapsed().as_secs_f64();
        return Ok(Scored { seconds, ..Scored::of(scores) });
    }
    let (images, inputs, labels) = chosen_images(arguments, network, training)?;
    let samples = Samples { inputs: inputs.view(), labels: &labels };
    let boxes = match arguments.attacker.epsilon {
        Some(Epsilon(epsilon)) => robust::boxes(samples, epsilon)?,
        None => Vec::new(),
    };
    let mut scored = match arguments.method {
        PruneMethod::Snip => Scored::of(snip_scores(network, samples)?),
        PruneMethod::Taylor => Scored::of(taylor_scores(network, samples)?),
        _ => by_program(arguments, network, (samples, &boxes), cancellation)?,
    };
    ensure!(
        !scored.scores.is_empty(),
        "the network has no hidden layer of ReLUs whose units could be removed"
    );
    (scored.images, scored.boxes, scored.seconds) = (images, boxes, started.elapsed().as_secs_f64());
    Ok(scored)
}

impl Scored {
    /// Scores that cost nothing.
    pub(super) fn of(scores: Vec<LayerScores>) -> Self {
        let (images, programs, boxes) = (Vec::new(), Vec::new(), Vec::new());
        Self { scores, images, programs, robust: None, boxes, seconds: 0.0 }
    }
}

fn chosen_images(
    arguments: &PruneArguments,
    network: &Network<f64>,
    training: &Dataset,
) -> anyhow::Result<(Vec<usize>, Array2<f64>, Vec<u8>)> {
    let usual = if arguments.method.uses_program() { 1 } else { 10 };
    let per_class = arguments.images.per_class.unwrap_or(usual);
    ensure!(per_class > 0, "--per-class is 0, but scores come from at least one image");
    let preference = match arguments.images.choose {
        PreferenceName::Least => Preference::LeastConfident,
        PreferenceName::Most => Preference::MostConfident,
        PreferenceName::Random => Preference::Random(arguments.solver.seed.into()),
    };
    let all = training.images().mapv(f64::from);
    let samples = Samples { inputs: all.view(), labels: training.labels() };
    let images = choose_images(network, samples, per_class, preference)?;
    if images.is_empty() {
        bail!(
            "the network classifies no image of {} rightly: there is nothing to score units on",
            training.name()
        );
    }
    let labels: Vec<u8> = images.iter().map(|image| training.labels()[*image]).collect();
    for class in 0..training.classes() {
        let found = labels.iter().filter(|label| usize::from(**label) == class).count();
        if found < per_class {
            output::note(format_args!(
                "class {class}: {found} of {per_class} images, since no more of {} are classified rightly",
                training.name()
            ));
        }
    }
    Ok((images.clone(), all.select(Axis(0), &images), labels))
}

fn by_program(
    arguments: &PruneArguments,
    network: &Network<f64>,
    (samples, boxes): (Samples<'_>, &[ScoredImage]),
    cancellation: &Cancellation,
) -> anyhow::Result<Scored> {
    let program = &arguments.program;
    let config = ImportanceConfig {
        mode: arguments.mode().into(),
        phases: if program.relaxed { Phases::Relaxed } else { Phases::Binary },
        loss_weight: program.lambda.0,
        tie_break: program.tie_break.0,
        gap: program.gap.0,
    };
    let settings = arguments.solver.settings();
    let solver = solver_by_name(solver_name(arguments, &settings.name))?;
    let options = settings.to_options();
    let budget = Budget::unlimited().with_cancellation(cancellation.clone());
    if let Some(Epsilon(epsilon)) = arguments.attacker.epsilon {
        let budget = settings.time_limit.map_or_else(|| budget.clone(), |limit| budget.limited_to(limit));
        let solving = (solver.as_ref(), &options);
        let found = robust::scores((network, boxes), config, &arguments.attacker, solving, &budget)?;
        let robust = Some(RobustRow::new(epsilon, &found));
        return Ok(Scored { robust, ..Scored::of(found.scores) });
    }
    let images = match arguments.mode() {
        ModeName::Sound => ScoredImage::exactly(samples)?,
        ModeName::V1 | ModeName::Head => {
            let published = |index| {
                let (image, label) = samples.sample(index);
                ScoredImage::published(image, label)
            };
            (0..samples.len()).map(published).collect::<Result<_, _>>()?
        }
    };
    let line = progress::line();
    if program.by_class {
        let found = score_by_class(
            network,
            &images,
            &config,
            (solver.as_ref(), &options),
            (&budget, settings.time_limit),
            &mut |class, round| line.set_message(format!("class {class}: {}", described(round))),
        )?;
        line.finish_and_clear();
        let scores: Vec<&[LayerScores]> =
            found.iter().map(|class| class.importance.scores.as_slice()).collect();
        let rows = found.iter().map(|found| ProgramRow::new(Some(found.class), &found.importance));
        return Ok(Scored { programs: rows.collect(), ..Scored::of(mean_scores(&scores)) });
    }
    let layer_by_layer = program.layer_by_layer;
    let program = ImportanceModel::new(network, &images, &config)?;
    if layer_by_layer {
        let limits = (&budget, settings.time_limit);
        let name = |layer: usize| program.layers().nth(layer).map(|layer| network.node(layer.layer).name());
        let found = program.solve_back_to_front(solver.as_ref(), &options, limits, &mut |layer, round| {
            line.set_message(format!("{}: {}", name(layer).unwrap_or_default(), described(round)));
        })?;
        line.finish_and_clear();
        let last_first = (0..found.len()).rev().zip(&found);
        let rows = last_first.map(|(layer, found)| ProgramRow {
            layer: name(layer).map(str::to_owned),
            ..ProgramRow::new(None, found)
        });
        let scores = found.last().map(|last| last.scores.clone()).unwrap_or_default();
        return Ok(Scored { programs: rows.collect(), ..Scored::of(scores) });
    }
    let budget = settings.time_limit.map_or_else(|| budget.clone(), |limit| budget.limited_to(limit));
    let model = program.model();
    let size = format!(
        "{} columns, {} binary, {} rows",
        model.column_count(),
        model.integer_count(),
        model.row_count()
    );
    line.set_message(size.clone());
    let found = program.solve(solver.as_ref(), &options, &budget, &mut |round| {
        line.set_message(format!("{size}; {}", described(round)));
    })?;
    line.finish_and_clear();
    let programs = vec![ProgramRow::new(None, &found)];
    Ok(Scored { programs, ..Scored::of(found.scores) })
}

/// The solver that was asked for; else HiGHS where it is there, since it alone goes on from its last answer after a cut: on
/// 784-300-100-10 with ten images that took a tenth of SCIP's time. With phases to branch on, the usual one.
fn solver_name<'a>(arguments: &PruneArguments, usual: &'a str) -> &'a str {
    let branches = arguments.mode() == ModeName::Sound && !arguments.program.relaxed;
    let takes_usual = arguments.given.has("solver") || branches || !solver_names().contains(&"highs");
    if takes_usual { usual } else { "highs" }
}

fn described(round: Round) -> String {
    let stage = if round.is_relaxation { " of the relaxation" } else { "" };
    format!(
        "solve {}{stage}: {:.6}, bound {:.6}, {} cuts",
        round.round, round.value, round.lower_bound, round.cuts
    )
}

impl ProgramRow {
    fn new(class: Option<usize>, found: &Importance) -> Self {
        Self {
            class,
            layer: None,
            objective: found.objective,
            minimised: found.minimised,
            lower_bound: found.lower_bound.is_finite().then_some(found.lower_bound),
            is_proven: found.is_proven,
            cross_entropy: found.cross_entropy,
            replayed_cross_entropy: found.replayed_cross_entropy,
            sparsity: found.sparsity,
            rounds: found.rounds,
            cuts: found.cuts,
            nodes: found.nodes,
            solver_seconds: found.solver_time.as_secs_f64(),
        }
    }
}
