//! Bounds by mixed-integer programs.

use std::time::Duration;

use ndarray::{Array1, ArrayView1, ArrayView2};
use solver_api::{Budget, Capability, Limits, Options, Outcome, Solver, Verdict};

use super::program::{self, Goal, Minimiser, Minimum, OpenSigns, Program, engine_error};
use super::tightening::{Place, Tightening, Wanted};
use super::{BoundsError, NodeBounds};
use crate::encode::Formulation;
use crate::oracle::AGREEMENT_TOLERANCE;

const NAME: &str = "milp";

/// The network up to the node with the phases of all earlier open neurons, minimised and maximised for one element after
/// the other: exact ranges, where the time suffices.
///
/// A bound is as good as the solver, less a tolerance of 1e-5 of the greater of 1 and the bound: nothing but the network's
/// own values at the solver's points is there to refute it. A bound that one of them refutes is an error; what a verdict
/// shall rest on without trust in a solver must not use this method. A search that a limit ends contributes what it had
/// proven by then.
///
/// Source: Tjeng, Xiao, Tedrake, "Evaluating robustness of neural networks with mixed integer programming", 2019.
pub struct Milp<'s> {
    /// A mixed-integer solver.
    pub solver: &'s dyn Solver,
    /// How it solves.
    pub options: Options,
    /// How ReLUs become rows.
    pub formulation: Formulation,
    /// What is asked of open signs.
    pub open_signs: OpenSigns,
    /// After how long the search for one bound of one element ends.
    pub time_per_bound: Duration,
}

impl<'s> Milp<'s> {
    /// Mixed-integer programs that settle signs, 5 seconds for each bound, by a solver with default options.
    pub fn new(solver: &'s dyn Solver) -> Self {
        Self {
            solver,
            options: Options::default(),
            formulation: Formulation::default(),
            open_signs: OpenSigns::Settle,
            time_per_bound: Duration::from_secs(5),
        }
    }

    fn open<'a>(&'a self, place: Place<'a>) -> Result<Search<'a>, BoundsError> {
        let program = Program::open(NAME, place, self.formulation, self.solver, &self.options)?;
        Ok(Search { milp: self, program })
    }
}

impl Tightening for Milp<'_> {
    fn name(&self) -> &'static str {
        NAME
    }

    fn is_search(&self) -> bool {
        true
    }

    fn lower_bounds(
        &self,
        place: Place<'_>,
        functions: ArrayView2<'_, f64>,
        budget: &Budget,
    ) -> Result<Array1<f64>, BoundsError> {
        program::lower_bounds(&mut self.open(place)?, functions, budget)
    }

    fn ranges(
        &self,
        place: Place<'_>,
        elements: &[usize],
        wanted: Wanted,
        budget: &Budget,
    ) -> Result<NodeBounds, BoundsError> {
        program::ranges(NAME, &mut self.open(place)?, place, elements, (wanted, self.open_signs), budget)
    }
}

/// The program of what a node depends on, inside a solver.
struct Search<'a> {
    milp: &'a Milp<'a>,
    program: Program<'a>,
}

impl Minimiser for Search<'_> {
    fn minimise(
        &mut self,
        function: ArrayView1<'_, f64>,
        goal: Goal,
        budget: &Budget,
    ) -> Result<Minimum, BoundsError> {
        let limits = self.limits(goal, budget);
        let outcome = self.program.solve(function, &limits)?;
        let lower_bound = self.claimed_bound(&outcome)?;
        Ok(Minimum { lower_bound, input: self.program.input(outcome) })
    }
}

impl Search<'_> {
    /// The budget, and the values at which no more is of use, as far as the solver can stop there.
    fn limits(&self, goal: Goal, budget: &Budget) -> Limits {
        let capabilities = self.milp.solver.capabilities();
        let stop_at =
            |asked: bool, capability, value| (asked && capabilities.has(capability)).then_some(value);
        Limits {
            // Twice the tolerance, so that zero is left when it was subtracted.
            bound_stop: stop_at(goal != Goal::Value, Capability::BoundStop, 2.0 * AGREEMENT_TOLERANCE),
            target: stop_at(goal == Goal::Sign, Capability::Target, -AGREEMENT_TOLERANCE),
            ..Limits::within(&budget.limited_to(self.milp.time_per_bound))
        }
    }

    /// The solver's dual bound less the tolerance.
    fn claimed_bound(&self, outcome: &Outcome) -> Result<f64, BoundsError> {
        let claims_nothing_is_feasible = matches!(
            outcome.verdict,
            Verdict::Infeasible
                | Verdict::NoneBetterThanCutoff
                | Verdict::Unbounded
                | Verdict::InfeasibleOrUnbounded
        );
        if claims_nothing_is_feasible {
            let status = &outcome.raw_status;
            let reason = format!("{} says `{status}` of a network over a box", self.milp.solver.name());
            return Err(engine_error(NAME, self.program.place, reason));
        }
        let less_tolerance = |bound: f64| bound - AGREEMENT_TOLERANCE * bound.abs().max(1.0);
        Ok(outcome.dual_bound.map_or(f64::NEG_INFINITY, less_tolerance))
    }
}
