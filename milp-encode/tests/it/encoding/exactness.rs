//! With the input held at a point, the outputs can only be what the network computes there.

use milp_encode::bounds::{BoundChain, compute_bounds};
use milp_encode::property::{InputBox, LinearFunction};
use milp_encode::{Formulation, encode};
use ndarray::Array1;
use nn_core::Network;
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use solver_api::{Highs, Limits, Options, Solver};

use crate::support::random::{self, Operators, Scale};
use crate::support::{build, exact_in_rows, optimum, recipes, rng};

/// The bounds are those of `around`, so that phases are open as far as the encoding knows.
fn assert_is_network_at(name: &str, network: &Network<f64>, around: &InputBox, point: &[f64]) {
    let bounds = compute_bounds(network, around, &BoundChain::crown()).unwrap();
    let sides: Vec<(f64, f64)> = point.iter().map(|x| (*x, *x)).collect();
    let expected = network.forward_one(Array1::from(point.to_vec()).view());
    for formulation in exact_in_rows() {
        let mut encoding = encode(network, &build::sides(&sides), &bounds, formulation).unwrap();
        for (output, expected) in expected.iter().enumerate() {
            for sign in [1.0, -1.0] {
                let mut coefficients = Array1::zeros(network.output_count());
                coefficients[output] = sign;
                encoding.set_objective(&LinearFunction { coefficients, constant: 0.5 }).unwrap();
                let found = sign * (optimum(&encoding) - 0.5);
                assert!(
                    (found - expected).abs() <= 1e-6 * expected.abs().max(1.0),
                    "{name}, {formulation:?}: output {output} is {found} instead of {expected}"
                );
            }
        }
    }
}

fn assert_is_network_in_a_box(name: &str, network: &Network<f64>, rng: &mut ChaCha8Rng) {
    let around = random::input_box(rng, network.input_count(), Scale::Unit);
    let point = random::point(rng, &around);
    let alone: Vec<(f64, f64)> = point.iter().map(|x| (*x, *x)).collect();
    assert_is_network_at(name, network, &around, &point);
    assert_is_network_at(name, network, &build::sides(&alone), &point);
}

#[test]
fn every_operator_is_itself_at_every_point() {
    let mut rng = rng(1);
    for _ in 0..2 {
        for (name, network) in recipes::networks(&mut rng) {
            assert_is_network_in_a_box(name, &network, &mut rng);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_networks_are_themselves_at_every_point(seed: u64) {
        let mut rng = rng(seed);
        let network = random::network(&mut rng, Operators::PiecewiseLinear, Scale::Unit, 6);
        assert_is_network_in_a_box("random", &network, &mut rng);
    }
}

#[test]
fn a_solution_is_decoded_into_the_input_and_the_outputs_that_it_claims() {
    let mut rng = rng(4);
    let options = Options::default();
    for (name, network) in recipes::networks(&mut rng) {
        let input = random::input_box(&mut rng, network.input_count(), Scale::Unit);
        let bounds = compute_bounds(&network, &input, &BoundChain::crown()).unwrap();
        let encoding = encode(&network, &input, &bounds, Formulation::BigM).unwrap();
        let outcome = Highs.open(encoding.model(), &options).unwrap().solve(&Limits::default()).unwrap();
        let solution = outcome.incumbent.unwrap().values;
        let real = network.forward_one(input.project(encoding.decode_input(&solution).view()).view());
        let claimed = encoding.decode_output(&solution);
        assert!((&real - &claimed).iter().all(|d| d.abs() < 1e-4), "{name}: {claimed} instead of {real}");
    }
}
