use thiserror::Error;

use crate::sum::compensated_dot;

/// The position of a column in its model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ColumnId(u32);

/// The position of a row in its model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowId(u32);

/// Which values a column may take between its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ColumnKind {
    /// Every real number.
    Continuous,
    /// Whole numbers; a binary column is an integer one with bounds 0 and 1.
    Integer,
}

/// A variable: `lower <= x <= upper`, with its coefficient in the objective.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// A short name without spaces, unique in the model.
    pub name: String,
    /// The least value; may be `-inf`.
    pub lower: f64,
    /// The greatest value; may be `inf`.
    pub upper: f64,
    /// The coefficient in the objective, which is minimised.
    pub objective: f64,
    /// Continuous or integer.
    pub kind: ColumnKind,
}

/// A constraint as it is read back from a model: `lower <= sum of coefficient * column <= upper`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row<'a> {
    /// A short name without spaces, unique in the model.
    pub name: &'a str,
    /// The least value of the sum; may be `-inf`.
    pub lower: f64,
    /// The greatest value of the sum; may be `inf`.
    pub upper: f64,
    /// The columns of the nonzero coefficients, in ascending order, each once.
    pub columns: &'a [ColumnId],
    /// The coefficients, one for each of `columns`.
    pub coefficients: &'a [f64],
}

/// A linear or mixed-integer program in row-wise sparse form; always minimised.
///
/// minimise `offset + objective · x` subject to `row.lower <= A x <= row.upper`, `column.lower <= x <= column.upper`,
/// and `x_j` whole for integer columns. Every number in a model was checked when it was added.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    name: String,
    offset: f64,
    columns: Vec<Column>,
    row_names: Vec<String>,
    row_lower: Vec<f64>,
    row_upper: Vec<f64>,
    /// `row_starts[i]..row_starts[i + 1]` are the entries of row `i`.
    row_starts: Vec<usize>,
    entry_columns: Vec<ColumnId>,
    entry_values: Vec<f64>,
}

/// Why a model was not accepted.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ModelError {
    /// A coefficient, bound or offset is NaN, or infinite where it must be finite.
    #[error("{place}: {what} is {value}")]
    NotANumber {
        /// The column or row, by kind and name.
        place: String,
        /// Which number.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// A lower bound lies above the upper bound, or a bound leaves no value at all.
    #[error("{place}: no value lies between lower bound {lower} and upper bound {upper}")]
    EmptyRange {
        /// The column or row, by kind and name.
        place: String,
        /// The lower bound.
        lower: f64,
        /// The upper bound.
        upper: f64,
    },
    /// A row, objective or start refers to a column that the model does not have.
    #[error("{place}: column {column} does not exist; the model has {count}")]
    UnknownColumn {
        /// Where it was referred to.
        place: String,
        /// The position asked for.
        column: usize,
        /// How many columns there are.
        count: usize,
    },
}

impl ColumnId {
    /// The id of the column at a position; a model rejects one that it does not have.
    ///
    /// # Panics
    /// Where the position exceeds `u32::MAX`.
    pub fn from_index(index: usize) -> Self {
        Self(u32::try_from(index).expect("a model has at most u32::MAX columns"))
    }

    /// The position in the model's columns.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl RowId {
    /// The position in the model's rows.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl Column {
    /// A continuous column that does not appear in the objective.
    pub fn continuous(name: impl Into<String>, lower: f64, upper: f64) -> Self {
        Self { name: name.into(), lower, upper, objective: 0.0, kind: ColumnKind::Continuous }
    }

    /// A column that is 0 or 1 and does not appear in the objective.
    pub fn binary(name: impl Into<String>) -> Self {
        Self { name: name.into(), lower: 0.0, upper: 1.0, objective: 0.0, kind: ColumnKind::Integer }
    }
}

