//! Coefficients of linear functions in the elements of a node.

use ndarray::{Array2, ArrayView2};

/// Coefficients of some functions in the elements of one node's value.
///
/// They lie element by element: what a step does to an element is the same for all functions, so that inner loops run
/// over functions without a branch, and an element that no function depends on takes neither memory nor time.
#[derive(Clone, Debug)]
pub(super) struct Coefficients {
    /// The elements that are held, each once, in any order; all others have coefficient 0 in all functions.
    pub(super) elements: Vec<usize>,
    /// (elements held, functions).
    pub(super) values: Array2<f64>,
}

/// No row.
pub(super) const NONE: usize = usize::MAX;

impl Coefficients {
    /// Those of functions given row by row, (functions, element count), in some of the elements.
    pub(super) fn of_functions(functions: ArrayView2<'_, f64>, elements: &[usize]) -> Self {
        let mut values = Array2::zeros((elements.len(), functions.nrows()));
        for (mut row, element) in values.rows_mut().into_iter().zip(elements) {
            row.assign(&functions.column(*element));
        }
        Self { elements: elements.to_vec(), values }
    }

    /// The functions that are some elements' values, and behind them their negations.
    pub(super) fn of_elements(elements: &[usize]) -> Self {
        let count = elements.len();
        let mut values = Array2::zeros((count, 2 * count));
        for function in 0..count {
            values[[function, function]] = 1.0;
            values[[function, count + function]] = -1.0;
        }
        Self { elements: elements.to_vec(), values }
    }

    /// Row by row, (functions, `element_count`).
    pub(super) fn to_functions(&self, element_count: usize) -> Array2<f64> {
        let mut functions = Array2::zeros((self.values.ncols(), element_count));
        for (row, element) in self.values.rows().into_iter().zip(&self.elements) {
            functions.column_mut(*element).assign(&row);
        }
        functions
    }

    /// Each element that is held with its coefficients in all functions.
    pub(super) fn rows(&self) -> impl Iterator<Item = (usize, &[f64])> {
        let values = self.values.as_slice().expect("coefficients lie in row-major order");
        self.elements.iter().copied().zip(values.chunks_exact(self.values.ncols().max(1)))
    }

    pub(super) fn rows_mut(&mut self) -> impl Iterator<Item = (usize, &mut [f64])> {
        let functions = self.values.ncols().max(1);
        let values = self.values.as_slice_mut().expect("coefficients lie in row-major order");
        self.elements.iter().copied().zip(values.chunks_exact_mut(functions))
    }

    /// The elements for which `keep` holds.
    pub(super) fn retain(self, keep: impl Fn(usize) -> bool) -> Self {
        let kept: Vec<usize> = (0..self.elements.len()).filter(|row| keep(self.elements[*row])).collect();
        if kept.len() == self.elements.len() {
            return self;
        }
        let elements = kept.iter().map(|row| self.elements[*row]).collect();
        Self { elements, values: self.values.select(ndarray::Axis(0), &kept) }
    }

    /// The sum with other coefficients of as many functions in the same node.
    pub(super) fn plus(mut self, other: &Self, element_count: usize) -> Self {
        if self.elements == other.elements {
            self.values += &other.values;
            return self;
        }
        let mut row_of = rows_of(&self.elements, element_count);
        let mut elements = self.elements;
        for element in &other.elements {
            if row_of[*element] == NONE {
                row_of[*element] = elements.len();
                elements.push(*element);
            }
        }
        let mut values = Array2::zeros((elements.len(), self.values.ncols()));
        values.slice_mut(ndarray::s![..self.values.nrows(), ..]).assign(&self.values);
        for (row, element) in other.values.rows().into_iter().zip(&other.elements) {
            values.row_mut(row_of[*element]).zip_mut_with(&row, |sum, value| *sum += value);
        }
        Self { elements, values }
    }
}

/// In which row each of `element_count` elements is held; [`NONE`] for those that are not.
pub(super) fn rows_of(elements: &[usize], element_count: usize) -> Vec<usize> {
    let mut rows = vec![NONE; element_count];
    for (row, element) in elements.iter().enumerate() {
        rows[*element] = row;
    }
    rows
}
