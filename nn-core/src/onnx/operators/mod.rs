//! The operators that are understood, one function each.

mod activation;
mod arithmetic;
mod batch_norm;
mod concat;
mod constants;
mod conv;
mod fold;
mod fully_connected;
mod index_map;
mod pad;
mod pool;
mod select;
mod views;
mod window;

use super::OnnxError;
use super::context::NodeContext;
use super::draft::{Computed, Draft, Value};

/// Adds what a node computes to the draft; the values of its outputs, in order.
type Importer = fn(&NodeContext<'_>, &mut Draft) -> Result<Vec<Value>, OnnxError>;

/// Every supported operator, by its ONNX name.
const OPERATORS: &[(&str, Importer)] = &[
    ("Add", arithmetic::add),
    ("AveragePool", pool::average_pool),
    ("BatchNormalization", batch_norm::batch_normalization),
    ("Cast", constants::cast),
    ("Clip", activation::clip),
    ("Concat", concat::concat),
    ("Constant", constants::constant),
    ("ConstantOfShape", constants::constant_of_shape),
    ("Conv", conv::conv),
    ("Div", arithmetic::div),
    ("Dropout", views::dropout),
    ("Expand", index_map::expand),
    ("Flatten", views::flatten),
    ("Gather", select::gather),
    ("Gemm", fully_connected::gemm),
    ("GlobalAveragePool", pool::global_average_pool),
    ("GlobalMaxPool", pool::global_max_pool),
    ("Identity", views::identity),
    ("LeakyRelu", activation::leaky_relu),
    ("MatMul", fully_connected::mat_mul),
    ("MaxPool", pool::max_pool),
    ("Mul", arithmetic::mul),
    ("Neg", arithmetic::neg),
    ("PRelu", activation::parametric_relu),
    ("Pad", pad::pad),
    ("ReduceMean", pool::reduce_mean),
    ("Relu", activation::relu),
    ("Reshape", views::reshape),
    ("Shape", constants::shape),
    ("Sigmoid", activation::sigmoid),
    ("Slice", select::slice),
    ("Split", select::split),
    ("Squeeze", views::squeeze),
    ("Sub", arithmetic::sub),
    ("Sum", arithmetic::sum),
    ("Tanh", activation::tanh),
    ("Transpose", index_map::transpose),
    ("Unsqueeze", views::unsqueeze),
];

/// The names of all supported operators, in alphabetical order.
pub fn onnx_operators() -> impl Iterator<Item = &'static str> {
    OPERATORS.iter().map(|(name, _)| *name)
}

/// Adds what a node computes to the draft; the values of its outputs, in order.
pub(super) fn import(node: &NodeContext<'_>, draft: &mut Draft) -> Result<Vec<Value>, OnnxError> {
    let (operator, domain) = (node.operator(), node.proto.domain());
    let own_domain = domain.is_empty() || domain == "ai.onnx";
    match OPERATORS.iter().find(|(name, _)| *name == operator) {
        Some((_, importer)) if own_domain => importer(node, draft),
        _ => Err(OnnxError::UnsupportedOperator {
            node: node.name.clone(),
            operator: if own_domain { operator.to_owned() } else { format!("{domain}.{operator}") },
            advice: advice(operator),
        }),
    }
}

fn advice(operator: &str) -> String {
    match operator {
        "Softmax" | "LogSoftmax" | "ArgMax" => {
            "export the network with its logits as output, without this last node".to_owned()
        }
        "If" | "Loop" | "Scan" => "export the network without control flow".to_owned(),
        _ => {
            let names: Vec<_> = onnx_operators().collect();
            format!("supported are {}", names.join(", "))
        }
    }
}

/// The outputs of a node with one computed output.
fn computed(value: Computed) -> Vec<Value> {
    vec![Value::Computed(value)]
}
