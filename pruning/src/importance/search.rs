//! The loop of cuts (Kelley, "The cutting-plane method for solving convex programs", 1960).
//!
//! The logarithm of a sum of exponentials is convex, so that its tangents lie below it: a solver that knows some of them
//! answers with a lower bound. Where its point claims less than the true loss, the tangent there is added, and it solves
//! again from where it stands. With phases open the tangents are first collected on the linear relaxation, where a solve is
//! cheap.

use std::time::Duration;

use solver_api::{Budget, ColumnId, Limits, Model, Options, Outcome, Session, Solver, Verdict};

use super::objective::logits;
use super::{ImportanceError, ImportanceModel};
use crate::{HiddenLayer, LayerScores};

/// Scores with what is proven of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Importance {
    /// One for each scored layer.
    pub scores: Vec<LayerScores>,
    /// `lambda` times the mean loss, and the sparsity term; without the tie-break.
    pub objective: f64,
    /// The objective with the tie-break, which is what was minimised.
    pub minimised: f64,
    /// A lower bound of the least value of what was minimised, as good as the solver.
    pub lower_bound: f64,
    /// The mean cross-entropy of the images that the program claims, in nats.
    pub cross_entropy: f64,
    /// The mean cross-entropy that the network with shifted units has. For relaxed phases the program may claim less.
    pub replayed_cross_entropy: f64,
    /// The sparsity term.
    pub sparsity: f64,
    /// Whether bound and value agree within the configured gap; else the budget ended, or the solver's tolerances did.
    pub is_proven: bool,
    /// Solves, and cuts that they led to.
    pub rounds: usize,
    /// Cuts beyond those of the start.
    pub cuts: usize,
    /// Branch-and-bound nodes of all solves, where the solver tells.
    pub nodes: u64,
    /// Wall time inside the solver.
    pub solver_time: Duration,
}

/// How far a search is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Round {
    /// How many solves there were.
    pub round: usize,
    /// Whether the last one was of the linear relaxation.
    pub is_relaxation: bool,
    /// The least objective known, with the tie-break; of the relaxation while that is solved.
    pub value: f64,
    /// The greatest lower bound known.
    pub lower_bound: f64,
    /// How many cuts there are beyond those of the start.
    pub cuts: usize,
}

/// What a search knows.
struct Search<'a> {
    program: &'a ImportanceModel,
    budget: &'a Budget,
    lower_bound: f64,
    rounds: usize,
    cuts: Vec<CutRow>,
    nodes: u64,
    solver_time: Duration,
}

type CutRow = (f64, Vec<(ColumnId, f64)>);

/// A point of the model with what it is worth.
struct Candidate {
    point: Vec<f64>,
    value: f64,
}

impl ImportanceModel {
    /// Solves the program, as far as the budget allows: where nothing better was found in time, all scores are 1.
    ///
    /// # Errors
    /// [`ImportanceError`] where the solver fails or contradicts itself.
    pub fn solve(
        &self,
        solver: &dyn Solver,
        options: &Options,
        budget: &Budget,
        on_round: &mut dyn FnMut(Round),
    ) -> Result<Importance, ImportanceError> {
        let mut search = Search {
            program: self,
            budget,
            lower_bound: f64::NEG_INFINITY,
            rounds: 0,
            cuts: Vec::new(),
            nodes: 0,
            solver_time: Duration::ZERO,
        };
        let mut model = self.model.clone();
        if model.integer_count() > 0 {
            let mut session = solver.open(&model.relaxation(), options)?;
            search.run(session.as_mut(), true, on_round)?;
            add_cuts(&mut model, &search.cuts)?;
        }
        let mut session = solver.open(&model, options)?;
        let best = search.run(session.as_mut(), false, on_round)?;
        search.finish(best)
    }
}

