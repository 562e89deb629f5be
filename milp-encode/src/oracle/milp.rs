//! The oracle on any mixed-integer solver.

use std::time::Duration;

use nn_core::Network;
use solver_api::{Budget, Capability, Limits, Options, Outcome, Session, Solver, Verdict};

use super::descent::descend;
use super::{Incumbent, MarginAnswer, MarginError, MarginGoal, MarginOracle, MarginSession, Proof};
use crate::bounds::{BoundChain, NetworkBounds, compute_bounds};
use crate::encode::{Encoding, Formulation, encode};
use crate::property::{InputBox, LinearFunction};

/// Minima by mixed-integer programming, on any solver.
///
/// A solver's answer is taken for what it is: its point counts only with the value that the network computes there,
/// and its bound is refused where a known value lies below it. To know such values, short descents by gradients start
/// at the box's centre and at the solver's point; released solvers have called points optimal that a descent improves.
pub struct MilpOracle<'s> {
    /// The solver.
    pub solver: &'s dyn Solver,
    /// How it solves.
    pub options: Options,
    /// How bounds are computed.
    pub bounds: BoundChain<'s>,
    /// How ReLUs become rows.
    pub formulation: Formulation,
}

/// By how much a solver's bound and a replayed value may differ, relative to the greater of 1 and the value, and still
/// count as one number: solvers satisfy rows and whole numbers only to about 1e-6.
pub const AGREEMENT_TOLERANCE: f64 = 1e-5;

impl MarginOracle for MilpOracle<'_> {
    fn name(&self) -> &str {
        self.solver.name()
    }

    fn open<'a>(
        &'a self,
        network: &'a Network<f64>,
        input: &InputBox,
    ) -> Result<Box<dyn MarginSession + 'a>, MarginError> {
        let bounds = compute_bounds(network, input, &self.bounds)?;
        let encoding = encode(network, input, &bounds, self.formulation)?;
        let session = self.solver.open(encoding.model(), &self.options)?;
        let input = input.clone();
        let chain = &self.bounds;
        Ok(Box::new(MilpSession { network, input, chain, bounds, encoding, solver: self.solver, session }))
    }
}

struct MilpSession<'a> {
    network: &'a Network<f64>,
    input: InputBox,
    chain: &'a BoundChain<'a>,
    bounds: NetworkBounds,
    encoding: Encoding,
    solver: &'a dyn Solver,
    session: Box<dyn Session>,
}

impl MarginSession for MilpSession<'_> {
    fn bounds(&self) -> &NetworkBounds {
        &self.bounds
    }

    fn binary_count(&self) -> usize {
        self.encoding.model().integer_count()
    }

    fn minimise(
        &mut self,
        function: &LinearFunction,
        goal: MarginGoal,
        budget: &Budget,
    ) -> Result<MarginAnswer, MarginError> {
        let (coefficients, outputs) = (function.coefficients.len(), self.network.output_count());
        if coefficients != outputs {
            return Err(MarginError::FunctionLength { coefficients, outputs });
        }
        let relaxed = self.relaxed_minimum(function, goal, budget)?;
        let known = descend(self.network, &self.input, function, self.input.center());
        if is_decided(goal, known.value, relaxed) {
            return Ok(without_search(known, relaxed, "decided before the search"));
        }
        if budget.is_exhausted() {
            return Ok(without_search(known, relaxed, "budget exhausted before the search"));
        }
        let (offset, terms) = self.encoding.objective(function);
        self.session.set_objective(offset, &terms)?;
        let outcome = self.session.solve(&self.limits(goal, budget))?;
        let incumbent = match self.replayed(&outcome, function)? {
            Some(found) if found.value < known.value => found,
            _ => known,
        };
        let bound = outcome.dual_bound.map_or(relaxed, |bound| bound.max(relaxed));
        self.refuse_impossible(&outcome, incumbent.value, bound)?;
        Ok(MarginAnswer {
            // Within the tolerance a solver's bound may lie above the value; no true bound does.
            lower_bound: bound.min(incumbent.value),
            proof: proof(incumbent.value, bound),
            incumbent: Some(incumbent),
            nodes: outcome.statistics.nodes,
            wall_time: outcome.statistics.wall_time,
            raw_status: outcome.raw_status,
        })
    }
}

