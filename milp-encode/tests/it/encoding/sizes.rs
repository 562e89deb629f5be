//! How large models are.

use milp_encode::bounds::{BoundChain, NetworkBounds, Phase, compute_bounds};
use milp_encode::property::{DataRange, InputBox};
use milp_encode::{Formulation, encode};
use ndarray::Array1;
use nn_core::{Network, Op};
use rand::RngExt;

use crate::support::build::{affine, chain, dense_chain, sides};
use crate::support::rng;

/// 784-50-20-10, as in the seed paper and in Kolter & Madry's tutorial.
fn tutorial(epsilon: f64) -> (Network<f64>, InputBox) {
    let mut rng = rng(5);
    let network = dense_chain(&mut rng, &[784, 50, 20, 10]);
    let image = Array1::from_shape_simple_fn(784, || rng.random_range(0.0..1.0));
    (network, InputBox::around(image.view(), epsilon, Some(DataRange::UNIT)).unwrap())
}

fn unstable(network: &Network<f64>, bounds: &NetworkBounds) -> usize {
    let relus = network.node_ids().filter(|id| matches!(network.node(*id).op(), Op::Relu));
    relus.map(|id| bounds.phase_counts(network, id).unstable).sum()
}

#[test]
fn the_tutorials_model_has_its_columns_and_rows() {
    let (network, input) = tutorial(0.05);
    for method in [&BoundChain::interval(), &BoundChain::crown()] {
        let bounds = compute_bounds(&network, &input, method).unwrap();
        let encoding = encode(&network, &input, &bounds, Formulation::BigMPaper).unwrap();
        let model = encoding.model();
        assert_eq!((model.column_count(), model.integer_count(), model.row_count()), (934, 70, 1858));
    }
}

#[test]
fn only_unstable_neurons_have_binaries() {
    let (network, input) = tutorial(0.01);
    let bounds = compute_bounds(&network, &input, &BoundChain::crown()).unwrap();
    let encoding = encode(&network, &input, &bounds, Formulation::BigM).unwrap();
    let unstable = unstable(&network, &bounds);
    assert!(0 < unstable && unstable < 70);
    let active = network
        .node_ids()
        .filter(|id| matches!(network.node(*id).op(), Op::Relu))
        .map(|id| bounds.phase_counts(&network, id).active)
        .sum::<usize>();
    let model = encoding.model();
    assert_eq!(model.integer_count(), unstable);
    assert_eq!(model.column_count(), 784 + 3 * unstable + active + 10);
    assert_eq!(model.row_count(), 3 * unstable + active + 10);
}

#[test]
fn a_pruned_neuron_costs_nothing() {
    let network =
        chain([2], [affine(&[[0.0, 0.0], [1.0, 1.0]], &[0.0, 0.0]), Op::Relu, affine(&[[1.0, 1.0]], &[0.0])]);
    let input = sides(&[(-1.0, 1.0), (-1.0, 1.0)]);
    let bounds = compute_bounds(&network, &input, &BoundChain::crown()).unwrap();
    let model = encode(&network, &input, &bounds, Formulation::BigM).unwrap().model().clone();
    assert_eq!((model.column_count(), model.integer_count()), (2 + 3, 1));
}

#[test]
fn a_sign_that_solvers_cannot_tell_from_zero_costs_no_binary() {
    for (range, binaries) in [((-1e-10, 1.0), 0), ((-1.0, 1e-10), 0), ((-1e-8, 1.0), 1), ((-1.0, 1e-8), 1)] {
        let network = chain([1], [Op::Relu]);
        let input = sides(&[range]);
        let bounds = compute_bounds(&network, &input, &BoundChain::interval()).unwrap();
        assert_eq!(bounds.node(nn_core::NodeId::INPUT).phase(0), Phase::Unstable);
        let encoding = encode(&network, &input, &bounds, Formulation::BigM).unwrap();
        assert_eq!(encoding.model().integer_count(), binaries, "{range:?}");
    }
}

/// Columns, integer columns, rows, indicators and special ordered sets for one neuron of either sign with three terms.
#[test]
fn every_formulation_has_the_size_that_it_promises() {
    let network = chain([3], [affine(&[[1.0, -2.0, 3.0]], &[0.5]), Op::Relu]);
    let input = sides(&[(-1.0, 1.0); 3]);
    let bounds = compute_bounds(&network, &input, &BoundChain::crown()).unwrap();
    for (name, neuron) in [
        ("big-m", (3, 1, 3, 0, 0)),
        ("big-m-paper", (2, 1, 4 + 6, 0, 0)),
        ("triangle", (2, 0, 2, 0, 0)),
        ("indicator", (3, 1, 1, 2, 0)),
        ("sos1", (2, 0, 1, 0, 1)),
        ("sharp", (3, 1, 3, 0, 0)),
        ("partition:1", (3, 1, 3, 0, 0)),
        ("partition:2", (5, 1, 12, 0, 0)),
        ("partition:3", (7, 1, 17, 0, 0)),
        ("partition:4", (7, 1, 17, 0, 0)),
    ] {
        let encoding = encode(&network, &input, &bounds, Formulation::by_name(name).unwrap()).unwrap();
        let model = encoding.model();
        let size = (
            model.column_count() - 3,
            model.integer_count(),
            model.row_count(),
            model.indicators().len(),
            model.sos1_sets().len(),
        );
        assert_eq!(size, neuron, "{name}");
    }
}
