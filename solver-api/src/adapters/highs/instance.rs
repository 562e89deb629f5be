#![expect(unsafe_code, reason = "HiGHS is a C library; every call into it stands in this file")]

use std::cell::Cell;
use std::ffi::{CStr, CString, c_int, c_void};
use std::ptr;

use highs::{HighsModelStatus, HighsOptionValue, HighsSolutionStatus};
use highs_sys::HighsInt;

use super::watch::{self, Watch};
use super::{failed, rejected, unsupported};
use crate::{Column, ColumnId, ColumnKind, Model, Row, SolverError};

thread_local! {
    /// How many threads HiGHS's task scheduler of this thread was started with; 0 where it is not known to run.
    static SCHEDULER_THREADS: Cell<u32> = const { Cell::new(0) };
}

/// A live HiGHS instance with one model, behind safe calls whose statuses are checked.
pub(super) struct Instance {
    highs: highs::Model,
}

/// The version of the HiGHS that is linked in.
pub(super) fn version() -> String {
    // SAFETY: HiGHS returns a static null-terminated string.
    unsafe { CStr::from_ptr(highs_sys::Highs_version()) }.to_string_lossy().into_owned()
}

impl Drop for Instance {
    fn drop(&mut self) {
        // Destroying an instance also stops this thread's scheduler.
        SCHEDULER_THREADS.set(0);
    }
}

impl Instance {
    /// An instance without a model that prints nothing.
    pub(super) fn new() -> Result<Self, SolverError> {
        let empty = highs::Model::try_new(highs::RowProblem::new());
        empty.map(|highs| Self { highs }).map_err(|status| failed(format!("no instance: status {status:?}")))
    }

    /// Sets an option of a type that the caller knows.
    pub(super) fn set_option<V: HighsOptionValue + Copy + ToString>(
        &mut self,
        name: &str,
        value: V,
    ) -> Result<(), SolverError> {
        self.highs.try_set_option(name, value).map_err(|_| rejected(name, &value))
    }

    /// Sets an option from text; HiGHS itself knows the option's type.
    pub(super) fn set_option_from_text(&mut self, name: &str, value: &str) -> Result<(), SolverError> {
        let text = CString::new(value).map_err(|_| rejected(name, value))?;
        self.highs.try_set_option(name, text.as_c_str()).map_err(|_| rejected(name, &value))
    }

    pub(super) fn float_option(&self, name: &CStr) -> Result<f64, SolverError> {
        let mut value = 0.0;
        // SAFETY: the instance is alive, the name null-terminated, the target a valid number.
        let status = unsafe {
            highs_sys::Highs_getDoubleOptionValue(self.highs.as_ptr(), name.as_ptr(), &raw mut value)
        };
        checked(status, "Highs_getDoubleOptionValue").map(|()| value)
    }

    pub(super) fn integer_option(&self, name: &CStr) -> Result<HighsInt, SolverError> {
        let mut value = 0;
        // SAFETY: the instance is alive, the name null-terminated, the target a valid number.
        let status =
            unsafe { highs_sys::Highs_getIntOptionValue(self.highs.as_ptr(), name.as_ptr(), &raw mut value) };
        checked(status, "Highs_getIntOptionValue").map(|()| value)
    }

