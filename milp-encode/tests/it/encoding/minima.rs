//! The optimum over a box is the network's minimum there.

use milp_encode::bounds::{BoundMethod, compute_bounds};
use milp_encode::property::{InputBox, LinearFunction};
use milp_encode::{Formulation, encode};
use nn_core::Network;
use proptest::prelude::*;

use crate::support::random::{self, Operators, Scale};
use crate::support::{brute_force, optimum, rng};

const MOST_PATTERNS: usize = 600;

fn minimum(
    network: &Network<f64>,
    input: &InputBox,
    function: &LinearFunction,
    formulation: Formulation,
    method: BoundMethod,
) -> f64 {
    let bounds = compute_bounds(network, input, method).unwrap();
    let mut encoding = encode(network, input, &bounds, formulation).unwrap();
    encoding.set_objective(function).unwrap();
    optimum(&encoding)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_formulation_has_the_minimum_over_all_phase_patterns(seed: u64) {
        let mut rng = rng(seed);
        let network = random::network(&mut rng, Operators::PiecewiseLinear, Scale::Unit, 5);
        let input = random::input_box(&mut rng, network.input_count(), Scale::Unit);
        let coefficients = ndarray::Array1::from_shape_simple_fn(network.output_count(), || Scale::Unit.number(&mut rng));
        let function = LinearFunction { coefficients, constant: 0.25 };
        let expected = brute_force::minimum(&network, &input, &function, MOST_PATTERNS);
        prop_assume!(expected.is_some());
        let expected = expected.unwrap();
        for formulation in [Formulation::BigM, Formulation::BigMPaper] {
            for method in [BoundMethod::Interval, BoundMethod::Crown] {
                let found = minimum(&network, &input, &function, formulation, method);
                prop_assert!(
                    (found - expected).abs() <= 1e-6 * expected.abs().max(1.0),
                    "{formulation:?}, {method:?}: {found} instead of {expected}"
                );
            }
        }
    }
}
