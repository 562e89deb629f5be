//! Every operator computes what its definition says, in both number types.

use ndarray::{Array2, ArrayView2};
use nn_core::Network;
use proptest::prelude::*;

use crate::cases::{self, Case, to_f32};
use crate::close::assert_close;
use crate::definitions::define;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn affine_is_its_definition(case in cases::affine()) { check(&case); }

    #[test]
    fn convolution_is_its_definition(case in cases::conv2d()) { check(&case); }

    #[test]
    fn average_pool_is_its_definition(case in cases::average_pool()) { check(&case); }

    #[test]
    fn max_pool_is_its_definition(case in cases::max_pool()) { check(&case); }

    #[test]
    fn activations_are_their_definitions(case in cases::activation()) { check(&case); }

    #[test]
    fn constant_operations_are_their_definitions(case in cases::constant()) { check(&case); }

    #[test]
    fn rearrangement_is_its_definition(case in cases::rearrange()) { check(&case); }

    #[test]
    fn reshape_is_its_definition(case in cases::reshape()) { check(&case); }

    #[test]
    fn concatenation_is_its_definition(case in cases::concat()) { check(&case); }

    #[test]
    fn addition_is_its_definition(case in cases::add()) { check(&case); }

    #[test]
    fn forward_trace_and_apply_agree(case in cases::any()) {
        let input = case.network_input();
        let trace = case.network.trace(input.view());
        prop_assert_eq!(case.network.forward(input.view()), trace.output());
        let values = case.network.node(case.node()).inputs().iter().map(|i| trace.value(*i)).collect::<Vec<_>>();
        prop_assert_eq!(case.network.apply(case.node(), &values), trace.output());
    }

    #[test]
    fn one_sample_gives_what_it_gives_in_a_batch(case in cases::any()) {
        let input = case.network_input();
        let batch = case.network.forward(input.view());
        for (sample, expected) in input.rows().into_iter().zip(batch.rows()) {
            let output = case.network.forward_one(sample);
            assert_close("the output", &output, &expected, 1e-13);
        }
    }

    #[test]
    fn the_memory_order_of_inputs_does_not_matter(case in cases::any()) {
        let input = case.network_input();
        let column_major = input.t().as_standard_layout().into_owned();
        prop_assert_eq!(case.network.forward(column_major.t()), case.network.forward(input.view()));
    }
}

fn check(case: &Case) {
    let inputs = case.inputs();
    let views: Vec<_> = inputs.iter().map(|input| input.view()).collect();
    let output = case.network.apply(case.node(), &views);
    assert_close("the output", &output, &definition(case, &case.network, &views), 1e-12);

    let network = case.network.cast::<f32>();
    let inputs: Vec<_> = inputs.iter().map(to_f32).collect();
    let views: Vec<_> = inputs.iter().map(|input| input.view()).collect();
    let rounded: Vec<_> = inputs.iter().map(|input| input.mapv(f64::from)).collect();
    let rounded: Vec<_> = rounded.iter().map(|input| input.view()).collect();
    let output = network.apply(case.node(), &views).mapv(f64::from);
    assert_close("the single-precision output", &output, &definition(case, &network.cast(), &rounded), 1e-5);
}

fn definition(case: &Case, network: &Network<f64>, inputs: &[ArrayView2<'_, f64>]) -> Array2<f64> {
    let op = network.node(case.node()).op();
    let mut output = Array2::zeros((case.batch, network.output_count()));
    for (sample, mut row) in output.rows_mut().into_iter().enumerate() {
        let inputs: Vec<_> = inputs.iter().map(|input| input.row(sample)).collect();
        row.assign(&ndarray::Array1::from(define(op, &case.input_shapes(), &inputs)));
    }
    output
}
