//! Affine functions of columns.

use solver_api::ColumnId;

/// An affine function of a model's columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    /// The value where all columns are 0.
    pub constant: f64,
    /// Columns with their coefficients; they may repeat.
    pub terms: Vec<(ColumnId, f64)>,
}

impl Expression {
    /// A number.
    pub fn constant(constant: f64) -> Self {
        Self { constant, terms: Vec::new() }
    }

    /// The value of a column.
    pub fn column(column: ColumnId) -> Self {
        Self { constant: 0.0, terms: vec![(column, 1.0)] }
    }

    /// Adds a multiple of another function.
    pub fn add_scaled(&mut self, other: &Expression, factor: f64) {
        if factor == 0.0 {
            return;
        }
        self.constant += factor * other.constant;
        self.terms.extend(other.terms.iter().map(|(column, coefficient)| (*column, factor * coefficient)));
    }

    /// A multiple of this function.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        let mut result = Self::constant(0.0);
        result.add_scaled(self, factor);
        result
    }

    /// The same function with each column once, in the order of the model.
    #[must_use]
    pub fn merged(&self) -> Self {
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

    /// This function and a number.
    #[must_use]
    pub fn plus(mut self, constant: f64) -> Self {
        self.constant += constant;
        self
    }

    /// The value at a point, which has one value a column.
    ///
    /// # Panics
    /// Where the point has no value for a column.
    pub fn value(&self, solution: &[f64]) -> f64 {
        self.constant + self.terms.iter().map(|(column, c)| c * solution[column.index()]).sum::<f64>()
    }
}
