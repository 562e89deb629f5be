//! What all operators need to write themselves into a model.

use nn_core::{Network, NodeId};
use solver_api::{Column, ColumnId, Model, ModelError, RowId};

use super::completion::Quantity;
use super::expression::Expression;
use super::negligible::{Trimmed, trimmed};
use super::range::Range;
use super::sharp_cuts::SharpNeuron;
use super::{Definition, Encoding, Formulation};
use crate::bounds::{NetworkBounds, NodeBounds};
use crate::property::InputBox;

/// A model in the making: what is known of every node's value, as expressions of columns.
pub(super) struct Builder<'a> {
    pub(super) network: &'a Network<f64>,
    bounds: &'a NetworkBounds,
    pub(super) formulation: Formulation,
    pub(super) model: Model,
    /// The neurons of [`Formulation::Sharp`].
    pub(super) sharp_neurons: Vec<SharpNeuron>,
    inputs: Vec<ColumnId>,
    /// What each column of the model is.
    quantities: Vec<Quantity>,
    values: Vec<Vec<Expression>>,
    definitions: Vec<Definition>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(
        network: &'a Network<f64>,
        bounds: &'a NetworkBounds,
        formulation: Formulation,
    ) -> Self {
        let values = Vec::with_capacity(network.nodes().len());
        Self {
            network,
            bounds,
            formulation,
            model: Model::new("network"),
            sharp_neurons: Vec::new(),
            inputs: Vec::new(),
            quantities: Vec::new(),
            values,
            definitions: Vec::new(),
        }
    }

    pub(super) fn bounds(&self, id: NodeId) -> &'a NodeBounds {
        self.bounds.node(id)
    }

    /// The value of a node that was encoded before, element by element.
    pub(super) fn values(&self, id: NodeId) -> &[Expression] {
        &self.values[id.index()]
    }

    /// The node's first input.
    pub(super) fn input_of(&self, id: NodeId) -> NodeId {
        self.network.node(id).inputs()[0]
    }

    pub(super) fn set_values(&mut self, id: NodeId, values: Vec<Expression>) {
        debug_assert_eq!(id.index(), self.values.len(), "nodes are encoded in order");
        self.values.push(values);
    }

    /// One column an input element, bounded by the box.
    pub(super) fn input_columns(&mut self, input: &InputBox) -> Result<Vec<Expression>, ModelError> {
        let sides: Vec<(f64, f64)> =
            input.lower().iter().copied().zip(input.upper().iter().copied()).collect();
        self.add_input_columns(&sides)
    }

    pub(super) fn add_input_columns(&mut self, sides: &[(f64, f64)]) -> Result<Vec<Expression>, ModelError> {
        for (element, (lower, upper)) in sides.iter().enumerate() {
            let quantity = Quantity::Value(NodeId::INPUT, element);
            let column = self.continuous(format!("x{element}"), *lower, *upper, quantity)?;
            self.inputs.push(column);
        }
        Ok(self.inputs.iter().map(|column| Expression::column(*column)).collect())
    }

    /// A column that has this value in points of the network.
    pub(super) fn column(&mut self, column: Column, quantity: Quantity) -> Result<ColumnId, ModelError> {
        self.quantities.push(quantity);
        self.model.add_column(column)
    }

    /// A continuous column.
    pub(super) fn continuous(
        &mut self,
        name: String,
        lower: f64,
        upper: f64,
        quantity: Quantity,
    ) -> Result<ColumnId, ModelError> {
        self.column(Column::continuous(name, lower, upper), quantity)
    }

    /// The row `lower <= own + expression <= upper`; negligible terms of the expression are left out, but in the paper's
    /// formulation.
    pub(super) fn row(
        &mut self,
        name: String,
        lower: f64,
        own: &[(ColumnId, f64)],
        expression: &Expression,
        upper: f64,
    ) -> Result<RowId, ModelError> {
        let own = own.iter().copied();
        let (lower, upper) = (lower - expression.constant, upper - expression.constant);
        if self.formulation == Formulation::BigMPaper {
            let terms = own.chain(expression.terms.iter().copied());
            return self.model.add_row(name, lower, upper, terms);
        }
        let Trimmed { expression, dropped } = trimmed(&self.model, expression);
        let sides = Range { lower, upper }.plus(dropped.scaled(-1.0));
        self.model.add_row(name, sides.lower, sides.upper, own.chain(expression.terms))
    }

    /// A column `a` of this node and element that equals an expression of the value `quantity`.
    pub(super) fn column_equal_to(
        &mut self,
        (id, element): (NodeId, usize),
        quantity: Quantity,
        expression: &Expression,
        (lower, upper): (f64, f64),
    ) -> Result<ColumnId, ModelError> {
        let column = self.continuous(format!("a{}_{element}", id.index()), lower, upper, quantity)?;
        let name = format!("def_a{}_{element}", id.index());
        self.row(name, 0.0, &[(column, 1.0)], &expression.scaled(-1.0), 0.0)?;
        Ok(column)
    }

    /// Notes that the last row defines the pre-activation of a ReLU's element.
    pub(super) fn note_definition(&mut self, relu: NodeId, element: usize) {
        let row = RowId::from_index(self.model.row_count() - 1);
        self.definitions.push(Definition { relu, element, row });
    }

    /// Gives every element of a node's value that is a sum of more than `most_terms` columns a column of its own, so
    /// that sums do not multiply when the next layer uses them.
    pub(super) fn make_narrow(&mut self, id: NodeId, most_terms: usize) -> Result<(), ModelError> {
        for element in 0..self.values(id).len() {
            let expression = &self.values(id)[element];
            if expression.terms.len() <= most_terms {
                continue;
            }
            let expression = expression.clone();
            let range = match self.formulation {
                Formulation::BigMPaper => (f64::NEG_INFINITY, f64::INFINITY),
                _ => (self.bounds(id).lower()[element], self.bounds(id).upper()[element]),
            };
            let column =
                self.column_equal_to((id, element), Quantity::Value(id, element), &expression, range)?;
            self.values[id.index()][element] = Expression::column(column);
        }
        Ok(())
    }

    /// The finished encoding, with a node's elements as outputs.
    pub(super) fn finish(mut self, output: NodeId) -> Encoding {
        let outputs = std::mem::take(&mut self.values[output.index()]);
        let sides = self.bounds(NodeId::INPUT);
        let input_sides = sides.lower().iter().copied().zip(sides.upper().iter().copied()).collect();
        let Self { model, inputs, quantities, definitions, sharp_neurons, .. } = self;
        Encoding { model, inputs, input_sides, outputs, quantities, definitions, sharp_neurons }
    }
}
