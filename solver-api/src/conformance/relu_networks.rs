//! Networks so small that the least margin is found exactly, phase by phase.

use num_rational::BigRational;
use num_traits::Zero;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::exact::{ExactNumber, HalfSpace, least_at_vertices, rational};

/// `weights z + biases`, one row of weights a neuron.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    pub(super) weights: Vec<Vec<f64>>,
    pub(super) biases: Vec<f64>,
}

/// Hidden layers with ReLUs and two outputs, over a box. All numbers are whole multiples of 1/8, which keeps every range
/// exact in `f64`.
#[derive(Clone, Debug)]
pub(super) struct TinyNetwork {
    pub(super) inputs: Vec<(f64, f64)>,
    pub(super) hidden: Vec<Layer>,
    pub(super) output: Layer,
}

pub(super) fn random_network(seed: u64) -> TinyNetwork {
    let mut random = ChaCha8Rng::seed_from_u64(1000 + seed);
    let mut whole = |range: std::ops::RangeInclusive<i32>| f64::from(random.random_range(range));
    let inputs: Vec<(f64, f64)> = (0..whole(1..=2) as usize)
        .map(|_| {
            let lower = whole(-8..=2) / 8.0;
            (lower, lower + whole(2..=12) / 8.0)
        })
        .collect();
    let mut network =
        TinyNetwork { inputs, hidden: Vec::new(), output: Layer { weights: vec![], biases: vec![] } };
    let mut width = network.inputs.len();
    for _ in 0..whole(1..=2) as usize {
        let neurons = whole(2..=4) as usize;
        let weights: Vec<Vec<f64>> =
            (0..neurons).map(|_| (0..width).map(|_| whole(-6..=6) / 2.0).collect()).collect();
        network.hidden.push(Layer { weights, biases: vec![0.0; neurons] });
        let ranges = network.ranges().pop().expect("a layer was just added");
        for (index, (lower, upper)) in ranges.into_iter().enumerate() {
            // The bias moves the range: an end of it onto 0, or anywhere.
            let bias = match whole(0..=7) as usize {
                0 => -lower,
                1 => -upper,
                _ => whole(-8..=8) / 8.0 - (lower + upper) / 2.0,
            };
            let last = network.hidden.last_mut().expect("a layer was just added");
            last.biases[index] = bias;
        }
        width = neurons;
    }
    let weights = (0..2).map(|_| (0..width).map(|_| whole(-4..=4)).collect()).collect();
    network.output = Layer { weights, biases: vec![whole(-8..=8) / 4.0, whole(-8..=8) / 4.0] };
    network
}

impl TinyNetwork {
    /// The ranges of all pre-activations, layer by layer, by interval arithmetic.
    pub(super) fn ranges(&self) -> Vec<Vec<(f64, f64)>> {
        let mut values = self.inputs.clone();
        self.hidden
            .iter()
            .map(|layer| {
                let ranges: Vec<(f64, f64)> = layer
                    .weights
                    .iter()
                    .zip(&layer.biases)
                    .map(|(weights, bias)| {
                        weights.iter().zip(&values).fold((*bias, *bias), |(low, high), (weight, (a, b))| {
                            (low + (weight * a).min(weight * b), high + (weight * a).max(weight * b))
                        })
                    })
                    .collect();
                values = ranges.iter().map(|(low, high)| (low.max(0.0), high.max(0.0))).collect();
                ranges
            })
            .collect()
    }

    /// Weights and constant of the first output less the second one, as a function of the last hidden layer.
    pub(super) fn margin_of_last_layer(&self) -> (Vec<f64>, f64) {
        let Layer { weights, biases } = &self.output;
        let difference = weights[0].iter().zip(&weights[1]).map(|(first, second)| first - second).collect();
        (difference, biases[0] - biases[1])
    }

    /// The first output less the second one.
    pub(super) fn margin(&self, input: &[f64]) -> f64 {
        let affine = |weights: &[f64], bias: f64, values: &[f64]| {
            weights.iter().zip(values).fold(bias, |sum, (weight, value)| sum + weight * value)
        };
        let mut values = input.to_vec();
        for layer in &self.hidden {
            values = layer
                .weights
                .iter()
                .zip(&layer.biases)
                .map(|(weights, bias)| affine(weights, *bias, &values).max(0.0))
                .collect();
        }
        let (weights, constant) = self.margin_of_last_layer();
        affine(&weights, constant, &values)
    }

    /// The least margin over the box: in every cell of constant phases the margin is affine, and least at a vertex.
    pub(super) fn least_margin(&self) -> ExactNumber {
        let dimension = self.inputs.len();
        let inputs: Vec<AffineMap> = (0..dimension).map(|index| AffineMap::input(dimension, index)).collect();
        let mut cell = Vec::new();
        for (input, (lower, upper)) in inputs.iter().zip(&self.inputs) {
            cell.push(input.at_least(&rational(*lower)));
            cell.push(input.negated().at_least(&-rational(*upper)));
        }
        self.least_in(&cell, &inputs, 0).expect("the box is not empty").into()
    }

    /// The least margin in a cell, where the values of the layer before `depth` are affine; `None` for an empty cell.
    fn least_in(&self, cell: &[HalfSpace], values: &[AffineMap], depth: usize) -> Option<BigRational> {
        let Some(layer) = self.hidden.get(depth) else {
            let (weights, constant) = self.margin_of_last_layer();
            let margin = AffineMap::combination(&weights, constant, values);
            return least_at_vertices(&margin.slopes, cell).map(|least| least + margin.constant);
        };
        let pre_activations: Vec<AffineMap> = layer
            .weights
            .iter()
            .zip(&layer.biases)
            .map(|(weights, bias)| AffineMap::combination(weights, *bias, values))
            .collect();
        (0..1_u32 << pre_activations.len())
            .filter_map(|phases| {
                let mut cell = cell.to_vec();
                let mut next = Vec::new();
                for (index, pre_activation) in pre_activations.iter().enumerate() {
                    let zero = BigRational::zero();
                    if phases >> index & 1 == 1 {
                        cell.push(pre_activation.at_least(&zero));
                        next.push(pre_activation.clone());
                    } else {
                        cell.push(pre_activation.negated().at_least(&zero));
                        next.push(AffineMap::combination(&[], 0.0, values));
                    }
                }
                self.least_in(&cell, &next, depth + 1)
            })
            .min()
    }
}

/// `slopes · input + constant`
#[derive(Clone, Debug)]
struct AffineMap {
    slopes: Vec<BigRational>,
    constant: BigRational,
}

impl AffineMap {
    fn input(dimension: usize, index: usize) -> Self {
        let slopes = (0..dimension).map(|other| rational(if other == index { 1.0 } else { 0.0 })).collect();
        Self { slopes, constant: BigRational::zero() }
    }

    fn combination(weights: &[f64], constant: f64, values: &[Self]) -> Self {
        let zero = vec![BigRational::zero(); values[0].slopes.len()];
        let start = Self { slopes: zero, constant: rational(constant) };
        weights.iter().zip(values).fold(start, |mut sum, (weight, value)| {
            let weight = rational(*weight);
            sum.slopes.iter_mut().zip(&value.slopes).for_each(|(sum, slope)| *sum += &weight * slope);
            sum.constant += weight * &value.constant;
            sum
        })
    }

    fn negated(&self) -> Self {
        let slopes = self.slopes.iter().map(|slope| -slope).collect();
        Self { slopes, constant: -self.constant.clone() }
    }

    fn at_least(&self, least: &BigRational) -> HalfSpace {
        HalfSpace { normal: self.slopes.clone(), least: least - &self.constant }
    }
}
