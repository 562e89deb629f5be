#![expect(unsafe_code, reason = "SCIP is a C library, called through raw pointers")]

use super::{Instance, scip_count};
use crate::SolverError;
use crate::adapters::scip::answer::Status;
use crate::adapters::scip::failed;
use crate::adapters::scip::library::checked;

/// What an instance tells after a solve.
impl Instance<'_> {
    pub(in crate::adapters::scip) fn status(&self) -> Result<Status, SolverError> {
        // SAFETY: the instance is alive.
        let number = unsafe { (self.functions.SCIPgetStatus)(self.scip) };
        Status::of_number(number).ok_or_else(|| failed(format!("unknown status {number}")))
    }

    /// The values of the best solution, one a column, where there is one and it is finite.
    pub(in crate::adapters::scip) fn best_values(&mut self) -> Result<Option<Vec<f64>>, SolverError> {
        // SAFETY: the instance is alive and solved; null where there is no solution.
        let solution = unsafe { (self.functions.SCIPgetBestSol)(self.scip) };
        if solution.is_null() {
            return Ok(None);
        }
        let mut values = vec![0.0; self.columns.len()];
        let count = scip_count(values.len())?;
        // SAFETY: instance and solution are alive, both arrays have as many entries as are announced.
        let got = unsafe {
            (self.functions.SCIPgetSolVals)(
                self.scip,
                solution,
                count,
                self.columns.as_mut_ptr(),
                values.as_mut_ptr(),
            )
        };
        checked(got, "SCIPgetSolVals")?;
        // The point of an unbounded model may lie at SCIP's infinity.
        let is_finite = values.iter().all(|value| value.abs() < self.infinity());
        Ok(is_finite
            .then(|| values.iter().zip(&self.factors).map(|(value, factor)| value / factor).collect()))
    }

    /// The lower bound that the search proved; `None` where it is a sentinel.
    pub(in crate::adapters::scip) fn dual_bound(&self) -> Option<f64> {
        // SAFETY: the instance is alive and transformed.
        let bound = unsafe { (self.functions.SCIPgetDualbound)(self.scip) };
        (bound.abs() < self.infinity()).then_some(bound)
    }

    pub(in crate::adapters::scip) fn node_count(&self) -> Option<u64> {
        // SAFETY: the instance is alive and transformed.
        u64::try_from(unsafe { (self.functions.SCIPgetNTotalNodes)(self.scip) }).ok()
    }

    pub(in crate::adapters::scip) fn iteration_count(&self) -> Option<u64> {
        // SAFETY: the instance is alive and transformed.
        u64::try_from(unsafe { (self.functions.SCIPgetNLPIterations)(self.scip) }).ok()
    }

    fn infinity(&self) -> f64 {
        // SAFETY: the instance is alive.
        unsafe { (self.functions.SCIPinfinity)(self.scip) }
    }
}
