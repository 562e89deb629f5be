//! Zonotopes: every value as an affine function of noise symbols that it shares with others.

mod forms;
mod step;

use ndarray::{Array1, Array2, ArrayView2};
use nn_core::write_product;
use solver_api::Budget;

use super::rounding::{add_up, sub_down, sum_error};
use super::tightening::{Place, Tightening, Wanted};
use super::{BoundsError, NodeBounds};
use forms::AffineForms;

/// One pass of affine forms through the network: `center + sum of generators · noise`, with every noise between -1 and 1.
///
/// A (leaky) ReLU of unknown sign becomes the parallelogram with least area around it, of the chord's slope on both sides,
/// and its height a noise symbol of its own. Sigmoid, tanh and maxima without a dominating element become their ranges.
/// Cost: a generator for every input and every open neuron goes through the layers behind it once, whatever the number of
/// functions. On the networks measured that is dearer than [`Crown`](super::Crown) and leaves more open; but for some
/// functions it is the tighter one.
///
/// Source: Singh et al., "Fast and effective robustness certification", 2018 (DeepZ); the ranges that slopes and heights
/// are made of are those that the chain has proven so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Zonotope;

impl Tightening for Zonotope {
    fn name(&self) -> &'static str {
        "zonotope"
    }

    fn lower_bounds(
        &self,
        place: Place<'_>,
        functions: ArrayView2<'_, f64>,
        _budget: &Budget,
    ) -> Result<Array1<f64>, BoundsError> {
        let count = place.network.node(place.node).element_count();
        assert_eq!(functions.ncols(), count, "one column an element of the node");
        let mut spread = Array1::<f64>::zeros(functions.nrows());
        let (forms, generators) = AffineForms::of_node(place, |generators| {
            let mut products = Array2::zeros((functions.nrows(), generators.nrows()));
            write_product(&functions, &generators.t(), &mut products);
            for (spread, row) in spread.iter_mut().zip(products.rows()) {
                *spread += row.iter().map(|product| product.abs()).sum::<f64>();
            }
        });
        let center = functions.dot(&forms.center);
        let terms = functions.ncols() + generators;
        let bound = |(row, function): (usize, ndarray::ArrayView1<'_, f64>)| {
            let meets =
                |values: &Array1<f64>| function.iter().zip(values).map(|(c, v)| c.abs() * v).sum::<f64>();
            let rest = meets(&forms.error);
            let absolute = meets(&forms.center.mapv(f64::abs)) + meets(&forms.spread) + rest;
            let reach = add_up(spread[row] + rest, 2.0 * sum_error(terms, absolute));
            number_or_nothing(sub_down(center[row], reach))
        };
        Ok(functions.rows().into_iter().enumerate().map(bound).collect())
    }

    fn ranges(
        &self,
        place: Place<'_>,
        elements: &[usize],
        _wanted: Wanted,
        _budget: &Budget,
    ) -> Result<NodeBounds, BoundsError> {
        let (forms, generators) = AffineForms::of_node(place, |_| ());
        let reach = |element: usize| {
            let reach = forms.spread[element] + forms.error[element];
            add_up(reach, 2.0 * sum_error(generators, reach))
        };
        let lower = |element: &usize| number_or_nothing(sub_down(forms.center[*element], reach(*element)));
        let upper = |element: &usize| -number_or_nothing(sub_down(-forms.center[*element], reach(*element)));
        Ok(NodeBounds {
            lower: elements.iter().map(lower).collect(),
            upper: elements.iter().map(upper).collect(),
        })
    }
}

/// A lower bound, `-inf` where numbers overflowed.
fn number_or_nothing(bound: f64) -> f64 {
    if bound.is_nan() { f64::NEG_INFINITY } else { bound }
}
