//! How good bounds must be at least.

use milp_encode::bounds::{Elements, NetworkBounds, crown_bounds, crown_lower_bounds, interval_bounds};
use milp_encode::property::InputBox;
use ndarray::{Array2, array};
use nn_core::{Network, NetworkBuilder, NodeId, Op, Pool, Window};
use proptest::prelude::*;

use crate::support::random::{self, Operators, Scale};
use crate::support::{build, rng};

/// What rounding may cost at scales around 1.
const ROUNDING: f64 = 1e-9;

fn assert_no_looser(tight: &NetworkBounds, loose: &NetworkBounds, network: &Network<f64>) {
    for id in network.node_ids() {
        let (tight, loose) = (tight.node(id), loose.node(id));
        let slack = |value: f64| ROUNDING * value.abs().max(1.0);
        let lower = tight.lower().iter().zip(loose.lower()).all(|(t, l)| *t >= l - slack(*l));
        let upper = tight.upper().iter().zip(loose.upper()).all(|(t, l)| *t <= l + slack(*l));
        assert!(lower && upper, "{id:?}: {tight:?} is looser than {loose:?}");
    }
}

/// The exact range of an affine network's outputs: its slopes, found by evaluating it, and the best corner for each.
fn affine_range(network: &Network<f64>, input: &InputBox) -> Vec<(f64, f64)> {
    let constant = network.forward_one(ndarray::Array1::zeros(network.input_count()).view());
    let slopes: Array2<f64> = network.forward(Array2::eye(network.input_count()).view()) - &constant;
    let corner = |(slope, (l, u)): (&f64, (&f64, &f64))| {
        if *slope >= 0.0 { (slope * l, slope * u) } else { (slope * u, slope * l) }
    };
    let range = |output: usize| {
        let ends = slopes.column(output);
        let ends = ends.iter().zip(input.lower().into_iter().zip(input.upper())).map(corner);
        ends.fold((constant[output], constant[output]), |sum, end| (sum.0 + end.0, sum.1 + end.1))
    };
    (0..network.output_count()).map(range).collect()
}

