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
    /// The id of the row at a position.
    ///
    /// # Panics
    /// Where the position exceeds `u32::MAX`.
    pub fn from_index(index: usize) -> Self {
        Self(u32::try_from(index).expect("a model has at most u32::MAX rows"))
    }

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

    /// The bounds, for an integer column rounded to the outermost whole numbers that miss them by no more than the
    /// tolerance; the lower one is then above the upper one where there is no such number.
    ///
    /// Solvers should get these: HiGHS 1.14's presolve may fix an integer column at a fractional bound and call that
    /// optimal, and GLPK refuses fractional bounds.
    pub fn solver_bounds(&self, tolerance: f64) -> (f64, f64) {
        match self.kind {
            ColumnKind::Continuous => (self.lower, self.upper),
            ColumnKind::Integer => ((self.lower - tolerance).ceil() + 0.0, (self.upper + tolerance).floor()),
        }
    }
}
