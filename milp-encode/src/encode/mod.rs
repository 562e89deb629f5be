//! Networks as mixed-integer programs.

mod affine;
mod alternatives;
mod builder;
mod choices;
mod completion;
mod distance;
mod expression;
mod formulation;
mod max_pool;
mod negligible;
mod range;
mod relu;
mod sharp_cuts;
mod strengthen;

use ndarray::Array1;
use nn_core::{Network, NodeId, Op};
use solver_api::{ColumnId, Cut, Model, ModelError, RowId};
use thiserror::Error;

use crate::bounds::{BoundsError, NetworkBounds, check_input};
use crate::property::{InputBox, LinearFunction, Norm};
use builder::Builder;
use completion::Quantity;
use relu::big_m_paper;
use sharp_cuts::SharpNeuron;

pub(crate) use choices::open_choices;
pub use expression::Expression;
pub use formulation::{Formulation, UnknownFormulation};
pub use sharp_cuts::SharpCuts;
pub use strengthen::{RootCuts, strengthen};

/// A big-M that solvers take for zero: HiGHS drops coefficients up to `small_matrix_value`, SCIP up to its epsilon, both
/// 1e-9 by default.
const NEGLIGIBLE: f64 = 1e-9;

/// A network over an input box as a model without an objective.
///
/// Feasible points are exactly the pairs of an input of the box and what the network computes from it. Names tell
/// columns apart: `x` and the input element; else a letter, the node's position and the element: `h` and `p` the positive
/// and the negative half of a ReLU's input, `v` its binary, `z` its value (in the paper's formulation), `r` and `q` the
/// shares of a part of its terms while it is active and while it is not, `m` a maximum and `d` the choice of its input,
/// `a` any other value that has a column of its own.
#[derive(Clone, Debug)]
pub struct Encoding {
    model: Model,
    inputs: Vec<ColumnId>,
    input_sides: Vec<(f64, f64)>,
    outputs: Vec<Expression>,
    /// What each of the network's columns is; later ones have no entry.
    quantities: Vec<Quantity>,
    definitions: Vec<Definition>,
    sharp_neurons: Vec<SharpNeuron>,
}

/// A row `columns of a (leaky) ReLU's pre-activation - their sum over earlier columns = constant`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Definition {
    pub(crate) relu: NodeId,
    pub(crate) element: usize,
    pub(crate) row: RowId,
}

/// Why a network has no encoding.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum EncodeError {
    /// The operator is not piecewise linear.
    #[error("node `{node}` ({op}) is not piecewise linear and has no mixed-integer encoding")]
    NotPiecewiseLinear {
        /// The node's name.
        node: String,
        /// The operator's name.
        op: &'static str,
    },
    /// The box does not fit the network.
    #[error(transparent)]
    Input(#[from] BoundsError),
    /// The bounds were computed for another network or another box.
    #[error("the bounds do not belong to this network over this box; compute them for both")]
    ForeignBounds,
    /// The norm is not piecewise linear.
    #[error("the {} distance is not piecewise linear and has no mixed-integer encoding; take linf or l1", .0.name())]
    Distance(Norm),
    /// Bounds or coefficients that no model takes.
    #[error(transparent)]
    Model(#[from] ModelError),
}

/// Encodes a network over an input box.
///
/// `bounds` must hold over that box, or over one around it: they become the big-Ms and the column bounds.
///
/// # Errors
/// [`EncodeError`] for an operator that is not piecewise linear, and for a box or bounds that do not fit the network.
pub fn encode(
    network: &Network<f64>,
    input: &InputBox,
    bounds: &NetworkBounds,
    formulation: Formulation,
) -> Result<Encoding, EncodeError> {
    let mut builder = encode_ancestors(network, input, bounds, formulation, network.output())?;
    builder.make_narrow(network.output(), 2)?;
    Ok(builder.finish(network.output()))
}

/// Encodes what one node's value depends on; the node's elements take the place of the outputs.
///
/// `bounds` need reach no further than to the node. Elements that are sums of many columns get no column of their own:
/// they are as wide as objectives need them.
///
/// # Errors
/// As [`encode`].
pub fn encode_node(
    network: &Network<f64>,
    input: &InputBox,
    bounds: &NetworkBounds,
    formulation: Formulation,
    node: NodeId,
) -> Result<Encoding, EncodeError> {
    Ok(encode_ancestors(network, input, bounds, formulation, node)?.finish(node))
}

/// The nodes that `last` depends on, and `last` itself.
fn encode_ancestors<'a>(
    network: &'a Network<f64>,
    input: &InputBox,
    bounds: &'a NetworkBounds,
    formulation: Formulation,
    last: NodeId,
) -> Result<Builder<'a>, EncodeError> {
    check_input(network, input)?;
    if !bounds.hold_for(network, input, last) {
        return Err(EncodeError::ForeignBounds);
    }
    let needed = network.ancestors(last);
    let mut builder = Builder::new(network, bounds, formulation);
    for id in network.node_ids().take(last.index() + 1) {
        let node = network.node(id);
        if !needed[id.index()] {
            builder.set_values(id, Vec::new());
            continue;
        }
        let values = match (node.op(), formulation) {
            (Op::Input, Formulation::BigMPaper) => big_m_paper::input_rows(&mut builder, input)?,
            (Op::Input, _) => builder.input_columns(input)?,
            (Op::Relu, Formulation::BigMPaper) => big_m_paper::relu_rows(&mut builder, id, 0.0)?,
            (Op::Relu, _) => relu::relu(&mut builder, id, 0.0)?,
            (Op::LeakyRelu { slope }, Formulation::BigMPaper) => {
                big_m_paper::relu_rows(&mut builder, id, *slope)?
            }
            (Op::LeakyRelu { slope }, _) => relu::relu(&mut builder, id, *slope)?,
            (Op::MaxPool(pool), _) => max_pool::max_pool(&mut builder, id, pool)?,
            (Op::Sigmoid | Op::Tanh, _) => {
                let (node, op) = (node.name().to_owned(), node.op().name());
                return Err(EncodeError::NotPiecewiseLinear { node, op });
            }
            (
                Op::Affine(_)
                | Op::Conv2d(_)
                | Op::AveragePool(_)
                | Op::Constant { .. }
                | Op::Reshape
                | Op::Rearrange(_)
                | Op::Concat { .. }
                | Op::Add,
                _,
            ) => affine::affine(&mut builder, id)?,
        };
        builder.set_values(id, values);
    }
    Ok(builder)
}

