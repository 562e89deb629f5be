//! The program in the making.

use milp_encode::Expression;
use ndarray::Array1;
use nn_core::{Network, NodeId, Trace};
use solver_api::{Column, ColumnId, Model, ModelError};

use super::ranges::Ranges;
use super::{ImportanceConfig, Phases};

/// Up to how many columns a value may have to enter a weighted sum as it is.
const NARROW: usize = 2;

/// What all operators need to write themselves into the model.
pub(super) struct Builder<'a> {
    pub(super) network: &'a Network<f64>,
    pub(super) config: ImportanceConfig,
    pub(super) model: Model,
    /// One an image.
    pub(super) ranges: &'a [Ranges],
    /// The network's values at all points, for what no score can change.
    pub(super) trace: &'a Trace<f64>,
    /// The image of every point.
    pub(super) images: &'a [usize],
    /// For each node, the values of its elements at each point; `None` where no score can change them.
    values: Vec<Option<Vec<Vec<Expression>>>>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(
        network: &'a Network<f64>,
        config: ImportanceConfig,
        ranges: &'a [Ranges],
        trace: &'a Trace<f64>,
        images: &'a [usize],
    ) -> Self {
        let values = Vec::with_capacity(network.nodes().len());
        Self { network, config, model: Model::new("importance"), ranges, trace, images, values }
    }

    pub(super) fn point_count(&self) -> usize {
        self.images.len()
    }

    /// Whether scores can change a node's value.
    pub(super) fn depends(&self, node: NodeId) -> bool {
        self.values[node.index()].is_some()
    }

    pub(super) fn push(&mut self, values: Option<Vec<Vec<Expression>>>) {
        self.values.push(values);
    }

    /// An element's value at a point.
    pub(super) fn value(&self, node: NodeId, point: usize, element: usize) -> Expression {
        match &self.values[node.index()] {
            Some(values) => values[point][element].clone(),
            None => Expression::constant(self.trace.value(node)[[point, element]]),
        }
    }

    /// The values of a node at a point.
    pub(super) fn values(&self, node: NodeId, point: usize) -> Vec<Expression> {
        (0..self.network.node(node).element_count()).map(|element| self.value(node, point, element)).collect()
    }

    /// Adds a multiple of an element's value to a sum.
    pub(super) fn add_scaled(
        &self,
        sum: &mut Expression,
        (node, element): (NodeId, usize),
        point: usize,
        factor: f64,
    ) {
        match &self.values[node.index()] {
            Some(values) => sum.add_scaled(&values[point][element], factor),
            None => sum.constant += factor * self.trace.value(node)[[point, element]],
        }
    }

    /// Gives every element of a node that is a sum of many columns one of its own, so that sums do not multiply.
    pub(super) fn make_narrow(&mut self, node: NodeId) -> Result<(), ModelError> {
        if !self.depends(node) {
            return Ok(());
        }
        for point in 0..self.point_count() {
            for element in 0..self.network.node(node).element_count() {
                let value = self.value(node, point, element);
                if value.terms.len() <= NARROW {
                    continue;
                }
                let range = self.ranges[self.images[point]].range(node, element);
                let column = self.equal_column('a', (node, element), point, &value, range)?;
                if let Some(values) = &mut self.values[node.index()] {
                    values[point][element] = Expression::column(column);
                }
            }
        }
        Ok(())
    }

    /// A continuous column within a range that equals an expression.
    pub(super) fn equal_column(
        &mut self,
        letter: char,
        place: (NodeId, usize),
        point: usize,
        value: &Expression,
        (lower, upper): (f64, f64),
    ) -> Result<ColumnId, ModelError> {
        let name = self.name(letter, place, point);
        let column = self.model.add_column(Column::continuous(name.clone(), lower, upper))?;
        let terms = value.scaled(-1.0).terms.into_iter().chain([(column, 1.0)]);
        self.model.add_row(format!("def_{name}"), value.constant, value.constant, terms)?;
        Ok(column)
    }

    /// Requires `lower <= expression <= upper`; of a single column it is a bound.
    pub(super) fn restrict(
        &mut self,
        name: String,
        (lower, upper): (f64, f64),
        expression: &Expression,
    ) -> Result<(), ModelError> {
        let merged = expression.merged();
        let (lower, upper) = (lower - merged.constant, upper - merged.constant);
        match merged.terms[..] {
            [] => Ok(()),
            [(column, factor)] => {
                let (mut least, mut greatest) = (lower / factor, upper / factor);
                if factor < 0.0 {
                    (least, greatest) = (greatest, least);
                }
                let known = self.model.column(column);
                // Rounding must not leave a column without a value: all scores 1 are a solution.
                let least = known.lower.max(least.min(known.upper));
                let greatest = known.upper.min(greatest.max(least));
                self.model.set_bounds(column, least, greatest)
            }
            _ if self.holds_anyway((lower, upper), &merged.terms) => Ok(()),
            _ => self.model.add_row(name, lower, upper, merged.terms).map(|_| ()),
        }
    }

    /// Whether the bounds of columns keep a sum within its sides.
    fn holds_anyway(&self, (lower, upper): (f64, f64), terms: &[(ColumnId, f64)]) -> bool {
        let (mut least, mut greatest) = (0.0, 0.0);
        for (column, factor) in terms {
            let column = self.model.column(*column);
            let (low, high) = (factor * column.lower, factor * column.upper);
            least += low.min(high);
            greatest += low.max(high);
        }
        lower <= least && greatest <= upper
    }

    /// A binary column, or a relaxed one.
    pub(super) fn choice(&mut self, name: String) -> Result<ColumnId, ModelError> {
        self.model.add_column(match self.config.phases {
            Phases::Binary => Column::binary(name),
            Phases::Relaxed => Column::continuous(name, 0.0, 1.0),
        })
    }

    /// The name of what belongs to an element at a point.
    pub(super) fn name(&self, letter: char, (node, element): (NodeId, usize), point: usize) -> String {
        format!("{letter}{point}_{}_{element}", node.index())
    }

    /// A column of its own for each output at each point, one row a point.
    pub(super) fn output_columns(&mut self) -> Result<Vec<Array1<ColumnId>>, ModelError> {
        let output = self.network.output();
        let mut columns = Vec::with_capacity(self.point_count());
        for point in 0..self.point_count() {
            let mut row = Vec::with_capacity(self.network.output_count());
            for element in 0..self.network.output_count() {
                let value = self.value(output, point, element);
                let range = self.ranges[self.images[point]].range(output, element);
                row.push(self.equal_column('o', (output, element), point, &value, range)?);
            }
            columns.push(Array1::from(row));
        }
        Ok(columns)
    }
}
