//! A witness lies in its box to the last bit, and both precisions speak of the same input.

use milp_encode::Replayer;
use milp_encode::property::{Conjunction, InputBox, LinearFunction, Property};
use ndarray::{Array1, array};
use nn_core::Op;
use proptest::prelude::*;
use rand::RngExt;

use crate::support::build::{affine, chain, sides};
use crate::support::random::{self, Operators, Scale};
use crate::support::rng;

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_witness_is_the_nearest_f32_point_of_the_box(seed: u64) {
        let mut rng = rng(seed);
        let network = random::network(&mut rng, Operators::All, Scale::Unit, 4);
        let input = random::input_box(&mut rng, network.input_count(), Scale::Adversarial);
        let wide = |rng: &mut _| Scale::Adversarial.number(rng) * 10.0;
        let point = Array1::from_shape_simple_fn(network.input_count(), || wide(&mut rng));
        let Some(witness) = Replayer::new(&network).replay(&input, point.view()) else {
            let narrow = input.lower().iter().zip(input.upper()).any(|(l, u)| !holds_f32(*l, *u));
            prop_assert!(narrow, "only a side without f32 values is no reason for a witness");
            return Ok(());
        };
        let double = witness.input.mapv(f64::from);
        prop_assert!(input.contains(double.view()));
        prop_assert_eq!(&witness.output, &network.forward_one(double.view()));
        prop_assert_eq!(&witness.output_f32, &network.cast::<f32>().forward_one(witness.input.view()));
        // No other f32 value of the side is nearer to the point.
        for (index, x) in witness.input.iter().enumerate() {
            let target = input.project(point.view())[index];
            let distance = (f64::from(*x) - target).abs();
            for other in [x.next_up(), x.next_down()].map(f64::from) {
                let inside = (input.lower()[index]..=input.upper()[index]).contains(&other);
                prop_assert!(!inside || (other - target).abs() >= distance, "{other} is nearer to {target} than {x}");
            }
        }
    }
}

/// Whether an f32 value lies between two numbers.
fn holds_f32(lower: f64, upper: f64) -> bool {
    #[allow(clippy::cast_possible_truncation)]
    let near = lower as f32;
    [near.next_down(), near, near.next_up()].map(f64::from).iter().any(|x| (lower..=upper).contains(x))
}

#[test]
fn a_side_between_two_f32_values_has_no_witness() {
    let network = chain([1], [Op::Relu]);
    let gap = f64::from(0.1_f32) + 1e-12;
    let replayer = Replayer::new(&network);
    assert_eq!(replayer.replay(&sides(&[(gap, gap)]), array![gap].view()), None);
    assert_eq!(replayer.replay(&sides(&[(1e300, 1e301)]), array![1e300].view()), None, "beyond f32");
    assert!(replayer.replay(&sides(&[(-0.0, 0.0)]), array![5.0].view()).is_some());
}

#[test]
fn a_function_is_confirmed_only_by_both_precisions() {
    // 1 + x - 1 is x in f64, and 0 in f32 for a small x.
    let network = chain([1], [affine(&[[1.0]], &[1.0]), affine(&[[1.0]], &[-1.0])]);
    let x = f64::from(1e-10_f32);
    let witness = Replayer::new(&network).replay(&sides(&[(x, x)]), array![x].view()).unwrap();
    let function = |sign: f64| LinearFunction { coefficients: array![sign], constant: 0.0 };
    let (double, single) = witness.values(&function(1.0));
    assert!(double > 0.0 && single == 0.0);
    assert!(!witness.confirms(&function(1.0)), "positive in f64");
    assert!(witness.confirms(&function(-1.0)), "negative in f64, a tie in f32");
    let shifted = LinearFunction { constant: 1e-11, ..function(-1.0) };
    assert!(!witness.confirms(&shifted), "negative in f64, positive in f32");
}

#[test]
fn properties_are_violated_by_one_whole_alternative() {
    let input = || sides(&[(0.0, 1.0)]);
    let property = Property::misclassification(input(), 3, 1);
    for (output, violated) in
        [([0.0, 1.0, 0.5], false), ([1.0, 1.0, 0.5], true), ([0.0, 1.0, 2.0], true), ([2.0, 1.0, 3.0], true)]
    {
        assert_eq!(property.is_violated_by(Array1::from(output.to_vec()).view()), violated, "{output:?}");
    }
    let both = Conjunction(vec![LinearFunction::margin(3, 0, 1), LinearFunction::margin(3, 0, 2)]);
    let property = Property { input: input(), unsafe_outputs: vec![both] };
    assert!(!property.is_violated_by(array![1.0, 2.0, 0.0].view()));
    assert!(property.is_violated_by(array![1.0, 2.0, 1.0].view()));
    assert!(!Property { input: input(), unsafe_outputs: vec![] }.is_violated_by(array![1.0].view()));
}

#[test]
fn margins_are_differences_of_outputs() {
    let mut rng = rng(1);
    let output = Array1::from_shape_simple_fn(5, || rng.random_range(-1.0..1.0));
    let function = LinearFunction::margin(5, 3, 1);
    assert_eq!(function.value(output.view()), output[3] - output[1]);
    assert_eq!(LinearFunction::margin(5, 2, 2).value(output.view()), 0.0);
    let around = InputBox::around(output.view(), 0.25, None).unwrap();
    assert!(around.contains(around.center().view()));
}