impl Encoding {
    /// The model; its objective is zero until [`Encoding::set_objective`].
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The inequalities that make [`Formulation::Sharp`] sharp; none in other formulations.
    pub fn sharp_cuts(&self) -> SharpCuts {
        SharpCuts::new(&self.model, &self.sharp_neurons)
    }

    /// Adds inequalities to the model's rows.
    ///
    /// # Errors
    /// [`ModelError`] for numbers or columns that the model rejects.
    pub fn add_cuts(&mut self, cuts: &[Cut]) -> Result<(), ModelError> {
        for cut in cuts {
            let name = format!("cut{}", self.model.row_count());
            self.model.add_row(name, cut.lower, cut.upper, cut.terms.iter().copied())?;
        }
        Ok(())
    }

    /// Makes a function of the outputs the model's objective, which is minimised.
    ///
    /// # Errors
    /// [`ModelError`] where the function holds numbers that are not finite.
    pub fn set_objective(&mut self, function: &LinearFunction) -> Result<(), ModelError> {
        let (offset, terms) = self.objective(function);
        self.model.set_objective(offset, terms)
    }

    /// A function of the outputs as an objective: constant and coefficients of columns, which may repeat.
    ///
    /// # Panics
    /// Where the function has not one coefficient an output.
    pub fn objective(&self, function: &LinearFunction) -> (f64, Vec<(ColumnId, f64)>) {
        assert_eq!(function.coefficients.len(), self.outputs.len(), "one coefficient an output");
        let mut sum = Expression::constant(function.constant);
        for (output, coefficient) in self.outputs.iter().zip(&function.coefficients) {
            sum.add_scaled(output, *coefficient);
        }
        (sum.constant, sum.terms)
    }

    /// Requires a function of the outputs to be at most 0 in every solution.
    ///
    /// # Errors
    /// [`ModelError`] where the function holds numbers that are not finite.
    pub fn require(&mut self, name: &str, function: &LinearFunction) -> Result<(), ModelError> {
        let (offset, terms) = self.objective(function);
        self.model.add_row(name, f64::NEG_INFINITY, -offset, terms).map(|_| ())
    }

    /// The rows that define pre-activations; not every formulation has one for each neuron.
    pub(crate) fn definitions(&self) -> &[Definition] {
        &self.definitions
    }

    /// The input that a solution of the model stands for.
    ///
    /// # Panics
    /// Where the solution has not one value a column.
    pub fn decode_input(&self, solution: &[f64]) -> Array1<f64> {
        assert_eq!(solution.len(), self.model.column_count(), "a solution has one value a column");
        self.inputs.iter().map(|column| solution[column.index()]).collect()
    }

    /// The outputs that a solution of the model claims.
    ///
    /// # Panics
    /// Where the solution has not one value a column.
    pub fn decode_output(&self, solution: &[f64]) -> Array1<f64> {
        assert_eq!(solution.len(), self.model.column_count(), "a solution has one value a column");
        self.outputs.iter().map(|output| output.value(solution)).collect()
    }
}
