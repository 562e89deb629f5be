//! Bounds of many functions at once, each under splits of its own, and their derivatives; no rounding is accounted for.
//!
//! For given variables, a function's bound is its value where the box's least corner is sent forward through the lines
//! that backward substitution chose. By the envelope theorem, its derivative by a variable is what that variable
//! multiplies on this way. One pass backward and one forward give all bounds and all derivatives. Sources: Xu et al., "Fast
//! and complete", 2021, for slopes (alpha); Wang et al., "Beta-CROWN", 2021, for the multipliers of splits (beta).

use std::ops::Range;

use milp_encode::bounds::NetworkBounds;
use ndarray::{Array1, Array2, ArrayView2, Axis};
use nn_core::{Network, NodeId, Op};

use super::lines::{Lines, Neurons, Split, least_corner};

/// A network over a box in `f32`, with lines around its ReLUs.
pub(super) struct Relaxed {
    network: Network<f32>,
    steps: Vec<Step>,
    neurons: Neurons,
    lines: Lines,
    /// The last node with neurons.
    last_relu: NodeId,
}

/// What stands for a node.
enum Step {
    Box { lower: Array1<f32>, upper: Array1<f32> },
    Affine { constant: Array1<f32> },
    Relu { first: usize },
}

/// Functions to be bounded, one a row.
#[derive(Clone, Default)]
pub(super) struct Rows {
    /// (rows, outputs).
    pub(super) functions: Array2<f32>,
    pub(super) constants: Vec<f32>,
    /// The splits of each row.
    pub(super) splits: Vec<Vec<Split>>,
    /// (rows, neurons): the lower slope of an open neuron, the scaled multiplier of a split one.
    pub(super) variables: Array2<f32>,
}

/// Bounds of functions, and how they came about.
pub(super) struct Pass {
    pub(super) bounds: Vec<f32>,
    /// The coefficients that met each neuron's value, (rows, neurons).
    pub(super) met: Array2<f32>,
    /// The corner of the box where each row's least value is assumed, (rows, inputs).
    pub(super) corners: Array2<f32>,
}

/// What sending the corners forward gives.
pub(super) struct Forward {
    /// The derivatives of each row's bound by its variables, (rows, neurons).
    pub(super) derivatives: Array2<f32>,
    /// The pre-activations on the way, (rows, neurons).
    pub(super) pre_activations: Array2<f32>,
    /// And what the lines make of them.
    pub(super) values: Array2<f32>,
}

