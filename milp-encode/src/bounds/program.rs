//! What LP and MILP tightening share: the questions about a node's elements, and when to spare them.

use ndarray::{Array1, ArrayView1, ArrayView2, Axis};
use nn_core::{Network, NodeId};
use solver_api::{Budget, Limits, Options, Outcome, Session, Solver};

use super::tightening::{Place, Wanted};
use super::{BoundsError, NodeBounds};
use crate::encode::{Encoding, Formulation, encode_node};
use crate::oracle::AGREEMENT_TOLERANCE;
use crate::property::{InputBox, LinearFunction};

/// What a solver is asked of the elements of which only the sign is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OpenSigns {
    /// What may settle the sign: a bound is left as it is once an input is known that leads beyond zero on its side, and
    /// the other bound once the sign is settled.
    Settle,
    /// That, and both bounds of what stays open: tighter ranges make tighter relaxations and big-Ms further on.
    #[default]
    Tighten,
}

/// What one solve established of the least value of a function.
pub(super) struct Minimum {
    /// `-inf` where nothing is proven.
    pub(super) lower_bound: f64,
    /// An input at which the function is small.
    pub(super) input: Option<Array1<f64>>,
}

/// How much of a minimum is of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// As much as can be proven.
    Value,
    /// Nothing beyond a bound that is at least 0.
    SettledSign,
    /// Nothing beyond such a bound, or an input at which the function is below 0.
    Sign,
}

/// What a bound rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Basis {
    /// A computation that accounts for every rounding.
    Proof,
    /// A solver's word, which values of the network may refute.
    Claim,
}

/// An engine with the program of one node.
pub(super) trait Minimiser {
    /// What its bounds rest on.
    fn basis(&self) -> Basis {
        Basis::Claim
    }

    /// The least value of a function of the node's elements, over the box.
    fn minimise(
        &mut self,
        function: ArrayView1<'_, f64>,
        goal: Goal,
        budget: &Budget,
    ) -> Result<Minimum, BoundsError>;
}

/// What a node depends on as a model inside a solver, of which only the objective changes.
pub(super) struct Program<'a> {
    pub(super) method: &'static str,
    pub(super) place: Place<'a>,
    pub(super) encoding: Encoding,
    session: Box<dyn Session>,
}

impl<'a> Program<'a> {
    pub(super) fn open(
        method: &'static str,
        place: Place<'a>,
        formulation: Formulation,
        solver: &dyn Solver,
        options: &Options,
    ) -> Result<Self, BoundsError> {
        let failed = |reason: &dyn ToString| engine_error(method, place, reason.to_string());
        let encoding = encode_node(place.network, &box_of(place), place.bounds, formulation, place.node)
            .map_err(|error| failed(&error))?;
        let session = solver.open(encoding.model(), options).map_err(|error| failed(&error))?;
        Ok(Self { method, place, encoding, session })
    }

    /// Minimises a function of the node's elements.
    pub(super) fn solve(
        &mut self,
        function: ArrayView1<'_, f64>,
        limits: &Limits,
    ) -> Result<Outcome, BoundsError> {
        let objective = LinearFunction { coefficients: function.to_owned(), constant: 0.0 };
        let (offset, terms) = self.encoding.objective(&objective);
        let solved = self.session.set_objective(offset, &terms).and_then(|()| self.session.solve(limits));
        solved.map_err(|error| engine_error(self.method, self.place, error))
    }

    /// The input of an outcome's point.
    pub(super) fn input(&self, outcome: Outcome) -> Option<Array1<f64>> {
        outcome.incumbent.map(|point| self.encoding.decode_input(&point.values))
    }
}

/// The box over which a place's bounds hold.
pub(super) fn box_of(place: Place<'_>) -> InputBox {
    let sides = place.bounds.node(NodeId::INPUT);
    InputBox::new(sides.lower.clone(), sides.upper.clone()).expect("the bounds of a box make that box")
}

/// Something that an engine said about a node.
pub(super) fn engine_error(method: &'static str, place: Place<'_>, reason: impl ToString) -> BoundsError {
    let node = place.network.node(place.node).name().to_owned();
    BoundsError::Engine { method, node, reason: reason.to_string() }
}

