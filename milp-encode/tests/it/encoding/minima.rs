//! The optimum over a box is the network's minimum there.

use milp_encode::bounds::{BoundChain, compute_bounds};
use milp_encode::property::{InputBox, LinearFunction};
use milp_encode::{Encoding, Formulation, encode};
use ndarray::Array1;
use nn_core::{Network, Op};
use proptest::prelude::*;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::support::build::{affine, chain, sides};
use crate::support::random::{self, Operators, Scale};
use crate::support::{brute_force, exact_in_rows, optimum, recipes, rng, solve};

const TOLERANCE: f64 = 1e-6;

/// With more phase patterns than this, a random network is left out.
const MOST_PATTERNS: usize = 400;

fn objective(
    network: &Network<f64>,
    input: &InputBox,
    function: &LinearFunction,
    formulation: Formulation,
    method: &BoundChain<'_>,
) -> Encoding {
    let bounds = compute_bounds(network, input, method).unwrap();
    let mut encoding = encode(network, input, &bounds, formulation).unwrap();
    encoding.set_objective(function).unwrap();
    encoding
}

fn random_function(rng: &mut ChaCha8Rng, outputs: usize) -> LinearFunction {
    LinearFunction {
        coefficients: Array1::from_shape_simple_fn(outputs, || Scale::Unit.number(rng)),
        constant: 0.25,
    }
}

fn assert_all_have_minimum(
    name: &str,
    network: &Network<f64>,
    input: &InputBox,
    function: &LinearFunction,
    expected: f64,
) {
    for formulation in exact_in_rows() {
        for method in [&BoundChain::interval(), &BoundChain::crown()] {
            let found = optimum(&objective(network, input, function, formulation, method));
            assert!(
                (found - expected).abs() <= TOLERANCE * expected.abs().max(1.0),
                "{name}, {formulation:?}, {method:?}: {found} instead of {expected}"
            );
        }
    }
}

#[test]
fn every_operator_has_the_minimum_over_all_phase_patterns() {
    let mut rng = rng(1);
    for _ in 0..2 {
        for (name, network) in recipes::networks(&mut rng) {
            let input = random::input_box(&mut rng, network.input_count(), Scale::Unit);
            let function = random_function(&mut rng, network.output_count());
            let expected = brute_force::minimum(&network, &input, &function, 1 << 12);
            assert_all_have_minimum(name, &network, &input, &function, expected.expect("few patterns"));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_networks_have_the_minimum_over_all_phase_patterns(seed: u64) {
        let mut rng = rng(seed);
        let network = random::network(&mut rng, Operators::PiecewiseLinear, Scale::Unit, 5);
        let input = random::input_box(&mut rng, network.input_count(), Scale::Unit);
        let function = random_function(&mut rng, network.output_count());
        let expected = brute_force::minimum(&network, &input, &function, MOST_PATTERNS);
        prop_assume!(expected.is_some());
        assert_all_have_minimum("random", &network, &input, &function, expected.unwrap());
    }
}

/// Relaxation, optimum and the value at the centre for growing radii, in this order on every radius; the optimum falls.
#[test]
fn relaxation_optimum_and_clean_value_stand_in_order_and_the_optimum_falls_with_the_radius() {
    let mut rng = rng(2);
    for (name, network) in recipes::networks(&mut rng) {
        let center = Array1::from_shape_simple_fn(network.input_count(), || rng.random_range(-0.5..0.5));
        let function = random_function(&mut rng, network.output_count());
        let clean = function.value(network.forward_one(center.view()).view());
        let mut previous = clean;
        for epsilon in [0.0, 0.01, 0.1, 0.5, 1.0] {
            let input = InputBox::around(center.view(), epsilon, None).unwrap();
            for formulation in exact_in_rows() {
                let encoding = objective(&network, &input, &function, formulation, &BoundChain::crown());
                let optimum = optimum(&encoding);
                let relaxed = solve(&encoding.model().relaxation());
                let place =
                    format!("{name}, {formulation:?}, epsilon {epsilon}: {relaxed}, {optimum}, {clean}");
                assert!(
                    relaxed <= optimum + TOLERANCE && optimum <= previous + TOLERANCE,
                    "{place}, {previous}"
                );
                assert!(epsilon > 0.0 || (optimum - clean).abs() <= TOLERANCE, "{place}");
                if formulation == Formulation::BigMPaper {
                    previous = optimum;
                }
            }
        }
    }
}

#[test]
fn a_required_output_condition_holds_in_every_solution() {
    let mut rng = rng(3);
    for (name, network) in recipes::networks(&mut rng) {
        let input = random::input_box(&mut rng, network.input_count(), Scale::Unit);
        let function = random_function(&mut rng, network.output_count());
        let lowest =
            optimum(&objective(&network, &input, &function, Formulation::BigM, &BoundChain::crown()));
        // Asks for the greatest value of -function under function <= lowest + 0.1: the condition binds, if it can.
        let negated = LinearFunction { coefficients: -&function.coefficients, constant: -function.constant };
        let mut encoding = objective(&network, &input, &negated, Formulation::BigM, &BoundChain::crown());
        let highest = -optimum(&encoding);
        let limit = lowest + 0.1;
        let condition = LinearFunction { constant: function.constant - limit, ..function.clone() };
        encoding.require("condition", &condition).unwrap();
        let found = -optimum(&encoding);
        let expected = highest.min(limit);
        assert!((found - expected).abs() <= 2.0 * TOLERANCE, "{name}: {found} instead of {expected}");
    }
}

/// As trained networks have them for pixels that are always black.
#[test]
fn weights_that_solvers_take_for_noise_change_neither_the_minimum_nor_the_rows_scale() {
    let mut rng = rng(5);
    let noise = [1e-12, -1e-15, 1e-20, 1e-11];
    let layer = |rng: &mut ChaCha8Rng| {
        let row = |rng: &mut ChaCha8Rng| {
            let [a, b] = std::array::from_fn(|_| rng.random_range(-1.0..1.0));
            [a, b, noise[rng.random_range(0..4)], noise[rng.random_range(0..4)]]
        };
        affine(&[row(rng), row(rng), row(rng), row(rng)], &[0.1, -0.2, 0.0, 0.1])
    };
    for _ in 0..10 {
        let network = chain([4], [layer(&mut rng), Op::Relu, layer(&mut rng), Op::Relu, layer(&mut rng)]);
        let input = sides(&[(-1.0, 1.0); 4]);
        let function = random_function(&mut rng, 4);
        let expected = brute_force::minimum(&network, &input, &function, 1 << 12).expect("few patterns");
        assert_all_have_minimum("noise", &network, &input, &function, expected);
        for formulation in exact_in_rows().into_iter().filter(|f| *f != Formulation::BigMPaper) {
            let encoding = objective(&network, &input, &function, formulation, &BoundChain::crown());
            for row in encoding.model().rows() {
                let sizes = row.coefficients.iter().map(|c| c.abs());
                assert!(sizes.fold(f64::INFINITY, f64::min) > 1e-9, "{formulation}: {row:?}");
            }
        }
    }
}
