//! Ties, kinks, NaN, misuse, and what the builder turns away.

use ndarray::{Array2, Array4, ArrayD, IxDyn, array};
use nn_core::{
    Affine, ConstantOp, Conv2d, Network, NetworkBuilder, NodeId, Op, Pool, Rearrange, Source, Window,
};

fn alone<const N: usize>(shape: [usize; N], op: Op<f64>) -> Network<f64> {
    let mut builder = NetworkBuilder::new(shape);
    let node = builder.add("operator", op, &[NodeId::INPUT]).expect("the operator fits");
    builder.finish(node)
}

fn max_pool(window: Window) -> Op<f64> {
    Op::MaxPool(Pool { window, count_padding: false })
}

#[test]
fn the_gradient_of_a_maximum_goes_to_the_first_of_equal_elements() {
    let network = alone([1, 2, 3], max_pool(Window::new([2, 2], 1)));
    let trace = network.trace(array![[5.0, 7.0, 7.0, 7.0, 1.0, 7.0]].view());
    assert_eq!(trace.output(), array![[7.0, 7.0]]);
    let gradient = network.input_gradient(&trace, array![[1.0, 10.0]].view());
    assert_eq!(gradient, array![[0.0, 11.0, 0.0, 0.0, 0.0, 0.0]]);
}

#[test]
fn padding_never_wins_a_maximum() {
    let window = Window { padding: [1; 4], ..Window::new([2, 2], 2) };
    let network = alone([1, 2, 2], max_pool(window));
    assert_eq!(network.forward(array![[-1.0, -2.0, -3.0, -4.0]].view()), array![[-1.0, -2.0, -3.0, -4.0]]);
    let lowest = f64::NEG_INFINITY;
    assert_eq!(network.forward(array![[lowest; 4]].view()), array![[lowest; 4]]);
}

#[test]
fn averages_count_padding_only_where_told() {
    let window = Window { padding: [1, 0, 0, 0], ..Window::new([2, 1], 2) };
    for (count_padding, expected) in [(false, array![[6.0]]), (true, array![[3.0]])] {
        let network = alone([1, 1, 1], Op::AveragePool(Pool { window: window.clone(), count_padding }));
        assert_eq!(network.forward(array![[6.0]].view()), expected);
    }
}

#[test]
fn derivatives_at_kinks_are_those_from_the_left() {
    for (op, expected) in [(Op::Relu, 0.0), (Op::LeakyRelu { slope: 0.25 }, 0.25)] {
        let network = alone([1], op);
        for zero in [0.0, -0.0] {
            let trace = network.trace(array![[zero]].view());
            assert_eq!(network.input_gradient(&trace, array![[1.0]].view()), array![[expected]]);
        }
    }
}

#[test]
fn nan_is_not_hidden_by_activations_and_maxima() {
    let pool = max_pool(Window::new([1, 3], 1));
    for op in [Op::Relu, Op::LeakyRelu { slope: 0.1 }, Op::Sigmoid, Op::Tanh, pool] {
        let network = alone([1, 1, 3], op);
        for place in 0..3 {
            let mut input = array![[1.0, 2.0, 3.0]];
            input[[0, place]] = f64::NAN;
            let output = network.forward(input.view());
            assert!(
                output[[0, place.min(output.ncols() - 1)]].is_nan(),
                "{network:?} on {input} gives {output}"
            );
        }
    }
}

#[test]
fn sigmoid_stays_between_zero_and_one_far_out() {
    let network = alone([4], Op::Sigmoid);
    let output = network.forward(array![[-1000.0, -40.0, 40.0, 1000.0]].view());
    assert_eq!(output[[0, 0]], 0.0);
    assert!((output[[0, 1]] / (-40.0_f64).exp() - 1.0).abs() < 1e-12);
    assert_eq!((output[[0, 2]], output[[0, 3]]), (1.0, 1.0));
}

#[test]
fn tensors_without_elements_pass_through() {
    let mut builder = NetworkBuilder::new([0, 3]);
    let add = |builder: &mut NetworkBuilder<f64>, op, inputs: &[NodeId]| {
        builder.add("operator", op, inputs).expect("the operator fits")
    };
    let joined = add(&mut builder, Op::Concat { axis: 1 }, &[NodeId::INPUT, NodeId::INPUT]);
    let image = builder.reshape("image", joined, [0, 2, 2]).expect("no elements in either shape");
    let pool = Pool { window: Window::new([2, 2], 1), count_padding: true };
    let pooled = add(&mut builder, Op::AveragePool(pool.clone()), &[image]);
    let pooled = add(&mut builder, Op::MaxPool(Pool { window: Window::new([1, 1], 1), ..pool }), &[pooled]);
    let weight = Array4::zeros((2, 0, 1, 1));
    let conv = Conv2d { weight, bias: array![1.0, 2.0], window: Window::new([1, 1], 1), groups: 1 };
    let output = add(&mut builder, Op::Conv2d(conv), &[pooled]);
    let network = builder.finish(output);

    let trace = network.trace(Array2::zeros((3, 0)).view());
    assert_eq!(trace.output(), array![[1.0, 2.0], [1.0, 2.0], [1.0, 2.0]]);
    let gradients = network.backward(&trace, Array2::ones((3, 2)).view());
    assert_eq!(gradients.input.dim(), (3, 0));
    assert_eq!(gradients.parameters[1], array![3.0, 3.0].into_dyn());
}

