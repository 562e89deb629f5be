//! How far outputs are from the conjunctions of a region.

use milp_encode::property::{Conjunction, LinearFunction};
use ndarray::ArrayView1;

/// The greatest of a conjunction's functions at an output, and its value; `None` for a conjunction without functions.
pub(super) fn greatest<'c>(
    conjunction: &'c Conjunction,
    output: ArrayView1<'_, f64>,
) -> Option<(&'c LinearFunction, f64)> {
    let values = conjunction.0.iter().map(|function| (function, function.value(output)));
    values.max_by(|a, b| a.1.total_cmp(&b.1))
}

/// The least, over conjunctions, of the greatest function at an output, with the function; a conjunction without
/// functions is satisfied by every output.
pub(super) fn least_of_greatest<'c>(
    conjunctions: &'c [Conjunction],
    output: ArrayView1<'_, f64>,
) -> (Option<&'c LinearFunction>, f64) {
    let margins = conjunctions.iter().map(|conjunction| match greatest(conjunction, output) {
        Some((function, value)) => (Some(function), value),
        None => (None, f64::NEG_INFINITY),
    });
    margins.min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((None, f64::INFINITY))
}
