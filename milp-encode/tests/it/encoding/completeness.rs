//! No point of a network is left out: what it computes, written into the columns by their names, satisfies every row.

use milp_encode::bounds::{BoundChain, compute_bounds};
use milp_encode::property::InputBox;
use milp_encode::{Formulation, encode};
use ndarray::Array1;
use nn_core::{Network, Op};
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;

use crate::support::evaluated::Evaluated;
use crate::support::random::{self, Operators, Scale};
use crate::support::{formulations, rng, shared};

/// Whether a sum lies between its bounds, up to rounding; coefficients were rounded too, where columns repeated.
fn holds(lower: f64, terms: impl Iterator<Item = f64> + Clone, upper: f64) -> bool {
    let slack = 1e-9 * terms.clone().map(f64::abs).sum::<f64>().max(1.0);
    let sum: f64 = terms.sum();
    lower - slack <= sum && sum <= upper + slack
}

fn assert_holds_point(network: &Network<f64>, input: &InputBox, point: &[f64], formulation: Formulation) {
    let bounds = compute_bounds(network, input, &BoundChain::crown()).unwrap();
    let encoding = encode(network, input, &bounds, formulation).unwrap();
    let model = encoding.model();
    let evaluated = Evaluated::new(network, model, point);
    let solution = evaluated.solution();
    for (column, value) in model.columns().iter().zip(&solution) {
        let inside = holds(column.lower, std::iter::once(*value), column.upper);
        assert!(inside, "{formulation:?}: {value:e} in {column:?}");
    }
    for row in model.rows() {
        let terms = row.columns.iter().zip(row.coefficients).map(|(column, c)| c * solution[column.index()]);
        assert!(holds(row.lower, terms, row.upper), "{formulation:?}: {row:?}");
    }
    for indicator in model.indicators().filter(|i| solution[i.binary.index()] == i.active_at.value()) {
        let row = indicator.row;
        let terms = row.columns.iter().zip(row.coefficients).map(|(column, c)| c * solution[column.index()]);
        assert!(holds(row.lower, terms, row.upper), "{formulation:?}: {row:?}");
    }
    for set in model.sos1_sets() {
        let count = set.columns.iter().filter(|column| solution[column.index()] != 0.0).count();
        assert!(count <= 1, "{formulation:?}: {set:?}");
    }
    let decoded = encoding.decode_output(&solution);
    for (claimed, real) in decoded.iter().zip(&evaluated.values[network.output().index()]) {
        let (claimed, real) = (*claimed, real.to_f64());
        assert!((claimed - real).abs() <= 1e-9 * real.abs().max(1.0), "{claimed} instead of {real}");
    }
}

fn assert_holds_points(rng: &mut ChaCha8Rng, network: &Network<f64>, input: &InputBox) {
    for _ in 0..3 {
        let point = random::point(rng, input);
        for formulation in
            formulations(["big-m", "big-m-paper", "triangle", "indicator", "sos1", "partition:3"])
        {
            assert_holds_point(network, input, &point, formulation);
        }
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
        let network = random::network(&mut rng, Operators::PiecewiseLinear, Scale::Unit, 6);
        // The choice of a maximum has no value of its own in the network.
        prop_assume!(!pools(&network));
        let input = random::input_box(&mut rng, network.input_count(), Scale::Unit);
        assert_holds_points(&mut rng, &network, &input);
        let point = random::point(&mut rng, &input);
        assert_holds_point(&network, &input, &point, Formulation::by_name("partition:1000").unwrap());
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
