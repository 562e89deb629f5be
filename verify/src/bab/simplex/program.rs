//! Linear programs over a box: every column and every row has two finite bounds.

/// `minimise c · x  over  lower <= x <= upper,  row_lower <= A x <= row_upper`, everything finite; the objective is the
/// simplex's.
///
/// The first columns are *wide*: many, and in the rows that have them at all usually with a coefficient each, as the
/// inputs of a network are. All others are *narrow*: few, and mostly zero. Behind them each row has a column of its own,
/// the *logical* one, whose value is the row's: `A x - s = 0`.
#[derive(Clone, Debug)]
pub(crate) struct BoxedProgram {
    wide: usize,
    /// Which rows have coefficients of wide columns.
    pub(super) dense_rows: Vec<usize>,
    /// Their coefficients, (dense rows, wide columns).
    pub(super) dense: Vec<f64>,
    /// The same, (wide columns, dense rows).
    pub(super) dense_columns: Vec<f64>,
    /// Of each narrow column the rows with their coefficients.
    narrow: Vec<Vec<(usize, f64)>>,
    column_bounds: Vec<[f64; 2]>,
    row_bounds: Vec<[f64; 2]>,
}

impl BoxedProgram {
    /// A program without rows over columns within these bounds.
    pub(crate) fn new(wide: &[[f64; 2]], narrow: &[[f64; 2]]) -> Self {
        Self {
            wide: wide.len(),
            dense_rows: Vec::new(),
            dense: Vec::new(),
            dense_columns: Vec::new(),
            narrow: vec![Vec::new(); narrow.len()],
            column_bounds: [wide, narrow].concat(),
            row_bounds: Vec::new(),
        }
    }

    /// Adds rows; each with its bounds, its coefficients of all wide columns (or of none), and terms of other columns,
    /// which count on behind the wide ones.
    pub(crate) fn add_rows<'r>(&mut self, rows: impl IntoIterator<Item = Row<'r>>) {
        for Row { bounds, wide, narrow } in rows {
            let row = self.row_bounds.len();
            self.row_bounds.push(bounds);
            if !wide.is_empty() {
                assert_eq!(wide.len(), self.wide, "one coefficient a wide column");
                self.dense_rows.push(row);
                self.dense.extend(wide);
            }
            for (column, coefficient) in narrow {
                self.narrow[column - self.wide].push((row, *coefficient));
            }
        }
        let dense_rows = self.dense_rows.len();
        self.dense_columns = vec![0.0; self.dense.len()];
        for (row, coefficients) in self.dense.chunks_exact(self.wide.max(1)).enumerate() {
            for (column, coefficient) in coefficients.iter().enumerate() {
                self.dense_columns[column * dense_rows + row] = *coefficient;
            }
        }
    }

    pub(crate) fn wide_count(&self) -> usize {
        self.wide
    }

    /// Wide and narrow columns.
    pub(crate) fn column_count(&self) -> usize {
        self.column_bounds.len()
    }

    pub(crate) fn row_count(&self) -> usize {
        self.row_bounds.len()
    }

    /// Bounds of all columns, the logical ones included.
    pub(super) fn bounds(&self) -> impl Iterator<Item = [f64; 2]> {
        self.column_bounds.iter().chain(&self.row_bounds).copied()
    }

    /// The narrow columns.
    pub(super) fn narrow(&self) -> impl Iterator<Item = (usize, &[(usize, f64)])> {
        (self.wide..).zip(self.narrow.iter().map(Vec::as_slice))
    }

    /// Adds a multiple of a column to `sum`, which has an entry a row.
    pub(super) fn add_column(&self, column: usize, factor: f64, sum: &mut [f64]) {
        if column < self.wide {
            let count = self.dense_rows.len();
            let entries = &self.dense_columns[column * count..(column + 1) * count];
            for (row, coefficient) in self.dense_rows.iter().zip(entries) {
                sum[*row] += factor * coefficient;
            }
        } else if column < self.column_count() {
            for (row, coefficient) in &self.narrow[column - self.wide] {
                sum[*row] += factor * coefficient;
            }
        } else {
            sum[column - self.column_count()] -= factor;
        }
    }
}

/// A row of a [`BoxedProgram`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'r> {
    /// What its value lies between.
    pub(crate) bounds: [f64; 2],
    /// One coefficient a wide column; empty where all are 0.
    pub(crate) wide: &'r [f64],
    /// Coefficients of other columns.
    pub(crate) narrow: &'r [(usize, f64)],
}
