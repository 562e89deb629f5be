//! Lower bounds of functions by the methods of a chain, without any model.

use ndarray::Array2;
use nn_core::Network;
use solver_api::Budget;

use crate::bounds::{BoundChain, BoundsError, NetworkBounds, Place};
use crate::property::LinearFunction;

/// A lower bound of every function over the box of `bounds`, by every method of the chain but searches, in turn; each
/// method gets, in one batch, the functions whose bound is not `enough` yet. `-inf` for a chain of interval arithmetic
/// alone.
///
/// The first method is asked even without any budget left.
///
/// # Errors
/// [`BoundsError`] where a method fails.
///
/// # Panics
/// Where a function has not one coefficient an output.
pub fn relaxed_minima(
    network: &Network<f64>,
    bounds: &NetworkBounds,
    chain: &BoundChain<'_>,
    functions: &[LinearFunction],
    enough: f64,
    budget: &Budget,
) -> Result<Vec<f64>, BoundsError> {
    let place = Place { network, bounds, node: network.output() };
    let mut best = vec![f64::NEG_INFINITY; functions.len()];
    let relaxations = chain.tightenings().filter(|tightening| !tightening.is_search());
    for (position, tightening) in relaxations.enumerate() {
        let open: Vec<usize> = (0..best.len()).filter(|function| best[*function] < enough).collect();
        if open.is_empty() || position > 0 && budget.is_exhausted() {
            break;
        }
        let rows = Array2::from_shape_fn((open.len(), network.output_count()), |(row, output)| {
            functions[open[row]].coefficients[output]
        });
        let found = tightening.lower_bounds(place, rows.view(), budget)?;
        for (function, bound) in open.into_iter().zip(found) {
            best[function] = best[function].max((bound + functions[function].constant).next_down());
        }
    }
    Ok(best)
}

/// An upper bound of every function over the box of `bounds`: that of the outputs' ranges, or the chain's where it is lower.
///
/// # Errors
/// [`BoundsError`] where a method fails.
///
/// # Panics
/// Where a function has not one coefficient an output.
pub fn relaxed_maxima(
    network: &Network<f64>,
    bounds: &NetworkBounds,
    chain: &BoundChain<'_>,
    functions: &[LinearFunction],
    budget: &Budget,
) -> Result<Vec<f64>, BoundsError> {
    let outputs = bounds.node(network.output());
    let negated: Vec<LinearFunction> = functions.iter().map(LinearFunction::negated).collect();
    let least = relaxed_minima(network, bounds, chain, &negated, f64::INFINITY, budget)?;
    let boxed = functions.iter().map(|function| function.range(outputs.lower(), outputs.upper()).1);
    Ok(boxed.zip(least).map(|(boxed, least)| boxed.min(-least)).collect())
}
