//! What CROWN leaves out (elements that are 0, what no window sees, products with rows that only pick an element) changes
//! no bound.

use milp_encode::bounds::{BoundChain, Elements};
use milp_encode::bounds::{
    Crown, NetworkBounds, Phase, Place, Tightening, Wanted, compute_bounds, crown_lower_bounds,
};
use milp_encode::property::InputBox;
use ndarray::{Array1, Array2};
use nn_core::{Network, NodeId, Op};
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use solver_api::Budget;

use super::soundness::assert_within;
use crate::support::random::{self, Scale};
use crate::support::{plain_crown, rng};

const NETWORKS: u64 = 60;

fn case(seed: u64) -> (ChaCha8Rng, Network<f64>, InputBox, NetworkBounds) {
    let mut rng = rng(seed);
    let network = random::convolutional(&mut rng, Scale::Unit);
    let center = Array1::from_shape_simple_fn(network.input_count(), || Scale::Unit.number(&mut rng).abs());
    let input = InputBox::around(center.view(), 0.4, None).unwrap();
    let bounds = compute_bounds(&network, &input, &BoundChain::crown().on(Elements::All)).unwrap();
    (rng, network, input, bounds)
}

fn assert_equal(found: &Array1<f64>, expected: &Array1<f64>, what: &str) {
    let close = |(found, expected): (&f64, &f64)| (found - expected).abs() <= 1e-9 * expected.abs().max(1.0);
    assert!(found.iter().zip(expected).all(close), "{what}: {found} instead of {expected}");
}

#[test]
fn functions_of_any_node_have_the_plain_methods_bounds() {
    for seed in 0..NETWORKS {
        let (mut rng, network, _, bounds) = case(seed);
        for id in network.node_ids() {
            let count = network.node(id).element_count();
            let functions = Array2::from_shape_simple_fn((3, count), || Scale::Unit.number(&mut rng));
            let found = crown_lower_bounds(&network, &bounds, id, functions.view());
            let expected = plain_crown::lower_bounds(&network, &bounds, id, functions.view());
            assert_equal(&found, &expected, &format!("seed {seed}, {id:?}"));
        }
    }
}

#[test]
fn ranges_of_any_elements_in_any_order_are_the_plain_methods() {
    for seed in 0..NETWORKS {
        let (mut rng, network, _, bounds) = case(seed);
        for node in network.node_ids().filter(|id| network.node(*id).op().is_affine()) {
            let count = network.node(node).element_count();
            let mut elements: Vec<usize> = (0..count).filter(|_| rng.random_bool(0.7)).collect();
            elements.shuffle(&mut rng);
            let place = Place { network: &network, bounds: &bounds, node };
            let found = Crown.ranges(place, &elements, Wanted::Range, &Budget::unlimited()).unwrap();
            let mut rows = Array2::zeros((elements.len(), count));
            elements.iter().enumerate().for_each(|(row, element)| rows[[row, *element]] = 1.0);
            let plain = |rows: &Array2<f64>| plain_crown::lower_bounds(&network, &bounds, node, rows.view());
            let what = format!("seed {seed}, {node:?}");
            assert_equal(&found.lower().to_owned(), &plain(&rows), &what);
            assert_equal(&found.upper().to_owned(), &-plain(&-&rows), &what);
        }
    }
}

#[test]
fn sampled_values_lie_within_the_bounds() {
    for seed in 0..NETWORKS {
        let (mut rng, network, input, bounds) = case(seed);
        let bounds = [("CROWN", bounds)];
        for _ in 0..8 {
            assert_within(&network, &bounds, &random::point(&mut rng, &input));
        }
    }
}

/// Otherwise the tests above would say nothing of what they are there for.
#[test]
fn the_networks_have_neurons_of_all_phases_and_convolutions_of_all_kinds() {
    let mut counts = [0; 3];
    let (mut grouped, mut dilated, mut padded, mut sums) = (0, 0, 0, 0);
    for seed in 0..NETWORKS {
        let (_, network, _, bounds) = case(seed);
        for id in network.node_ids() {
            let node = network.node(id);
            match node.op() {
                Op::Conv2d(conv) => {
                    grouped += usize::from(conv.groups > 1);
                    dilated += usize::from(conv.window.dilation != [1, 1]);
                    padded += usize::from(conv.window.padding != [0; 4]);
                }
                Op::Add => sums += 1,
                Op::Relu => {
                    let input: NodeId = node.inputs()[0];
                    for element in 0..node.element_count() {
                        counts[match bounds.node(input).phase(element) {
                            Phase::Active => 0,
                            Phase::Inactive => 1,
                            Phase::Unstable => 2,
                        }] += 1;
                    }
                }
                _ => (),
            }
        }
    }
    assert!(counts.iter().all(|count| *count > 500), "active, inactive, open: {counts:?}");
    assert!(grouped.min(dilated).min(padded).min(sums) > 10, "{grouped}, {dilated}, {padded}, {sums}");
}
