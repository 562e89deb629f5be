mod error;
mod parts;
mod rows;
mod special;

use error::{check_finite, check_range, unsigned_zero};
use rows::SparseRows;

use crate::sum::compensated_dot;

pub use error::ModelError;
pub use parts::{Column, ColumnId, ColumnKind, Row, RowId};
pub use special::{ActiveAt, Indicator, Sos1};

/// A linear or mixed-integer program in row-wise sparse form; always minimised.
///
/// minimise `offset + objective · x` subject to `row.lower <= A x <= row.upper`, `column.lower <= x <= column.upper`,
/// and `x_j` whole for integer columns; beyond these, rows that hold where a binary column has one of its values, and
/// sets of columns of which at most one is not zero. Every number in a model was checked when it was added; a negative zero became 0,
/// since the two are equal and not every file tells them apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    name: String,
    offset: f64,
    columns: Vec<Column>,
    rows: SparseRows,
    indicator_rows: SparseRows,
    /// The binary column of each indicator, and where its row holds.
    indicator_switches: Vec<(ColumnId, ActiveAt)>,
    sos1_sets: Vec<Sos1>,
}

impl Model {
    /// A model without columns and rows.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            offset: 0.0,
            columns: Vec::new(),
            rows: SparseRows::new(),
            indicator_rows: SparseRows::new(),
            indicator_switches: Vec::new(),
            sos1_sets: Vec::new(),
        }
    }

    /// The model's name, as its files carry it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Adds a variable.
    ///
    /// # Errors
    /// [`ModelError`] for NaN, an infinite objective coefficient, or bounds that leave no value.
    pub fn add_column(&mut self, column: Column) -> Result<ColumnId, ModelError> {
        let place = || format!("column `{}`", column.name);
        check_range(&place, column.lower, column.upper)?;
        check_finite(&place, "objective coefficient", column.objective)?;
        self.columns.push(Column {
            lower: unsigned_zero(column.lower),
            upper: unsigned_zero(column.upper),
            objective: unsigned_zero(column.objective),
            ..column
        });
        Ok(ColumnId::from_index(self.columns.len() - 1))
    }

    /// Adds the constraint `lower <= sum of terms <= upper`; repeated columns are summed, zero coefficients dropped.
    ///
    /// # Errors
    /// [`ModelError`] for NaN, an infinite coefficient, bounds that leave no value, or an unknown column.
    pub fn add_row(
        &mut self,
        name: impl Into<String>,
        lower: f64,
        upper: f64,
        terms: impl IntoIterator<Item = (ColumnId, f64)>,
    ) -> Result<RowId, ModelError> {
        let name = name.into();
        let terms = self.checked_row(&|| format!("row `{name}`"), lower, upper, terms)?;
        self.rows.push(name, lower, upper, &terms);
        Ok(RowId::from_index(self.rows.len() - 1))
    }

    /// Replaces the objective by `offset + sum of terms`, which is minimised; columns that are not named get 0.
    ///
    /// # Errors
    /// [`ModelError`] for numbers that are not finite or an unknown column; the objective is then as before.
    pub fn set_objective(
        &mut self,
        offset: f64,
        terms: impl IntoIterator<Item = (ColumnId, f64)>,
    ) -> Result<(), ModelError> {
        let place = || "objective".to_owned();
        check_finite(&place, "the offset", offset)?;
        let terms = self.summed_terms(&place, terms)?;
        self.offset = unsigned_zero(offset);
        self.columns.iter_mut().for_each(|column| column.objective = 0.0);
        for (column, coefficient) in terms {
            self.columns[column.index()].objective = coefficient;
        }
        Ok(())
    }

    /// Replaces the bounds of a column.
    ///
    /// # Errors
    /// [`ModelError`] for NaN, bounds that leave no value, bounds outside of 0 and 1 for the binary column of an
    /// indicator, or an unknown column; the bounds are then as before.
    pub fn set_bounds(&mut self, column: ColumnId, lower: f64, upper: f64) -> Result<(), ModelError> {
        self.check_column(&|| "bounds".to_owned(), column)?;
        check_range(&|| format!("column `{}`", self.column(column).name), lower, upper)?;
        self.check_switch(column, lower, upper)?;
        let column = &mut self.columns[column.index()];
        (column.lower, column.upper) = (unsigned_zero(lower), unsigned_zero(upper));
        Ok(())
    }

    /// The linear relaxation: every column continuous, without indicators and special ordered sets.
    ///
    /// ```
    /// use solver_api::{Column, Model};
    ///
    /// let mut model = Model::new("knapsack");
    /// let item = model.add_column(Column::binary("item"))?;
    /// model.add_row("weight", f64::NEG_INFINITY, 1.0, [(item, 3.0)])?;
    /// let relaxation = model.relaxation();
    /// assert_eq!((model.integer_count(), relaxation.integer_count()), (1, 0));
    /// assert!(relaxation.rows().eq(model.rows()));
    /// # Ok::<(), solver_api::ModelError>(())
    /// ```
    #[must_use]
    pub fn relaxation(&self) -> Model {
        let mut relaxed = self.clone();
        relaxed.columns.iter_mut().for_each(|column| column.kind = ColumnKind::Continuous);
        relaxed.indicator_rows = SparseRows::new();
        relaxed.indicator_switches.clear();
        relaxed.sos1_sets.clear();
        relaxed
    }

    /// All columns, in the order in which they were added.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The column with an id of this model.
    pub fn column(&self, id: ColumnId) -> &Column {
        &self.columns[id.index()]
    }

    /// All rows, in the order in which they were added.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        self.rows.iter()
    }

    /// The row with an id of this model.
    pub fn row(&self, id: RowId) -> Row<'_> {
        self.rows.get(id.index())
    }

    /// The constant part of the objective.
    pub fn offset(&self) -> f64 {
        self.offset
    }

    /// How many columns there are.
    pub fn column_count(&self) -> usize {
        self.columns.len()
    }

    /// How many columns are integer.
    pub fn integer_count(&self) -> usize {
        self.columns.iter().filter(|column| column.kind == ColumnKind::Integer).count()
    }

    /// How many rows there are.
    pub fn row_count(&self) -> usize {
        self.rows.len()
    }

    /// How many nonzero coefficients the rows have.
    pub fn entry_count(&self) -> usize {
        self.rows.entry_count()
    }

    /// The objective's value at a point, offset included.
    ///
    /// # Panics
    /// Where the point has not one value a column.
    pub fn objective_value(&self, point: &[f64]) -> f64 {
        assert_eq!(point.len(), self.columns.len(), "a point has one value a column");
        let terms = self.columns.iter().zip(point).map(|(column, value)| (column.objective, *value));
        compensated_dot(self.offset, terms)
    }

    /// The terms of a row with these bounds, both checked; as [`Model::summed_terms`].
    pub(crate) fn checked_row(
        &self,
        place: &dyn Fn() -> String,
        lower: f64,
        upper: f64,
        terms: impl IntoIterator<Item = (ColumnId, f64)>,
    ) -> Result<Vec<(ColumnId, f64)>, ModelError> {
        check_range(place, lower, upper)?;
        self.summed_terms(place, terms)
    }

    /// Checked terms in ascending order, each column once, without zeros.
    pub(crate) fn summed_terms(
        &self,
        place: &dyn Fn() -> String,
        terms: impl IntoIterator<Item = (ColumnId, f64)>,
    ) -> Result<Vec<(ColumnId, f64)>, ModelError> {
        let mut sorted = Vec::new();
        for (column, coefficient) in terms {
            self.check_column(place, column)?;
            check_finite(place, "a coefficient", coefficient)?;
            sorted.push((column, coefficient));
        }
        sorted.sort_by_key(|(column, _)| *column);
        sorted.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            if same {
                kept.1 += later.1;
            }
            same
        });
        for (_, sum) in &sorted {
            check_finite(place, "the sum of a repeated column's coefficients", *sum)?;
        }
        sorted.retain(|(_, coefficient)| *coefficient != 0.0);
        Ok(sorted)
    }

    fn check_column(&self, place: &dyn Fn() -> String, column: ColumnId) -> Result<(), ModelError> {
        if column.index() < self.columns.len() {
            return Ok(());
        }
        Err(ModelError::UnknownColumn { place: place(), column: column.index(), count: self.columns.len() })
    }
}

impl Default for Model {
    /// A model without a name, columns and rows.
    fn default() -> Self {
        Self::new("")
    }
}
