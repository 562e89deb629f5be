//! Networks as chains of dense layers.

use milp_encode::bounds::BoundsError;
use milp_encode::bounds::rounding::sum_error;
use ndarray::{Array1, Array2, ArrayView1, Axis};
use nn_core::{Network, Node, NodeId, Op};

use super::rows::Rows;
use crate::EngineError;

/// `weight x + bias`, behind which all layers but the last have a (leaky) ReLU.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    /// (outputs, inputs and the bias).
    pub(super) weight: Rows,
    /// (inputs, outputs).
    pub(super) transposed: Rows,
    pub(super) bias: Vec<f64>,
    /// The slope below 0 of the ReLU behind it; without meaning for the last layer.
    pub(super) slope: f64,
    /// By how much a bound of an output that is computed here may be wrong, one an output; see [`Reach`].
    pub(super) slack: Vec<f64>,
}

/// What a-priori error bounds need to know of a chain up to some layer.
///
/// With `R` the greatest absolute inputs, and then `R := |A| R + |b|` layer by layer, every number that a forward or
/// backward pass meets, taken with what it is multiplied by, is at most the `R` of the value that is bounded, for ReLUs'
/// relaxations never lift it: with slopes in 0..1 and a range within `-R..R`, `slope R + intercept <= R`. So one bound of
/// all errors, computed once for the whole box, holds for all its parts (Higham's gamma of all operations, times `R`).
#[derive(Clone, Debug)]
struct Reach {
    /// `R`, one an element.
    magnitudes: Array1<f64>,
    /// All of them so far, summed.
    sum: f64,
    /// Operations that the error of a bound may consist of.
    terms: usize,
}

/// How far `R` is rounded up in each layer: far more than its own computation and all errors can add to it.
const ROOM: f64 = 1.0 + 1e-6;

/// The least `R`, as a share of all that came before: what products lose to underflow, at most `2^-1075` each times some
/// `R` from before, is less than a rounding error of it.
const FLOOR: f64 = 1e-280;

/// A greater `R` counts as an overflow: differences of two such numbers are finite.
pub(super) const MOST: f64 = 1e300;

/// Dense layers with more weights than this in one are not made.
const MOST_WEIGHTS: usize = 1 << 24;

/// A node's value as an affine function of the values behind the last ReLU, or of the input.
struct Segment {
    /// (those values, elements).
    linear: Array2<f64>,
    constant: Array1<f64>,
    /// The same with the absolute values of everything that was multiplied and added.
    absolute: Array2<f64>,
    absolute_constant: Array1<f64>,
    /// Terms of its longest sums.
    terms: usize,
}

/// The layers of a network, and linear functions of its outputs as one more.
///
/// `functions` has a row a function and `constants` a number; `magnitudes` are the greatest absolute values of inputs.
///
/// # Errors
/// [`EngineError`] where the network is no chain of affine operators and ReLUs, and where numbers overflow.
pub(super) fn dense_layers(
    network: &Network<f64>,
    functions: &Array2<f64>,
    constants: &Array1<f64>,
    magnitudes: Array1<f64>,
) -> Result<Vec<Layer>, EngineError> {
    refuse_overflow(&magnitudes, network.node(NodeId::INPUT).name())?;
    let mut layers = Vec::new();
    let mut segments: Vec<Option<Segment>> = network.nodes().iter().map(|_| None).collect();
    segments[0] = Some(identity(network.node(NodeId::INPUT))?);
    let mut reach = Reach { sum: magnitudes.sum(), terms: 2 * magnitudes.len(), magnitudes };
    for id in network.node_ids().skip(1) {
        let node = network.node(id);
        match node.op() {
            Op::Relu | Op::LeakyRelu { .. } => {
                let before = segments[node.inputs()[0].index()].take().ok_or_else(|| reaches_back(node))?;
                let slope = if let Op::LeakyRelu { slope } = node.op() { *slope } else { 0.0 };
                layers.push(layer(&before, slope, &mut reach, node.name())?);
                segments.iter_mut().for_each(|segment| *segment = None);
                segments[id.index()] = Some(identity(node)?);
            }
            op if op.is_affine() => {
                let value = apply(network, id, &segments)?;
                segments[id.index()] = Some(value);
            }
            op => {
                return Err(unsupported(format!(
                    "node `{}` is {}, neither affine nor a ReLU",
                    node.name(),
                    op.name()
                )));
            }
        }
    }
    let output = network.node(network.output());
    let last = segments[network.output().index()].take().ok_or_else(|| reaches_back(output))?;
    let value = Segment {
        linear: last.linear.dot(&functions.t()),
        constant: functions.dot(&last.constant) + constants,
        absolute: last.absolute.dot(&functions.mapv(f64::abs).t()),
        absolute_constant: functions.mapv(f64::abs).dot(&last.absolute_constant) + constants.mapv(f64::abs),
        terms: last.terms + 2 * output.element_count(),
    };
    layers.push(layer(&value, 0.0, &mut reach, output.name())?);
    Ok(layers)
}

