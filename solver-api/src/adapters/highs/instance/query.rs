#![expect(unsafe_code, reason = "HiGHS is a C library, called through raw pointers")]

use std::ffi::CStr;
use std::ptr;

use highs::{HighsModelStatus, HighsSolutionStatus};
use highs_sys::HighsInt;

use super::{Instance, checked};
use crate::SolverError;
use crate::adapters::highs::failed;

/// What an instance tells after a run.
impl Instance {
    pub(in crate::adapters::highs) fn status(&self) -> Result<HighsModelStatus, SolverError> {
        // SAFETY: the instance is alive.
        let number = unsafe { highs_sys::Highs_getModelStatus(self.highs.as_ptr()) };
        HighsModelStatus::try_from(number).map_err(|_| failed(format!("unknown model status {number}")))
    }

    /// The primal values, one a column, where HiGHS holds them for feasible.
    pub(in crate::adapters::highs) fn feasible_values(&self) -> Result<Option<Vec<f64>>, SolverError> {
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
    pub(in crate::adapters::highs) fn duals_are_feasible(&self) -> Result<bool, SolverError> {
        let status = self.integer_info(c"dual_solution_status")?;
        Ok(matches!(HighsSolutionStatus::try_from(status), Ok(HighsSolutionStatus::Feasible)))
    }

    /// The dual values of an LP's rows, where HiGHS holds them for feasible; its sign is the one of this crate.
    pub(in crate::adapters::highs) fn feasible_row_duals(&self) -> Result<Option<Vec<f64>>, SolverError> {
        if !self.duals_are_feasible()? {
            return Ok(None);
        }
        let mut duals = vec![0.0; self.highs.num_rows()];
        // SAFETY: the array has one place a row; null stands for the parts that are not wanted.
        let status = unsafe {
            highs_sys::Highs_getSolution(
                self.highs.as_ptr(),
                ptr::null_mut(),
                ptr::null_mut(),
                ptr::null_mut(),
                duals.as_mut_ptr(),
            )
        };
        checked(status, "Highs_getSolution").map(|()| Some(duals))
    }

    /// A number that HiGHS counted; 0 where there is nothing to tell.
    pub(in crate::adapters::highs) fn integer_info(&self, name: &CStr) -> Result<HighsInt, SolverError> {
        let mut value = 0;
        // SAFETY: the instance is alive, the name null-terminated, the target a valid number.
        let status =
            unsafe { highs_sys::Highs_getIntInfoValue(self.highs.as_ptr(), name.as_ptr(), &raw mut value) };
        checked(status, "Highs_getIntInfoValue").map(|()| value)
    }

    /// A long number that HiGHS counted; negative where there is nothing to tell.
    pub(in crate::adapters::highs) fn long_info(&self, name: &CStr) -> Result<i64, SolverError> {
        let mut value = -1;
        // SAFETY: the instance is alive, the name null-terminated, the target a valid number.
        let status =
            unsafe { highs_sys::Highs_getInt64InfoValue(self.highs.as_ptr(), name.as_ptr(), &raw mut value) };
        checked(status, "Highs_getInt64InfoValue").map(|()| value)
    }

    /// A value that HiGHS computed; NaN where there is nothing to tell.
    pub(in crate::adapters::highs) fn float_info(&self, name: &CStr) -> Result<f64, SolverError> {
        let mut value = f64::NAN;
        // SAFETY: the instance is alive, the name null-terminated, the target a valid number.
        let status = unsafe {
            highs_sys::Highs_getDoubleInfoValue(self.highs.as_ptr(), name.as_ptr(), &raw mut value)
        };
        checked(status, "Highs_getDoubleInfoValue").map(|()| value)
    }
}
