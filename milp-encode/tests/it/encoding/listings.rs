//! Small encodings as LP files, to be read by a person; bounds are rounded to nine decimals there.

use milp_encode::bounds::{BoundChain, compute_bounds};
use milp_encode::property::LinearFunction;
use milp_encode::{Encoding, Formulation, encode};
use ndarray::{Array1, Array4, array};
use nn_core::{Conv2d, Network, NetworkBuilder, NodeId, Op, Pool, Window};

use crate::support::build::{affine, chain, sides};

fn encoding(network: &Network<f64>, input: &[(f64, f64)], formulation: Formulation) -> Encoding {
    let input = sides(input);
    let bounds = compute_bounds(network, &input, &BoundChain::crown()).unwrap();
    let mut encoding = encode(network, &input, &bounds, formulation).unwrap();
    let coefficients = Array1::ones(network.output_count());
    encoding.set_objective(&LinearFunction { coefficients, constant: 0.0 }).unwrap();
    encoding
}

fn listing(encoding: &Encoding) -> String {
    let mut text = Vec::new();
    solver_api::write_lp(encoding.model(), &mut text).unwrap();
    String::from_utf8(text).unwrap().lines().map(rounded).collect::<Vec<_>>().join("\n")
}

fn rounded(line: &str) -> String {
    let word =
        |word: &str| word.parse::<f64>().map_or(word.to_owned(), |x| ((x * 1e9).round() / 1e9).to_string());
    line.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// Three neurons on a box of side 2: one of either sign, one always positive, one always negative.
fn dense() -> Network<f64> {
    let hidden = affine(&[[1.0, 2.0], [1.0, -1.0], [0.5, 0.5]], &[0.5, 3.0, -4.0]);
    chain([2], [hidden, Op::Relu, affine(&[[1.0, -1.0, 2.0]], &[0.25])])
}

const SQUARE: [(f64, f64); 2] = [(-1.0, 1.0), (-1.0, 1.0)];

#[test]
fn dense_layers() {
    insta::assert_snapshot!(listing(&encoding(&dense(), &SQUARE, Formulation::BigM)));
}

#[test]
fn dense_layers_to_the_papers_letter() {
    insta::assert_snapshot!(listing(&encoding(&dense(), &SQUARE, Formulation::BigMPaper)));
}

#[test]
fn the_linear_relaxation_of_dense_layers() {
    insta::assert_snapshot!(listing(&encoding(&dense(), &SQUARE, Formulation::Triangle)));
}

/// One neuron of either sign.
fn neuron() -> Network<f64> {
    chain([3], [affine(&[[1.0, -2.0, 3.0]], &[0.5]), Op::Relu])
}

const CUBE: [(f64, f64); 3] = [(-1.0, 1.0); 3];

#[test]
fn a_neuron_in_two_parts() {
    let parts = Formulation::by_name("partition:2").unwrap();
    insta::assert_snapshot!(listing(&encoding(&neuron(), &CUBE, parts)));
}

#[test]
fn a_neuron_with_indicators() {
    insta::assert_snapshot!(listing(&encoding(&neuron(), &CUBE, Formulation::Indicator)));
}

#[test]
fn a_neuron_as_a_special_ordered_set() {
    insta::assert_snapshot!(listing(&encoding(&neuron(), &CUBE, Formulation::Sos1)));
}

/// The point has the neuron on by half, with inputs at which its greatest value is far above what the box allows.
#[test]
fn a_neuron_with_the_inequality_that_a_point_violates() {
    let mut encoding = encoding(&neuron(), &CUBE, Formulation::Sharp);
    let values = [("x0", 1.0), ("x1", 1.0), ("x2", 0.0), ("h2_0", 2.0), ("p2_0", 2.5), ("v2_0", 0.5)];
    let point: Vec<f64> = encoding
        .model()
        .columns()
        .iter()
        .map(|column| values.iter().find(|(name, _)| *name == column.name).unwrap().1)
        .collect();
    let cuts = encoding.sharp_cuts().violated(&point);
    encoding.add_cuts(&cuts).unwrap();
    insta::assert_snapshot!(listing(&encoding));
}

#[test]
fn a_required_output_condition() {
    let mut encoding = encoding(&dense(), &SQUARE, Formulation::BigM);
    encoding.require("small", &LinearFunction { coefficients: array![2.0], constant: -0.5 }).unwrap();
    insta::assert_snapshot!(listing(&encoding));
}

#[test]
fn a_leaky_relu() {
    let hidden = affine(&[[1.0, 2.0], [0.5, 0.5]], &[0.5, -4.0]);
    let ops = [hidden, Op::LeakyRelu { slope: 0.25 }, affine(&[[1.0, -1.0]], &[0.25])];
    insta::assert_snapshot!(listing(&encoding(&chain([2], ops), &SQUARE, Formulation::BigM)));
}

#[test]
fn a_convolution() {
    let weight = Array4::from_shape_vec((1, 1, 2, 2), vec![1.0, 2.0, 3.0, 4.0]).unwrap();
    let window = Window { padding: [0, 0, 0, 1], ..Window::new([2, 2], 1) };
    let conv = Conv2d { weight, bias: array![-5.0], window, groups: 1 };
    let network = chain([1, 2, 2], [Op::Conv2d(conv), Op::Relu, affine(&[[1.0, -1.0]], &[0.0])]);
    insta::assert_snapshot!(listing(&encoding(&network, &[(0.0, 1.0); 4], Formulation::BigM)));
}

/// The third input of the only window never reaches the first one's lower bound.
#[test]
fn a_maximum_with_a_dominated_input() {
    let pool = Pool { window: Window::new([1, 3], 1), count_padding: false };
    let network = chain([1, 1, 3], [Op::MaxPool(pool)]);
    insta::assert_snapshot!(listing(&encoding(
        &network,
        &[(1.0, 3.0), (0.0, 2.0), (-1.0, 0.5)],
        Formulation::BigM
    )));
}

#[test]
fn an_average_with_padding() {
    let window = Window { padding: [0, 1, 0, 0], ..Window::new([1, 2], 2) };
    let network = |count_padding| {
        let pool = Op::AveragePool(Pool { window: window.clone(), count_padding });
        chain([1, 1, 3], [pool, Op::Relu])
    };
    let input = [(-1.0, 1.0), (0.0, 2.0), (0.0, 4.0)];
    insta::assert_snapshot!("mean_of_pixels", listing(&encoding(&network(false), &input, Formulation::BigM)));
    insta::assert_snapshot!(
        "mean_of_pixels_and_padding",
        listing(&encoding(&network(true), &input, Formulation::BigM))
    );
}

#[test]
fn a_residual_sum() {
    let mut builder = NetworkBuilder::new([2]);
    let hidden =
        builder.add("hidden", affine(&[[1.0, 1.0], [1.0, -1.0]], &[0.0, 0.0]), &[NodeId::INPUT]).unwrap();
    let relu = builder.add("relu", Op::Relu, &[hidden]).unwrap();
    let sum = builder.add("sum", Op::Add, &[NodeId::INPUT, relu]).unwrap();
    let output = builder.add("output", affine(&[[1.0, 2.0]], &[0.0]), &[sum]).unwrap();
    insta::assert_snapshot!(listing(&encoding(&builder.finish(output), &SQUARE, Formulation::BigM)));
}
