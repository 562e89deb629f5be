use super::error::unsigned_zero;
use super::{Column, ColumnId, ColumnKind, Model, ModelError, Row};

/// The value of a binary column at which a row must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ActiveAt {
    /// Where the column is 0.
    Zero,
    /// Where the column is 1.
    One,
}

/// A row that must hold only where a binary column has one of its two values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Indicator<'a> {
    /// An integer column with bounds within 0 and 1.
    pub binary: ColumnId,
    /// The value of the binary column at which the row must hold.
    pub active_at: ActiveAt,
    /// What must hold there.
    pub row: Row<'a>,
}

/// A special ordered set of type 1: at most one of its columns is not zero.
#[derive(Clone, Debug, PartialEq)]
pub struct Sos1 {
    /// A short name without spaces, unique among the sets of the model.
    pub name: String,
    /// At least two columns, each once, in the order in which a solver may split them.
    pub columns: Vec<ColumnId>,
}

impl ActiveAt {
    /// 0 or 1.
    pub fn value(self) -> f64 {
        match self {
            Self::Zero => 0.0,
            Self::One => 1.0,
        }
    }
}

/// Constraints that are not linear rows.
impl Model {
    /// Adds the constraint `lower <= sum of terms <= upper` for the points at which the binary column has the value
    /// named; repeated columns are summed, zero coefficients dropped.
    ///
    /// ```
    /// use solver_api::{ActiveAt, Column, Model, Tolerances, check_point};
    ///
    /// let mut model = Model::new("switch");
    /// let x = model.add_column(Column::continuous("x", -5.0, 5.0))?;
    /// let off = model.add_column(Column::binary("off"))?;
    /// model.add_indicator("zero", off, ActiveAt::One, 0.0, 0.0, [(x, 1.0)])?;
    /// let is_feasible = |point: [f64; 2]| check_point(&model, &point).is_feasible(&Tolerances::default());
    /// assert_eq!([[3.0, 0.0], [3.0, 1.0], [0.0, 1.0]].map(is_feasible), [true, false, true]);
    /// # Ok::<(), solver_api::ModelError>(())
    /// ```
    ///
    /// # Errors
    /// [`ModelError`] for what [`Model::add_row`] refuses, and for a column that is not binary.
    pub fn add_indicator(
        &mut self,
        name: impl Into<String>,
        binary: ColumnId,
        active_at: ActiveAt,
        lower: f64,
        upper: f64,
        terms: impl IntoIterator<Item = (ColumnId, f64)>,
    ) -> Result<(), ModelError> {
        let name = name.into();
        let place = || format!("indicator `{name}`");
        let terms = self.checked_row(&place, lower, upper, terms)?;
        self.check_column(&place, binary)?;
        let column = self.column(binary);
        check_binary(&place, column, column.lower, column.upper)?;
        self.indicator_rows.push(name, lower, upper, &terms);
        self.indicator_switches.push((binary, active_at));
        Ok(())
    }

    /// Adds a special ordered set of type 1: at most one of these columns is not zero, whatever its sign.
    ///
    /// # Errors
    /// [`ModelError`] for fewer than two columns, a column that stands there twice, or an unknown one.
    pub fn add_sos1(
        &mut self,
        name: impl Into<String>,
        columns: impl IntoIterator<Item = ColumnId>,
    ) -> Result<(), ModelError> {
        let set = Sos1 { name: name.into(), columns: columns.into_iter().collect() };
        let place = || format!("sos1 `{}`", set.name);
        set.columns.iter().try_for_each(|column| self.check_column(&place, *column))?;
        let mut sorted = set.columns.clone();
        sorted.sort_unstable();
        if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            let column = self.column(pair[0]).name.clone();
            return Err(ModelError::RepeatedColumn { place: place(), column });
        }
        if set.columns.len() < 2 {
            return Err(ModelError::SetTooSmall { place: place(), count: set.columns.len() });
        }
        self.sos1_sets.push(set);
        Ok(())
    }

    /// All indicators, in the order in which they were added.
    pub fn indicators(&self) -> impl ExactSizeIterator<Item = Indicator<'_>> {
        let switches = self.indicator_switches.iter().zip(self.indicator_rows.iter());
        switches.map(|((binary, active_at), row)| Indicator { binary: *binary, active_at: *active_at, row })
    }

    /// All special ordered sets of type 1, in the order in which they were added.
    pub fn sos1_sets(&self) -> &[Sos1] {
        &self.sos1_sets
    }

    /// Whether the feasible points are those of linear rows and bounds: without integer columns, hence without
    /// indicators, and without special ordered sets.
    pub fn is_linear_program(&self) -> bool {
        self.integer_count() == 0 && self.sos1_sets.is_empty()
    }

    /// Refuses bounds that would make an indicator's column other than binary.
    pub(super) fn check_switch(&self, id: ColumnId, lower: f64, upper: f64) -> Result<(), ModelError> {
        let column = self.column(id);
        if is_binary(column, lower, upper) {
            return Ok(());
        }
        match self.indicators().find(|indicator| indicator.binary == id) {
            Some(indicator) => {
                check_binary(&|| format!("indicator `{}`", indicator.row.name), column, lower, upper)
            }
            None => Ok(()),
        }
    }
}

fn is_binary(column: &Column, lower: f64, upper: f64) -> bool {
    column.kind == ColumnKind::Integer && lower >= 0.0 && upper <= 1.0
}

fn check_binary(
    place: &dyn Fn() -> String,
    column: &Column,
    lower: f64,
    upper: f64,
) -> Result<(), ModelError> {
    if is_binary(column, lower, upper) {
        return Ok(());
    }
    let (lower, upper) = (unsigned_zero(lower), unsigned_zero(upper));
    Err(ModelError::NotBinary {
        place: place(),
        column: column.name.clone(),
        kind: column.kind,
        lower,
        upper,
    })
}