impl Search<'_> {
    /// Solves and cuts until value and bound meet; the best point that was seen.
    fn run(
        &mut self,
        session: &mut dyn Session,
        is_relaxation: bool,
        on_round: &mut dyn FnMut(Round),
    ) -> Result<Option<Candidate>, ImportanceError> {
        let mut best: Option<Candidate> = None;
        while !self.budget.is_exhausted() {
            let outcome = session.solve(&Limits::within(self.budget))?;
            self.note(&outcome)?;
            let Some(point) = outcome.incumbent else { break };
            let candidate = Candidate { value: self.program.minimised(&point.values), point: point.values };
            let cuts = self.violated(&candidate.point);
            if best.as_ref().is_none_or(|best| candidate.value < best.value) {
                best = Some(candidate);
            }
            let value = best.as_ref().map_or(f64::INFINITY, |best| best.value);
            on_round(Round {
                round: self.rounds,
                is_relaxation,
                value,
                lower_bound: self.lower_bound,
                cuts: self.cuts.len(),
            });
            let is_closed = value - self.lower_bound <= self.program.config.gap;
            if is_closed || cuts.is_empty() || outcome.verdict != Verdict::Optimal {
                break;
            }
            for (lower, terms) in cuts {
                session.add_row(&format!("cut{}", self.cuts.len()), lower, f64::INFINITY, &terms)?;
                self.cuts.push((lower, terms));
            }
        }
        Ok(best)
    }

    fn note(&mut self, outcome: &Outcome) -> Result<(), ImportanceError> {
        self.rounds += 1;
        self.nodes += outcome.statistics.nodes.unwrap_or(0);
        self.solver_time += outcome.statistics.wall_time;
        if let Some(bound) = outcome.dual_bound {
            self.lower_bound = self.lower_bound.max(bound);
        }
        match outcome.verdict {
            Verdict::Infeasible | Verdict::Unbounded | Verdict::InfeasibleOrUnbounded => {
                Err(ImportanceError::Contradiction { status: outcome.raw_status.clone() })
            }
            _ => Ok(()),
        }
    }

    /// The cuts of all losses that a point claims to be clearly less than they are.
    fn violated(&self, point: &[f64]) -> Vec<CutRow> {
        let config = &self.program.config;
        // All of them together are worth less than a quarter of the gap.
        let tolerance = 0.25 * config.gap / config.loss_weight.max(1.0);
        let mut cuts = Vec::new();
        for loss in &self.program.losses {
            let claimed = point[loss.column.index()];
            for (position, outputs) in loss.outputs.iter().enumerate() {
                let logits = logits(outputs, point);
                if loss.loss(logits.view()) > claimed + tolerance {
                    cuts.push(loss.cut(position, logits.view()));
                }
            }
        }
        cuts
    }

    fn finish(self, best: Option<Candidate>) -> Result<Importance, ImportanceError> {
        let program = self.program;
        let point = match best {
            Some(best) => best.point,
            None => program.least_pruned_point()?,
        };
        let of_layer = |(layer, columns): &(HiddenLayer, Vec<ColumnId>)| {
            layer_scores(layer, columns.iter().map(|column| point[column.index()]))
        };
        let scores: Vec<LayerScores> = program.layers.iter().map(of_layer).collect();
        let minimised = program.minimised(&point);
        Ok(Importance {
            replayed_cross_entropy: program.replayed_loss(&scores)?,
            scores,
            objective: program.objective(&point),
            minimised,
            lower_bound: self.lower_bound,
            cross_entropy: program.mean_loss(&point),
            sparsity: program.sparsity.value(&point),
            is_proven: minimised - self.lower_bound <= program.config.gap,
            rounds: self.rounds,
            cuts: self.cuts.len(),
            nodes: self.nodes,
            solver_time: self.solver_time,
        })
    }
}

impl ImportanceModel {
    /// What is minimised, with true cross-entropies.
    fn minimised(&self, point: &[f64]) -> f64 {
        self.objective(point) + self.tie_break(point)
    }

    /// The greatest scores that are allowed and the outputs that follow from them; all other columns are 0.
    fn least_pruned_point(&self) -> Result<Vec<f64>, ImportanceError> {
        let mut point = vec![0.0; self.model.column_count()];
        let greatest = |column: &ColumnId| self.model.column(*column).upper;
        let scores: Vec<LayerScores> = self
            .layers
            .iter()
            .map(|(layer, columns)| layer_scores(layer, columns.iter().map(greatest)))
            .collect();
        for column in self.layers.iter().flat_map(|(_, columns)| columns) {
            point[column.index()] = greatest(column);
        }
        for (index, (loss, image)) in self.losses.iter().zip(&self.images).enumerate() {
            let outputs = self.shifted_network(index, &scores)?.forward(image.points().view());
            for (columns, logits) in loss.outputs.iter().zip(outputs.rows()) {
                columns.iter().zip(logits).for_each(|(column, logit)| point[column.index()] = *logit);
            }
        }
        Ok(point)
    }
}

/// Scores as a solver gave them, which may miss 0 and 1 by its tolerance.
fn layer_scores(layer: &HiddenLayer, values: impl Iterator<Item = f64>) -> LayerScores {
    let scores = values.map(|value| value.clamp(0.0, 1.0)).collect();
    LayerScores::new(layer.layer, scores).expect("scores are cut to 0 to 1")
}

fn add_cuts(model: &mut Model, cuts: &[CutRow]) -> Result<(), ImportanceError> {
    for (index, (lower, terms)) in cuts.iter().enumerate() {
        model.add_row(format!("cut{index}"), *lower, f64::INFINITY, terms.iter().copied())?;
    }
    Ok(())
}
