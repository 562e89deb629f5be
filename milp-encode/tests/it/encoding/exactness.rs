//! With the input held at a point, the outputs can only be what the network computes there.

use milp_encode::bounds::{BoundMethod, compute_bounds};
use milp_encode::property::{InputBox, LinearFunction};
use milp_encode::{Formulation, encode};
use ndarray::Array1;
use nn_core::Network;
use proptest::prelude::*;

use crate::support::random::{self, Operators, Scale};
use crate::support::{build, optimum, rng};

/// The bounds are those of `around`, so that phases are open as far as the encoding knows.
fn assert_is_network_at(network: &Network<f64>, around: &InputBox, point: &[f64], formulation: Formulation) {
    let bounds = compute_bounds(network, around, BoundMethod::Crown).unwrap();
    let sides: Vec<(f64, f64)> = point.iter().map(|x| (*x, *x)).collect();
    let mut encoding = encode(network, &build::sides(&sides), &bounds, formulation).unwrap();
    let expected = network.forward_one(Array1::from(point.to_vec()).view());
    for (output, expected) in expected.iter().enumerate() {
        for sign in [1.0, -1.0] {
            let mut coefficients = Array1::zeros(network.output_count());
            coefficients[output] = sign;
            encoding.set_objective(&LinearFunction { coefficients, constant: 0.5 }).unwrap();
            let found = sign * (optimum(&encoding) - 0.5);
            assert!(
                (found - expected).abs() <= 1e-6 * expected.abs().max(1.0),
                "{formulation:?}: output {output} is {found} instead of {expected}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_networks_are_themselves_at_every_point(seed: u64) {
        let mut rng = rng(seed);
        let network = random::network(&mut rng, Operators::PiecewiseLinear, Scale::Unit, 6);
        let around = random::input_box(&mut rng, network.input_count(), Scale::Unit);
        let point = random::point(&mut rng, &around);
        let alone: Vec<(f64, f64)> = point.iter().map(|x| (*x, *x)).collect();
        for formulation in [Formulation::BigM, Formulation::BigMPaper] {
            assert_is_network_at(&network, &around, &point, formulation);
            assert_is_network_at(&network, &build::sides(&alone), &point, formulation);
        }
    }
}
