//! Rows of ReLUs, shifted by scores or as they are.
//!
//! With `p' = p - (1 - s) U` the published rows of a neuron are `z >= p'`, `z >= 0`, `z <= U v`, `z <= p' - L (1 - v)`. Where
//! `U <= 0` they leave `v = 0`, where `L >= 0` they leave `v = 1`, with relaxed phases too: such neurons have no choice.

use milp_encode::Expression;
use nn_core::NodeId;
use solver_api::{Column, ColumnId, ModelError};

use super::builder::Builder;
use super::ranges::Shift;

/// A layer with scores.
#[derive(Clone, Debug)]
pub(super) struct ScoreColumns {
    pub(super) columns: Vec<ColumnId>,
    pub(super) elements_per_unit: usize,
}

/// Up to how many columns a value may have that gets none of its own: a feature map's few scores, which averages add up
/// again.
const FEW: usize = 8;

/// The values of a ReLU node whose units have scores.
pub(super) fn scored_relu(
    builder: &mut Builder<'_>,
    relu: NodeId,
    scores: &ScoreColumns,
) -> Result<Vec<Vec<Expression>>, ModelError> {
    let layer = builder.network.node(relu).inputs()[0];
    let mode = builder.config.mode;
    let fixed = !builder.depends(layer);
    let mut values = Vec::with_capacity(builder.point_count());
    for point in 0..builder.point_count() {
        let mut elements = Vec::with_capacity(builder.network.node(relu).element_count());
        for element in 0..builder.network.node(relu).element_count() {
            let input = builder.value(layer, point, element);
            let ranges = &builder.ranges[builder.images[point]];
            let shift = ranges.shift((layer, element), fixed.then_some(input.constant), mode);
            let score = scores.columns[element / scores.elements_per_unit];
            let mut shifted = input.plus(-shift.amount);
            shifted.add_scaled(&Expression::column(score), shift.amount);
            elements.push(neuron(builder, (relu, element), point, &shifted, shift)?);
        }
        values.push(elements);
    }
    Ok(values)
}

/// The values of a ReLU node without scores behind scored ones.
pub(super) fn plain_relu(
    builder: &mut Builder<'_>,
    relu: NodeId,
) -> Result<Vec<Vec<Expression>>, ModelError> {
    let layer = builder.network.node(relu).inputs()[0];
    let mut values = Vec::with_capacity(builder.point_count());
    for point in 0..builder.point_count() {
        let mut elements = Vec::with_capacity(builder.network.node(relu).element_count());
        for element in 0..builder.network.node(relu).element_count() {
            let (least, amount) = builder.ranges[builder.images[point]].range(layer, element);
            let input = builder.value(layer, point, element);
            elements.push(neuron(builder, (relu, element), point, &input, Shift { amount, least })?);
        }
        values.push(elements);
    }
    Ok(values)
}

/// `max(input, 0)` of an input between `shift.least` and `shift.amount`.
fn neuron(
    builder: &mut Builder<'_>,
    place: (NodeId, usize),
    point: usize,
    input: &Expression,
    shift: Shift,
) -> Result<Expression, ModelError> {
    let Shift { amount: upper, least } = shift;
    if upper <= 0.0 {
        let name = builder.name('i', place, point);
        builder.restrict(name, (least, 0.0), input)?;
        return Ok(Expression::constant(0.0));
    }
    let input = input.merged();
    if least >= 0.0 {
        if input.terms.len() <= FEW {
            let name = builder.name('p', place, point);
            builder.restrict(name, (0.0, upper), &input)?;
            return Ok(input);
        }
        return builder.equal_column('z', place, point, &input, (0.0, upper)).map(Expression::column);
    }
    let [value, below] = [builder.name('z', place, point), builder.name('q', place, point)];
    let value = builder.model.add_column(Column::continuous(value, 0.0, upper))?;
    let below = builder.model.add_column(Column::continuous(below, 0.0, -least))?;
    let choice = builder.name('v', place, point);
    let choice = builder.choice(choice)?;
    let [definition, on, off] = ['d', 'u', 'l'].map(|letter| builder.name(letter, place, point));
    let terms = input.scaled(-1.0).terms.into_iter().chain([(value, 1.0), (below, -1.0)]);
    builder.model.add_row(definition, input.constant, input.constant, terms)?;
    builder.model.add_row(on, f64::NEG_INFINITY, 0.0, [(value, 1.0), (choice, -upper)])?;
    builder.model.add_row(off, f64::NEG_INFINITY, -least, [(below, 1.0), (choice, -least)])?;
    Ok(Expression::column(value))
}
