//! How strong the linear relaxations are.

use milp_encode::bounds::{BoundChain, compute_bounds};
use milp_encode::property::{InputBox, LinearFunction};
use milp_encode::{Formulation, encode};
use ndarray::Array1;
use nn_core::{Network, NetworkBuilder, NodeId, Op};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use solver_api::{Highs, Limits, Options, Solver, Verdict};

use crate::support::build::dense_chain;
use crate::support::random::{self, Scale};
use crate::support::{brute_force, formulations, rng, solve};

const TOLERANCE: f64 = 1e-5;

/// The minimum of the linear relaxation, with all inequalities of the sharp formulation.
fn relaxed(
    network: &Network<f64>,
    input: &InputBox,
    function: &LinearFunction,
    formulation: Formulation,
) -> f64 {
    let bounds = compute_bounds(network, input, &BoundChain::crown()).unwrap();
    let mut encoding = encode(network, input, &bounds, formulation).unwrap();
    encoding.set_objective(function).unwrap();
    let family = encoding.sharp_cuts();
    if family.is_empty() {
        return solve(&encoding.model().relaxation());
    }
    let options = Options { feasibility_tolerance: 1e-8, ..Options::default() };
    let mut session = Highs.open(&encoding.model().relaxation(), &options).unwrap();
    for round in 0..1000 {
        let outcome = session.solve(&Limits::default()).unwrap();
        assert_eq!(outcome.verdict, Verdict::Optimal);
        let point = outcome.incumbent.unwrap();
        let cuts = family.violated(&point.values);
        if cuts.is_empty() {
            return point.objective;
        }
        for (position, cut) in cuts.iter().enumerate() {
            session.add_row(&format!("c{round}_{position}"), cut.lower, cut.upper, &cut.terms).unwrap();
        }
    }
    panic!("there are finitely many inequalities");
}

fn random_function(rng: &mut ChaCha8Rng, outputs: usize) -> LinearFunction {
    let coefficients = Array1::from_shape_simple_fn(outputs, || rng.random_range(-1.0..1.0));
    LinearFunction { coefficients, constant: 0.0 }
}

/// The input, and one neuron behind it.
fn neuron_with_its_inputs(rng: &mut ChaCha8Rng, inputs: usize, op: Op<f64>) -> Network<f64> {
    let affine = dense_chain(rng, &[inputs, 1]);
    let weighted = affine.node(affine.output()).op().clone();
    let mut builder = NetworkBuilder::new([inputs]);
    let before = builder.add("before", weighted, &[NodeId::INPUT]).unwrap();
    let after = builder.add("after", op, &[before]).unwrap();
    let both = builder.add("both", Op::Concat { axis: 0 }, &[NodeId::INPUT, after]).unwrap();
    builder.finish(both)
}

/// Linear functions have the same minimum over a set and over its convex hull, so that a relaxation which has the minimum
/// over the network's points for every function is that hull.
#[test]
fn one_neuron_is_its_convex_hull_as_partition_into_all_terms_and_as_sharp() {
    let mut rng = rng(31);
    for inputs in [1, 2, 3, 5] {
        for op in [Op::Relu, Op::LeakyRelu { slope: 0.2 }] {
            let network = neuron_with_its_inputs(&mut rng, inputs, op.clone());
            let input = random::input_box(&mut rng, inputs, Scale::Unit);
            for _ in 0..10 {
                let function = random_function(&mut rng, inputs + 1);
                let exact = brute_force::minimum(&network, &input, &function, 4).unwrap();
                for formulation in formulations(["partition:1000", "sharp"]) {
                    let found = relaxed(&network, &input, &function, formulation);
                    let place = format!("{formulation}, {inputs} inputs, {op:?}");
                    assert!((found - exact).abs() < TOLERANCE, "{place}: {found} instead of {exact}");
                }
            }
        }
    }
}

#[test]
fn relaxations_stand_in_the_order_of_their_strength() {
    let mut rng = rng(32);
    let mut gains = [0.0; 3];
    for _ in 0..6 {
        let network = dense_chain(&mut rng, &[6, 8, 5, 3]);
        let input = random::input_box(&mut rng, 6, Scale::Unit);
        let function = random_function(&mut rng, 3);
        let exact = brute_force::minimum(&network, &input, &function, 1 << 14);
        let names =
            ["triangle", "big-m-paper", "big-m", "partition:1", "partition:2", "partition:1000", "sharp"];
        let found = formulations(names).map(|formulation| relaxed(&network, &input, &function, formulation));
        let [triangle, paper, big_m, one_part, two_parts, all_parts, sharp] = found;
        for equal in [triangle, paper, one_part] {
            assert!((equal - big_m).abs() < TOLERANCE, "{found:?}");
        }
        assert!((all_parts - sharp).abs() < TOLERANCE, "{found:?}");
        assert!(big_m <= two_parts + TOLERANCE && two_parts <= all_parts + TOLERANCE, "{found:?}");
        assert!(exact.is_none_or(|exact| sharp <= exact + TOLERANCE), "{found:?}, {exact:?}");
        for (gain, (more, less)) in gains.iter_mut().zip([(two_parts, big_m), (all_parts, two_parts)]) {
            *gain += more - less;
        }
        gains[2] += exact.map_or(1.0, |exact| exact - sharp);
    }
    assert!(gains.iter().all(|gain| *gain > 1e-3), "each step is one somewhere: {gains:?}");
}

/// Without binaries the halves of a neuron are only kept in their ranges.
#[test]
fn indicators_and_ordered_sets_have_the_weakest_relaxation() {
    let mut rng = rng(33);
    let network = dense_chain(&mut rng, &[4, 6, 2]);
    let input = random::input_box(&mut rng, 4, Scale::Unit);
    let function = random_function(&mut rng, 2);
    let found = formulations(["indicator", "sos1", "big-m"])
        .map(|formulation| relaxed(&network, &input, &function, formulation));
    assert!((found[0] - found[1]).abs() < TOLERANCE && found[0] < found[2] - 1e-3, "{found:?}");
}
