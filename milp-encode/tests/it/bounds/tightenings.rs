//! What every method that tightens bounds keeps to, asked by itself.

use milp_encode::bounds::{
    AlphaCrown, BoundChain, Crown, NetworkBounds, Place, Tightening, Wanted, Zonotope, compute_bounds,
    crown_lower_bounds, interval_bounds,
};
use milp_encode::property::{InputBox, LinearFunction};
use ndarray::{Array2, array};
use nn_core::{Network, NodeId, Op};
use proptest::prelude::*;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use solver_api::{Budget, Cancellation};

use crate::support::random::{self, Operators, Scale};
use crate::support::wide::Wide;
use crate::support::{brute_force, build, reference, rng};

fn methods() -> Vec<Box<dyn Tightening>> {
    vec![Box::new(Crown), Box::new(AlphaCrown::default()), Box::new(Zonotope)]
}

/// A network, a box and functions of one of its nodes.
struct Case {
    network: Network<f64>,
    input: InputBox,
    bounds: NetworkBounds,
    node: NodeId,
    functions: Array2<f64>,
}

impl Case {
    fn random(rng: &mut ChaCha8Rng, operators: Operators, scale: Scale) -> Self {
        let network = random::network(rng, operators, scale, 7);
        let input = random::input_box(rng, network.input_count(), scale);
        let bounds = interval_bounds(&network, &input).unwrap();
        let ids: Vec<NodeId> = network.node_ids().collect();
        let node = ids[rng.random_range(0..ids.len())];
        let count = network.node(node).element_count();
        let functions = Array2::from_shape_simple_fn((4, count), || scale.number(rng));
        Self { network, input, bounds, node, functions }
    }

    fn place(&self) -> Place<'_> {
        Place { network: &self.network, bounds: &self.bounds, node: self.node }
    }

    fn lower_bounds(&self, method: &dyn Tightening) -> Vec<f64> {
        method.lower_bounds(self.place(), self.functions.view(), &Budget::unlimited()).unwrap().to_vec()
    }
}

