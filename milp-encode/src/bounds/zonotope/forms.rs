//! Affine forms of a node's value.
//!
//! Slopes and radii follow from bounds that are known before, so generators do not depend on each other: they go through
//! the network in batches, one row each, and only their sums are kept. What the rounding of a coefficient may have changed
//! joins an error term of its element, which grows by interval arithmetic.

use ndarray::{Array1, Array2, ArrayView2, Axis, Zip};
use nn_core::NodeId;

use super::super::affine::{constant_part, longest_sum, one_sample};
use super::super::rounding::{add_up, sum_error};
use super::super::tightening::Place;
use super::step::Step;

/// How many coefficients may be held at once: what bounds the memory.
const NUMBERS_HELD: usize = 1 << 25;

/// Every element lies within `center ± (spread + error)`.
#[derive(Clone)]
pub(super) struct AffineForms {
    pub(super) center: Array1<f64>,
    /// The sums of the absolute values of all generators' coefficients.
    pub(super) spread: Array1<f64>,
    pub(super) error: Array1<f64>,
}

/// A noise symbol: where it comes into being, and how large it is there.
#[derive(Clone, Copy)]
struct Symbol {
    node: NodeId,
    element: usize,
    radius: f64,
}

impl AffineForms {
    /// The forms of a node's value, and how many generators there are; each batch of the node's generators,
    /// (generators, element count), is shown on the way.
    pub(super) fn of_node(place: Place<'_>, mut show: impl FnMut(ArrayView2<'_, f64>)) -> (Self, usize) {
        let needed = place.network.ancestors(place.node);
        let nodes: Vec<NodeId> = place.network.node_ids().filter(|id| needed[id.index()]).collect();
        let mut steps: Vec<Option<Step>> = place.network.nodes().iter().map(|_| None).collect();
        for id in &nodes {
            steps[id.index()] = Step::new(place, *id);
        }
        let symbols: Vec<Symbol> =
            nodes.iter().flat_map(|id| symbols(*id, steps[id.index()].as_ref())).collect();
        let mut spreads: Vec<Array1<f64>> =
            place.network.nodes().iter().map(|node| Array1::zeros(node.element_count())).collect();
        let elements: usize = nodes.iter().map(|id| place.network.node(*id).element_count()).sum();
        for batch in symbols.chunks((NUMBERS_HELD / elements.max(1)).max(1)) {
            let generators = generators(place, &nodes, &steps, batch);
            for (spread, values) in spreads.iter_mut().zip(&generators) {
                if let Some(values) = values {
                    *spread += &values.mapv(f64::abs).sum_axis(Axis(0));
                }
            }
            show(generators[place.node.index()].as_ref().expect("the last node was reached").view());
        }
        (center_and_error(place, &nodes, &steps, spreads, symbols.len()), symbols.len())
    }
}

fn symbols(node: NodeId, step: Option<&Step>) -> Vec<Symbol> {
    let radii = step.iter().flat_map(|step| step.radius.iter().copied().enumerate());
    let symbol = |(element, radius)| Symbol { node, element, radius };
    radii.filter(|(_, radius)| *radius != 0.0).map(symbol).collect()
}

/// The coefficients of some noise symbols in all nodes' values, one row each.
fn generators(
    place: Place<'_>,
    nodes: &[NodeId],
    steps: &[Option<Step>],
    batch: &[Symbol],
) -> Vec<Option<Array2<f64>>> {
    let mut values: Vec<Option<Array2<f64>>> = vec![None; steps.len()];
    for id in nodes {
        let node = place.network.node(*id);
        let inputs: Vec<ArrayView2<'_, f64>> =
            node.inputs().iter().filter_map(|input| Some(values[input.index()].as_ref()?.view())).collect();
        let value = match &steps[id.index()] {
            None => place.network.apply_linear(*id, &inputs),
            Some(step) => {
                let nothing = || Array2::zeros((batch.len(), node.element_count()));
                let mut value = inputs.first().map_or_else(nothing, |input| step.scale(*input));
                for (row, symbol) in batch.iter().enumerate().filter(|(_, symbol)| symbol.node == *id) {
                    value[[row, symbol.element]] = symbol.radius;
                }
                value
            }
        };
        values[id.index()] = Some(value);
    }
    values
}

/// The centres of all values on the way to a node's, and what rounding may have changed in centres and generators.
fn center_and_error(
    place: Place<'_>,
    nodes: &[NodeId],
    steps: &[Option<Step>],
    spreads: Vec<Array1<f64>>,
    symbols: usize,
) -> AffineForms {
    let network = place.network;
    let mut forms: Vec<Option<AffineForms>> = vec![None; steps.len()];
    for (id, spread) in network.node_ids().zip(spreads) {
        if !nodes.contains(&id) {
            continue;
        }
        let inputs: Vec<&AffineForms> =
            network.node(id).inputs().iter().filter_map(|input| forms[input.index()].as_ref()).collect();
        let reach = |form: &AffineForms| &form.spread + &form.center.mapv(f64::abs);
        let (center, error) = match &steps[id.index()] {
            None => {
                let sums = |values: Vec<Array1<f64>>| {
                    one_sample(values.into_iter(), |x| network.apply_absolute(id, x))
                };
                let center =
                    one_sample(inputs.iter().map(|form| form.center.clone()), |x| network.apply(id, x));
                let carried = sums(inputs.iter().map(|form| form.error.clone()).collect());
                let absolute = sums(inputs.iter().map(|form| reach(form)).collect());
                let absolute = absolute + constant_part(network, id).mapv(f64::abs);
                let terms = longest_sum(network, id) + symbols;
                (center, Zip::from(&carried).and(&absolute).map_collect(|c, a| grown(*c, *a, terms)))
            }
            Some(step) => match inputs.first() {
                None => (step.center.clone(), Array1::zeros(step.center.len())),
                Some(input) => through_step(step, input, symbols),
            },
        };
        forms[id.index()] = Some(AffineForms { center, spread, error });
    }
    forms.swap_remove(place.node.index()).expect("the last node was reached")
}

fn through_step(step: &Step, input: &AffineForms, symbols: usize) -> (Array1<f64>, Array1<f64>) {
    let mut center = step.center.clone();
    let mut error = Array1::zeros(center.len());
    for element in 0..center.len() {
        let (source, slope) = (step.source[element], step.slope[element]);
        let scaled = slope * input.center[source];
        let absolute = slope * input.spread[source] + scaled.abs() + center[element];
        let carried = slope * input.error[source];
        // Factors 0 and 1 are exact.
        let exact = slope == 0.0 || slope == 1.0 && center[element] == 0.0;
        error[element] = if exact { carried } else { grown(carried, absolute, 2 + symbols) };
        center[element] += scaled;
    }
    (center, error)
}

/// An error that was carried through a sum, and the rounding of a sum of `terms` products.
///
/// Of as many symbols' coefficients each loses a product to underflow at most: far less than what is allowed for here.
fn grown(carried: f64, absolute: f64, terms: usize) -> f64 {
    add_up(carried, 2.0 * sum_error(terms, absolute + carried))
}
