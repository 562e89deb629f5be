#![expect(unsafe_code, reason = "CBC is a C++ library, called through C functions with raw pointers")]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::slice;

use coin_cbc_sys::{self as ffi, Cbc_Model};

use super::turn::Turn;
use super::watch::{Listener, Watch};
use super::{failed, rejected, unsupported};
use crate::{Column, ColumnKind, Model, SolverError};

// The adapter's own C++ part, shim.cpp.
unsafe extern "C" {
    fn solver_api_cbc_log_new(listener: *const Listener) -> *mut c_void;
    fn solver_api_cbc_log_delete(log: *mut c_void);
    fn solver_api_cbc_option(name: *const c_char, value: *const c_char) -> *const c_char;
    fn solver_api_cbc_solve(
        model: *mut Cbc_Model,
        log: *mut c_void,
        listener: *const Listener,
        log_level: c_int,
    ) -> c_int;
    fn solver_api_cbc_iterations(model: *mut Cbc_Model) -> c_int;
    fn solver_api_cbc_best_point(model: *mut Cbc_Model) -> *const f64;
    fn solver_api_cbc_row_prices(model: *mut Cbc_Model) -> *const f64;
}

/// The version of the CBC that is linked in.
pub(super) fn version() -> String {
    // SAFETY: CBC returns a static null-terminated string.
    unsafe { CStr::from_ptr(ffi::Cbc_getVersion()) }.to_string_lossy().into_owned()
}

/// The full name of an option that CBC knows and that may have this value.
pub(super) fn full_name(name: &str, value: &str) -> Result<String, SolverError> {
    let (c_name, c_value) = c_strings(name, value)?;
    // SAFETY: the strings are null-terminated; the function may be called from any thread.
    let full = unsafe { solver_api_cbc_option(c_name.as_ptr(), c_value.as_ptr()) };
    if full.is_null() {
        return Err(rejected(name, value));
    }
    // SAFETY: it is not null, so it is a null-terminated string that lives until the next call on this thread.
    Ok(unsafe { CStr::from_ptr(full) }.to_string_lossy().into_owned())
}

/// A model inside CBC, for one solve; it lives during one turn, since CBC keeps some of its state in globals.
pub(super) struct Instance<'a> {
    model: *mut Cbc_Model,
    /// Must outlive the model.
    log: *mut c_void,
    listener: Listener,
    watch: &'a Watch,
    columns: usize,
    rows: usize,
    _turn: &'a Turn,
}

/// What CBC tells after a solve, in its own numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Told {
    pub(super) status: c_int,
    pub(super) secondary_status: c_int,
    pub(super) is_abandoned: bool,
    pub(super) seconds_ran_out: bool,
    pub(super) nodes_ran_out: bool,
    pub(super) is_unbounded: bool,
    /// The least objective that is still possible, or a number that stands for none.
    pub(super) best_possible: f64,
    pub(super) nodes: c_int,
    pub(super) iterations: c_int,
}

impl Drop for Instance<'_> {
    fn drop(&mut self) {
        // SAFETY: both pointers came from the functions that belong to these, and are used no more; the model goes first.
        unsafe {
            ffi::Cbc_deleteModel(self.model);
            solver_api_cbc_log_delete(self.log);
        }
    }
}

impl<'a> Instance<'a> {
    /// A model without columns.
    pub(super) fn new(turn: &'a Turn, watch: &'a Watch) -> Self {
        let listener = watch.listener();
        // SAFETY: the listener is copied, and its watch is borrowed for as long as the instance lives.
        let log = unsafe { solver_api_cbc_log_new(&raw const listener) };
        // SAFETY: it is this thread's turn, so that no other CBC code runs.
        let model = unsafe { ffi::Cbc_newModel() };
        Self { model, log, listener, watch, columns: 0, rows: 0, _turn: turn }
    }

    /// Sets an option; the last value of several counts.
    pub(super) fn set_option(&mut self, name: &str, value: &str) -> Result<(), SolverError> {
        let full_name = full_name(name, value)?;
        let (c_name, c_value) = c_strings(&full_name, value)?;
        // SAFETY: the model is alive, the strings are null-terminated and copied.
        unsafe { ffi::Cbc_setParameter(self.model, c_name.as_ptr(), c_value.as_ptr()) };
        Ok(())
    }

