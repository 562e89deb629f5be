//! Bounds by linear programs.

use ndarray::{Array1, ArrayView1, ArrayView2, Axis};
use solver_api::{Budget, Limits, Options, Preset, Solver, Verdict};

use super::backward::BackwardPass;
use super::multipliers::Multipliers;
use super::program::{self, Basis, Goal, Minimiser, Minimum, OpenSigns, Program};
use super::surroundings::Surroundings;
use super::tightening::{Place, Tightening, Wanted};
use super::{BoundsError, NodeBounds};
use crate::encode::Formulation;

const NAME: &str = "lp";

/// The linear relaxation of the network up to the node, with a triangle for each open ReLU, minimised and maximised for
/// one element after the other: the model stays, only objectives change.
///
/// The solver is not believed. It supplies multipliers of the rows that define pre-activations, and a backward pass through
/// the network itself proves what follows from them, with every rounding error added outward: as tight as the program where
/// ReLUs are the only relaxed operators, and a proven bound whatever the multipliers are. A program that the solver cannot
/// solve leaves the element as it was.
///
/// Source: Tjeng, Xiao, Tedrake, "Evaluating robustness of neural networks with mixed integer programming", 2019; Ehlers,
/// "Formal verification of piece-wise linear feed-forward neural networks", 2017, for the triangle.
pub struct Lp<'s> {
    /// An LP solver that tells duals.
    pub solver: &'s dyn Solver,
    /// How it solves.
    pub options: Options,
    /// What is asked of open signs.
    pub open_signs: OpenSigns,
}

impl<'s> Lp<'s> {
    /// Linear programs for both bounds of all that stays open, by a solver with the options for proven relaxations.
    pub fn new(solver: &'s dyn Solver) -> Self {
        let options = Options { preset: Preset::ProvenRelaxations, ..Options::default() };
        Self { solver, options, open_signs: OpenSigns::default() }
    }

    fn open<'a>(&self, place: Place<'a>) -> Result<Relaxation<'a>, BoundsError> {
        let program = Program::open(NAME, place, Formulation::Triangle, self.solver, &self.options)?;
        let surroundings = Surroundings::new(place.network, place.bounds);
        Ok(Relaxation { program, surroundings })
    }
}

impl Tightening for Lp<'_> {
    fn name(&self) -> &'static str {
        NAME
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
        let mut relaxation = self.open(place)?;
        program::ranges(NAME, &mut relaxation, place, elements, (wanted, self.open_signs), budget)
    }
}

/// The linear relaxation of what a node depends on, inside a solver.
struct Relaxation<'a> {
    program: Program<'a>,
    surroundings: Surroundings<'a>,
}

impl Minimiser for Relaxation<'_> {
    fn basis(&self) -> Basis {
        Basis::Proof
    }

    fn minimise(
        &mut self,
        function: ArrayView1<'_, f64>,
        _goal: Goal,
        budget: &Budget,
    ) -> Result<Minimum, BoundsError> {
        let outcome = self.program.solve(function, &Limits::within(budget))?;
        let lower_bound = match (outcome.verdict, &outcome.row_duals) {
            (Verdict::Optimal, Some(duals)) => self.proven_bound(function, duals),
            _ => f64::NEG_INFINITY,
        };
        Ok(Minimum { lower_bound, input: self.program.input(outcome) })
    }
}

impl Relaxation<'_> {
    /// What the multipliers of the program's rows prove.
    fn proven_bound(&self, function: ArrayView1<'_, f64>, row_duals: &[f64]) -> f64 {
        let Place { network, node, .. } = self.program.place;
        let mut multipliers = Multipliers::none(network);
        for definition in self.program.encoding.definitions() {
            let multiplier = row_duals.get(definition.row.index()).copied().unwrap_or(f64::NAN);
            multipliers.set(network, definition.relu, definition.element, multiplier);
        }
        let pass = BackwardPass::of_functions(&self.surroundings, node, function.insert_axis(Axis(0)));
        pass.with_multipliers(&multipliers).lower_bounds()[0]
    }
}
