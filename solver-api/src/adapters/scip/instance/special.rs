#![expect(unsafe_code, reason = "SCIP is a C library, called through raw pointers")]

use std::ptr;

use super::{Instance, scip_count};
use crate::adapters::scip::library::{Variable, checked};
use crate::adapters::scip::rows::ScaledRow;
use crate::{ActiveAt, Indicator, Model, SolverError, Sos1};

/// Handing over constraints that are not linear rows.
impl Instance<'_> {
    pub(super) fn add_indicators(&mut self, model: &Model) -> Result<(), SolverError> {
        for indicator in model.indicators() {
            let row = ScaledRow::of(&indicator.row, model)?;
            let switch = self.switch(&indicator)?;
            let variables: Vec<*mut Variable> =
                row.columns.iter().map(|column| self.columns[column.index()]).collect();
            // SCIP's indicators have an upper side only; a row with two becomes two.
            if row.upper.is_finite() {
                self.add_indicator(switch, &variables, row.coefficients.clone(), row.upper)?;
            }
            if row.lower.is_finite() {
                let negated = row.coefficients.iter().map(|value| -value).collect();
                self.add_indicator(switch, &variables, negated, -row.lower)?;
            }
        }
        Ok(())
    }

    pub(super) fn add_sos1_sets(&mut self, model: &Model) -> Result<(), SolverError> {
        model.sos1_sets().iter().try_for_each(|set| self.add_sos1(set))
    }

    /// The variable that is 1 where the indicator's row must hold.
    fn switch(&mut self, indicator: &Indicator<'_>) -> Result<*mut Variable, SolverError> {
        let binary = self.columns[indicator.binary.index()];
        let mut negated = ptr::null_mut();
        match indicator.active_at {
            ActiveAt::One => Ok(binary),
            ActiveAt::Zero => {
                // SAFETY: instance and variable are alive; SCIP writes the address of the negation, which lives as long
                // as its variable.
                let got = unsafe { (self.functions.SCIPgetNegatedVar)(self.scip, binary, &raw mut negated) };
                checked(got, "SCIPgetNegatedVar").map(|()| negated)
            }
        }
    }

    fn add_indicator(
        &mut self,
        switch: *mut Variable,
        variables: &[*mut Variable],
        mut coefficients: Vec<f64>,
        upper: f64,
    ) -> Result<(), SolverError> {
        let mut variables = variables.to_vec();
        let mut constraint = ptr::null_mut();
        // SAFETY: the instance is alive and holds a problem with these variables, of which the switch is binary; both
        // arrays have as many entries as are announced and are copied; SCIP writes the address of a new constraint.
        let created = unsafe {
            (self.functions.SCIPcreateConsBasicIndicator)(
                self.scip,
                &raw mut constraint,
                c"".as_ptr(),
                switch,
                scip_count(variables.len())?,
                variables.as_mut_ptr(),
                coefficients.as_mut_ptr(),
                self.without_infinity(upper),
            )
        };
        checked(created, "SCIPcreateConsBasicIndicator")?;
        self.hand_over(constraint)
    }

    fn add_sos1(&mut self, set: &Sos1) -> Result<(), SolverError> {
        let mut variables: Vec<*mut Variable> =
            set.columns.iter().map(|column| self.columns[column.index()]).collect();
        let mut weights: Vec<f64> = (1..=set.columns.len()).map(|weight| weight as f64).collect();
        let mut constraint = ptr::null_mut();
        // SAFETY: the instance is alive and holds a problem with these variables; both arrays have as many entries as
        // are announced and are copied; SCIP writes the address of a new constraint.
        let created = unsafe {
            (self.functions.SCIPcreateConsBasicSOS1)(
                self.scip,
                &raw mut constraint,
                c"".as_ptr(),
                scip_count(variables.len())?,
                variables.as_mut_ptr(),
                weights.as_mut_ptr(),
            )
        };
        checked(created, "SCIPcreateConsBasicSOS1")?;
        self.hand_over(constraint)
    }
}
