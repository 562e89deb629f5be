//! The hull of the two phases over sums of parts of a neuron's terms.

use std::num::NonZeroUsize;

use solver_api::{ColumnId, ModelError};

use super::super::NEGLIGIBLE;
use super::super::negligible::{Trimmed, trimmed};
use super::super::range::Range;
use super::{Builder, Expression, Halves, Neuron, Quantity, big_m};

/// Splits `a = t_1 + ... + t_P + b`, with `t_n` in `[L_n, U_n]`, into what counts while the neuron is active and what
/// while it is not:
///
/// ```text
/// t_n = r_n + q_n,   L_n v <= r_n <= U_n v,   L_n (1 - v) <= q_n <= U_n (1 - v)
/// h = r_1 + ... + r_P + b v,   -p = q_1 + ... + q_P + b (1 - v)
/// ```
///
/// beside big-M's rows, whose bounds know more of `a` than the sum of the parts' ranges. `r_P` and `q_P` need no columns:
/// they are what `h` and `p` leave. So each part has one row as long as its terms are many; all other rows are short. One
/// part is big-M with two idle rows more, which are left out.
pub(super) fn choose(
    builder: &mut Builder<'_>,
    neuron: &Neuron<'_>,
    halves: Halves,
    parts: NonZeroUsize,
) -> Result<(), ModelError> {
    let Trimmed { expression, dropped } = trimmed(&builder.model, neuron.pre_activation);
    let parts = parts_by_coefficient(&expression, parts.get());
    let Some((last, others)) = parts.split_last().filter(|(_, others)| !others.is_empty()) else {
        super::define(builder, neuron, halves)?;
        return big_m::choose(builder, neuron, halves).map(|_| ());
    };
    let binary = big_m::choose(builder, neuron, halves)?;
    let negligible = NEGLIGIBLE * neuron.upper.max(-neuron.lower);
    let mut active_rest = vec![(halves.positive, 1.0)];
    let mut inactive_rest = vec![(halves.negative, -1.0)];
    for (position, terms) in others.iter().enumerate() {
        let name = |prefix: &str| format!("{}_{position}", neuron.name(prefix));
        let range = range(builder, terms);
        let sides = (range.lower.min(0.0), range.upper.max(0.0));
        let active = builder.continuous(name("r"), sides.0, sides.1, Quantity::Share)?;
        let inactive = builder.continuous(name("q"), sides.0, sides.1, Quantity::Share)?;
        let mut part = terms.clone();
        part.extend([(active, -1.0), (inactive, -1.0)]);
        builder.model.add_row(name("part"), 0.0, 0.0, part)?;
        let (alone, other) = ([(active, 1.0)], [(inactive, 1.0)]);
        let share = |terms| Share { name: &name, terms, range, binary, negligible };
        share(&alone).bound_while_active(builder)?;
        share(&other).bound_while_inactive(builder)?;
        active_rest.push((active, -1.0));
        inactive_rest.push((inactive, -1.0));
    }
    let name = |prefix: &str| format!("{}_{}", neuron.name(prefix), others.len());
    let constant = expression.constant;
    let range = range(builder, last).plus(dropped).plus(Range::point(constant));
    let share = |terms| Share { name: &name, terms, range, binary, negligible };
    share(&active_rest).bound_while_active(builder)?;
    share(&inactive_rest).bound_while_inactive(builder)?;
    // h - p less the other parts' columns is the last part, but for the dropped terms.
    let mut difference = [active_rest, inactive_rest].concat();
    difference.extend(last.iter().map(|(column, coefficient)| (*column, -coefficient)));
    let sides = Range::point(constant).plus(dropped);
    builder.model.add_row(name("part"), sides.lower, sides.upper, difference).map(|_| ())
}

type Terms = Vec<(ColumnId, f64)>;

/// Terms sorted by coefficient, in so many runs of equal length (give or take one), fewer where there are fewer terms.
fn parts_by_coefficient(expression: &Expression, parts: usize) -> Vec<Terms> {
    let mut terms = expression.terms.clone();
    terms.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    let parts = parts.min(terms.len());
    (0..parts)
        .map(|part| terms[part * terms.len() / parts..(part + 1) * terms.len() / parts].to_vec())
        .collect()
}

fn range(builder: &Builder<'_>, terms: &Terms) -> Range {
    terms.iter().fold(Range::default(), |sum, (id, coefficient)| {
        sum.plus(Range::of_column(&builder.model, *id).scaled(*coefficient))
    })
}

/// The share of a part in one of the halves.
struct Share<'a> {
    name: &'a dyn Fn(&str) -> String,
    terms: &'a [(ColumnId, f64)],
    /// What the part may be while its half is in use.
    range: Range,
    binary: ColumnId,
    /// Up to which size a bound is too small for a coefficient.
    negligible: f64,
}

impl Share<'_> {
    /// `L v <= share <= U v`.
    fn bound_while_active(&self, builder: &mut Builder<'_>) -> Result<(), ModelError> {
        let Range { lower, upper } = self.range;
        let (factor, side) = self.factor_and_side(lower, f64::min);
        self.row(builder, "rl", (side, f64::INFINITY), -factor)?;
        let (factor, side) = self.factor_and_side(upper, f64::max);
        self.row(builder, "ru", (f64::NEG_INFINITY, side), -factor)
    }

    /// `L (1 - v) <= share <= U (1 - v)`.
    fn bound_while_inactive(&self, builder: &mut Builder<'_>) -> Result<(), ModelError> {
        let Range { lower, upper } = self.range;
        let (factor, side) = self.factor_and_side(lower, f64::min);
        self.row(builder, "ql", (side + factor, f64::INFINITY), factor)?;
        let (factor, side) = self.factor_and_side(upper, f64::max);
        self.row(builder, "qu", (f64::NEG_INFINITY, side + factor), factor)
    }

    /// A bound as a factor of the choice and a side that it leaves: a negligible bound is a side, or 0 where that is
    /// farther out.
    fn factor_and_side(&self, bound: f64, outer: fn(f64, f64) -> f64) -> (f64, f64) {
        if bound.abs() > self.negligible { (bound, 0.0) } else { (0.0, outer(bound, 0.0)) }
    }

    fn row(
        &self,
        builder: &mut Builder<'_>,
        prefix: &str,
        (lower, upper): (f64, f64),
        factor: f64,
    ) -> Result<(), ModelError> {
        let terms = self.terms.iter().copied().chain([(self.binary, factor)]);
        builder.model.add_row((self.name)(prefix), lower, upper, terms).map(|_| ())
    }
}
