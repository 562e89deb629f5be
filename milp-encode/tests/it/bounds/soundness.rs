//! No value of any node, computed in more than double precision, lies outside any bound by even one rounding.

use milp_encode::bounds::{
    AlphaCrown, BoundChain, Elements, NetworkBounds, Tightening, Zonotope, compute_bounds, crown_bounds,
    crown_lower_bounds, interval_bounds,
};
use milp_encode::property::InputBox;
use ndarray::{Array1, Array2, ArrayView1};
use nn_core::{Network, NetworkBuilder, NodeId, Op, Pool, Window};
use proptest::prelude::*;
use rand::RngExt;

use crate::support::random::{self, Operators, Scale};
use crate::support::wide::Wide;
use crate::support::{build, reference, rng, shared};

const POINTS_PER_NETWORK: usize = 32;

fn all_bounds(network: &Network<f64>, input: &InputBox) -> Vec<(&'static str, NetworkBounds)> {
    vec![
        ("interval", interval_bounds(network, input).unwrap()),
        ("CROWN, open signs", crown_bounds(network, input, Elements::OpenSigns).unwrap()),
        ("CROWN, all rows", crown_bounds(network, input, Elements::All).unwrap()),
        ("alpha-CROWN", alone(AlphaCrown::default(), network, input, Elements::OpenSigns)),
        ("alpha-CROWN, all rows", alone(AlphaCrown::default(), network, input, Elements::All)),
        ("zonotope, open signs", alone(Zonotope, network, input, Elements::OpenSigns)),
        ("zonotope, all rows", alone(Zonotope, network, input, Elements::All)),
    ]
}

/// Without CROWN before it, so that its own bounds show.
fn alone(
    method: impl Tightening,
    network: &Network<f64>,
    input: &InputBox,
    elements: Elements,
) -> NetworkBounds {
    compute_bounds(network, input, &BoundChain::interval().then(method).on(elements)).unwrap()
}

pub(super) fn assert_within(network: &Network<f64>, bounds: &[(&str, NetworkBounds)], point: &[f64]) {
    let values = reference::evaluate(network, point);
    for (method, bounds) in bounds {
        for (id, values) in network.node_ids().zip(&values) {
            let node = bounds.node(id);
            for (element, value) in values.iter().enumerate() {
                let (lower, upper) = (node.lower()[element], node.upper()[element]);
                let inside = !(*value - Wide::from(lower)).is_negative()
                    && !(Wide::from(upper) - *value).is_negative();
                let op = network.node(id).op().name();
                assert!(
                    inside,
                    "{method}: {op} {id:?} element {element}: {value:?} not in {lower:e} .. {upper:e}"
                );
            }
        }
    }
}

fn check_random_network(seed: u64, operators: Operators, scale: Scale, points: usize) {
    let mut rng = rng(seed);
    let network = random::network(&mut rng, operators, scale, 7);
    let input = random::input_box(&mut rng, network.input_count(), scale);
    let bounds = all_bounds(&network, &input);
    for _ in 0..points {
        assert_within(&network, &bounds, &random::point(&mut rng, &input));
    }
}

/// Least corners, as far as gradients tell: where bounds are exact, these points touch them.
fn check_extreme_corners(seed: u64, scale: Scale) {
    let mut rng = rng(seed);
    let network = random::network(&mut rng, Operators::Affine, scale, 5);
    let input = random::input_box(&mut rng, network.input_count(), scale);
    let bounds = all_bounds(&network, &input);
    let outputs = network.output_count();
    let trace = network.trace(input.center().insert_axis(ndarray::Axis(0)).view());
    for output in 0..outputs {
        let cotangent =
            Array2::from_shape_fn((1, outputs), |(_, column)| f64::from(u8::from(column == output)));
        let gradient = network.input_gradient(&trace, cotangent.view());
        for uphill in [false, true] {
            assert_within(&network, &bounds, &corner(&input, gradient.row(0), uphill));
        }
    }
}

fn corner(input: &InputBox, gradient: ArrayView1<'_, f64>, uphill: bool) -> Vec<f64> {
    let pick = |(slope, (l, u)): (&f64, (&f64, &f64))| if (*slope > 0.0) == uphill { *u } else { *l };
    gradient.iter().zip(input.lower().into_iter().zip(input.upper())).map(pick).collect()
}

/// `crown_lower_bounds` of random functions of random nodes.
fn check_functions(seed: u64, scale: Scale) {
    let mut rng = rng(seed);
    let network = random::network(&mut rng, Operators::All, scale, 6);
    let input = random::input_box(&mut rng, network.input_count(), scale);
    let bounds = interval_bounds(&network, &input).unwrap();
    let ids: Vec<NodeId> = network.node_ids().collect();
    let node = ids[rng.random_range(0..ids.len())];
    let count = network.node(node).element_count();
    let functions = Array2::from_shape_simple_fn((4, count), || scale.number(&mut rng));
    let lower = crown_lower_bounds(&network, &bounds, node, functions.view());
    for _ in 0..POINTS_PER_NETWORK {
        let values = reference::evaluate(&network, &random::point(&mut rng, &input));
        for (function, lower) in functions.rows().into_iter().zip(&lower) {
            let products = function.iter().zip(&values[node.index()]).map(|(c, v)| Wide::from(*c) * *v);
            let value: Wide = products.sum();
            assert!(!(value - Wide::from(*lower)).is_negative(), "{value:?} below {lower:e}");
        }
    }
}