#[test]
#[should_panic(expected = "a batch of inputs has 3 columns, but `input` has 2 elements")]
fn an_input_of_another_width_is_refused() {
    alone([2], Op::Relu).forward(Array2::zeros((1, 3)).view());
}

#[test]
#[should_panic(expected = "`operator` is Relu, which is not affine")]
fn the_pullback_of_an_activation_is_refused() {
    let network = alone([2], Op::Relu);
    network.pullback(network.output(), Array2::zeros((1, 2)).view());
}

#[test]
#[should_panic(expected = "`operator` has 1 inputs, not 2")]
fn another_number_of_inputs_is_refused() {
    let (network, input) = (alone([2], Op::Relu), Array2::zeros((1, 2)));
    network.apply(network.output(), &[input.view(), input.view()]);
}

#[test]
#[should_panic(expected = "the cotangent has 2 rows, but the trace has 1 samples")]
fn a_cotangent_of_another_batch_is_refused() {
    let network = alone([2], Op::Relu);
    network.input_gradient(&network.trace(Array2::zeros((1, 2)).view()), Array2::zeros((2, 2)).view());
}

#[test]
fn the_builder_names_what_does_not_fit() {
    let conv = |channels, groups, window: Window| {
        let [height, width] = window.kernel;
        let weight = Array4::zeros((2, channels, height, width));
        Op::Conv2d(Conv2d { weight, bias: array![0.0, 0.0], window, groups })
    };
    let constant =
        |kind, shape: &[usize], value| Op::Constant { kind, value: ArrayD::from_elem(IxDyn(shape), value) };
    let select = |sources, shape: [usize; 1]| Op::Rearrange(Rearrange { sources, shape: shape.into() });
    let window = Window::new([2, 2], 1);
    let huge = Window { padding: [usize::MAX; 4], ..window.clone() };
    let cases: [(&[usize], Op<f64>, &str); 15] = [
        (&[3], affine(2, 2, 2), "weight takes 2 inputs, but gets [3]"),
        (&[2], affine(2, 2, 1), "2 outputs, but 1 biases"),
        (&[2], conv(1, 1, window.clone()), "expects an image [channels, height, width], but gets [2]"),
        (&[2, 4, 4], conv(1, 1, window.clone()), "does not fit 2 input channels"),
        (&[1, 1, 1], conv(1, 1, window.clone()), "does not fit an image of 1 x 1"),
        (&[1, 4, 4], conv(1, 1, huge), "does not fit an image of 4 x 4"),
        (&[1, 4, 4], conv(1, 1, Window { stride: [0, 1], ..window.clone() }), "needs a positive kernel"),
        (&[1, 4, 4], conv(1, 1, Window { dilation: [1, 0], ..window.clone() }), "needs a positive kernel"),
        (&[1, 4, 4], max_pool(Window { padding: [2, 0, 0, 0], ..window.clone() }), "nothing but padding"),
        (&[1, 1, 1], max_pool(Window { padding: [1; 4], dilation: [2; 2], ..window }), "nothing but padding"),
        (&[2], Op::LeakyRelu { slope: 1.5 }, "slope 1.5 is not between 0 and 1"),
        (&[2], constant(ConstantOp::Add, &[3], 1.0), "constant of shape [3] on an input [2]"),
        (&[2], constant(ConstantOp::Div, &[2], 0.0), "the divisor holds a zero"),
        (&[2], constant(ConstantOp::Add, &[2], f64::NAN), "constant holds NaN at flat index 0"),
        (&[2], select(vec![Source::Element(2)], [1]), "a source lies outside the input [2]"),
    ];
    for (shape, op, expected) in cases {
        let error = NetworkBuilder::new(shape).add("layer", op, &[NodeId::INPUT]).unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains("`layer`"), "`{error}` does not say `{expected}`");
    }
}

fn affine(outputs: usize, inputs: usize, biases: usize) -> Op<f64> {
    Op::Affine(Affine { weight: Array2::zeros((outputs, inputs)), bias: ndarray::Array1::zeros(biases) })
}
