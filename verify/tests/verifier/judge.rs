//! Who decides whether an input is a counterexample.

use milp_encode::Replayer;
use milp_encode::property::LinearFunction;
use ndarray::array;
use nn_core::{Network, Op};
use verify::{Judge, Specification, WitnessJudge, read_vnnlib};

use crate::property;
use crate::support::build::{affine, chain, sides};

/// `x` with a detour over numbers at which `f32` knows multiples of 4 alone: 5.5 becomes 4 there, and 6.5 becomes 8.
fn coarse() -> Network<f64> {
    let big = 33_554_432.0;
    chain([1], [affine(&[[1.0]], &[big]), Op::Relu, affine(&[[1.0]], &[-big])])
}

/// `5 - y <= 0`.
fn at_least_five() -> LinearFunction {
    LinearFunction { coefficients: array![-1.0], constant: 5.0 }
}

fn counterexample(network: &Network<f64>, property: &Specification, proposal: f64) -> Option<f32> {
    let replayer = Replayer::new(network);
    let judge = WitnessJudge::new(&replayer, property, &property.regions()[0]);
    let satisfied = judge.propose(array![proposal].view());
    assert_eq!(satisfied, judge.is_satisfied());
    let found = judge.counterexample();
    assert_eq!(satisfied, found.is_some());
    let found = found?;
    let (input, output) = (array![f64::from(found.input[0])], array![f64::from(found.output[0])]);
    assert!(property.is_satisfied_by(input.view(), output.view()), "{found:?}");
    assert_eq!(network.cast::<f32>().forward_one(array![found.input[0]].view())[0], found.output[0]);
    Some(found.input[0])
}

#[test]
fn an_input_on_which_the_precisions_disagree_is_moved_until_they_do_not() {
    let network = coarse();
    let wide = property(&[&sides(&[(0.0, 10.0)])], &[at_least_five()]);
    let point = array![5.5];
    assert_eq!(network.forward_one(point.view())[0], 5.5);
    assert_eq!(network.cast::<f32>().forward_one(array![5.5_f32].view())[0], 4.0);
    let found = counterexample(&network, &wide, 5.5).expect("6 and more satisfy both");
    assert!((6.0..=10.0).contains(&found), "{found}");
}

#[test]
fn where_the_precisions_never_agree_there_is_no_counterexample_but_both_margins() {
    let network = coarse();
    let narrow = property(&[&sides(&[(0.0, 5.75)])], &[at_least_five()]);
    assert_eq!(counterexample(&network, &narrow, 5.5), None);
    let replayer = Replayer::new(&network);
    let judge = WitnessJudge::new(&replayer, &narrow, &narrow.regions()[0]);
    judge.propose(array![5.5].view());
    let nearest = judge.near_miss().expect("an input was proposed");
    assert_eq!((nearest.margins.double, nearest.margins.single), (-0.5, 1.0));
    assert_eq!(nearest.margins.worst(), 1.0);
}

#[test]
fn a_proposal_outside_the_box_counts_where_the_box_is_nearest_to_it() {
    let identity = chain([1], [affine(&[[1.0]], &[0.0])]);
    let property = property(&[&sides(&[(0.0, 6.0)])], &[at_least_five()]);
    assert_eq!(counterexample(&identity, &property, 1e9), Some(6.0));
    assert_eq!(counterexample(&identity, &property, 1.0), None, "far from one, and nobody searches");
}

#[test]
fn a_boundary_that_is_left_out_is_left_behind() {
    let identity = chain([1], [affine(&[[1.0]], &[0.0])]);
    let property = read_vnnlib(
        b"(declare-const X_0 Real) (declare-const Y_0 Real)
          (assert (> X_0 0)) (assert (< X_0 1)) (assert (<= Y_0 0.5))",
    )
    .unwrap();
    let found = counterexample(&identity, &property, 0.0).expect("everything up to 0.5 but 0");
    assert!(found > 0.0 && found <= 0.5, "{found}");
}

#[test]
fn a_counterexample_is_stirred_away_from_where_rounding_decides() {
    let identity = chain([1], [affine(&[[1.0]], &[0.0])]);
    let property = property(&[&sides(&[(0.0, 6.0)])], &[at_least_five()]);
    let found = counterexample(&identity, &property, 5.0).expect("5 itself is one");
    assert!((5.0 + 1e-4..=6.0).contains(&found), "{found}");
}

#[test]
fn a_move_that_breaks_a_constraint_of_the_inputs_is_none() {
    // Longer steps along the gradient lower the function further, and leave x0 + x1 <= 1.
    let sum = chain([2], [affine(&[[1.0, 2.0]], &[0.0])]);
    let property = read_vnnlib(
        b"(declare-const X_0 Real) (declare-const X_1 Real) (declare-const Y_0 Real)
          (assert (>= X_0 0)) (assert (<= X_0 1)) (assert (>= X_1 0)) (assert (<= X_1 1))
          (assert (<= (+ X_0 X_1) 1)) (assert (>= Y_0 1.9996))",
    )
    .unwrap();
    let replayer = Replayer::new(&sum);
    let judge = WitnessJudge::new(&replayer, &property, &property.regions()[0]);
    assert!(judge.propose(array![0.0, 0.9997].view()), "{:?}", judge.near_miss());
    let found = judge.counterexample().unwrap().input;
    assert!(f64::from(found[0]) + f64::from(found[1]) <= 1.0, "{found:?}");
}
