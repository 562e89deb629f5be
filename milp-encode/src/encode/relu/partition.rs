//! The hull of the two phases over sums of parts of a neuron's terms.

use std::num::NonZeroUsize;

use solver_api::{ColumnId, ModelError};

use super::super::negligible::{Trimmed, trimmed};
use super::super::range::Range;
use super::{Builder, Expression, Halves, Neuron, big_m};

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
    let mut active_rest = vec![(halves.positive, 1.0)];
    let mut inactive_rest = vec![(halves.negative, -1.0)];
    for (position, terms) in others.iter().enumerate() {
        let name = |prefix: &str| format!("{}_{position}", neuron.name(prefix));
        let range = range(builder, terms);
        let sides = (range.lower.min(0.0), range.upper.max(0.0));
        let active = builder.continuous(name("r"), sides.0, sides.1)?;
        let inactive = builder.continuous(name("q"), sides.0, sides.1)?;
        let mut part = terms.clone();
        part.extend([(active, -1.0), (inactive, -1.0)]);
        builder.model.add_row(name("part"), 0.0, 0.0, part)?;
        share_while_active(builder, &name, &[(active, 1.0)], binary, range)?;
        share_while_inactive(builder, &name, &[(inactive, 1.0)], binary, range)?;
        active_rest.push((active, -1.0));
        inactive_rest.push((inactive, -1.0));
    }
    let name = |prefix: &str| format!("{}_{}", neuron.name(prefix), others.len());
    let constant = expression.constant;
    let range = range(builder, last).plus(dropped).plus(Range::point(constant));
    share_while_active(builder, &name, &active_rest, binary, range)?;
    share_while_inactive(builder, &name, &inactive_rest, binary, range)?;
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

/// `L v <= share <= U v`.
fn share_while_active(
    builder: &mut Builder<'_>,
    name: &dyn Fn(&str) -> String,
    share: &[(ColumnId, f64)],
    binary: ColumnId,
    range: Range,
) -> Result<(), ModelError> {
    let with = |bound: f64| share.iter().copied().chain([(binary, -bound)]);
    builder.model.add_row(name("rl"), 0.0, f64::INFINITY, with(range.lower))?;
    builder.model.add_row(name("ru"), f64::NEG_INFINITY, 0.0, with(range.upper)).map(|_| ())
}

/// `L (1 - v) <= share <= U (1 - v)`.
fn share_while_inactive(
    builder: &mut Builder<'_>,
    name: &dyn Fn(&str) -> String,
    share: &[(ColumnId, f64)],
    binary: ColumnId,
    range: Range,
) -> Result<(), ModelError> {
    let with = |bound: f64| share.iter().copied().chain([(binary, bound)]);
    builder.model.add_row(name("ql"), range.lower, f64::INFINITY, with(range.lower))?;
    builder.model.add_row(name("qu"), f64::NEG_INFINITY, range.upper, with(range.upper)).map(|_| ())
}
