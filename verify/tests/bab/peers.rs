//! The same minima as HiGHS, which shares neither relaxation nor search with the engine.

use milp_encode::bounds::BoundChain;
use milp_encode::property::{DataRange, InputBox, LinearFunction};
use milp_encode::{Alternatives, Formulation, MarginGoal, MarginOracle, MilpOracle, Proof, SolverStart};
use ndarray::Array1;
use nn_core::Network;
use rand::RngExt;
use solver_api::{Budget, Highs, Options};
use verify::BranchAndBound;

use crate::support::build::dense_chain;
use crate::support::{rng, shared};

/// Asks both for the margins of output 0 against some others.
fn compare(name: &str, network: &Network<f64>, input: &InputBox, targets: std::ops::Range<usize>) {
    let milp = MilpOracle {
        solver: &Highs,
        options: Options::default(),
        bounds: BoundChain::crown(),
        formulation: Formulation::BigM,
        alternatives: Alternatives::InTurn,
        start: SolverStart::default(),
    };
    let engine = BranchAndBound::default();
    let mut theirs = milp.open(network, &input.clone().into()).unwrap();
    let mut ours = engine.open(network, &input.clone().into()).unwrap();
    assert_eq!(ours.binary_count(), theirs.binary_count(), "{name}");
    for target in targets {
        let function = LinearFunction::margin(network.output_count(), 0, target);
        let [theirs, ours] = [&mut theirs, &mut ours]
            .map(|session| session.minimise(&function, MarginGoal::Minimum, &Budget::unlimited()).unwrap());
        assert_eq!((theirs.proof, ours.proof), (Proof::Minimum, Proof::Minimum), "{name}, {target}");
        let (theirs, ours) = (theirs.incumbent.unwrap().value, ours.incumbent.unwrap().value);
        assert!((theirs - ours).abs() < 2e-5 * ours.abs().max(1.0), "{name}, {target}: {ours} not {theirs}");
    }
}

#[test]
fn minima_of_random_networks_are_those_of_highs() {
    let mut rng = rng(61);
    for (widths, radius) in [([40, 20, 12, 4], 0.15), ([8, 16, 16, 4], 0.3), ([100, 30, 10, 4], 0.06)] {
        let network = dense_chain(&mut rng, &widths);
        let center = Array1::from_shape_simple_fn(widths[0], || rng.random_range(0.0..1.0));
        let input = InputBox::around(center.view(), radius, Some(DataRange::UNIT)).unwrap();
        compare(&format!("{widths:?}"), &network, &input, 1..4);
    }
}

#[test]
fn minima_of_trained_networks_are_those_of_highs() {
    let mut rng = rng(62);
    for (name, network) in shared::networks().into_iter().filter(|(name, _)| name == "toy_mnist_2_20.onnx") {
        for radius in [0.02, 0.05] {
            let center = Array1::from_shape_simple_fn(network.input_count(), || rng.random_range(0.0..1.0));
            let input = InputBox::around(center.view(), radius, Some(DataRange::UNIT)).unwrap();
            compare(&name, &network, &input, 1..4);
        }
    }
}
