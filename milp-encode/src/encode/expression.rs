//! Affine functions of columns.

use solver_api::ColumnId;

/// An affine function of a model's columns.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Expression {
    pub(super) constant: f64,
    /// Columns may repeat.
    pub(super) terms: Vec<(ColumnId, f64)>,
}

impl Expression {
    pub(super) fn constant(constant: f64) -> Self {
        Self { constant, terms: Vec::new() }
    }

    pub(super) fn column(column: ColumnId) -> Self {
        Self { constant: 0.0, terms: vec![(column, 1.0)] }
    }

    pub(super) fn add_scaled(&mut self, other: &Expression, factor: f64) {
        if factor == 0.0 {
            return;
        }
        self.constant += factor * other.constant;
        self.terms.extend(other.terms.iter().map(|(column, coefficient)| (*column, factor * coefficient)));
    }

    pub(super) fn scaled(&self, factor: f64) -> Self {
        let mut result = Self::constant(0.0);
        result.add_scaled(self, factor);
        result
    }

    /// The same function with each column once, in the order of the model.
    pub(super) fn merged(&self) -> Self {
        let mut terms = self.terms.clone();
        terms.sort_by_key(|(column, _)| *column);
        terms.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            if same {
                kept.1 += later.1;
            }
            same
        });
        Self { constant: self.constant, terms }
    }

    pub(super) fn plus(mut self, constant: f64) -> Self {
        self.constant += constant;
        self
    }

    pub(super) fn value(&self, solution: &[f64]) -> f64 {
        self.constant + self.terms.iter().map(|(column, c)| c * solution[column.index()]).sum::<f64>()
    }
}
