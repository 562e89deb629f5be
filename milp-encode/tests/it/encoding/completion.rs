//! What a network computes at an input is a point of its model, found without a solver.

use milp_encode::bounds::{BoundChain, compute_bounds};
use milp_encode::property::LinearFunction;
use milp_encode::{Formulation, encode};
use solver_api::{Tolerances, check_point};

use crate::support::build::{affine, chain, sides};
use crate::support::random::{self, Scale};
use crate::support::{formulations, recipes, rng};

const TOLERANCES: Tolerances = Tolerances { feasibility: 1e-6, integrality: 0.0 };

#[test]
fn every_input_completes_to_a_point_that_the_checker_accepts() {
    let mut rng = rng(31);
    for (name, network) in recipes::networks(&mut rng) {
        let input = random::input_box(&mut rng, network.input_count(), Scale::Unit);
        let bounds = compute_bounds(&network, &input, &BoundChain::crown()).unwrap();
        for formulation in
            formulations(["big-m", "big-m-paper", "triangle", "indicator", "sos1", "sharp", "partition:1"])
        {
            let encoding = encode(&network, &input, &bounds, formulation).unwrap();
            for _ in 0..5 {
                let point = ndarray::Array1::from(random::point(&mut rng, &input));
                let solution = encoding.complete(&network, point.view()).expect("columns are single values");
                let check = check_point(encoding.model(), &solution);
                assert!(check.is_feasible(&TOLERANCES), "{name}, {formulation:?}: {check:?}");
                assert_eq!(encoding.decode_input(&solution), point);
                let claimed = encoding.decode_output(&solution);
                let difference = (&claimed - &network.forward_one(point.view())).mapv(f64::abs);
                assert!(difference.iter().all(|d| *d < 1e-6), "{name}, {formulation:?}: {difference}");
            }
        }
    }
}

#[test]
fn columns_that_are_no_single_value_have_no_completion() {
    // Two terms for each of two parts.
    let hidden = affine(&[[1.0, -1.0, 0.5, 0.25]], &[0.0]);
    let network = chain([4], [hidden, nn_core::Op::Relu, affine(&[[1.0]], &[0.0])]);
    let input = sides(&[(-1.0, 1.0); 4]);
    let bounds = compute_bounds(&network, &input, &BoundChain::crown()).unwrap();
    let center = input.center();
    let parts = encode(&network, &input, &bounds, Formulation::by_name("partition:2").unwrap()).unwrap();
    assert_eq!(parts.complete(&network, center.view()), None);

    let mut several = encode(&network, &input, &bounds, Formulation::BigM).unwrap();
    assert!(several.complete(&network, center.view()).is_some());
    let function = LinearFunction { coefficients: ndarray::array![1.0], constant: 0.0 };
    several.set_least_objective(&[function.clone(), function], &[(0.0, 3.0); 2]).unwrap();
    assert_eq!(several.complete(&network, center.view()), None);
}
