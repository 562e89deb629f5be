#![expect(unsafe_code, reason = "SCIP is a C library, called through raw pointers")]

use std::ffi::{CStr, c_uint};
use std::ptr;

use super::Instance;
use crate::SolverError;
use crate::adapters::scip::library::checked;
use crate::adapters::scip::separation::{self, Columns, Separation};

/// How many rounds of cuts a node gets; 0 leaves cuts out.
const ROUNDS: [&CStr; 2] = [c"separating/maxroundsroot", c"separating/maxrounds"];
/// Before all separators of SCIP's own.
const FIRST: i32 = 1_000_000;

impl<'w> Instance<'w> {
    /// Lets SCIP ask the separation for cuts; the model and all options are there.
    ///
    /// Where the options leave cuts out, rounds are allowed again and everything else that makes cuts is turned off, so
    /// that the only ones are the separation's.
    pub(in crate::adapters::scip) fn ask(
        &mut self,
        separation: &'w Separation<'_>,
    ) -> Result<(), SolverError> {
        let rounds = [self.integer(ROUNDS[0])?, self.integer(ROUNDS[1])?];
        if rounds.contains(&0) {
            const OFF: c_uint = 3;
            // SAFETY: the instance is alive; 1 keeps it quiet.
            let set = unsafe { (self.functions.SCIPsetSeparating)(self.scip, OFF, 1) };
            checked(set, "SCIPsetSeparating")?;
            self.set_integer(c"separating/poolfreq", -1)?;
            for name in ROUNDS {
                self.set_integer(name, -1)?;
            }
        }
        separation.begin(Columns { variables: self.columns.clone(), factors: self.factors.clone() });
        let data = ptr::from_ref(separation).cast_mut().cast();
        let mut separator = ptr::null_mut();
        // SAFETY: the instance is alive, both texts are null-terminated and copied. `on_separation` expects a pointer to
        // a separation, and this one outlives the instance by its lifetime. 1.0 asks at nodes whatever their bounds.
        let included = unsafe {
            (self.functions.SCIPincludeSepaBasic)(
                self.scip,
                &raw mut separator,
                c"lazy".as_ptr(),
                c"asks the caller for cuts".as_ptr(),
                FIRST,
                separation.frequency(),
                1.0,
                0,
                0,
                Some(separation::on_separation),
                None,
                data,
            )
        };
        checked(included, "SCIPincludeSepaBasic")
    }
}
