use milp_encode::{Expression, pool_windows};
use nn_core::{NodeId, Pool};
use solver_api::{Column, ModelError};

use super::builder::Builder;

/// Maxima over windows: `m >= x_i`, `m <= x_i + (U - l_i) (1 - d_i)`, and the `d_i` add up to 1.
///
/// The published code takes the ranges of the network as it is for `U` and `l_i`, which holds only while no unit is
/// silenced; here they are those that hold for all scores, in every mode.
pub(super) fn max_pool(
    builder: &mut Builder<'_>,
    id: NodeId,
    pool: &Pool,
) -> Result<Vec<Vec<Expression>>, ModelError> {
    let input = builder.network.node(id).inputs()[0];
    let windows = pool_windows(pool, builder.network.node(input).shape());
    let mut values = Vec::with_capacity(builder.point_count());
    for point in 0..builder.point_count() {
        let mut elements = Vec::with_capacity(windows.len());
        for (element, window) in windows.iter().enumerate() {
            elements.push(maximum(builder, (id, element), point, window)?);
        }
        values.push(elements);
    }
    Ok(values)
}

fn maximum(
    builder: &mut Builder<'_>,
    place: (NodeId, usize),
    point: usize,
    window: &[usize],
) -> Result<Expression, ModelError> {
    let input = builder.network.node(place.0).inputs()[0];
    let ranges = &builder.ranges[builder.images[point]];
    let range = |element: usize| ranges.range(input, element);
    let greatest_lower = window.iter().map(|i| range(*i).0).fold(f64::NEG_INFINITY, f64::max);
    let greatest_upper = window.iter().map(|i| range(*i).1).fold(f64::NEG_INFINITY, f64::max);
    let leader = window.iter().copied().find(|i| range(*i).0 >= greatest_lower);
    // Those that can exceed what is always there, and of equal ones the first.
    let rivals: Vec<(usize, f64)> = window
        .iter()
        .filter(|i| Some(**i) == leader || range(**i).1 > greatest_lower)
        .map(|i| (*i, range(*i).0))
        .collect();
    if let [(only, _)] = rivals[..] {
        return Ok(builder.value(input, point, only));
    }
    let name = builder.name('m', place, point);
    let value = builder.model.add_column(Column::continuous(name.clone(), greatest_lower, greatest_upper))?;
    let mut choices = Vec::with_capacity(rivals.len());
    for (position, (rival, lower)) in rivals.into_iter().enumerate() {
        let choice = builder.choice(format!("d{name}_{position}"))?;
        let rival = builder.value(input, point, rival);
        let terms = || rival.scaled(-1.0).terms.into_iter().chain([(value, 1.0)]);
        builder.model.add_row(format!("ge{name}_{position}"), rival.constant, f64::INFINITY, terms())?;
        let big_m = greatest_upper - lower;
        let terms = terms().chain([(choice, big_m)]);
        let most = rival.constant + big_m;
        builder.model.add_row(format!("le{name}_{position}"), f64::NEG_INFINITY, most, terms)?;
        choices.push((choice, 1.0));
    }
    builder.model.add_row(format!("one{name}"), 1.0, 1.0, choices)?;
    Ok(Expression::column(value))
}