    /// Replaces the instance's model.
    pub(super) fn pass_model(&mut self, model: &Model) -> Result<(), SolverError> {
        let columns = highs_count(model.column_count())?;
        let gather = |number: fn(&Column) -> f64| model.columns().iter().map(number).collect::<Vec<f64>>();
        let (costs, lower, upper) = (gather(|c| c.objective), gather(|c| c.lower), gather(|c| c.upper));
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

    pub(super) fn set_objective(&mut self, offset: f64, costs: &[f64]) -> Result<(), SolverError> {
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

    pub(super) fn set_bounds(&mut self, column: ColumnId, lower: f64, upper: f64) -> Result<(), SolverError> {
        let column = highs_count(column.index())?;
        // SAFETY: the instance is alive; HiGHS checks the column's number.
        let status =
            unsafe { highs_sys::Highs_changeColBounds(self.highs.as_mut_ptr(), column, lower, upper) };
        checked(status, "Highs_changeColBounds")
    }

    pub(super) fn add_row(&mut self, row: &Row<'_>) -> Result<(), SolverError> {
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

    /// Forgets solution and basis, not the model.
    pub(super) fn forget_solution(&mut self) -> Result<(), SolverError> {
        // SAFETY: the instance is alive.
        checked(unsafe { highs_sys::Highs_clearSolver(self.highs.as_mut_ptr()) }, "Highs_clearSolver")
    }

    /// Offers a point, one value a column, to the next run.
    pub(super) fn set_start(&mut self, point: &[f64]) -> Result<(), SolverError> {
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

    /// Solves under a watch, with a scheduler of `threads` threads; `Ok(false)` where HiGHS itself reports an error.
    pub(super) fn run(&mut self, watch: &Watch, threads: u32) -> Result<bool, SolverError> {
        if SCHEDULER_THREADS.replace(threads) != threads {
            // SAFETY: no HiGHS code runs on this thread now; the next run starts the scheduler again.
            unsafe { highs_sys::Highs_resetGlobalScheduler(1) };
        }
        let highs = self.highs.as_mut_ptr();
        // SAFETY: the instance is alive. The clocks are zeroed because time limits count over all runs of an instance.
        checked(unsafe { highs_sys::Highs_zeroAllClocks(highs) }, "Highs_zeroAllClocks")?;
        let data = ptr::from_ref(watch).cast_mut().cast::<c_void>();
        // SAFETY: `on_callback` expects a pointer to a watch; this one is borrowed until this function returns, and
        // the registration is taken back below before that, on every path.
        let registered = unsafe { highs_sys::Highs_setCallback(highs, Some(watch::on_callback), data) };
        let log = watch.wants_log().then_some(highs_sys::kHighsCallbackLogging);
        let started = checked(registered, "Highs_setCallback").and_then(|()| {
            watch::INTERRUPTS.into_iter().chain(log).try_for_each(|kind| {
                // SAFETY: the instance is alive.
                checked(unsafe { highs_sys::Highs_startCallback(highs, kind) }, "Highs_startCallback")
            })
        });
        // SAFETY: the instance is alive and holds a model that it accepted.
        let ran = started.map(|()| unsafe { highs_sys::Highs_run(highs) });
        // SAFETY: the instance is alive; without a function and with all kinds off HiGHS calls nothing.
        let cleared = unsafe { highs_sys::Highs_setCallback(highs, None, ptr::null_mut()) };
        let status = ran?;
        checked(cleared, "Highs_setCallback").map(|()| status != highs_sys::STATUS_ERROR)
    }

    pub(super) fn status(&self) -> Result<HighsModelStatus, SolverError> {
        // SAFETY: the instance is alive.
        let number = unsafe { highs_sys::Highs_getModelStatus(self.highs.as_ptr()) };
        HighsModelStatus::try_from(number).map_err(|_| failed(format!("unknown model status {number}")))
    }

    /// The primal values, one a column, where HiGHS holds them for feasible.
    pub(super) fn feasible_values(&self) -> Result<Option<Vec<f64>>, SolverError> {
        let status = self.integer_info(c"primal_solution_status")?;
        if !matches!(HighsSolutionStatus::try_from(status), Ok(HighsSolutionStatus::Feasible)) {
            return Ok(None);
        }
        let mut values = vec![0.0; self.highs.num_cols()];
        // SAFETY: the array has one place a column; null stands for the parts that are not wanted.
        let status = unsafe {
            highs_sys::Highs_getSolution(
                self.highs.as_ptr(),
                values.as_mut_ptr(),
                ptr::null_mut(),
                ptr::null_mut(),
                ptr::null_mut(),
            )
        };
        checked(status, "Highs_getSolution").map(|()| Some(values))
    }

    /// Whether HiGHS holds the duals of an LP for feasible.
    pub(super) fn duals_are_feasible(&self) -> Result<bool, SolverError> {
        let status = self.integer_info(c"dual_solution_status")?;
        Ok(matches!(HighsSolutionStatus::try_from(status), Ok(HighsSolutionStatus::Feasible)))
    }

    /// A number that HiGHS counted; 0 where there is nothing to tell.
    pub(super) fn integer_info(&self, name: &CStr) -> Result<HighsInt, SolverError> {
        let mut value = 0;
        // SAFETY: the instance is alive, the name null-terminated, the target a valid number.
        let status =
            unsafe { highs_sys::Highs_getIntInfoValue(self.highs.as_ptr(), name.as_ptr(), &raw mut value) };
        checked(status, "Highs_getIntInfoValue").map(|()| value)
    }

    /// A long number that HiGHS counted; negative where there is nothing to tell.
    pub(super) fn long_info(&self, name: &CStr) -> Result<i64, SolverError> {
        let mut value = -1;
        // SAFETY: the instance is alive, the name null-terminated, the target a valid number.
        let status =
            unsafe { highs_sys::Highs_getInt64InfoValue(self.highs.as_ptr(), name.as_ptr(), &raw mut value) };
        checked(status, "Highs_getInt64InfoValue").map(|()| value)
    }

    /// A value that HiGHS computed; NaN where there is nothing to tell.
    pub(super) fn float_info(&self, name: &CStr) -> Result<f64, SolverError> {
        let mut value = f64::NAN;
        // SAFETY: the instance is alive, the name null-terminated, the target a valid number.
        let status = unsafe {
            highs_sys::Highs_getDoubleInfoValue(self.highs.as_ptr(), name.as_ptr(), &raw mut value)
        };
        checked(status, "Highs_getDoubleInfoValue").map(|()| value)
    }

    fn require_columns(&self, count: usize) -> Result<(), SolverError> {
        let columns = self.highs.num_cols();
        if count == columns {
            return Ok(());
        }
        Err(failed(format!("{count} values were given for {columns} columns")))
    }
}

fn checked(status: HighsInt, call: &str) -> Result<(), SolverError> {
    if status == highs_sys::STATUS_ERROR { Err(failed(format!("{call} reports an error"))) } else { Ok(()) }
}

fn highs_count(count: usize) -> Result<c_int, SolverError> {
    c_int::try_from(count).map_err(|_| unsupported(format!("{count} columns, rows or entries")))
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
