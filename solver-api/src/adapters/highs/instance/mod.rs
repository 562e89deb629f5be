#![expect(unsafe_code, reason = "HiGHS is a C library, called through raw pointers")]

mod edit;
mod query;

use std::cell::Cell;
use std::ffi::{CStr, CString, c_int, c_void};
use std::ptr;

use highs::HighsOptionValue;
use highs_sys::HighsInt;

use super::watch::{self, Watch};
use super::{failed, rejected, unsupported};
use crate::SolverError;

thread_local! {
    /// How many threads HiGHS's task scheduler of this thread was started with; 0 where that is not known.
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
        let c_name = CString::new(name).map_err(|_| rejected(name, value))?;
        let mut kind = 0;
        // SAFETY: the instance is alive, the name null-terminated, the target a valid number.
        let status =
            unsafe { highs_sys::Highs_getOptionType(self.highs.as_ptr(), c_name.as_ptr(), &raw mut kind) };
        checked(status, "Highs_getOptionType").map_err(|_| rejected(name, value))?;
        if kind == highs_sys::kHighsOptionTypeDouble {
            // HiGHS would read a text that is no number as 0.
            let number = value.parse().ok().filter(|number: &f64| !number.is_nan());
            return self.set_option(name, number.ok_or_else(|| rejected(name, value))?);
        }
        let text = CString::new(value).map_err(|_| rejected(name, value))?;
        self.highs.try_set_option(name, text.as_c_str()).map_err(|_| rejected(name, value))
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

    /// Forgets solution and basis, not the model.
    pub(super) fn forget_solution(&mut self) -> Result<(), SolverError> {
        // SAFETY: the instance is alive.
        checked(unsafe { highs_sys::Highs_clearSolver(self.highs.as_mut_ptr()) }, "Highs_clearSolver")
    }

    /// Solves under a watch; `Ok(false)` where HiGHS itself reports an error. HiGHS refuses to run where this thread's
    /// scheduler has another number of threads than the instance's option, so the caller tells that (0: HiGHS chooses).
    pub(super) fn run(&mut self, watch: &Watch, threads: u32) -> Result<bool, SolverError> {
        if SCHEDULER_THREADS.replace(threads) != threads || threads == 0 {
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
}

fn checked(status: HighsInt, call: &str) -> Result<(), SolverError> {
    if status == highs_sys::STATUS_ERROR { Err(failed(format!("{call} reports an error"))) } else { Ok(()) }
}

fn highs_count(count: usize) -> Result<c_int, SolverError> {
    c_int::try_from(count).map_err(|_| unsupported(format!("{count} columns, rows or entries")))
}
