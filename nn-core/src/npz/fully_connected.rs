//! A fully connected network from matrices alone.

use std::io::{Read, Seek};

use ndarray::{Array1, Array2, ArrayD, Ix2};

use super::NpzError;
use super::arrays::read_arrays;
use super::naming::layer_array;
use crate::{Affine, Network, NetworkBuilder, NodeId, Op, ParameterRole};

/// Reads a fully connected ReLU network, with a ReLU after every layer but the last, from an archive of its matrices.
///
/// Arrays are called `W1`, `b1`, `W2`, `b2`, … or like PyTorch's parameters, `layers.0.weight`, `layers.0.bias`,
/// `fc2.weight`; the last number in a name orders the layers and need not start at 1 nor be without gaps. A layer
/// without bias has none in the archive. They hold `f32` or `f64` numbers. A node is called `layer1` for `W1`, and
/// `fc2` for `fc2.weight`.
///
/// Matrices are all (outputs, inputs), as in PyTorch, or all (inputs, outputs), as in Keras and in `x @ W + b`; their
/// shapes and those of the biases decide. Where both fit, as for square matrices, they are (outputs, inputs).
///
/// # Errors
/// [`NpzError`], naming the array, where one has an unknown name, is no matrix or vector of numbers, or is not finite,
/// and where the matrices do not form a chain.
pub fn read_npz_fully_connected(reader: impl Read + Seek) -> Result<Network<f64>, NpzError> {
    let layers = chain(read_arrays(reader)?)?;
    let mut builder = NetworkBuilder::new([layers[0].weight.ncols()]);
    let mut last = NodeId::INPUT;
    for (index, layer) in layers.into_iter().enumerate() {
        if index > 0 {
            last = builder.add(format!("relu{index}"), Op::Relu, &[last])?;
        }
        let bias = layer.bias.unwrap_or_else(|| Array1::zeros(layer.weight.nrows()));
        let weight = layer.weight.as_standard_layout().into_owned();
        last = builder.add(layer.name, Op::Affine(Affine { weight, bias }), &[last])?;
    }
    Ok(builder.finish(last))
}

struct Layer {
    name: String,
    number: u64,
    weight: Array2<f64>,
    bias: Option<Array1<f64>>,
}

/// The layers in their order, with weights as (outputs, inputs).
fn chain(arrays: Vec<(String, ArrayD<f64>)>) -> Result<Vec<Layer>, NpzError> {
    let mut layers = layers(arrays)?;
    layers.sort_by_key(|layer| layer.number);
    if let Some(pair) = layers.windows(2).find(|pair| pair[0].number == pair[1].number) {
        let (a, b) = (&pair[0].name, &pair[1].name);
        return Err(NpzError::Arrays { reason: format!("layers `{a}` and `{b}` have the same number") });
    }
    if layers.is_empty() {
        return Err(NpzError::Arrays { reason: "the archive holds no matrix of weights".into() });
    }
    if !is_chain(&layers) {
        layers.iter_mut().for_each(|layer| layer.weight.swap_axes(0, 1));
        if !is_chain(&layers) {
            layers.iter_mut().for_each(|layer| layer.weight.swap_axes(0, 1));
            let shape =
                |layer: &Layer| format!("`{}` {:?}{}", layer.name, layer.weight.shape(), bias_length(layer));
            let shapes: Vec<_> = layers.iter().map(shape).collect();
            let orders = "neither as (outputs, inputs) nor as (inputs, outputs)";
            return Err(NpzError::Arrays {
                reason: format!("the layers form no chain, {orders}: {}", shapes.join(", ")),
            });
        }
    }
    Ok(layers)
}

fn bias_length(layer: &Layer) -> String {
    layer.bias.as_ref().map_or(String::new(), |bias| format!(" with {} biases", bias.len()))
}

/// Whether each layer takes what the one before it gives, if weights are (outputs, inputs).
fn is_chain(layers: &[Layer]) -> bool {
    let fits_bias = |layer: &Layer| layer.bias.as_ref().is_none_or(|bias| bias.len() == layer.weight.nrows());
    let fits_next = |pair: &[Layer]| pair[0].weight.nrows() == pair[1].weight.ncols();
    layers.iter().all(fits_bias) && layers.windows(2).all(fits_next)
}

/// Weights with the biases of the same layer.
fn layers(arrays: Vec<(String, ArrayD<f64>)>) -> Result<Vec<Layer>, NpzError> {
    let mut layers: Vec<Layer> = Vec::new();
    let mut biases = Vec::new();
    for (array, values) in arrays {
        let fail = |reason: String| NpzError::Array { array: array.clone(), reason };
        let known = "W1, b1, … or layers.0.weight, layers.0.bias, … are";
        let place = layer_array(&array).ok_or_else(|| fail(format!("its name is no layer's; {known}")))?;
        if values.is_empty() {
            return Err(fail(format!("shape {:?} has no elements", values.shape())));
        }
        match place.role {
            ParameterRole::Weight => {
                let shape = values.shape().to_vec();
                let weight = values.into_dimensionality::<Ix2>();
                let weight = weight.map_err(|_| fail(format!("shape {shape:?} is no matrix")))?;
                layers.push(Layer { name: place.layer, number: place.number, weight, bias: None });
            }
            ParameterRole::Bias if values.shape().iter().filter(|size| **size != 1).count() <= 1 => {
                biases.push((array, place.layer, values.iter().copied().collect()));
            }
            ParameterRole::Bias => return Err(fail(format!("shape {:?} is no vector", values.shape()))),
        }
    }
    for (array, layer, bias) in biases {
        match layers.iter_mut().find(|other| other.name == layer) {
            Some(layer) => layer.bias = Some(bias),
            None => return Err(NpzError::Array { array, reason: "its layer has no weight".into() }),
        }
    }
    Ok(layers)
}