/// Lower bounds of functions of a node's elements, row by row, until the budget is exhausted.
pub(super) fn lower_bounds(
    minimiser: &mut dyn Minimiser,
    functions: ArrayView2<'_, f64>,
    budget: &Budget,
) -> Result<Array1<f64>, BoundsError> {
    let mut lower = Array1::from_elem(functions.nrows(), f64::NEG_INFINITY);
    for (function, lower) in functions.rows().into_iter().zip(&mut lower) {
        if budget.is_exhausted() {
            break;
        }
        *lower = minimiser.minimise(function, Goal::Value, budget)?.lower_bound;
    }
    Ok(lower)
}

/// Ranges of elements of a place, for `method`; what the budget leaves no time for stays infinite.
pub(super) fn ranges(
    method: &'static str,
    minimiser: &mut dyn Minimiser,
    place: Place<'_>,
    elements: &[usize],
    (wanted, open_signs): (Wanted, OpenSigns),
    budget: &Budget,
) -> Result<NodeBounds, BoundsError> {
    let known = place.bounds.node(place.node);
    let mut reached = Reached::at_center(place);
    let mut found = NodeBounds {
        lower: Array1::from_elem(elements.len(), f64::NEG_INFINITY),
        upper: Array1::from_elem(elements.len(), f64::INFINITY),
    };
    for (position, element) in elements.iter().copied().enumerate() {
        for side in Side::nearer_to_zero_first(known.lower[element], known.upper[element]) {
            if budget.is_exhausted() {
                return Ok(found);
            }
            let is_hopeless = wanted == Wanted::Sign && reached.least(element, side) < 0.0;
            let goal = match (wanted, open_signs) {
                (Wanted::Sign, OpenSigns::Settle) if is_hopeless => continue,
                (Wanted::Sign, OpenSigns::Settle) => Goal::Sign,
                (Wanted::Sign, OpenSigns::Tighten) if !is_hopeless => Goal::SettledSign,
                _ => Goal::Value,
            };
            let function = side.function(element, known.lower.len());
            let minimum = minimiser.minimise(function.view(), goal, budget)?;
            if let Some(input) = minimum.input {
                reached.add(input);
            }
            let (bound, value) = (minimum.lower_bound, reached.least(element, side));
            let is_refuted = bound > value + AGREEMENT_TOLERANCE * value.abs().max(1.0);
            if is_refuted && minimiser.basis() == Basis::Claim {
                let reason = format!("bound {bound} of a function that takes the value {value}");
                return Err(engine_error(method, place, reason));
            }
            match side {
                Side::Lower => found.lower[position] = bound,
                Side::Upper => found.upper[position] = -bound,
            }
            if wanted == Wanted::Sign && bound >= 0.0 {
                break;
            }
        }
    }
    Ok(found)
}

/// Either end of a range; the upper one is the lower one of the negated element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Lower,
    Upper,
}

impl Side {
    /// The bound that is more likely to settle the sign comes first.
    fn nearer_to_zero_first(lower: f64, upper: f64) -> [Self; 2] {
        if -lower <= upper { [Self::Lower, Self::Upper] } else { [Self::Upper, Self::Lower] }
    }

    fn function(self, element: usize, count: usize) -> Array1<f64> {
        let mut function = Array1::zeros(count);
        function[element] = if self == Self::Lower { 1.0 } else { -1.0 };
        function
    }
}

/// Values that the node's elements are known to take, computed on the network itself.
struct Reached<'a> {
    network: &'a Network<f64>,
    node: NodeId,
    input: InputBox,
    lower: Array1<f64>,
    upper: Array1<f64>,
}

impl<'a> Reached<'a> {
    fn at_center(place: Place<'a>) -> Self {
        let count = place.network.node(place.node).element_count();
        let mut reached = Self {
            network: place.network,
            node: place.node,
            input: box_of(place),
            lower: Array1::from_elem(count, f64::INFINITY),
            upper: Array1::from_elem(count, f64::NEG_INFINITY),
        };
        let center = reached.input.center();
        reached.add(center);
        reached
    }

    fn add(&mut self, input: Array1<f64>) {
        let input = self.input.project(input.view());
        let trace = self.network.trace(input.insert_axis(Axis(0)).view());
        for (element, value) in trace.value(self.node).row(0).iter().enumerate() {
            self.lower[element] = self.lower[element].min(*value);
            self.upper[element] = self.upper[element].max(*value);
        }
    }

    /// The least value of a side's function.
    fn least(&self, element: usize, side: Side) -> f64 {
        match side {
            Side::Lower => self.lower[element],
            Side::Upper => -self.upper[element],
        }
    }
}
