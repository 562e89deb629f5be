#![expect(unsafe_code, reason = "SCIP calls back through C functions with raw pointers")]

use std::any::Any;
use std::cell::{Cell, OnceCell, RefCell};
use std::ffi::{c_int, c_uint};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr;

use super::cuts::{Finding, examined};
use super::instance::scip_count;
use super::library::{Bool, Functions, LpRow, ReturnCode, Scip, Sepa, Variable, checked};
use super::rows::{NUMBER_LIMITS, ScaledRow};
use crate::{Model, SeparationSchedule, Separator, SolverError};

/// What SCIP calls back into for cuts during one solve, always on the thread that solves.
pub(super) struct Separation<'a> {
    functions: &'static Functions,
    model: &'a Model,
    separator: &'a RefCell<Box<dyn Separator>>,
    schedule: SeparationSchedule,
    /// By how much a point must miss a cut.
    tolerance: f64,
    columns: OnceCell<Columns>,
    /// The last node, and how often the separator was asked there.
    rounds: Cell<(i64, u32)>,
    trouble: RefCell<Option<Trouble>>,
}

/// The model's columns in the instance that solves.
pub(super) struct Columns {
    pub(super) variables: Vec<*mut Variable>,
    /// What each column is multiplied by.
    pub(super) factors: Vec<f64>,
}

/// Why a solve cannot go on.
enum Trouble {
    Panic(Box<dyn Any + Send>),
    Error(SolverError),
}

/// What came of a round, `SCIP_DIDNOTRUN` and the like in SCIP's headers.
#[derive(Clone, Copy)]
enum Found {
    NotAsked = 1,
    Nothing = 3,
    NoPointLeft = 7,
    Cuts = 8,
}

impl<'a> Separation<'a> {
    pub(super) fn new(
        functions: &'static Functions,
        model: &'a Model,
        separator: &'a RefCell<Box<dyn Separator>>,
        tolerance: f64,
    ) -> Self {
        let schedule = separator.borrow().schedule();
        Self {
            functions,
            model,
            separator,
            schedule,
            tolerance,
            columns: OnceCell::new(),
            rounds: Cell::new((0, 0)),
            trouble: RefCell::new(None),
        }
    }

    /// SCIP's frequency: every so many levels of the tree; 0 is the root alone.
    pub(super) fn frequency(&self) -> c_int {
        // SCIP's trees are no deeper.
        const DEEPEST: u32 = 65_534;
        c_int::try_from(self.schedule.depth_step.min(DEEPEST)).expect("it is small")
    }

    /// Tells which columns the instance has, once.
    pub(super) fn begin(&self, columns: Columns) {
        assert!(self.columns.set(columns).is_ok(), "one separation serves one instance");
    }

    /// Ends the separation after its solve.
    ///
    /// # Errors
    /// What was wrong with a cut.
    ///
    /// # Panics
    /// Where the separator panicked, with its panic.
    pub(super) fn finish(self) -> Result<(), SolverError> {
        match self.trouble.into_inner() {
            Some(Trouble::Panic(panic)) => resume_unwind(panic),
            Some(Trouble::Error(error)) => Err(error),
            None => Ok(()),
        }
    }

    /// Asks the separator, if this is a round for it, and hands over its cuts.
    fn add_cuts(&self, round: &Round) -> Result<Found, Trouble> {
        let (Some(columns), None) = (self.columns.get(), &*self.trouble.borrow()) else {
            return Ok(Found::NotAsked);
        };
        if !self.is_due(round) {
            return Ok(Found::NotAsked);
        }
        let Some(point) = self.relaxed_point(round, columns)? else { return Ok(Found::NotAsked) };
        let ask = || self.separator.borrow_mut().separate(&point);
        let cuts = catch_unwind(AssertUnwindSafe(ask)).map_err(Trouble::Panic)?;
        let mut found = Found::Nothing;
        for cut in cuts {
            match examined(&cut, self.model, &point, self.tolerance)? {
                Finding::Satisfied => {}
                Finding::Violated(row) => match self.add_cut(round, columns, &row)? {
                    Found::NoPointLeft => return Ok(Found::NoPointLeft),
                    _ => found = Found::Cuts,
                },
                Finding::Impossible => return Ok(Found::NoPointLeft),
            }
        }
        Ok(found)
    }

    /// Whether the schedule has a further round for this node.
    fn is_due(&self, round: &Round) -> bool {
        const OPTIMAL: c_uint = 1;
        // SAFETY: the instance is alive and solves a node.
        let (node, lp_status) = unsafe {
            let node = (self.functions.SCIPgetCurrentNode)(round.scip);
            ((self.functions.SCIPnodeGetNumber)(node), (self.functions.SCIPgetLPSolstat)(round.scip))
        };
        let SeparationSchedule { rounds_at_root, rounds_below_root, .. } = self.schedule;
        let allowed = if round.depth == 0 { rounds_at_root } else { rounds_below_root };
        let passed = match self.rounds.get() {
            (last_node, rounds) if last_node == node => rounds,
            _ => 0,
        };
        let is_due = passed < allowed && lp_status == OPTIMAL;
        if is_due {
            self.rounds.set((node, passed + 1));
        }
        is_due
    }

