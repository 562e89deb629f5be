//! Multipliers of pre-activations, with which a backward pass proves what a linear program only claims.

use ndarray::Array1;
use nn_core::{Network, NodeId, Op};

use super::NodeBounds;

/// For elements of (leaky) ReLUs the multipliers of their pre-activations.
///
/// A backward pass that meets `c f(a)` goes on with `mu a`, at the price of
///
/// ```text
/// c f(a)  >=  mu a  +  least over l <= a <= u of (c f(a) - mu a)
/// ```
///
/// which holds for every `mu`. With the multipliers of a linear relaxation's rows `columns of the neuron = a` it reaches
/// the relaxation's optimum; with others it is looser, never wrong. Source: Dvijotham et al., "A dual approach to scalable
/// verification of deep networks", 2018; the best multipliers give the optimum of the triangle relaxation.
#[derive(Clone, Debug)]
pub(super) struct Multipliers {
    /// By node; NaN for elements without one.
    nodes: Vec<Option<Array1<f64>>>,
}

/// A (leaky) ReLU on the range of its pre-activation.
#[derive(Clone, Debug)]
pub(super) struct ReluGraph {
    /// Pre-activation and value at both ends and, where it lies between them, at the kink.
    corners: [(f64, f64); 3],
    pub(super) input_magnitude: f64,
    pub(super) value_magnitude: f64,
}

impl Multipliers {
    pub(super) fn none(network: &Network<f64>) -> Self {
        Self { nodes: vec![None; network.nodes().len()] }
    }

    pub(super) fn set(&mut self, network: &Network<f64>, relu: NodeId, element: usize, multiplier: f64) {
        let count = network.node(relu).element_count();
        let node = &mut self.nodes[relu.index()];
        node.get_or_insert_with(|| Array1::from_elem(count, f64::NAN))[element] = multiplier;
    }

    /// That of an element, where there is one and it is finite.
    pub(super) fn of(&self, relu: NodeId, element: usize) -> Option<f64> {
        self.nodes[relu.index()]
            .as_ref()
            .map(|node| node[element])
            .filter(|multiplier| multiplier.is_finite())
    }
}

impl ReluGraph {
    /// # Panics
    /// Where the operator is no (leaky) ReLU.
    pub(super) fn new(pre_activation: &NodeBounds, element: usize, op: &Op<f64>) -> Self {
        let negative_slope = match op {
            Op::Relu => 0.0,
            Op::LeakyRelu { slope } => *slope,
            op => panic!("{} is no ReLU", op.name()),
        };
        let corner = |a: f64| (a, if a < 0.0 { negative_slope * a } else { a });
        let (lower, upper) = (pre_activation.lower[element], pre_activation.upper[element]);
        let corners = [corner(lower), corner(upper), corner(0.0_f64.max(lower).min(upper))];
        let greatest = |values: [f64; 3]| values.into_iter().map(f64::abs).fold(0.0, f64::max);
        Self {
            corners,
            input_magnitude: greatest(corners.map(|(a, _)| a)),
            value_magnitude: greatest(corners.map(|(_, value)| value)),
        }
    }

    /// The least of `coefficient f(a) - multiplier a`, as computed; it is linear between the corners. NaN where numbers
    /// overflow.
    pub(super) fn least_difference(&self, coefficient: f64, multiplier: f64) -> f64 {
        let [first, second, third] = self.corners.map(|(a, value)| coefficient * value - multiplier * a);
        let least = |a: f64, b: f64| if a < b || a.is_nan() { a } else { b };
        least(least(first, second), third)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use proptest::prelude::*;

    use super::*;

    fn graph((lower, upper): (f64, f64), slope: f64) -> ReluGraph {
        let bounds = NodeBounds { lower: array![lower], upper: array![upper] };
        ReluGraph::new(&bounds, 0, &Op::LeakyRelu { slope })
    }

    proptest! {
        #[test]
        fn every_multiplier_gives_a_lower_bound(
            c in -3.0..3.0, mu in -4.0..4.0, l in -2.0..1.0, width in 0.0..3.0, slope in -0.5..1.5, share in 0.0..1.0,
        ) {
            let a = l + share * width;
            let value = c * if a < 0.0 { slope * a } else { a };
            let bound = mu * a + graph((l, l + width), slope).least_difference(c, mu);
            prop_assert!(bound <= value + 1e-12, "{bound} above {value}");
        }
    }

    #[test]
    fn an_open_neuron_costs_what_the_triangle_leaves_open() {
        let cost = |c, mu| graph((-2.0, 4.0), 0.0).least_difference(c, mu);
        // Lines below a ReLU with a slope from 0 to 1 cost nothing, steeper ones do; the chord above costs -u l / (u - l).
        for (c, mu, expected) in
            [(1.0, 0.0, 0.0), (1.0, 0.5, 0.0), (1.0, 1.0, 0.0), (1.0, 1.5, -2.0), (-3.0, -2.0, -4.0)]
        {
            assert_eq!(cost(c, mu), expected, "{c} {mu}");
        }
    }

    #[test]
    fn neurons_of_known_sign_can_be_exchanged_for_nothing() {
        for (range, slope, factor) in
            [((0.5, 2.0), 0.25, 1.0), ((-2.0, -1.0), 0.25, 0.25), ((-2.0, 0.0), 0.0, 0.0)]
        {
            for c in [-1.5, 2.0] {
                assert_eq!(graph(range, slope).least_difference(c, factor * c), 0.0);
            }
        }
    }

    #[test]
    fn what_overflows_is_not_taken_for_a_bound() {
        assert!(graph((-1e300, 1e300), 0.0).least_difference(1e100, 1e100).is_nan());
    }
}