fn assert_exact(bounds: &NetworkBounds, network: &Network<f64>, input: &InputBox) {
    let output = bounds.node(network.output());
    for (element, (lower, upper)) in affine_range(network, input).into_iter().enumerate() {
        let found = (output.lower()[element], output.upper()[element]);
        let slack = ROUNDING * lower.abs().max(upper.abs()).max(1.0);
        let close = (found.0 - lower).abs() <= slack && (found.1 - upper).abs() <= slack;
        assert!(close, "element {element}: {found:?} instead of {:?}", (lower, upper));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn crown_is_no_looser_than_interval(seed: u64) {
        let mut rng = rng(seed);
        let network = random::network(&mut rng, Operators::All, Scale::Unit, 7);
        let input = random::input_box(&mut rng, network.input_count(), Scale::Unit);
        let interval = interval_bounds(&network, &input).unwrap();
        let crown = crown_bounds(&network, &input, Elements::OpenSigns).unwrap();
        assert_no_looser(&crown, &interval, &network);
        assert_no_looser(&crown_bounds(&network, &input, Elements::All).unwrap(), &interval, &network);
    }

    #[test]
    fn a_smaller_box_has_no_looser_interval_bounds(seed: u64) {
        let mut rng = rng(seed);
        let network = random::network(&mut rng, Operators::All, Scale::Unit, 7);
        let outer = random::input_box(&mut rng, network.input_count(), Scale::Unit);
        let mut ends = || random::point(&mut rng, &outer);
        let inner: Vec<(f64, f64)> = ends().into_iter().zip(ends()).map(|(a, b)| (a.min(b), a.max(b))).collect();
        let inner = interval_bounds(&network, &build::sides(&inner)).unwrap();
        assert_no_looser(&inner, &interval_bounds(&network, &outer).unwrap(), &network);
    }

    #[test]
    fn crown_is_exact_on_affine_networks(seed: u64) {
        let mut rng = rng(seed);
        let network = random::network(&mut rng, Operators::Affine, Scale::Unit, 5);
        let input = random::input_box(&mut rng, network.input_count(), Scale::Unit);
        assert_exact(&crown_bounds(&network, &input, Elements::OpenSigns).unwrap(), &network, &input);
    }

    #[test]
    fn interval_is_exact_on_one_affine_layer(seed: u64) {
        let mut rng = rng(seed);
        let layer = random::random_affine(&mut rng, Scale::Unit, 4);
        let network = build::chain([4], [Op::Affine(layer)]);
        let input = random::input_box(&mut rng, 4, Scale::Unit);
        assert_exact(&interval_bounds(&network, &input).unwrap(), &network, &input);
    }

    /// Dense ReLU networks of stable neurons only are affine on the box.
    #[test]
    fn crown_is_exact_where_all_neurons_are_stable(seed: u64) {
        let mut rng = rng(seed);
        let mut layer = |inputs: usize, bias: f64| {
            let mut affine = random::random_affine(&mut rng, Scale::Unit, inputs);
            affine.bias.mapv_inplace(|b| if b > 0.0 { b + bias } else { b - bias });
            affine
        };
        let first = layer(3, 100.0);
        let second = layer(first.bias.len(), 1000.0);
        let last = layer(second.bias.len(), 0.0);
        let network = build::chain(
            [3], [Op::Affine(first), Op::Relu, Op::Affine(second), Op::LeakyRelu { slope: 0.25 }, Op::Affine(last)],
        );
        let input = build::sides(&[(-1.0, 1.0), (0.0, 2.0), (0.5, 0.5)]);
        let crown = crown_bounds(&network, &input, Elements::OpenSigns).unwrap();
        let center = network.forward_one(input.center().view());
        // On an affine piece, the mean of opposite corners' values is the centre's.
        let range = crown.node(network.output());
        let middle = (&range.lower() + &range.upper()) * 0.5;
        prop_assert!((middle - center).iter().all(|d| d.abs() < 1e-6));
    }
}

#[test]
fn crown_sees_that_two_paths_share_an_input() {
    // x - x, through two affine layers of which each adds 1: intervals do not know that the two are one.
    let mut builder = NetworkBuilder::new([1]);
    let up = builder.add("up", build::affine(&[[1.0]], &[1.0]), &[NodeId::INPUT]).unwrap();
    let down = builder.add("down", build::affine(&[[-1.0]], &[1.0]), &[NodeId::INPUT]).unwrap();
    let sum = builder.add("sum", Op::Add, &[up, down]).unwrap();
    let network = builder.finish(sum);
    let input = build::sides(&[(-1.0, 3.0)]);
    let interval = interval_bounds(&network, &input).unwrap();
    assert!(interval.node(sum).upper()[0] >= 6.0);
    let crown = crown_bounds(&network, &input, Elements::OpenSigns).unwrap();
    let (lower, upper) = (crown.node(network.output()).lower()[0], crown.node(network.output()).upper()[0]);
    assert!((lower - 2.0).abs() < ROUNDING && (upper - 2.0).abs() < ROUNDING, "{lower} .. {upper}");
}

/// `relu(x) - 0.9 x` on a box around 0.
fn kink(l: f64, u: f64) -> f64 {
    let mut builder = NetworkBuilder::new([1]);
    let relu = builder.add("relu", Op::Relu, &[NodeId::INPUT]).unwrap();
    let line = builder.add("line", build::affine(&[[-0.9]], &[0.0]), &[NodeId::INPUT]).unwrap();
    let sum = builder.add("sum", Op::Add, &[relu, line]).unwrap();
    let network = builder.finish(sum);
    let bounds = crown_bounds(&network, &build::sides(&[(l, u)]), Elements::OpenSigns).unwrap();
    bounds.node(network.output()).lower()[0]
}

#[test]
fn a_smaller_box_may_have_looser_crown_bounds() {
    // Below the diagonal the slope 1 is best, above it the slope 0; the box decides for all functions.
    assert!((kink(-1.0, 2.0) + 0.1).abs() < ROUNDING);
    assert!((kink(-1.0, 1.0) + 0.9).abs() < ROUNDING);
}

#[test]
fn ranges_that_matter_profit_from_crown_though_signs_are_known() {
    // Both inputs of the last operator are 10 + relu(x) - relu(x).
    let difference = build::affine(&[[1.0, -1.0], [1.0, -1.0]], &[10.0, 10.0]);
    let pool = Pool { window: Window::new([1, 2], 1), count_padding: false };
    for last in [Op::MaxPool(pool), Op::Relu, Op::LeakyRelu { slope: 0.5 }] {
        let mut builder = NetworkBuilder::new([1]);
        let mut add = |op, input| builder.add("node", op, &[input]).unwrap();
        let copies = add(build::affine(&[[1.0], [1.0]], &[0.0, 0.0]), NodeId::INPUT);
        let relu = add(Op::Relu, copies);
        let difference = add(difference.clone(), relu);
        let image = builder.reshape("image", difference, [1, 1, 2]).unwrap();
        let output = builder.add("output", last, &[image]).unwrap();
        let network = builder.finish(output);
        let input = build::sides(&[(-1.0, 2.0)]);
        let upper = |bounds: NetworkBounds| bounds.node(network.output()).upper()[0];
        assert!((upper(interval_bounds(&network, &input).unwrap()) - 12.0).abs() < ROUNDING);
        let crown = upper(crown_bounds(&network, &input, Elements::OpenSigns).unwrap());
        assert!((crown - 11.0).abs() < ROUNDING, "{crown}");
    }
}

#[test]
fn what_outputs_share_cancels_in_their_margin() {
    let outputs = build::affine(&[[1.0], [1.0]], &[1.0, 0.0]);
    let network = build::chain([1], [Op::Relu, outputs]);
    let bounds = interval_bounds(&network, &build::sides(&[(-1.0, 3.0)])).unwrap();
    let margin = array![[1.0, -1.0]];
    let lower = crown_lower_bounds(&network, &bounds, network.output(), margin.view())[0];
    assert!((lower - 1.0).abs() < ROUNDING, "{lower}");
}