    /// The solution of the node's linear relaxation, one value a column, where all of it is finite.
    fn relaxed_point(&self, round: &Round, columns: &Columns) -> Result<Option<Vec<f64>>, SolverError> {
        let mut variables = columns.variables.clone();
        let mut values = vec![0.0; variables.len()];
        let count = scip_count(values.len())?;
        // SAFETY: the instance is alive and has these variables, both arrays have as many entries as are announced; null
        // stands for the relaxation's solution.
        let got = unsafe {
            (self.functions.SCIPgetSolVals)(
                round.scip,
                ptr::null_mut(),
                count,
                variables.as_mut_ptr(),
                values.as_mut_ptr(),
            )
        };
        checked(got, "SCIPgetSolVals")?;
        let is_finite = values.iter().all(|value| value.abs() < NUMBER_LIMITS.bound);
        let point = values.iter().zip(&columns.factors).map(|(value, factor)| value / factor);
        Ok(is_finite.then(|| point.collect()))
    }

    /// Adds a globally valid row to the relaxation, whatever SCIP would think of its use.
    fn add_cut(&self, round: &Round, columns: &Columns, row: &ScaledRow) -> Result<Found, SolverError> {
        let Functions {
            SCIPinfinity,
            SCIPcreateEmptyRowSepa,
            SCIPcacheRowExtensions,
            SCIPaddVarsToRow,
            SCIPflushRowExtensions,
            SCIPaddRow,
            SCIPreleaseRow,
            ..
        } = self.functions;
        let scip = round.scip;
        // SAFETY: the instance is alive.
        let infinity = unsafe { SCIPinfinity(scip) };
        let [lower, upper] = [row.lower, row.upper].map(|side| side.clamp(-infinity, infinity));
        let mut lp_row: *mut LpRow = ptr::null_mut();
        // SAFETY: instance and separator are alive, the name is null-terminated and copied; SCIP writes the address of a
        // new row, which is valid everywhere (not local), complete (not modifiable) and may leave the LP (removable).
        let created = unsafe {
            SCIPcreateEmptyRowSepa(scip, &raw mut lp_row, round.sepa, c"".as_ptr(), lower, upper, 0, 0, 1)
        };
        checked(created, "SCIPcreateEmptyRowSepa")?;
        let mut variables: Vec<*mut Variable> =
            row.columns.iter().map(|column| columns.variables[column.index()]).collect();
        let mut coefficients = row.coefficients.clone();
        let count = scip_count(variables.len())?;
        let mut is_infeasible: Bool = 0;
        // SAFETY: instance and row are alive; both arrays have as many entries as are announced. SCIP puts what presolve
        // made of each original variable in its place, and between caching and flushing sums what comes twice. 1 forces
        // the row past SCIP's choice of cuts. The last call gives up our share in the row.
        let codes = unsafe {
            [
                SCIPcacheRowExtensions(scip, lp_row),
                SCIPaddVarsToRow(scip, lp_row, count, variables.as_mut_ptr(), coefficients.as_mut_ptr()),
                SCIPflushRowExtensions(scip, lp_row),
                SCIPaddRow(scip, lp_row, 1, &raw mut is_infeasible),
                SCIPreleaseRow(scip, &raw mut lp_row),
            ]
        };
        codes.into_iter().try_for_each(|code| checked(code, "adding a cut"))?;
        Ok(if is_infeasible == 0 { Found::Cuts } else { Found::NoPointLeft })
    }
}

/// A call by SCIP, with the live instance that solves and its separator.
struct Round {
    scip: *mut Scip,
    sepa: *mut Sepa,
    depth: c_int,
}

/// The function that SCIP calls with each relaxation that it may cut.
///
/// # Safety
/// The separator's data is a pointer to a [`Separation`] that outlives it; `result` may be written to.
pub(super) unsafe extern "C" fn on_separation(
    scip: *mut Scip,
    sepa: *mut Sepa,
    result: *mut c_uint,
    _: Bool,
    depth: c_int,
) -> ReturnCode {
    const OKAY: ReturnCode = 1;
    let Ok(functions) = super::library::functions() else { return OKAY };
    // SAFETY: SCIP passes the separator that is being called; its data is a separation, see above.
    let separation = unsafe { (functions.SCIPsepaGetData)(sepa).cast::<Separation<'_>>().as_ref() };
    let Some(separation) = separation else { return OKAY };
    let (found, code) = match separation.add_cuts(&Round { scip, sepa, depth }) {
        Ok(found) => (found, OKAY),
        Err(trouble) => {
            *separation.trouble.borrow_mut() = Some(trouble);
            // SAFETY: the instance is alive and solves.
            (Found::NotAsked, unsafe { (functions.SCIPinterruptSolve)(scip) })
        }
    };
    // SAFETY: see above.
    unsafe { *result = found as c_uint };
    code
}

impl From<SolverError> for Trouble {
    fn from(error: SolverError) -> Self {
        Self::Error(error)
    }
}
