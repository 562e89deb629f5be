#![expect(unsafe_code, reason = "SCIP is a C library, called through raw pointers")]

use std::ffi::{CStr, CString, c_char, c_int, c_uint};

use super::Instance;
use crate::SolverError;
use crate::adapters::scip::library::{ReturnCode, checked};
use crate::adapters::scip::rejected;

/// The types of parameters, `SCIP_PARAMTYPE_*` in SCIP's headers.
mod kind {
    use super::c_uint;

    pub(super) const SWITCH: c_uint = 0;
    pub(super) const INTEGER: c_uint = 1;
    pub(super) const LONG_INTEGER: c_uint = 2;
    pub(super) const REAL: c_uint = 3;
    pub(super) const CHARACTER: c_uint = 4;
    pub(super) const TEXT: c_uint = 5;
}

/// Reading and setting what SCIP calls parameters.
impl Instance<'_> {
    pub(in crate::adapters::scip) fn set_switch(&mut self, name: &CStr, on: bool) -> Result<(), SolverError> {
        // SAFETY: the instance is alive, the name null-terminated; SCIP checks name, type and value.
        let code = unsafe { (self.functions.SCIPsetBoolParam)(self.scip, name.as_ptr(), c_uint::from(on)) };
        accepted(code, name, &on)
    }

    pub(in crate::adapters::scip) fn set_integer(
        &mut self,
        name: &CStr,
        value: c_int,
    ) -> Result<(), SolverError> {
        // SAFETY: as for a switch.
        let code = unsafe { (self.functions.SCIPsetIntParam)(self.scip, name.as_ptr(), value) };
        accepted(code, name, &value)
    }

    pub(in crate::adapters::scip) fn set_long_integer(
        &mut self,
        name: &CStr,
        value: i64,
    ) -> Result<(), SolverError> {
        // SAFETY: as for a switch.
        let code = unsafe { (self.functions.SCIPsetLongintParam)(self.scip, name.as_ptr(), value) };
        accepted(code, name, &value)
    }

    pub(in crate::adapters::scip) fn set_real(&mut self, name: &CStr, value: f64) -> Result<(), SolverError> {
        // SCIP's own check of the range lets NaN pass.
        if value.is_nan() {
            return Err(rejected(&name.to_string_lossy(), &value));
        }
        // SAFETY: as for a switch.
        let code = unsafe { (self.functions.SCIPsetRealParam)(self.scip, name.as_ptr(), value) };
        accepted(code, name, &value)
    }

    fn set_character(&mut self, name: &CStr, value: u8) -> Result<(), SolverError> {
        // SAFETY: as for a switch.
        let code = unsafe {
            (self.functions.SCIPsetCharParam)(self.scip, name.as_ptr(), value.cast_signed() as c_char)
        };
        accepted(code, name, &char::from(value))
    }

    fn set_text(&mut self, name: &CStr, value: &CStr) -> Result<(), SolverError> {
        // SAFETY: as for a switch; SCIP copies the text, which is null-terminated too.
        let code = unsafe { (self.functions.SCIPsetStringParam)(self.scip, name.as_ptr(), value.as_ptr()) };
        accepted(code, name, &value.to_string_lossy())
    }

    /// Sets a parameter from text, read as the type that SCIP gives it.
    pub(in crate::adapters::scip) fn set_from_text(
        &mut self,
        name: &str,
        value: &str,
    ) -> Result<(), SolverError> {
        let wrong = || rejected(name, value);
        let c_name = CString::new(name).map_err(|_| wrong())?;
        // SAFETY: the instance is alive, the name null-terminated; null where there is no such parameter.
        let parameter = unsafe { (self.functions.SCIPgetParam)(self.scip, c_name.as_ptr()) };
        if parameter.is_null() {
            return Err(wrong());
        }
        // SAFETY: the parameter belongs to the live instance.
        let set = match unsafe { (self.functions.SCIPparamGetType)(parameter) } {
            kind::SWITCH => self.set_switch(&c_name, switch(value).ok_or_else(wrong)?),
            kind::INTEGER => self.set_integer(&c_name, value.parse().map_err(|_| wrong())?),
            kind::LONG_INTEGER => self.set_long_integer(&c_name, value.parse().map_err(|_| wrong())?),
            kind::REAL => self.set_real(&c_name, value.parse().map_err(|_| wrong())?),
            kind::CHARACTER => match value.as_bytes() {
                [character] => self.set_character(&c_name, *character),
                _ => Err(wrong()),
            },
            kind::TEXT => self.set_text(&c_name, &CString::new(value).map_err(|_| wrong())?),
            _ => Err(wrong()),
        };
        // With the text as it was given, not as it was read.
        set.map_err(|_| wrong())
    }

    pub(in crate::adapters::scip) fn integer(&self, name: &CStr) -> Result<c_int, SolverError> {
        let mut value = 0;
        // SAFETY: the instance is alive, the name null-terminated, the target a valid number.
        let code = unsafe { (self.functions.SCIPgetIntParam)(self.scip, name.as_ptr(), &raw mut value) };
        checked(code, "SCIPgetIntParam").map(|()| value)
    }

    pub(in crate::adapters::scip) fn real(&self, name: &CStr) -> Result<f64, SolverError> {
        let mut value = 0.0;
        // SAFETY: the instance is alive, the name null-terminated, the target a valid number.
        let code = unsafe { (self.functions.SCIPgetRealParam)(self.scip, name.as_ptr(), &raw mut value) };
        checked(code, "SCIPgetRealParam").map(|()| value)
    }

    pub(in crate::adapters::scip) fn long_integer(&self, name: &CStr) -> Result<i64, SolverError> {
        let mut value = 0;
        // SAFETY: the instance is alive, the name null-terminated, the target a valid number.
        let code = unsafe { (self.functions.SCIPgetLongintParam)(self.scip, name.as_ptr(), &raw mut value) };
        checked(code, "SCIPgetLongintParam").map(|()| value)
    }
}

fn accepted(code: ReturnCode, name: &CStr, value: &impl ToString) -> Result<(), SolverError> {
    checked(code, "setting a parameter").map_err(|_| rejected(&name.to_string_lossy(), value))
}

/// `TRUE` and `FALSE` as in SCIP's settings files, in any case.
fn switch(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}
