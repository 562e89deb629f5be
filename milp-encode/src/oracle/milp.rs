use ndarray::{Array1, Axis};
use nn_core::Network;
use solver_api::{Budget, Limits, Options, Outcome, Session, Solver, Verdict};

use super::{Incumbent, MarginAnswer, MarginError, MarginGoal, MarginOracle, MarginSession, Proof};
use crate::bounds::{BoundMethod, NetworkBounds, compute_bounds, crown_lower_bounds};
use crate::encode::{Encoding, Formulation, encode};
use crate::property::{InputBox, LinearFunction};

/// Minima by mixed-integer programming, on any solver.
pub struct MilpOracle<'s> {
    /// The solver.
    pub solver: &'s dyn Solver,
    /// How it solves.
    pub options: Options,
    /// How bounds are computed.
    pub bound_method: BoundMethod,
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
        let bounds = compute_bounds(network, input, self.bound_method)?;
        let encoding = encode(network, input, &bounds, self.formulation)?;
        let solver = self.solver.open(encoding.model(), &self.options)?;
        let engine = self.solver.name();
        Ok(Box::new(MilpSession { network, input: input.clone(), bounds, encoding, solver, engine }))
    }
}

struct MilpSession<'a> {
    network: &'a Network<f64>,
    input: InputBox,
    bounds: NetworkBounds,
    encoding: Encoding,
    solver: Box<dyn Session>,
    engine: &'a str,
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
        let known = self.relaxed_minimum(function);
        let (offset, terms) = self.encoding.objective(function);
        self.solver.set_objective(offset, &terms)?;
        let outcome = self.solver.solve(&limits(goal, budget))?;
        let incumbent = self.replay(&outcome, function);
        let lower_bound = outcome.dual_bound.map_or(known, |bound| bound.max(known));
        self.check(&outcome, incumbent.as_ref(), lower_bound)?;
        let proof = match &incumbent {
            Some(incumbent) if agree(incumbent.value, lower_bound) => Proof::Minimum,
            _ if lower_bound > AGREEMENT_TOLERANCE => Proof::Positive,
            _ => Proof::Open,
        };
        Ok(MarginAnswer {
            incumbent,
            lower_bound,
            proof,
            nodes: outcome.statistics.nodes,
            wall_time: outcome.statistics.wall_time,
            raw_status: outcome.raw_status,
        })
    }
}

impl MilpSession<'_> {
    /// A lower bound that needs no solver.
    fn relaxed_minimum(&self, function: &LinearFunction) -> f64 {
        let row = function.coefficients.view().insert_axis(Axis(0));
        let bound = crown_lower_bounds(self.network, &self.bounds, self.network.output(), row)[0];
        (bound + function.constant).next_down()
    }

    /// The solver's input, moved into the box, and what the network really computes from it.
    fn replay(&self, outcome: &Outcome, function: &LinearFunction) -> Option<Incumbent> {
        let point = outcome.incumbent.as_ref()?;
        let input: Array1<f64> = self.input.project(self.encoding.decode_input(&point.values).view());
        let value = function.value(self.network.forward_one(input.view()).view());
        Some(Incumbent { input, value })
    }

    /// Refuses answers that no sound solver gives: an input set declared empty, or a bound above a replayed value.
    fn check(
        &self,
        outcome: &Outcome,
        incumbent: Option<&Incumbent>,
        lower_bound: f64,
    ) -> Result<(), MarginError> {
        let contradiction =
            |reason: String| Err(MarginError::Contradiction { engine: self.engine.to_owned(), reason });
        match (outcome.verdict, incumbent) {
            (Verdict::Infeasible | Verdict::Unbounded | Verdict::InfeasibleOrUnbounded, _) => {
                contradiction(format!("status `{}` for a bounded network over a box", outcome.raw_status))
            }
            (_, Some(incumbent)) if lower_bound > incumbent.value && !agree(incumbent.value, lower_bound) => {
                contradiction(format!("bound {lower_bound} above the replayed value {}", incumbent.value))
            }
            _ => Ok(()),
        }
    }
}

fn limits(goal: MarginGoal, budget: &Budget) -> Limits {
    let sign_only = goal == MarginGoal::Sign;
    Limits {
        time: budget.remaining(),
        target: sign_only.then_some(-AGREEMENT_TOLERANCE),
        bound_stop: sign_only.then_some(2.0 * AGREEMENT_TOLERANCE),
        cancellation: budget.cancellation().clone(),
        ..Limits::default()
    }
}

fn agree(value: f64, bound: f64) -> bool {
    (value - bound).abs() <= AGREEMENT_TOLERANCE * value.abs().max(1.0)
}
