use super::error::unsigned_zero;
use super::{ColumnId, Row};

/// Rows in sparse form.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SparseRows {
    names: Vec<String>,
    lower: Vec<f64>,
    upper: Vec<f64>,
    /// `starts[i]..starts[i + 1]` are the entries of row `i`.
    starts: Vec<usize>,
    columns: Vec<ColumnId>,
    coefficients: Vec<f64>,
}

impl SparseRows {
    pub(super) fn new() -> Self {
        Self {
            names: Vec::new(),
            lower: Vec::new(),
            upper: Vec::new(),
            starts: vec![0],
            columns: Vec::new(),
            coefficients: Vec::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    pub(super) fn entry_count(&self) -> usize {
        self.coefficients.len()
    }

    /// Adds a row whose numbers are checked and whose terms are in order.
    pub(super) fn push(&mut self, name: String, lower: f64, upper: f64, terms: &[(ColumnId, f64)]) {
        self.columns.extend(terms.iter().map(|(column, _)| *column));
        self.coefficients.extend(terms.iter().map(|(_, coefficient)| *coefficient));
        self.starts.push(self.columns.len());
        self.names.push(name);
        self.lower.push(unsigned_zero(lower));
        self.upper.push(unsigned_zero(upper));
    }

    pub(super) fn get(&self, index: usize) -> Row<'_> {
        let entries = self.starts[index]..self.starts[index + 1];
        Row {
            name: &self.names[index],
            lower: self.lower[index],
            upper: self.upper[index],
            columns: &self.columns[entries.clone()],
            coefficients: &self.coefficients[entries],
        }
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        (0..self.len()).map(|index| self.get(index))
    }
}
