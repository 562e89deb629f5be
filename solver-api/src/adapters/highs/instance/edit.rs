#![expect(unsafe_code, reason = "HiGHS is a C library, called through raw pointers")]

use std::ptr;

use highs_sys::HighsInt;

use super::{Instance, checked, highs_count};
use crate::adapters::highs::failed;
use crate::{ColumnId, ColumnKind, Model, Row, SolverError};

/// Handing a model over and changing it.
impl Instance {
    /// Replaces the instance's model; integer columns get the bounds that the tolerance leaves them.
    pub(in crate::adapters::highs) fn pass_model(
        &mut self,
        model: &Model,
        tolerance: f64,
    ) -> Result<(), SolverError> {
        let columns = highs_count(model.column_count())?;
        let costs: Vec<f64> = model.columns().iter().map(|column| column.objective).collect();
        let bounds = model.columns().iter().map(|column| column.solver_bounds(tolerance));
        let (lower, upper): (Vec<f64>, Vec<f64>) = bounds.unzip();
        let integrality: Vec<HighsInt> = model.columns().iter().map(|c| variable_type(c.kind)).collect();
        let row_lower: Vec<f64> = model.rows().map(|row| row.lower).collect();
        let row_upper: Vec<f64> = model.rows().map(|row| row.upper).collect();
        let mut starts = Vec::with_capacity(model.row_count());
        let (mut indices, mut values) = (Vec::new(), Vec::new());
        for row in model.rows() {
            starts.push(highs_count(indices.len())?);
            indices.extend(column_indices(row.columns));
            values.extend_from_slice(row.coefficients);
        }
        let (rows, entries) = (highs_count(row_lower.len())?, highs_count(values.len())?);
        // SAFETY: the instance is alive; every array has the length that HiGHS expects for these counts (columns, rows,
        // or entries), `starts` ascends within the entries, every index is below the column count, and HiGHS copies all.
        let status = unsafe {
            highs_sys::Highs_passMip(
                self.highs.as_mut_ptr(),
                columns,
                rows,
                entries,
                highs_sys::MATRIX_FORMAT_ROW_WISE,
                highs_sys::OBJECTIVE_SENSE_MINIMIZE,
                model.offset(),
                costs.as_ptr(),
                lower.as_ptr(),
                upper.as_ptr(),
                row_lower.as_ptr(),
                row_upper.as_ptr(),
                starts.as_ptr(),
                indices.as_ptr(),
                values.as_ptr(),
                integrality.as_ptr(),
            )
        };
        checked(status, "Highs_passMip")
    }

    pub(in crate::adapters::highs) fn set_objective(
        &mut self,
        offset: f64,
        costs: &[f64],
    ) -> Result<(), SolverError> {
        self.require_columns(costs.len())?;
        let highs = self.highs.as_mut_ptr();
        if let Some(last) = highs_count(costs.len())?.checked_sub(1).filter(|last| *last >= 0) {
            // SAFETY: the instance is alive and has exactly as many columns as there are costs.
            let status = unsafe { highs_sys::Highs_changeColsCostByRange(highs, 0, last, costs.as_ptr()) };
            checked(status, "Highs_changeColsCostByRange")?;
        }
        // SAFETY: the instance is alive.
        checked(
            unsafe { highs_sys::Highs_changeObjectiveOffset(highs, offset) },
            "Highs_changeObjectiveOffset",
        )
    }

    pub(in crate::adapters::highs) fn set_bounds(
        &mut self,
        column: ColumnId,
        lower: f64,
        upper: f64,
    ) -> Result<(), SolverError> {
        let column = highs_count(column.index())?;
        // SAFETY: the instance is alive; HiGHS checks the column's number.
        let status =
            unsafe { highs_sys::Highs_changeColBounds(self.highs.as_mut_ptr(), column, lower, upper) };
        checked(status, "Highs_changeColBounds")
    }

    pub(in crate::adapters::highs) fn add_row(&mut self, row: &Row<'_>) -> Result<(), SolverError> {
        let indices: Vec<HighsInt> = column_indices(row.columns).collect();
        let entries = highs_count(indices.len())?;
        // SAFETY: the instance is alive; both arrays have as many entries as are announced; HiGHS checks the indices.
        let status = unsafe {
            highs_sys::Highs_addRow(
                self.highs.as_mut_ptr(),
                row.lower,
                row.upper,
                entries,
                indices.as_ptr(),
                row.coefficients.as_ptr(),
            )
        };
        checked(status, "Highs_addRow")
    }

    /// Offers a point, one value a column, to the next run.
    pub(in crate::adapters::highs) fn set_start(&mut self, point: &[f64]) -> Result<(), SolverError> {
        self.require_columns(point.len())?;
        // SAFETY: the instance is alive, the point has one value a column, and null stands for "not given".
        let status = unsafe {
            highs_sys::Highs_setSolution(
                self.highs.as_mut_ptr(),
                point.as_ptr(),
                ptr::null(),
                ptr::null(),
                ptr::null(),
            )
        };
        checked(status, "Highs_setSolution")
    }

    /// Replaces the instance's model by that of a file, read by HiGHS itself.
    #[cfg(test)]
    pub(in crate::adapters::highs) fn read_model(
        &mut self,
        path: &std::path::Path,
    ) -> Result<(), SolverError> {
        let path = std::ffi::CString::new(path.to_string_lossy().as_bytes()).expect("a path has no null");
        // SAFETY: the instance is alive, the path null-terminated.
        checked(
            unsafe { highs_sys::Highs_readModel(self.highs.as_mut_ptr(), path.as_ptr()) },
            "Highs_readModel",
        )
    }

    fn require_columns(&self, count: usize) -> Result<(), SolverError> {
        let columns = self.highs.num_cols();
        if count == columns {
            return Ok(());
        }
        Err(failed(format!("{count} values were given for {columns} columns")))
    }
}

fn column_indices(columns: &[ColumnId]) -> impl Iterator<Item = HighsInt> + '_ {
    // HiGHS accepted the model's column count, so that every position fits.
    columns.iter().map(|column| HighsInt::try_from(column.index()).expect("fewer columns than HighsInt::MAX"))
}

fn variable_type(kind: ColumnKind) -> HighsInt {
    match kind {
        ColumnKind::Continuous => highs_sys::VAR_TYPE_CONTINUOUS,
        ColumnKind::Integer => highs_sys::VAR_TYPE_INTEGER,
    }
}
