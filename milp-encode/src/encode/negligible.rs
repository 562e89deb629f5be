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

#[cfg(test)]
mod tests {
    use solver_api::{Column, ColumnId};

    use super::*;

    /// Coefficients of columns with these ranges, which of them stay, and what the rest may add.
    fn check(terms: &[(f64, (f64, f64))], stay: &[usize], dropped: (f64, f64)) {
        let mut model = Model::new("row");
        let mut expression = Expression::constant(0.5);
        for (position, (coefficient, (lower, upper))) in terms.iter().enumerate() {
            let column = Column::continuous(format!("x{position}"), *lower, *upper);
            expression.terms.push((model.add_column(column).expect("a range"), *coefficient));
        }
        let found = trimmed(&model, &expression);
        assert_eq!(found.expression.constant, 0.5);
        let kept: Vec<usize> = found.expression.terms.iter().map(|(id, _)| ColumnId::index(*id)).collect();
        assert_eq!(kept, stay, "{terms:?}");
        let within = |found: f64, expected: f64| (found - expected).abs() <= 1e-12 * expected.abs();
        assert!(within(found.dropped.lower, dropped.0) && found.dropped.lower <= dropped.0, "{terms:?}");
        assert!(within(found.dropped.upper, dropped.1) && found.dropped.upper >= dropped.1, "{terms:?}");
    }

    #[test]
    fn the_least_terms_go_as_long_as_all_that_they_add_is_a_billionth_of_the_greatest() {
        let unit = (0.0, 1.0);
        check(&[(1.0, unit), (1e-8, unit)], &[0, 1], (0.0, 0.0));
        check(&[(1.0, unit), (-5e-10, unit), (4e-10, unit)], &[0], (-5e-10, 4e-10));
        check(&[(1.0, unit), (6e-10, unit), (5e-10, unit)], &[0, 1], (0.0, 5e-10));
        check(&[(1.0, (-1e9, 0.0)), (1.0, (-0.5, 0.25))], &[0], (-0.5, 0.25));
        check(&[(1e-12, (0.0, 1e12)), (1.0, unit)], &[0, 1], (0.0, 0.0));
    }

    #[test]
    fn less_than_a_rounding_of_the_greatest_term_is_not_accounted_for() {
        check(&[(1.0, (0.0, 1.0)), (1e-16, (0.0, 1.0)), (-1e-20, (0.0, 1.0))], &[0], (0.0, 0.0));
    }

    #[test]
    fn nothing_is_negligible_beside_a_column_without_bounds() {
        let free = (f64::NEG_INFINITY, f64::INFINITY);
        check(&[(1.0, free), (1e-300, (0.0, 1.0))], &[0, 1], (0.0, 0.0));
    }
}
