//! Terms too small to matter beside the others of their row.
//!
//! Trained networks have weights of 1e-15 for pixels that are always black. Solvers mistake them for a reason to scale a
//! row or a column up, or drop them without a word. Here they go before a solver sees them, and the row is widened by all
//! that they could have added, so that no point of the network is lost. Where that is less than a rounding of the row's
//! greatest term, as with such pixels, an equation stays an equation.

use solver_api::Model;

use super::expression::Expression;
use super::range::Range;

/// Up to which share of a row's greatest term its dropped terms may add together.
const NEGLIGIBLE_SHARE: f64 = 1e-9;

/// An expression without its negligible terms.
pub(super) struct Trimmed {
    pub(super) expression: Expression,
    /// What the dropped terms may add.
    pub(super) dropped: Range,
}

/// Drops the least terms as long as all that they add, over the boxes of their columns, is at most 1e-9 of what the
/// greatest term can be; repeated columns are summed.
pub(super) fn trimmed(model: &Model, expression: &Expression) -> Trimmed {
    let mut expression = expression.merged();
    let ranges: Vec<Range> = expression
        .terms
        .iter()
        .map(|(id, coefficient)| Range::of_column(model, *id).scaled(*coefficient))
        .collect();
    let greatest = ranges.iter().map(|range| range.magnitude()).fold(0.0, f64::max);
    // A column without bounds is beyond comparison.
    let most = if greatest.is_finite() { NEGLIGIBLE_SHARE * greatest } else { 0.0 };
    let mut ascending: Vec<usize> =
        (0..ranges.len()).filter(|term| ranges[*term].magnitude() <= most).collect();
    ascending.sort_by(|a, b| ranges[*a].magnitude().total_cmp(&ranges[*b].magnitude()));
    let mut dropped = Range::default();
    let mut total = 0.0;
    for term in ascending {
        total += ranges[term].magnitude();
        if total > most {
            break;
        }
        dropped = dropped.plus(ranges[term]);
        expression.terms[term].1 = 0.0;
    }
    expression.terms.retain(|(_, coefficient)| *coefficient != 0.0);
    if dropped.magnitude() <= f64::EPSILON / 2.0 * greatest {
        dropped = Range::default();
    }
    Trimmed { expression, dropped }
}
