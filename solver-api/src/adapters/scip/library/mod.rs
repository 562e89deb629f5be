#![expect(unsafe_code, reason = "SCIP is a C library, opened at run time")]

mod functions;
mod places;

use std::cell::RefCell;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::Path;
use std::sync::OnceLock;

use libloading::Library;

pub(super) use functions::{
    Bool, Constraint, Event, EventData, EventHandler, EventType, File, Functions, LpRow, MessageHandler,
    ReturnCode, Scip, Sepa, Variable,
};

use super::failed;
use crate::SolverError;

/// The major version whose functions and constants the adapter knows.
const MAJOR_VERSION: c_int = 10;

thread_local! {
    /// What SCIP said about errors on this thread since it was last asked.
    static ERRORS: RefCell<String> = const { RefCell::new(String::new()) };
}

/// The functions of the library, which is opened by the first call and stays open.
pub(super) fn functions() -> Result<&'static Functions, SolverError> {
    static FUNCTIONS: OnceLock<Result<Functions, String>> = OnceLock::new();
    let functions = FUNCTIONS.get_or_init(|| first_of(&places::of_this_process()));
    functions.as_ref().map_err(|reason| failed(reason.as_str()))
}

/// An error where a call did not end well, with SCIP's own words for it.
pub(super) fn checked(code: ReturnCode, call: &str) -> Result<(), SolverError> {
    const OKAY: ReturnCode = 1;
    let said = ERRORS.take();
    if code == OKAY {
        return Ok(());
    }
    let words = said.lines().next().unwrap_or_default().trim();
    let separator = if words.is_empty() { "" } else { ": " };
    Err(failed(format!("{call} returns {code}{separator}{words}")))
}

/// The first library that can be opened and has the right version.
fn first_of(places: &[places::Place]) -> Result<Functions, String> {
    let mut reasons = Vec::new();
    for place in places {
        match open(&place.library) {
            Ok(functions) => return Ok(functions),
            Err(reason) => reasons.push(format!("{} ({}): {reason}", place.library.display(), place.origin)),
        }
    }
    Err(format!(
        "no library of SCIP {MAJOR_VERSION}; `cargo xtask setup scip` fetches one, or SCIPOPTDIR names an installation; \
         looked at {}",
        reasons.join("; ")
    ))
}

fn open(path: &Path) -> Result<Functions, String> {
    if path.is_absolute() && !path.is_file() {
        return Err("no such file".to_owned());
    }
    // SAFETY: opening SCIP runs the initialisation of its own and its libraries' static data, which asks for nothing.
    let library = unsafe { Library::new(path) }.map_err(|error| error.to_string())?;
    // SAFETY: this function has had this signature in every release.
    let major = unsafe {
        let function = library.get::<unsafe extern "C" fn() -> c_int>(b"SCIPmajorVersion\0");
        function.map_err(|error| error.to_string())?()
    };
    if major != MAJOR_VERSION {
        return Err(format!("it is SCIP {major}"));
    }
    let functions = Functions::of(&library).map_err(|error| error.to_string())?;
    // Never closed: the functions live as long as the program.
    std::mem::forget(library);
    // SAFETY: the function matches the type that SCIP expects, uses no data and lives as long as the program. SCIP keeps
    // it for all instances; nothing else runs yet, because every caller waits for this first opening.
    unsafe { (functions.SCIPmessageSetErrorPrinting)(Some(remember_error), std::ptr::null_mut()) };
    Ok(functions)
}

/// Keeps what SCIP would print on the standard error.
///
/// # Safety
/// The message is a null-terminated string that lives during the call, or null.
unsafe extern "C" fn remember_error(_: *mut c_void, _: *mut File, message: *const c_char) {
    if !message.is_null() {
        // SAFETY: see above.
        let message = unsafe { CStr::from_ptr(message) }.to_string_lossy();
        // A thread that ends has nobody left to tell.
        let _ = ERRORS.try_with(|errors| {
            if let Ok(mut errors) = errors.try_borrow_mut() {
                errors.push_str(&message);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_every_place_and_the_mend() {
        let place = |path: &str| places::Place { library: path.into(), origin: "somewhere" };
        let Err(reason) = first_of(&[place("/no/such/lib"), place(env!("CARGO_MANIFEST_DIR"))]) else {
            panic!("neither is a library")
        };
        for part in
            ["/no/such/lib (somewhere): no such file", env!("CARGO_MANIFEST_DIR"), "cargo xtask setup scip"]
        {
            assert!(reason.contains(part), "{reason}");
        }
    }

    #[test]
    fn a_call_that_fails_is_told_with_its_first_line() {
        // SAFETY: null-terminated.
        unsafe { remember_error(std::ptr::null_mut(), std::ptr::null_mut(), c"what\nwhere\n".as_ptr()) };
        let error = checked(-6, "SCIPsolve").expect_err("not okay");
        assert_eq!(error.to_string(), "scip failed: SCIPsolve returns -6: what");
        assert_eq!(
            checked(0, "SCIPsolve").expect_err("not okay").to_string(),
            "scip failed: SCIPsolve returns 0"
        );
        assert!(checked(1, "SCIPsolve").is_ok());
    }
}
