//! Ranges of neurons by branch and bound: tighter than any relaxation's.

use milp_encode::bounds::{BoundsError, LiveNetwork, NodeBounds, Place, Tightening, Wanted};
use milp_encode::property::LinearFunction;
use ndarray::{Array1, ArrayView2};
use solver_api::Budget;

use super::bounding::Bounding;
use super::branching::LookAhead;
use super::climb::{Hints, Pace};
use super::frontier::Part;
use super::{PACE, ROOT_PACE, refuse_unsupported};

/// Bounds by some splits on the signs of earlier neurons, for each function those that raise its bound most.
///
/// With all earlier layers bounded so, relaxations behind them get tighter than linear programs over triangles can be. It takes
/// alpha-CROWN's place in a [`BoundChain`](milp_encode::bounds::BoundChain), or stands behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BranchedBounds {
    /// How often the worst part of each function is split.
    pub splits: usize,
}

impl Default for BranchedBounds {
    fn default() -> Self {
        Self { splits: 16 }
    }
}

/// No more functions than this are bounded together.
const MOST_FUNCTIONS: usize = 256;

impl Tightening for BranchedBounds {
    fn name(&self) -> &'static str {
        "branched"
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
        let function = |row: ndarray::ArrayView1<'_, f64>| LinearFunction {
            coefficients: row.to_owned(),
            constant: 0.0,
        };
        let functions = functions.rows().into_iter().map(function).collect();
        Ok(self.bound(&LiveNetwork::of_node(place), functions, Stop::Never, budget).into())
    }

    fn ranges(
        &self,
        place: Place<'_>,
        elements: &[usize],
        wanted: Wanted,
        budget: &Budget,
    ) -> Result<NodeBounds, BoundsError> {
        let live = LiveNetwork::of_node(place);
        let count = place.network.node(place.node).element_count();
        let (mut lower, mut upper) = (Vec::new(), Vec::new());
        for elements in elements.chunks(MOST_FUNCTIONS / 2) {
            let functions = of_elements(count, elements);
            for pair in self.bound(&live, functions, Stop::for_wanted(wanted), budget).chunks_exact(2) {
                lower.push(pair[0]);
                upper.push(-pair[1]);
            }
        }
        Ok(NodeBounds::new(Array1::from(lower), Array1::from(upper)))
    }
}

/// The functions that are some of `count` elements, each with its negation behind it.
pub(super) fn of_elements(count: usize, elements: &[usize]) -> Vec<LinearFunction> {
    let unit = |element: &usize, sign: f64| {
        let mut coefficients = Array1::zeros(count);
        coefficients[*element] = sign;
        LinearFunction { coefficients, constant: 0.0 }
    };
    elements.iter().flat_map(|element| [unit(element, 1.0), unit(element, -1.0)]).collect()
}

/// One neuron of each order: there are many functions, and each has few splits.
const LOOK_AHEAD: LookAhead = LookAhead { neurons: 1, first_doublings: 0 };

/// When a function is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    Never,
    /// Functions come in pairs, each with its negation behind it: once either is above 0 everywhere.
    WithSignsOfPairs,
}

impl Stop {
    /// For functions in pairs.
    pub(super) fn for_wanted(wanted: Wanted) -> Self {
        match wanted {
            Wanted::Sign => Self::WithSignsOfPairs,
            Wanted::Range => Self::Never,
        }
    }
}

/// A part with what is proven of its function there.
struct Leaf {
    bound: f64,
    /// None where it cannot be split, or need not be.
    part: Option<Part>,
}

impl BranchedBounds {
    /// Lower bounds of functions of a network's output; `-inf` where nothing is known.
    pub(super) fn bound(
        &self,
        live: &LiveNetwork,
        functions: Vec<LinearFunction>,
        stop: Stop,
        budget: &Budget,
    ) -> Vec<f64> {
        let unknown = vec![f64::NEG_INFINITY; functions.len()];
        if refuse_unsupported(live.network()).is_err() || budget.is_exhausted() {
            return unknown;
        }
        let bounding = Bounding::new(live, functions, LOOK_AHEAD);
        let mut leaves: Vec<Vec<Leaf>> = unknown.iter().map(|_| Vec::new()).collect();
        let whole = bounding.whole();
        let root = Pace { hints: Hints::All, iterations: ROOT_PACE.iterations / 2, ..ROOT_PACE };
        grow(&bounding, &whole, &unknown, &root, budget, &mut leaves);
        let pace = Pace { hints: Hints::All, iterations: 10, ..PACE };
        for _ in 0..self.splits {
            if budget.is_exhausted() {
                break;
            }
            let done = |function: usize| {
                stop == Stop::WithSignsOfPairs
                    && [function, function ^ 1].iter().any(|one| least(&leaves[*one]) > 0.0)
            };
            let next: Vec<usize> = (0..leaves.len()).filter(|function| !done(*function)).collect();
            let (mut parts, mut bounds) = (Vec::new(), Vec::new());
            for function in next {
                let worst = leaves[function].iter_mut().min_by(|a, b| a.bound.total_cmp(&b.bound));
                let Some(worst) = worst.filter(|leaf| leaf.part.is_some()) else { continue };
                let bound = worst.bound;
                let place = leaves[function].iter().position(|leaf| leaf.bound.total_cmp(&bound).is_eq());
                let leaf = leaves[function].swap_remove(place.expect("it was found"));
                parts.extend(leaf.part);
                bounds.extend([bound, bound]);
            }
            if parts.is_empty() {
                break;
            }
            grow(&bounding, &bounding.children(&parts), &bounds, &pace, budget, &mut leaves);
        }
        leaves.iter().map(|leaves| least(leaves)).collect()
    }
}

/// Bounds parts, of which bounds are known from the parts that they come from, and makes leaves of them.
fn grow(
    bounding: &Bounding,
    parts: &[Part],
    known: &[f64],
    pace: &Pace,
    budget: &Budget,
    leaves: &mut [Vec<Leaf>],
) {
    let climbed = bounding.climb(parts, pace, budget);
    let proven = bounding.prove(parts, &climbed);
    let bounds: Vec<f64> = proven.iter().zip(known).map(|(proven, known)| proven.max(*known)).collect();
    let open: Vec<usize> = (0..parts.len()).filter(|part| bounds[*part] <= 0.0).collect();
    let mut next = vec![None; parts.len()];
    for (part, found) in open.iter().zip(bounding.next(parts, &climbed, &open, budget)) {
        next[*part] = found.next.is_some().then_some(found);
    }
    for ((part, bound), next) in parts.iter().zip(bounds).zip(next) {
        leaves[part.function].push(Leaf { bound, part: next });
    }
}

fn least(leaves: &[Leaf]) -> f64 {
    leaves.iter().map(|leaf| leaf.bound).fold(f64::INFINITY, f64::min)
}
