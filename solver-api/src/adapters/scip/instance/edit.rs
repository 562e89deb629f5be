#![expect(unsafe_code, reason = "SCIP is a C library, called through raw pointers")]

use std::ffi::c_uint;
use std::ptr;

use super::{Instance, scip_count};
use crate::adapters::scip::library::{Constraint, Variable, checked};
use crate::adapters::scip::rows::{ScaledRow, column_factor};
use crate::{Column, ColumnKind, Model, SolverError};

/// The types of columns, `SCIP_VARTYPE_*` in SCIP's headers.
const BINARY: c_uint = 0;
const INTEGER: c_uint = 1;
const CONTINUOUS: c_uint = 3;

/// Handing a model over.
impl Instance<'_> {
    /// Hands over a model, once for an instance; integer columns get the bounds that the tolerance leaves them.
    pub(in crate::adapters::scip) fn pass_model(
        &mut self,
        model: &Model,
        tolerance: f64,
    ) -> Result<(), SolverError> {
        // Names are for people, who know them from the model: SCIP gets none.
        // SAFETY: the instance is alive and has no problem yet; the name is null-terminated and copied.
        let created = unsafe { (self.functions.SCIPcreateProbBasic)(self.scip, c"".as_ptr()) };
        checked(created, "SCIPcreateProbBasic")?;
        // SAFETY: the instance is alive and holds a problem.
        let added = unsafe { (self.functions.SCIPaddOrigObjoffset)(self.scip, model.offset()) };
        checked(added, "SCIPaddOrigObjoffset")?;
        let mut is_contradictory = false;
        for column in model.columns() {
            let (lower, upper) = column.solver_bounds(tolerance);
            is_contradictory |= lower > upper;
            self.add_column(column, lower.min(upper), upper.max(lower))?;
        }
        model.rows().try_for_each(|row| self.add_row(&ScaledRow::of(&row, model)?))?;
        self.add_indicators(model)?;
        self.add_sos1_sets(model)?;
        if is_contradictory {
            // SCIP expects that every column's bounds leave something; this row does not.
            self.add_row(&ScaledRow { columns: vec![], coefficients: vec![], lower: 1.0, upper: 1.0 })?;
        }
        Ok(())
    }

    fn add_column(&mut self, column: &Column, lower: f64, upper: f64) -> Result<(), SolverError> {
        let kind = match column.kind {
            ColumnKind::Continuous => CONTINUOUS,
            ColumnKind::Integer if lower >= 0.0 && upper <= 1.0 => BINARY,
            ColumnKind::Integer => INTEGER,
        };
        let factor = column_factor(column);
        let (lower, upper) = (self.without_infinity(lower * factor), self.without_infinity(upper * factor));
        let mut variable = ptr::null_mut();
        // SAFETY: the instance is alive and holds a problem; the name is null-terminated and copied; SCIP writes the
        // address of a new variable.
        let created = unsafe {
            (self.functions.SCIPcreateVarBasic)(
                self.scip,
                &raw mut variable,
                c"".as_ptr(),
                lower,
                upper,
                column.objective / factor,
                kind,
            )
        };
        checked(created, "SCIPcreateVarBasic")?;
        self.columns.push(variable);
        self.factors.push(factor);
        // SAFETY: instance and variable are alive; the problem takes a share in the variable.
        let added = unsafe { (self.functions.SCIPaddVar)(self.scip, variable) };
        // SAFETY: gives up our share in the variable; the problem, which is never changed, keeps it alive.
        let released = unsafe { (self.functions.SCIPreleaseVar)(self.scip, &raw mut variable) };
        checked(added, "SCIPaddVar")?;
        checked(released, "SCIPreleaseVar")
    }

    fn add_row(&mut self, row: &ScaledRow) -> Result<(), SolverError> {
        let mut variables: Vec<*mut Variable> =
            row.columns.iter().map(|column| self.columns[column.index()]).collect();
        let mut coefficients = row.coefficients.clone();
        let (lower, upper) = (self.without_infinity(row.lower), self.without_infinity(row.upper));
        let mut constraint = ptr::null_mut();
        // SAFETY: the instance is alive and holds a problem with these variables; both arrays have as many entries as
        // are announced and are copied; SCIP writes the address of a new constraint.
        let created = unsafe {
            (self.functions.SCIPcreateConsBasicLinear)(
                self.scip,
                &raw mut constraint,
                c"".as_ptr(),
                scip_count(variables.len())?,
                variables.as_mut_ptr(),
                coefficients.as_mut_ptr(),
                lower,
                upper,
            )
        };
        checked(created, "SCIPcreateConsBasicLinear")?;
        self.hand_over(constraint)
    }

    /// Makes a constraint that was just created part of the problem.
    pub(super) fn hand_over(&mut self, mut constraint: *mut Constraint) -> Result<(), SolverError> {
        // SAFETY: instance and constraint are alive; the problem takes a share in the constraint.
        let added = unsafe { (self.functions.SCIPaddCons)(self.scip, constraint) };
        // SAFETY: gives up our share in the constraint.
        let released = unsafe { (self.functions.SCIPreleaseCons)(self.scip, &raw mut constraint) };
        checked(added, "SCIPaddCons")?;
        checked(released, "SCIPreleaseCons")
    }

    /// Only points with an objective below this matter from now on.
    pub(in crate::adapters::scip) fn set_objective_limit(&mut self, limit: f64) -> Result<(), SolverError> {
        let limit = self.without_infinity(limit);
        // SAFETY: the instance is alive and holds a problem.
        checked(unsafe { (self.functions.SCIPsetObjlimit)(self.scip, limit) }, "SCIPsetObjlimit")
    }

    /// Offers a point, one value a column, which SCIP checks when it begins.
    pub(in crate::adapters::scip) fn offer_start(&mut self, point: &[f64]) -> Result<(), SolverError> {
        assert_eq!(point.len(), self.columns.len(), "the session has checked the length");
        let mut values: Vec<f64> =
            point.iter().zip(&self.factors).map(|(value, factor)| value * factor).collect();
        let mut solution = ptr::null_mut();
        // SAFETY: the instance is alive and holds a problem; SCIP writes the address of a new solution, which comes
        // from no heuristic.
        let created =
            unsafe { (self.functions.SCIPcreateOrigSol)(self.scip, &raw mut solution, ptr::null_mut()) };
        checked(created, "SCIPcreateOrigSol")?;
        let count = scip_count(values.len())?;
        // SAFETY: instance and solution are alive, both arrays have as many entries as are announced.
        let set = unsafe {
            (self.functions.SCIPsetSolVals)(
                self.scip,
                solution,
                count,
                self.columns.as_mut_ptr(),
                values.as_mut_ptr(),
            )
        };
        checked(set, "SCIPsetSolVals")?;
        let mut is_stored = 0;
        // SAFETY: instance and solution are alive; the solution is SCIP's afterwards.
        let added =
            unsafe { (self.functions.SCIPaddSolFree)(self.scip, &raw mut solution, &raw mut is_stored) };
        checked(added, "SCIPaddSolFree")
    }

    /// SCIP's own value for what is infinite.
    pub(super) fn without_infinity(&self, value: f64) -> f64 {
        // SAFETY: the instance is alive.
        let infinity = unsafe { (self.functions.SCIPinfinity)(self.scip) };
        value.clamp(-infinity, infinity)
    }
}