/// Functions of two or three numbers and their maximum, at all corners of the box.
fn check_maximum(seed: u64) {
    let mut rng = rng(seed);
    let inputs = rng.random_range(2..=3);
    let pool = Pool { window: Window::new([1, inputs], 1), count_padding: false };
    let mut builder = NetworkBuilder::new([1, 1, inputs]);
    let maximum = builder.add("maximum", Op::MaxPool(pool), &[NodeId::INPUT]).unwrap();
    let joined = builder.add("joined", Op::Concat { axis: 2 }, &[NodeId::INPUT, maximum]).unwrap();
    let network = builder.finish(joined);
    let input = random::input_box(&mut rng, inputs, Scale::Unit);
    let bounds = interval_bounds(&network, &input).unwrap();
    let functions = Array2::from_shape_simple_fn((8, inputs + 1), || Scale::Unit.number(&mut rng));
    let lower = crown_lower_bounds(&network, &bounds, network.output(), functions.view());
    for corner in 0..1 << inputs {
        let side = |i: usize| if corner >> i & 1 == 0 { input.lower()[i] } else { input.upper()[i] };
        let output = network.forward_one((0..inputs).map(side).collect::<Array1<f64>>().view());
        let values = functions.dot(&output);
        assert!(
            values.iter().zip(&lower).all(|(value, lower)| value + 1e-12 >= *lower),
            "{values} below {lower}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sampled_values_of_all_operators_lie_within_all_bounds(seed: u64) {
        check_random_network(seed, Operators::All, Scale::Unit, POINTS_PER_NETWORK);
    }

    #[test]
    fn so_they_do_where_magnitudes_differ_by_sixteen_orders(seed: u64) {
        check_random_network(seed, Operators::All, Scale::Adversarial, POINTS_PER_NETWORK);
    }

    #[test]
    fn extreme_corners_of_affine_networks_lie_within_all_bounds(seed: u64) {
        check_extreme_corners(seed, Scale::Unit);
        check_extreme_corners(seed, Scale::Adversarial);
    }

    #[test]
    fn functions_of_any_node_stay_above_their_crown_bounds(seed: u64) {
        check_functions(seed, Scale::Unit);
        check_functions(seed, Scale::Adversarial);
    }

    #[test]
    fn a_maximum_is_bounded_from_both_sides(seed: u64) {
        check_maximum(seed);
    }

    /// The minimum of `c relu(x) + d x` lies at an end or at 0: a chord or slope that is off by a rounding shows.
    #[test]
    fn one_neuron_of_any_scale_is_bounded(seed: u64, exponent in -120..120_i32) {
        let mut rng = rng(seed);
        let unit = 10.0_f64.powi(exponent);
        let end = |rng: &mut _| Scale::Adversarial.number(rng).abs() * unit;
        let input = build::sides(&[(-end(&mut rng), end(&mut rng))]);
        let slope = [0.0, 1e-9, 0.01, 0.3, 1.0][rng.random_range(0..5)];
        let network = build::chain([1], [Op::LeakyRelu { slope }]);
        let bounds = all_bounds(&network, &input);
        let coefficient = Scale::Unit.number(&mut rng);
        let lower = crown_lower_bounds(
            &network, &bounds[0].1, network.output(), ndarray::array![[coefficient]].view(),
        )[0];
        for x in [input.lower()[0], 0.0, input.upper()[0]] {
            assert_within(&network, &bounds, &[x]);
            let value = Wide::from(coefficient) * reference::evaluate(&network, &[x])[1][0];
            prop_assert!(!(value - Wide::from(lower)).is_negative(), "{value:?} below {lower:e}");
        }
    }
}

/// Half of them on networks with numbers of orders from 1e-8 to 1e8, denormal ones and zeros of either sign.
#[test]
fn a_million_sampled_points_never_leave_any_bound() {
    const POINTS: usize = 2500;
    for seed in 0..200 {
        check_random_network(seed, Operators::All, Scale::Unit, POINTS);
        check_random_network(seed, Operators::All, Scale::Extreme, POINTS);
    }
}

#[test]
fn values_of_trained_networks_lie_within_all_bounds() {
    let mut rng = rng(22);
    for (_, network) in shared::networks() {
        let center =
            Array1::from_shape_simple_fn(network.input_count(), || Scale::Unit.number(&mut rng).abs());
        let input = InputBox::around(center.view(), 0.02, None).unwrap();
        let bounds = all_bounds(&network, &input);
        for _ in 0..2 {
            assert_within(&network, &bounds, &random::point(&mut rng, &input));
        }
    }
}
