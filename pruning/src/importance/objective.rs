//! What is minimised: `lambda` times the mean loss, the sparsity term, and the tie-break.

use ndarray::{Array1, ArrayView1};
use solver_api::{Column, ColumnId, Model, ModelError};

use super::{ImportanceConfig, ImportanceMode};
use crate::HiddenLayer;
use crate::cross_entropy::log_sum_exp;

/// The loss of one image: a column at least as great as the cross-entropy of each of its points.
#[derive(Clone, Debug)]
pub(super) struct ImageLoss {
    pub(super) column: ColumnId,
    pub(super) label: usize,
    /// The columns of the outputs at every point.
    pub(super) outputs: Vec<Array1<ColumnId>>,
}

/// A layer in the sparsity term.
#[derive(Clone, Debug)]
pub(super) struct SparsityLayer {
    pub(super) columns: Vec<ColumnId>,
    /// What its sum is divided by.
    pub(super) divisor: f64,
}

/// The greatest sum of all layers but one, of `sum_j (s_j - 2) / divisor`; for one layer that layer's.
#[derive(Clone, Debug)]
pub(super) struct Sparsity {
    pub(super) layers: Vec<SparsityLayer>,
}

impl Sparsity {
    pub(super) fn new(
        mode: ImportanceMode,
        layers: &[(HiddenLayer, Vec<ColumnId>)],
        kernel_size: impl Fn(&HiddenLayer) -> usize,
    ) -> Self {
        let all: usize = layers.iter().map(|(layer, _)| layer.units).sum();
        let divisor = |layer: &HiddenLayer| match mode {
            ImportanceMode::V1 => all,
            ImportanceMode::Head => layer.units * kernel_size(layer),
            ImportanceMode::Sound => layer.units,
        };
        let layer = |(layer, columns): &(HiddenLayer, Vec<ColumnId>)| SparsityLayer {
            columns: columns.clone(),
            divisor: divisor(layer) as f64,
        };
        Self { layers: layers.iter().map(layer).collect() }
    }

    /// The term at a point of the model.
    pub(super) fn value(&self, point: &[f64]) -> f64 {
        let sum = |layer: &SparsityLayer| {
            layer.columns.iter().map(|column| point[column.index()] - 2.0).sum::<f64>() / layer.divisor
        };
        let sums: Vec<f64> = self.layers.iter().map(sum).collect();
        let least = sums.iter().copied().fold(f64::INFINITY, f64::min);
        let all: f64 = sums.iter().sum();
        if sums.len() == 1 { all } else { all - least }
    }

    /// The column of the term and its rows, one for each layer that is left out: under minimisation the column is the
    /// greatest of their sums.
    pub(super) fn add_to(&self, model: &mut Model) -> Result<ColumnId, ModelError> {
        let sides = self.layers.iter().map(|layer| 2.0 * layer.columns.len() as f64 / layer.divisor);
        let least = -sides.sum::<f64>();
        let sparsity = model.add_column(Column::continuous("sparsity", least, 0.0))?;
        for left_out in 0..self.layers.len() {
            let takes_part = |(index, layer)| (self.layers.len() == 1 || index != left_out).then_some(layer);
            let layers: Vec<&SparsityLayer> = self.layers.iter().enumerate().filter_map(takes_part).collect();
            let constant: f64 =
                layers.iter().map(|layer| -2.0 * layer.columns.len() as f64 / layer.divisor).sum();
            let terms = layers
                .iter()
                .flat_map(|layer| layer.columns.iter().map(|column| (*column, -1.0 / layer.divisor)));
            let name = format!("sparsity{left_out}");
            model.add_row(name, constant, f64::INFINITY, terms.chain([(sparsity, 1.0)]))?;
        }
        Ok(sparsity)
    }
}

/// The tie-break's cost of a unit: between one and two times the configured one, far apart for neighbours.
pub(super) fn tie_break_cost(config: &ImportanceConfig, unit: usize) -> f64 {
    const GOLDEN: f64 = 0.618_033_988_749_894_8;
    config.tie_break * (1.0 + (GOLDEN * unit as f64).fract())
}

impl ImageLoss {
    /// The cross-entropy of the image's worst point, at a point of the model.
    pub(super) fn value(&self, point: &[f64]) -> f64 {
        let losses = self.outputs.iter().map(|outputs| self.loss(logits(outputs, point).view()));
        losses.fold(f64::NEG_INFINITY, f64::max)
    }

    pub(super) fn loss(&self, logits: ArrayView1<'_, f64>) -> f64 {
        log_sum_exp(logits).0 - logits[self.label]
    }

    /// The inequality that touches the loss of one of the image's points at these logits, as a row
    /// `lower <= sum of terms`: with `S` the logarithm of the sum of exponentials and `g` its gradient,
    /// `t >= S(a) + g(a) (o - a) - o_label`.
    pub(super) fn cut(&self, position: usize, logits: ArrayView1<'_, f64>) -> (f64, Vec<(ColumnId, f64)>) {
        let (value, gradient) = log_sum_exp(logits);
        let lower = value - gradient.dot(&logits);
        let outputs = &self.outputs[position];
        let mut terms: Vec<(ColumnId, f64)> =
            outputs.iter().zip(&gradient).map(|(column, slope)| (*column, -slope)).collect();
        terms[self.label].1 += 1.0;
        terms.push((self.column, 1.0));
        (lower, terms)
    }

    /// Adds the cuts that are there from the start: those of equal logits, of the network's own ones, and `t >= o_c - o_label`.
    pub(super) fn add_first_cuts(
        &self,
        model: &mut Model,
        image: usize,
        own: &[Array1<f64>],
    ) -> Result<(), ModelError> {
        for (position, own) in own.iter().enumerate() {
            let outputs = &self.outputs[position];
            for (name, logits) in [("own", own), ("even", &Array1::zeros(own.len()))] {
                let (lower, terms) = self.cut(position, logits.view());
                model.add_row(format!("{name}{image}_{position}"), lower, f64::INFINITY, terms)?;
            }
            for (class, column) in outputs.iter().enumerate().filter(|(class, _)| *class != self.label) {
                let terms = [(self.column, 1.0), (*column, -1.0), (outputs[self.label], 1.0)];
                model.add_row(format!("max{image}_{position}_{class}"), 0.0, f64::INFINITY, terms)?;
            }
        }
        Ok(())
    }
}

/// The logits that a point of the model claims.
pub(super) fn logits(outputs: &Array1<ColumnId>, point: &[f64]) -> Array1<f64> {
    outputs.mapv(|column| point[column.index()])
}
