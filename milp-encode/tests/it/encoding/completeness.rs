//! No point of a network is left out: what it computes, written into the columns by their names, satisfies every row.

use milp_encode::bounds::{BoundMethod, compute_bounds};
use milp_encode::property::{InputBox, LinearFunction};
use milp_encode::{Formulation, encode};
use ndarray::{Array1, ArrayView1, Axis};
use nn_core::{Network, NodeId, Op, Trace};
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use solver_api::{Tolerances, check_point};

use crate::support::random::{self, Operators, Scale};
use crate::support::{rng, shared};

/// The value of a column in the network's trace.
fn column_value(network: &Network<f64>, trace: &Trace<f64>, name: &str) -> f64 {
    let (letter, rest) = name.split_at(1);
    let numbers: Vec<usize> = rest.split('_').map(|number| number.parse().unwrap()).collect();
    let value = |id: NodeId, element: usize| trace.value(id)[[0, element]];
    let [node, element, ..] = numbers[..] else { return value(NodeId::INPUT, numbers[0]) };
    let id = network.node_ids().nth(node).unwrap();
    let is_relu = matches!(network.node(id).op(), Op::Relu | Op::LeakyRelu { .. });
    let before = |element: usize| value(network.node(id).inputs()[0], element);
    match letter {
        "h" => before(element).max(0.0),
        "p" => (-before(element)).max(0.0),
        "v" => f64::from(u8::from(before(element) > 0.0)),
        "a" if is_relu => before(element),
        "a" | "z" | "m" => value(id, element),
        _ => panic!("no column has the name {name}"),
    }
}

fn assert_holds_point(
    network: &Network<f64>,
    input: &InputBox,
    point: ArrayView1<'_, f64>,
    formulation: Formulation,
) {
    let bounds = compute_bounds(network, input, BoundMethod::Crown).unwrap();
    let mut encoding = encode(network, input, &bounds, formulation).unwrap();
    let function = LinearFunction { coefficients: Array1::ones(network.output_count()), constant: 0.5 };
    encoding.set_objective(&function).unwrap();
    let trace = network.trace(point.insert_axis(Axis(0)));
    let values: Vec<f64> =
        encoding.model().columns().iter().map(|column| column_value(network, &trace, &column.name)).collect();
    let check = check_point(encoding.model(), &values);
    let size = values.iter().fold(1.0_f64, |size, value| size.max(value.abs()));
    let tolerances = Tolerances { feasibility: 1e-9 * size, integrality: 0.0 };
    assert!(check.is_feasible(&tolerances), "{formulation:?}: {:?}", check.worst_beyond(&tolerances));
    let expected = function.value(trace.output().row(0));
    assert!((check.objective - expected).abs() <= 1e-9 * size, "{} instead of {expected}", check.objective);
    let decoded = encoding.decode_output(&values);
    assert!((&decoded - &trace.output().row(0)).iter().all(|d| d.abs() <= 1e-9 * size));
}

fn assert_holds_points(rng: &mut ChaCha8Rng, network: &Network<f64>, input: &InputBox) {
    for _ in 0..3 {
        let point = Array1::from(random::point(rng, input));
        assert_holds_point(network, input, point.view(), Formulation::BigM);
        assert_holds_point(network, input, point.view(), Formulation::BigMPaper);
    }
}

fn pools(network: &Network<f64>) -> bool {
    network.nodes().iter().any(|node| matches!(node.op(), Op::MaxPool(_)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_networks_hold_all_their_points(seed: u64) {
        let mut rng = rng(seed);
        let network = random::network(&mut rng, Operators::PiecewiseLinear, Scale::Unit, 7);
        // The choice of a maximum has no value in the trace.
        prop_assume!(!pools(&network));
        let input = random::input_box(&mut rng, network.input_count(), Scale::Unit);
        assert_holds_points(&mut rng, &network, &input);
    }
}

#[test]
fn trained_networks_hold_all_their_points() {
    let mut rng = rng(21);
    for (_, network) in shared::networks() {
        if pools(&network) {
            continue;
        }
        let center =
            Array1::from_shape_simple_fn(network.input_count(), || Scale::Unit.number(&mut rng).abs());
        let input = InputBox::around(center.view(), 0.02, None).unwrap();
        assert_holds_points(&mut rng, &network, &input);
    }
}