/// At sampled points no function is below its bound by even one rounding.
fn check_samples(seed: u64, scale: Scale) {
    let mut rng = rng(seed);
    let case = Case::random(&mut rng, Operators::All, scale);
    let lower: Vec<_> =
        methods().iter().map(|method| (method.name(), case.lower_bounds(method.as_ref()))).collect();
    for _ in 0..16 {
        let values = reference::evaluate(&case.network, &random::point(&mut rng, &case.input));
        for (row, function) in case.functions.rows().into_iter().enumerate() {
            let products = function.iter().zip(&values[case.node.index()]).map(|(c, v)| Wide::from(*c) * *v);
            let value: Wide = products.sum();
            for (method, lower) in &lower {
                let holds = !(value - Wide::from(lower[row])).is_negative();
                assert!(holds, "{method}: {value:?} below {:e}", lower[row]);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn functions_of_any_node_stay_above_every_bound(seed: u64) {
        check_samples(seed, Scale::Unit);
        check_samples(seed, Scale::Adversarial);
    }

    #[test]
    fn optimised_slopes_are_no_worse_than_crowns(seed: u64) {
        let case = Case::random(&mut rng(seed), Operators::All, Scale::Unit);
        let crown = case.lower_bounds(&Crown);
        let size = &case.bounds.node(case.node).upper() - &case.bounds.node(case.node).lower();
        for (row, (alpha, crown)) in case.lower_bounds(&AlphaCrown::default()).iter().zip(&crown).enumerate() {
            // The search computes in f32, whose roundings are shares of what the interval bounds' width is.
            let width: f64 = case.functions.row(row).iter().zip(&size).map(|(c, width)| (c * width).abs()).sum();
            prop_assert!(*alpha >= crown - 1e-5 * (width + crown.abs() + 1.0), "{alpha} instead of {crown}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bound_exceeds_the_minimum_over_all_phases(seed: u64) {
        let mut rng = rng(seed);
        let network = random::network(&mut rng, Operators::PiecewiseLinear, Scale::Unit, 6);
        let input = random::input_box(&mut rng, network.input_count(), Scale::Unit);
        let row = Array2::from_shape_simple_fn((1, network.output_count()), || Scale::Unit.number(&mut rng));
        let function = LinearFunction { coefficients: row.row(0).to_owned(), constant: 0.0 };
        if let Some(minimum) = brute_force::minimum(&network, &input, &function, 1 << 6) {
            for method in methods() {
                let name = method.name();
                let chain = BoundChain::interval().then(Crown).then(AlphaCrown::default());
                let bounds = compute_bounds(&network, &input, &chain).unwrap();
                let place = Place { network: &network, bounds: &bounds, node: network.output() };
                let lower = method.lower_bounds(place, row.view(), &Budget::unlimited()).unwrap()[0];
                let slack = 1e-6 * minimum.abs().max(1.0);
                prop_assert!(lower <= minimum + slack, "{name}: {lower} above the minimum {minimum}");
            }
        }
    }
}

/// `relu(x) + d x` is convex: some slope below the ReLU bounds it exactly.
#[test]
fn a_slope_is_found_where_neither_0_nor_1_will_do() {
    let patient = AlphaCrown { iterations: 100, patience: 100, ..AlphaCrown::default() };
    let cases = [(0.0, -0.3), (0.0, -0.9), (0.0, -0.05), (0.2, -0.5), (0.2, -0.25)];
    for (slope, d) in cases {
        for (l, u) in [(-1.0, 1.2), (-2.0, 0.7)] {
            let network = build::chain(
                [1],
                [
                    build::affine(&[[1.0], [1.0]], &[0.0, 5.0]),
                    Op::LeakyRelu { slope },
                    build::affine(&[[1.0, d]], &[-5.0 * d]),
                ],
            );
            let bounds = interval_bounds(&network, &build::sides(&[(l, u)])).unwrap();
            let place = Place { network: &network, bounds: &bounds, node: network.output() };
            let bound = |method: &dyn Tightening| {
                method.lower_bounds(place, array![[1.0]].view(), &Budget::unlimited()).unwrap()[0]
            };
            let (crown, alpha) = (bound(&Crown), bound(&patient));
            assert!(crown < -0.03, "{slope}, {d}, {l}: CROWN knows {crown}");
            assert!((-0.01..=1e-9).contains(&alpha), "{slope}, {d}, {l}: {alpha} instead of 0");
        }
    }
}

/// `relu(x) - relu(x)` as two neurons.
#[test]
fn parallel_lines_lose_less_than_a_triangle_between_equal_neurons() {
    let twice = build::affine(&[[1.0], [1.0]], &[0.0, 0.0]);
    let network = build::chain([1], [twice, Op::Relu, build::affine(&[[1.0, -1.0]], &[0.0])]);
    let bounds = interval_bounds(&network, &build::sides(&[(-1.0, 2.0)])).unwrap();
    let place = Place { network: &network, bounds: &bounds, node: network.output() };
    let bound = |method: &dyn Tightening| {
        method.lower_bounds(place, array![[1.0]].view(), &Budget::unlimited()).unwrap()[0]
    };
    // Height -l u / (u - l) = 2/3 of each parallelogram: half of it up and down for either neuron.
    assert!((bound(&Zonotope) + 2.0 / 3.0).abs() < 1e-9, "{}", bound(&Zonotope));
    // The slope 1 below and the chord above differ most at the left end.
    assert!((bound(&Crown) + 1.0).abs() < 1e-9, "{}", bound(&Crown));
}

#[test]
fn ranges_of_a_zonotope_are_its_bounds_of_single_elements() {
    let mut rng = rng(4);
    for _ in 0..64 {
        let case = Case::random(&mut rng, Operators::All, Scale::Unit);
        let elements: Vec<usize> = (0..case.network.node(case.node).element_count()).rev().collect();
        let rows = Array2::<f64>::eye(elements.len());
        let budget = Budget::unlimited();
        let ranges = Zonotope.ranges(case.place(), &elements, Wanted::Range, &budget).unwrap();
        let lower = Zonotope.lower_bounds(case.place(), rows.view(), &budget).unwrap();
        let upper = Zonotope.lower_bounds(case.place(), (-rows).view(), &budget).unwrap();
        for (position, element) in elements.into_iter().enumerate() {
            assert!((ranges.lower()[position] - lower[element]).abs() < 1e-9);
            assert!((ranges.upper()[position] + upper[element]).abs() < 1e-9);
        }
    }
}

#[test]
fn without_an_open_neuron_all_is_as_before() {
    let layer = build::affine(&[[1.0, -2.0], [0.5, 1.0]], &[10.0, -10.0]);
    let network =
        build::chain([2], [layer.clone(), Op::Relu, layer.clone(), Op::LeakyRelu { slope: 0.1 }, layer]);
    let input = build::sides(&[(-1.0, 1.0), (0.0, 1.0)]);
    let crown = compute_bounds(&network, &input, &BoundChain::crown()).unwrap();
    for method in methods() {
        let name = method.name();
        let place = Place { network: &network, bounds: &crown, node: network.output() };
        let found = method.lower_bounds(place, array![[1.0, -3.0]].view(), &Budget::unlimited()).unwrap();
        let expected = crown_lower_bounds(&network, &crown, network.output(), array![[1.0, -3.0]].view());
        assert!((&found - &expected).iter().all(|d| d.abs() < 1e-9), "{name}: {found} instead of {expected}");
    }
}

#[test]
fn without_a_budget_what_is_known_stays() {
    let mut rng = rng(8);
    let network = build::dense_chain(&mut rng, &[3, 8, 8, 2]);
    let input = build::sides(&[(-1.0, 1.0); 3]);
    let cancellation = Cancellation::new();
    cancellation.cancel();
    let none = Budget::unlimited().with_cancellation(cancellation);
    let interval = interval_bounds(&network, &input).unwrap();
    let chain = BoundChain::crown().then(AlphaCrown::default());
    assert_eq!(chain.compute(&network, &input, &none).unwrap(), interval);
    let place = Place { network: &network, bounds: &interval, node: network.output() };
    let rows = array![[1.0, -1.0], [0.5, 2.0]];
    for method in methods() {
        let name = method.name();
        let ranges = method.ranges(place, &[1, 0], Wanted::Range, &none).unwrap();
        assert!(
            ranges.lower().iter().all(|lower| *lower < f64::INFINITY) && ranges.upper().len() == 2,
            "{name}"
        );
        let found = method.lower_bounds(place, rows.view(), &none).unwrap();
        assert!(found.iter().all(|bound| bound.is_finite()), "{name}: {found}");
    }
}
