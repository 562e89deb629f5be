//! The linear part, its transpose and its absolute value belong together.

use ndarray::{Array2, Axis, s};
use proptest::prelude::*;

use crate::cases::{self, Case, to_f32};
use crate::close::assert_close;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn linear_part_is_the_operator_without_its_value_at_zero(case in cases::any_affine()) {
        let inputs = case.inputs();
        let zeros: Vec<_> = inputs.iter().map(|input| Array2::zeros(input.dim())).collect();
        let expected = apply(&case, &inputs) - apply(&case, &zeros);
        let linear = case.network.apply_linear(case.node(), &views(&inputs));
        assert_close("the linear part", &linear, &expected, 1e-12);
    }

    #[test]
    fn pullback_is_the_adjoint_of_the_linear_part(case in cases::any_affine()) {
        let (inputs, cotangent) = (case.inputs(), case.cotangent());
        let forward = case.network.apply_linear(case.node(), &views(&inputs)) * &cotangent;
        let pulled = case.network.pullback(case.node(), cotangent.view());
        prop_assert_eq!(pulled.len(), inputs.len());
        let backward = inputs.iter().zip(&pulled).map(|(x, y)| (x * y).sum_axis(Axis(1)));
        let backward = backward.reduce(|sum, products| sum + products).expect("an operator has inputs");
        let forward = forward.sum_axis(Axis(1));
        assert_close("<Ax, y> against <x, A'y>", &forward, &backward, 1e-11);
    }

    #[test]
    fn absolute_pullback_is_the_adjoint_of_the_absolute_part(case in cases::any_affine()) {
        let (inputs, cotangent) = (case.inputs(), case.cotangent());
        let forward = case.network.apply_absolute(case.node(), &views(&inputs)) * &cotangent;
        let pulled = case.network.pullback_absolute(case.node(), cotangent.view());
        let backward: f64 = inputs.iter().zip(&pulled).map(|(x, y)| (x * y).sum()).sum();
        prop_assert!((forward.sum() - backward).abs() < 1e-10, "{} is not {backward}", forward.sum());
    }

    #[test]
    fn absolute_part_has_the_absolute_values_of_the_coefficients(case in cases::any_affine()) {
        let inputs = case.inputs();
        let absolute = case.network.apply_absolute(case.node(), &views(&inputs));
        let mut expected = Array2::zeros(absolute.dim());
        for index in 0..inputs.len() {
            for column in 0..inputs[index].ncols() {
                let mut units: Vec<_> = inputs.iter().map(|input| Array2::zeros(input.dim())).collect();
                units[index].column_mut(column).fill(1.0);
                let coefficients = case.network.apply_linear(case.node(), &views(&units)).mapv(f64::abs);
                expected += &(coefficients * inputs[index].slice(s![.., column..=column]));
            }
        }
        assert_close("the absolute part", &absolute, &expected, 1e-12);
    }

    #[test]
    fn single_precision_parts_are_those_of_double_precision_rounded(case in cases::any_affine()) {
        let (inputs, cotangent) = (case.inputs(), case.cotangent());
        let network = case.network.cast::<f32>();
        let single: Vec<_> = inputs.iter().map(to_f32).collect();
        let (single, double) = (views(&single), views(&inputs));
        let node = case.node();
        let mut pairs = vec![
            (network.apply_linear(node, &single), case.network.apply_linear(node, &double)),
            (network.apply_absolute(node, &single), case.network.apply_absolute(node, &double)),
        ];
        let pulled = network.pullback(node, to_f32(&cotangent).view());
        pairs.extend(pulled.into_iter().zip(case.network.pullback(node, cotangent.view())));
        for (single, double) in pairs {
            assert_close("a single-precision part", &single.mapv(f64::from), &double, 1e-4);
        }
    }
}

fn apply(case: &Case, inputs: &[Array2<f64>]) -> Array2<f64> {
    case.network.apply(case.node(), &views(inputs))
}

fn views<T>(inputs: &[Array2<T>]) -> Vec<ndarray::ArrayView2<'_, T>> {
    inputs.iter().map(|input| input.view()).collect()
}