impl Model {
    /// A model without columns and rows.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), row_starts: vec![0], ..Self::default() }
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
        self.columns.push(column);
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
        let place = || format!("row `{name}`");
        check_range(&place, lower, upper)?;
        let mut sorted: Vec<(ColumnId, f64)> = Vec::new();
        for (column, coefficient) in terms {
            self.check_column(&place, column)?;
            check_finite(&place, "a coefficient", coefficient)?;
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
        sorted.retain(|(_, coefficient)| *coefficient != 0.0);
        if let Some((_, sum)) = sorted.iter().find(|(_, coefficient)| !coefficient.is_finite()) {
            check_finite(&place, "the sum of a repeated column's coefficients", *sum)?;
        }
        self.entry_columns.extend(sorted.iter().map(|(column, _)| *column));
        self.entry_values.extend(sorted.iter().map(|(_, coefficient)| *coefficient));
        self.row_starts.push(self.entry_columns.len());
        self.row_names.push(name);
        self.row_lower.push(lower);
        self.row_upper.push(upper);
        Ok(RowId(u32::try_from(self.row_names.len() - 1).expect("a model has at most u32::MAX rows")))
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
        let mut objective = vec![0.0; self.columns.len()];
        for (column, coefficient) in terms {
            self.check_column(&place, column)?;
            objective[column.index()] += coefficient;
            check_finite(&place, "a coefficient", objective[column.index()])?;
        }
        self.offset = offset;
        self.columns
            .iter_mut()
            .zip(objective)
            .for_each(|(column, coefficient)| column.objective = coefficient);
        Ok(())
    }

    /// Replaces the bounds of a column.
    ///
    /// # Errors
    /// [`ModelError`] for NaN, bounds that leave no value, or an unknown column; the bounds are then as before.
    pub fn set_bounds(&mut self, column: ColumnId, lower: f64, upper: f64) -> Result<(), ModelError> {
        self.check_column(&|| "bounds".to_owned(), column)?;
        let column = &mut self.columns[column.index()];
        check_range(&|| format!("column `{}`", column.name), lower, upper)?;
        (column.lower, column.upper) = (lower, upper);
        Ok(())
    }

    /// The linear relaxation: the same model with every column continuous.
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
        (0..self.row_count()).map(|index| self.row_at(index))
    }

    /// The row with an id of this model.
    pub fn row(&self, id: RowId) -> Row<'_> {
        self.row_at(id.index())
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
        self.row_names.len()
    }

    /// How many nonzero coefficients the rows have.
    pub fn entry_count(&self) -> usize {
        self.entry_values.len()
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

    fn row_at(&self, index: usize) -> Row<'_> {
        let entries = self.row_starts[index]..self.row_starts[index + 1];
        Row {
            name: &self.row_names[index],
            lower: self.row_lower[index],
            upper: self.row_upper[index],
            columns: &self.entry_columns[entries.clone()],
            coefficients: &self.entry_values[entries],
        }
    }

    fn check_column(&self, place: &dyn Fn() -> String, column: ColumnId) -> Result<(), ModelError> {
        if column.index() < self.columns.len() {
            return Ok(());
        }
        Err(ModelError::UnknownColumn { place: place(), column: column.index(), count: self.columns.len() })
    }
}

fn check_finite(place: &dyn Fn() -> String, what: &'static str, value: f64) -> Result<(), ModelError> {
    if value.is_finite() { Ok(()) } else { Err(ModelError::NotANumber { place: place(), what, value }) }
}

fn check_range(place: &dyn Fn() -> String, lower: f64, upper: f64) -> Result<(), ModelError> {
    for (what, value) in [("lower bound", lower), ("upper bound", upper)] {
        if value.is_nan() {
            return Err(ModelError::NotANumber { place: place(), what, value });
        }
    }
    if lower > upper || lower == f64::INFINITY || upper == f64::NEG_INFINITY {
        return Err(ModelError::EmptyRange { place: place(), lower, upper });
    }
    Ok(())
}