impl Relaxed {
    /// The network has affine operators and (leaky) ReLUs only.
    pub(super) fn new(network: &Network<f64>, bounds: &NetworkBounds) -> Self {
        let (neurons, lines) = Neurons::new(network, bounds);
        let single = |values: ndarray::ArrayView1<'_, f64>| -> Array1<f32> {
            #[allow(clippy::cast_possible_truncation)]
            values.mapv(|value| value as f32)
        };
        let step = |id: NodeId| match network.node(id).op() {
            Op::Input => {
                let sides = bounds.node(id);
                Step::Box { lower: single(sides.lower()), upper: single(sides.upper()) }
            }
            Op::Relu | Op::LeakyRelu { .. } => Step::Relu { first: neurons.first(id) },
            _ => {
                let zeros = |input: &NodeId| Array2::zeros((1, network.node(*input).element_count()));
                let zeros: Vec<Array2<f64>> = network.node(id).inputs().iter().map(zeros).collect();
                let views: Vec<ArrayView2<'_, f64>> = zeros.iter().map(|zeros| zeros.view()).collect();
                Step::Affine { constant: single(network.apply(id, &views).row(0)) }
            }
        };
        let is_relu = |id: &NodeId| matches!(network.node(*id).op(), Op::Relu | Op::LeakyRelu { .. });
        Self {
            network: network.cast(),
            steps: network.node_ids().map(step).collect(),
            last_relu: network.node_ids().rfind(is_relu).unwrap_or(NodeId::INPUT),
            neurons,
            lines,
        }
    }

    pub(super) fn neurons(&self) -> &Neurons {
        &self.neurons
    }

    pub(super) fn lines(&self) -> &Lines {
        &self.lines
    }

    /// The network, to run inputs through it.
    pub(super) fn network(&self) -> &Network<f32> {
        &self.network
    }

    /// Measures multipliers of splits in the coefficients of a pass, all rows together.
    pub(super) fn set_scales(&mut self, pass: &Pass) {
        if let Some(means) = pass.met.mapv(f32::abs).mean_axis(Axis(0)) {
            self.neurons.set_scales(means.as_slice().expect("one stretch"));
        }
    }

    /// Bounds of all rows.
    pub(super) fn backward(&self, rows: &Rows) -> Pass {
        let count = rows.functions.nrows();
        let mut coefficients: Vec<Option<Array2<f32>>> = vec![None; self.steps.len()];
        coefficients[self.network.output().index()] = Some(rows.functions.clone());
        let mut bounds = rows.constants.clone();
        let mut met = Array2::zeros((count, self.neurons.count()));
        let mut corners = Array2::zeros((count, self.network.input_count()));
        for (id, step) in self.network.node_ids().zip(&self.steps).rev() {
            let Some(mut own) = coefficients[id.index()].take() else { continue };
            match step {
                Step::Box { lower, upper } => {
                    let sides = [lower, upper].map(|side| side.as_slice().expect("one stretch"));
                    let whole = 0..own.ncols();
                    for (row, bound) in bounds.iter_mut().enumerate() {
                        let corner = stretch_mut(&mut corners, row, whole.clone());
                        *bound += least_corner(stretch(&own, row, whole.clone()), sides, corner);
                    }
                }
                Step::Affine { constant } => {
                    let added = own.dot(constant);
                    bounds.iter_mut().zip(&added).for_each(|(bound, added)| *bound += added);
                    for (input, passed) in
                        self.network.node(id).inputs().iter().zip(self.network.pullback(id, own.view()))
                    {
                        pass_on(&mut coefficients[input.index()], passed);
                    }
                }
                Step::Relu { first } => {
                    let layer = *first..first + own.ncols();
                    for (row, bound) in bounds.iter_mut().enumerate() {
                        let values = stretch_mut(&mut own, row, 0..layer.len());
                        let met = stretch_mut(&mut met, row, layer.clone());
                        met.copy_from_slice(values);
                        let variables = stretch(&rows.variables, row, layer.clone());
                        let splits = self.neurons.in_layer(&rows.splits[row], layer.clone());
                        *bound +=
                            self.neurons.substitute(&self.lines, *first, met, variables, splits, values);
                    }
                    pass_on(&mut coefficients[self.network.node(id).inputs()[0].index()], own);
                }
            }
        }
        Pass { bounds, met, corners }
    }

    /// Sends the corners of a pass forward.
    pub(super) fn forward(&self, rows: &Rows, pass: &Pass) -> Forward {
        let mut derivatives = Array2::zeros(pass.met.dim());
        let mut pre_activations = Array2::zeros(pass.met.dim());
        let mut neuron_values = Array2::zeros(pass.met.dim());
        let mut values: Vec<Option<Array2<f32>>> = vec![None; self.steps.len()];
        for (id, step) in self.network.node_ids().zip(&self.steps).take_while(|(id, _)| *id <= self.last_relu)
        {
            let inputs = self.network.node(id).inputs();
            let value = match step {
                Step::Box { .. } => pass.corners.clone(),
                Step::Affine { .. } => {
                    let inputs: Vec<ArrayView2<'_, f32>> = inputs
                        .iter()
                        .map(|input| values[input.index()].as_ref().expect("inputs come first").view())
                        .collect();
                    self.network.apply(id, &inputs)
                }
                Step::Relu { first } => {
                    let mut value = values[inputs[0].index()].clone().expect("inputs come first");
                    let layer = *first..first + value.ncols();
                    for row in 0..rows.len() {
                        let values = stretch_mut(&mut value, row, 0..layer.len());
                        stretch_mut(&mut pre_activations, row, layer.clone()).copy_from_slice(values);
                        let met = stretch(&pass.met, row, layer.clone());
                        let variables = stretch(&rows.variables, row, layer.clone());
                        let derivatives = stretch_mut(&mut derivatives, row, layer.clone());
                        let splits = self.neurons.in_layer(&rows.splits[row], layer.clone());
                        self.neurons.apply(&self.lines, *first, met, variables, splits, values, derivatives);
                        stretch_mut(&mut neuron_values, row, layer.clone()).copy_from_slice(values);
                    }
                    value
                }
            };
            values[id.index()] = Some(value);
        }
        Forward { derivatives, pre_activations, values: neuron_values }
    }

    /// For one row of a pass, what multiplies each neuron's pre-activation behind it: the hint for a proof.
    pub(super) fn multipliers(&self, rows: &Rows, pass: &Pass, row: usize) -> Vec<f32> {
        let all = 0..self.neurons.count();
        let met = stretch(&pass.met, row, all.clone());
        let mut multipliers = met.to_vec();
        let variables = stretch(&rows.variables, row, all);
        self.neurons.substitute(&self.lines, 0, met, variables, &rows.splits[row], &mut multipliers);
        multipliers
    }
}

impl Rows {
    pub(super) fn len(&self) -> usize {
        self.constants.len()
    }

    /// Some of the rows.
    pub(super) fn select(&self, rows: &[usize]) -> Self {
        Self {
            functions: self.functions.select(Axis(0), rows),
            constants: rows.iter().map(|row| self.constants[*row]).collect(),
            splits: rows.iter().map(|row| self.splits[*row].clone()).collect(),
            variables: self.variables.select(Axis(0), rows),
        }
    }
}

/// A part of a row.
pub(super) fn stretch(values: &Array2<f32>, row: usize, columns: Range<usize>) -> &[f32] {
    let start = row * values.ncols();
    &values.as_slice().expect("computed in row-major order")[start + columns.start..start + columns.end]
}

/// [`stretch`], to be written to.
pub(super) fn stretch_mut(values: &mut Array2<f32>, row: usize, columns: Range<usize>) -> &mut [f32] {
    let start = row * values.ncols();
    &mut values.as_slice_mut().expect("computed in row-major order")
        [start + columns.start..start + columns.end]
}

fn pass_on(slot: &mut Option<Array2<f32>>, added: Array2<f32>) {
    *slot = Some(match slot.take() {
        None => added,
        Some(earlier) => earlier + added,
    });
}
