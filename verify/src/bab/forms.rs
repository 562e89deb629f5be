//! Nodes' values as affine functions of the input and of the neurons that are to be decided.

use milp_encode::bounds::{NetworkBounds, Phase};
use ndarray::{Array1, Array2, Axis, s};
use nn_core::{Network, NodeId, Op};

use crate::neurons::{Neuron, negative_slope};

/// `inputs · x + sum of coefficient · variable + constant`.
#[derive(Clone, Debug)]
pub(super) struct Form {
    /// One coefficient an element of the network's input.
    pub(super) inputs: Array1<f64>,
    /// Coefficients of variables: `2 k` is the positive half `h` of neuron `k`'s pre-activation, `2 k + 1` the negative
    /// one, `p`, so that the pre-activation is `h - p` and the neuron's value `h - slope p`.
    pub(super) variables: Vec<(usize, f64)>,
    pub(super) constant: f64,
}

/// The pre-activations of neurons of unknown sign, in their order, and the network's outputs.
///
/// Neurons of known sign are substituted; all else that is affine is, too.
#[derive(Clone, Debug)]
pub(super) struct Forms {
    pub(super) pre_activations: Vec<Form>,
    pub(super) outputs: Vec<Form>,
}

/// Forms of all elements of a node.
#[derive(Clone, Debug)]
struct NodeForms {
    /// (inputs and then variables, elements).
    coefficients: Array2<f64>,
    /// One an element.
    constants: Array1<f64>,
}

/// Forms of a network all of whose operators are affine or (leaky) ReLUs.
pub(super) fn forms(network: &Network<f64>, bounds: &NetworkBounds, neurons: &[Neuron]) -> Forms {
    let mut last_use = vec![NodeId::INPUT; network.nodes().len()];
    for id in network.node_ids() {
        network.node(id).inputs().iter().for_each(|input| last_use[input.index()] = id);
    }
    let rows = network.input_count() + 2 * neurons.len();
    let mut known: Vec<Option<NodeForms>> = vec![None; network.nodes().len()];
    let mut pre_activations = Vec::with_capacity(neurons.len());
    for id in network.node_ids().skip(1) {
        let node = network.node(id);
        let value = match (negative_slope(node.op()), node.op(), node.inputs()) {
            (Some(slope), _, [input]) => {
                let own = &neurons[pre_activations.len()..];
                let own = &own[..own.iter().take_while(|neuron| neuron.node == id).count()];
                let identity;
                let of_input = match &known[input.index()] {
                    Some(of_input) => of_input,
                    None => {
                        identity = input_forms(network, rows);
                        &identity
                    }
                };
                pre_activations.extend(own.iter().map(|neuron| of_input.element(network, neuron.element)));
                let first_variable = network.input_count() + 2 * (pre_activations.len() - own.len());
                of_input.rectified(&|element| bounds.node(*input).phase(element), slope, own, first_variable)
            }
            (_, Op::Affine(affine), [NodeId::INPUT]) => {
                let mut coefficients = Array2::zeros((rows, affine.weight.nrows()));
                coefficients.slice_mut(s![..network.input_count(), ..]).assign(&affine.weight.t());
                NodeForms { coefficients, constants: affine.bias.clone() }
            }
            (_, _, inputs) => {
                let identity;
                let input_node = if inputs.contains(&NodeId::INPUT) {
                    identity = input_forms(network, rows);
                    Some(&identity)
                } else {
                    None
                };
                let of_inputs: Vec<&NodeForms> = inputs
                    .iter()
                    .map(|input| known[input.index()].as_ref().or(input_node).expect("computed before"))
                    .collect();
                let coefficients: Vec<_> = of_inputs.iter().map(|forms| forms.coefficients.view()).collect();
                let constants: Vec<_> =
                    of_inputs.iter().map(|forms| forms.constants.view().insert_axis(Axis(0))).collect();
                NodeForms {
                    coefficients: network.apply_linear(id, &coefficients),
                    constants: network.apply(id, &constants).remove_axis(Axis(0)),
                }
            }
        };
        known[id.index()] = Some(value);
        for input in node.inputs() {
            if last_use[input.index()] == id && *input != network.output() {
                known[input.index()] = None;
            }
        }
    }
    let output = known[network.output().index()].take().unwrap_or_else(|| input_forms(network, rows));
    let outputs = (0..network.output_count()).map(|element| output.element(network, element)).collect();
    Forms { pre_activations, outputs }
}

fn input_forms(network: &Network<f64>, rows: usize) -> NodeForms {
    let inputs = network.input_count();
    let mut coefficients = Array2::zeros((rows, inputs));
    coefficients.slice_mut(s![..inputs, ..]).diag_mut().fill(1.0);
    NodeForms { coefficients, constants: Array1::zeros(inputs) }
}

impl NodeForms {
    fn element(&self, network: &Network<f64>, element: usize) -> Form {
        let column = self.coefficients.column(element);
        let (inputs, variables) = column.split_at(Axis(0), network.input_count());
        let variables = variables.iter().copied().enumerate().filter(|(_, coefficient)| *coefficient != 0.0);
        Form { inputs: inputs.to_owned(), variables: variables.collect(), constant: self.constants[element] }
    }

    /// The values behind ReLUs: of open neurons their variables, which begin at row `first_variable`.
    fn rectified(
        &self,
        phase: &dyn Fn(usize) -> Phase,
        slope: f64,
        open: &[Neuron],
        first_variable: usize,
    ) -> Self {
        let factors: Array1<f64> = (0..self.constants.len())
            .map(|element| match phase(element) {
                Phase::Active => 1.0,
                Phase::Inactive => slope,
                Phase::Unstable => 0.0,
            })
            .collect();
        let mut coefficients = &self.coefficients * &factors;
        for (position, neuron) in open.iter().enumerate() {
            coefficients[[first_variable + 2 * position, neuron.element]] = 1.0;
            coefficients[[first_variable + 2 * position + 1, neuron.element]] = -slope;
        }
        Self { coefficients, constants: &self.constants * &factors }
    }
}