fn layer(segment: &Segment, slope: f64, reach: &mut Reach, name: &str) -> Result<Layer, EngineError> {
    let (inputs, outputs) = segment.linear.dim();
    let (mut weight, mut transposed) = (Rows::zeros(outputs, inputs + 1), Rows::zeros(inputs, outputs));
    for (output, column) in segment.linear.columns().into_iter().enumerate() {
        let row = weight.row_mut(output);
        row.iter_mut().zip(&column).for_each(|(place, value)| *place = *value);
        row[inputs] = segment.constant[output];
    }
    for (input, values) in segment.linear.rows().into_iter().enumerate() {
        transposed.row_mut(input).iter_mut().zip(values).for_each(|(place, value)| *place = *value);
    }
    let slack = reach.pass(segment);
    refuse_overflow(&reach.magnitudes, name)?;
    Ok(Layer { inputs, outputs, weight, transposed, bias: segment.constant.to_vec(), slope, slack })
}

impl Reach {
    /// Goes on behind a layer; the errors of bounds there.
    fn pass(&mut self, segment: &Segment) -> Vec<f64> {
        let (inputs, outputs) = segment.absolute.dim();
        // Forwards: its sums, a slope, the end points of ranges. Backwards: sums over its outputs, a slope, an intercept,
        // the account of constants. Both: the error terms of all neurons, the least value over a box.
        self.terms += segment.terms + 3 * (inputs + outputs) + 16;
        let magnitudes = self.magnitudes.dot(&segment.absolute) + &segment.absolute_constant;
        let floor = FLOOR * (1.0 + self.sum);
        self.magnitudes = magnitudes.mapv(|magnitude| magnitude * ROOM + floor);
        self.sum += self.magnitudes.sum();
        self.magnitudes.iter().map(|magnitude| sum_error(self.terms, *magnitude)).collect()
    }
}

fn refuse_overflow(magnitudes: &Array1<f64>, name: &str) -> Result<(), EngineError> {
    match magnitudes.iter().position(|magnitude| magnitude.is_nan() || *magnitude > MOST) {
        Some(element) => Err(BoundsError::Overflow { node: name.to_owned(), element }.into()),
        None => Ok(()),
    }
}

fn identity(node: &Node<f64>) -> Result<Segment, EngineError> {
    let elements = node.element_count();
    refuse_large(node, elements)?;
    let (identity, zeros) = (Array2::eye(elements), Array1::zeros(elements));
    Ok(Segment {
        linear: identity.clone(),
        constant: zeros.clone(),
        absolute: identity,
        absolute_constant: zeros,
        terms: 0,
    })
}

fn apply(network: &Network<f64>, id: NodeId, segments: &[Option<Segment>]) -> Result<Segment, EngineError> {
    let node = network.node(id);
    let inputs = node.inputs().iter().map(|input| segments[input.index()].as_ref());
    let inputs: Vec<&Segment> = inputs.collect::<Option<_>>().ok_or_else(|| reaches_back(node))?;
    refuse_large(node, inputs[0].linear.nrows())?;
    let each = |part: fn(&Segment) -> ndarray::ArrayView2<'_, f64>| -> Vec<_> {
        inputs.iter().map(|input| part(input)).collect()
    };
    let zeros: Vec<Array2<f64>> =
        inputs.iter().map(|input| Array2::zeros((1, input.constant.len()))).collect();
    let zeros: Vec<_> = zeros.iter().map(|zeros| zeros.view()).collect();
    let own_constant = network.apply(id, &zeros).remove_axis(Axis(0)).mapv(f64::abs);
    let constants = each(|segment| segment.constant.view().insert_axis(Axis(0)));
    let absolute_constants = each(|segment| segment.absolute_constant.view().insert_axis(Axis(0)));
    let input_count: usize = inputs.iter().map(|input| input.constant.len()).sum();
    Ok(Segment {
        linear: network.apply_linear(id, &each(|segment| segment.linear.view())),
        constant: network.apply(id, &constants).remove_axis(Axis(0)),
        absolute: network.apply_absolute(id, &each(|segment| segment.absolute.view())),
        absolute_constant: network.apply_absolute(id, &absolute_constants).remove_axis(Axis(0))
            + own_constant,
        terms: inputs.iter().map(|input| input.terms).sum::<usize>()
            + 2 * input_count.max(node.element_count()),
    })
}

fn refuse_large(node: &Node<f64>, inputs: usize) -> Result<(), EngineError> {
    let weights = inputs.saturating_mul(node.element_count());
    if weights <= MOST_WEIGHTS {
        return Ok(());
    }
    Err(unsupported(format!("node `{}` would be a dense layer of {weights} weights", node.name())))
}

fn reaches_back(node: &Node<f64>) -> EngineError {
    unsupported(format!(
        "node `{}` needs values from before the last ReLU, and layers must be a chain",
        node.name()
    ))
}

pub(super) fn unsupported(reason: String) -> EngineError {
    EngineError::Unsupported { engine: super::NAME, reason }
}

/// The greatest absolute values between two corners.
pub(super) fn magnitudes(lower: ArrayView1<'_, f64>, upper: ArrayView1<'_, f64>) -> Array1<f64> {
    lower.iter().zip(upper).map(|(lower, upper)| lower.abs().max(upper.abs())).collect()
}