impl MilpSession<'_> {
    /// A lower bound by the chain's methods, without the model.
    fn relaxed_minimum(
        &self,
        function: &LinearFunction,
        goal: MarginGoal,
        budget: &Budget,
    ) -> Result<f64, MarginError> {
        let enough = match goal {
            MarginGoal::Minimum => f64::INFINITY,
            MarginGoal::Sign => 2.0 * AGREEMENT_TOLERANCE - function.constant,
        };
        let bound =
            self.chain.lower_bound(self.network, &self.bounds, &function.coefficients, enough, budget)?;
        Ok((bound + function.constant).next_down())
    }

    /// The solver's input, moved into the box, or a better one near it, with what the network really computes there.
    fn replayed(
        &self,
        outcome: &Outcome,
        function: &LinearFunction,
    ) -> Result<Option<Incumbent>, MarginError> {
        let Some(point) = &outcome.incumbent else { return Ok(None) };
        let (values, columns) = (point.values.len(), self.encoding.model().column_count());
        if values != columns {
            return Err(self.contradiction(format!("a point of {values} values for {columns} columns")));
        }
        let input = self.input.project(self.encoding.decode_input(&point.values).view());
        Ok(Some(descend(self.network, &self.input, function, input)))
    }

    /// Refuses answers that no sound solver gives: an input set declared empty, or a bound above a known value.
    fn refuse_impossible(&self, outcome: &Outcome, value: f64, bound: f64) -> Result<(), MarginError> {
        let claims_nothing_is_feasible = matches!(
            outcome.verdict,
            Verdict::Infeasible
                | Verdict::NoneBetterThanCutoff
                | Verdict::Unbounded
                | Verdict::InfeasibleOrUnbounded
        );
        if claims_nothing_is_feasible {
            let status = &outcome.raw_status;
            return Err(self.contradiction(format!("status `{status}` for a network over a box")));
        }
        if bound > value && !agree(value, bound) {
            return Err(self.contradiction(format!("bound {bound} above the replayed value {value}")));
        }
        Ok(())
    }

    fn contradiction(&self, reason: String) -> MarginError {
        MarginError::Contradiction { engine: self.solver.name().to_owned(), reason }
    }

    /// The budget, and for a sign the values at which it is known, as far as the solver can stop there.
    fn limits(&self, goal: MarginGoal, budget: &Budget) -> Limits {
        let capabilities = self.solver.capabilities();
        let stop_at =
            |capability, value| (goal == MarginGoal::Sign && capabilities.has(capability)).then_some(value);
        Limits {
            time: budget.remaining(),
            target: stop_at(Capability::Target, -AGREEMENT_TOLERANCE),
            bound_stop: stop_at(Capability::BoundStop, 2.0 * AGREEMENT_TOLERANCE),
            cancellation: budget.cancellation().clone(),
            ..Limits::default()
        }
    }
}

/// Whether a value and a lower bound answer the question.
fn is_decided(goal: MarginGoal, value: f64, lower_bound: f64) -> bool {
    match (proof(value, lower_bound), goal) {
        (Proof::Minimum, _) | (Proof::Positive, MarginGoal::Sign) => true,
        (Proof::Open, MarginGoal::Sign) => value <= -AGREEMENT_TOLERANCE,
        (Proof::Positive | Proof::Open, MarginGoal::Minimum) => false,
    }
}

fn proof(value: f64, lower_bound: f64) -> Proof {
    if agree(value, lower_bound) {
        Proof::Minimum
    } else if lower_bound > AGREEMENT_TOLERANCE {
        Proof::Positive
    } else {
        Proof::Open
    }
}

fn agree(value: f64, bound: f64) -> bool {
    (value - bound).abs() <= AGREEMENT_TOLERANCE * value.abs().max(1.0)
}

fn without_search(incumbent: Incumbent, lower_bound: f64, status: &str) -> MarginAnswer {
    MarginAnswer {
        proof: proof(incumbent.value, lower_bound),
        lower_bound: lower_bound.min(incumbent.value),
        incumbent: Some(incumbent),
        nodes: Some(0),
        wall_time: Duration::ZERO,
        raw_status: status.to_owned(),
    }
}