    /// Loads a model without its offset, with these bounds of its columns.
    pub(super) fn load(&mut self, model: &Model, bounds: &[(f64, f64)]) -> Result<(), SolverError> {
        let matrix = ColumnMajor::of(model, bounds)?;
        let lower: Vec<f64> = bounds.iter().map(|(lower, _)| finite(*lower)).collect();
        let upper: Vec<f64> = bounds.iter().map(|(_, upper)| finite(*upper)).collect();
        let costs: Vec<f64> = model.columns().iter().map(|column| column.objective).collect();
        let row_lower: Vec<f64> = model.rows().map(|row| finite(row.lower)).collect();
        let row_upper: Vec<f64> = model.rows().map(|row| finite(row.upper)).collect();
        // SAFETY: the model is alive; the arrays have one place a column, row or entry, as CBC expects, and are copied.
        unsafe {
            ffi::Cbc_loadProblem(
                self.model,
                count(model.column_count())?,
                count(model.row_count())?,
                matrix.starts.as_ptr(),
                matrix.rows.as_ptr(),
                matrix.values.as_ptr(),
                lower.as_ptr(),
                upper.as_ptr(),
                costs.as_ptr(),
                row_lower.as_ptr(),
                row_upper.as_ptr(),
            );
        }
        let is_whole = |column: &Column| column.kind == ColumnKind::Integer;
        for (index, _) in model.columns().iter().enumerate().filter(|(_, column)| is_whole(column)) {
            // SAFETY: the model is alive and has this column.
            unsafe { ffi::Cbc_setInteger(self.model, count(index)?) };
        }
        (self.columns, self.rows) = (model.column_count(), model.row_count());
        Ok(())
    }

    /// Solves what was loaded.
    pub(super) fn solve(&mut self) -> Result<Told, SolverError> {
        let log_level = c_int::from(self.watch.wants_log());
        // SAFETY: model and log are alive, the listener's watch is borrowed; no Rust code unwinds through CBC.
        let ran = unsafe { solver_api_cbc_solve(self.model, self.log, &raw const self.listener, log_level) };
        if ran == 0 {
            return Err(failed("it threw an exception"));
        }
        // SAFETY: the model is alive, and these functions read single numbers.
        Ok(unsafe {
            Told {
                status: ffi::Cbc_status(self.model),
                secondary_status: ffi::Cbc_secondaryStatus(self.model),
                is_abandoned: ffi::Cbc_isAbandoned(self.model) != 0,
                seconds_ran_out: ffi::Cbc_isSecondsLimitReached(self.model) != 0,
                nodes_ran_out: ffi::Cbc_isNodeLimitReached(self.model) != 0,
                is_unbounded: ffi::Cbc_isContinuousUnbounded(self.model) != 0,
                best_possible: ffi::Cbc_getBestPossibleObjValue(self.model),
                nodes: ffi::Cbc_getNodeCount(self.model),
                iterations: solver_api_cbc_iterations(self.model),
            }
        })
    }

    /// The best point that the solve found.
    pub(super) fn best_point(&self) -> Option<Vec<f64>> {
        // SAFETY: the model is alive.
        let point = unsafe { solver_api_cbc_best_point(self.model) };
        // SAFETY: where it is not null, CBC holds one value a column there.
        (!point.is_null()).then(|| unsafe { slice::from_raw_parts(point, self.columns) }.to_vec())
    }

    /// The prices of an LP's rows; its sign is the one of this crate.
    pub(super) fn row_prices(&self) -> Option<Vec<f64>> {
        // SAFETY: the model is alive.
        let prices = unsafe { solver_api_cbc_row_prices(self.model) };
        // SAFETY: where it is not null, the LP solver holds one price a row there.
        (!prices.is_null()).then(|| unsafe { slice::from_raw_parts(prices, self.rows) }.to_vec())
    }
}

/// What an entry adds to its row at most, below which it is left out: Clp's scaling is led astray by entries of 1e-15
/// beside others of 1, and calls points optimal that are not.
const NEGLIGIBLE: f64 = 1e-12;

/// The entries of a model's rows that matter within these bounds of the columns, column by column.
struct ColumnMajor {
    starts: Vec<c_int>,
    rows: Vec<c_int>,
    values: Vec<f64>,
}

impl ColumnMajor {
    fn of(model: &Model, bounds: &[(f64, f64)]) -> Result<Self, SolverError> {
        let mut columns: Vec<Vec<(usize, f64)>> = vec![Vec::new(); model.column_count()];
        for (index, row) in model.rows().enumerate() {
            for (column, value) in row.columns.iter().zip(row.coefficients) {
                let (lower, upper) = bounds[column.index()];
                if value.abs() * lower.abs().max(upper.abs()) > NEGLIGIBLE {
                    columns[column.index()].push((index, *value));
                }
            }
        }
        let ends = columns.iter().scan(0, |end, entries| {
            *end += entries.len();
            Some(*end)
        });
        let starts = std::iter::once(0).chain(ends).map(count).collect::<Result<_, _>>()?;
        let rows = columns.iter().flatten().map(|(row, _)| count(*row)).collect::<Result<_, _>>()?;
        let values = columns.iter().flatten().map(|(_, value)| *value).collect();
        Ok(Self { starts, rows, values })
    }
}

/// An infinite bound as CBC writes it.
fn finite(bound: f64) -> f64 {
    bound.clamp(-f64::MAX, f64::MAX)
}

fn count(count: usize) -> Result<c_int, SolverError> {
    c_int::try_from(count).map_err(|_| unsupported(format!("{count} columns, rows or entries")))
}

fn c_strings(name: &str, value: &str) -> Result<(CString, CString), SolverError> {
    CString::new(name)
        .and_then(|c_name| CString::new(value).map(|c_value| (c_name, c_value)))
        .map_err(|_| rejected(name, value))
}
