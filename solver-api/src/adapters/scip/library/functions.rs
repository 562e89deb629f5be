use std::ffi::{c_char, c_int, c_longlong, c_uint, c_void};

use libloading::{Error, Library};

/// A C structure of SCIP, known by its address only.
macro_rules! opaque {
    ($($name:ident)*) => {
        $(#[repr(C)]
        pub(in crate::adapters::scip) struct $name {
            _private: [u8; 0],
        })*
    };
}

opaque! {
    Scip Variable Constraint Solution Heuristic Parameter MessageHandler EventHandler Event EventData File Sepa SepaData
    LpRow Node
}

/// 1 where all went well.
pub(in crate::adapters::scip) type ReturnCode = c_int;
pub(in crate::adapters::scip) type Bool = c_uint;
pub(in crate::adapters::scip) type EventType = u64;

/// Writes a message; the second argument, a file, is not used.
pub(in crate::adapters::scip) type WriteMessage =
    unsafe extern "C" fn(*mut MessageHandler, *mut File, *const c_char);
pub(in crate::adapters::scip) type WriteError = unsafe extern "C" fn(*mut c_void, *mut File, *const c_char);
pub(in crate::adapters::scip) type OnEvent =
    unsafe extern "C" fn(*mut Scip, *mut EventHandler, *mut Event, *mut EventData) -> ReturnCode;
/// Looks for cuts; the arguments after the separator are the result, whether local cuts are allowed, and the node's depth.
pub(in crate::adapters::scip) type OnSeparation =
    unsafe extern "C" fn(*mut Scip, *mut Sepa, *mut c_uint, Bool, c_int) -> ReturnCode;
/// The same for a solution that is not the relaxation's, which is the third argument.
type OnSolutionSeparation =
    unsafe extern "C" fn(*mut Scip, *mut Sepa, *mut Solution, *mut c_uint, Bool, c_int) -> ReturnCode;
type FreeMessageData = unsafe extern "C" fn(*mut MessageHandler) -> ReturnCode;

macro_rules! functions {
    ($($name:ident($($argument:ty),*) $(-> $result:ty)?;)*) => {
        /// The functions that the adapter calls, by their names and with their signatures in SCIP's headers.
        #[expect(non_snake_case, reason = "the names that SCIP's documentation uses")]
        pub(in crate::adapters::scip) struct Functions {
            $(pub(in crate::adapters::scip) $name: unsafe extern "C" fn($($argument),*) $(-> $result)?,)*
        }

        impl Functions {
            /// Finds every function in a library, which must stay open for as long as they are called.
            pub(super) fn of(library: &Library) -> Result<Self, Error> {
                Ok(Self {
                    $($name: {
                        // SAFETY: SCIP's headers declare the function of this name with this signature, the same in
                        // every release with the same major version; the caller has seen to that version.
                        *unsafe { library.get(concat!(stringify!($name), "\0").as_bytes()) }?
                    },)*
                })
            }
        }
    };
}

functions! {
    SCIPmajorVersion() -> c_int;
    SCIPminorVersion() -> c_int;
    SCIPtechVersion() -> c_int;
    SCIPmessageSetErrorPrinting(Option<WriteError>, *mut c_void);

    SCIPcreate(*mut *mut Scip) -> ReturnCode;
    SCIPfree(*mut *mut Scip) -> ReturnCode;
    SCIPincludeDefaultPlugins(*mut Scip) -> ReturnCode;
    SCIPmessagehdlrCreate(
        *mut *mut MessageHandler, Bool, *const c_char, Bool, Option<WriteMessage>, Option<WriteMessage>,
        Option<WriteMessage>, Option<FreeMessageData>, *mut c_void
    ) -> ReturnCode;
    SCIPsetMessagehdlr(*mut Scip, *mut MessageHandler) -> ReturnCode;
    SCIPmessagehdlrRelease(*mut *mut MessageHandler) -> ReturnCode;
    SCIPmessagehdlrGetData(*mut MessageHandler) -> *mut c_void;
    SCIPincludeEventhdlrBasic(
        *mut Scip, *mut *mut EventHandler, *const c_char, *const c_char, Option<OnEvent>, *mut c_void
    ) -> ReturnCode;
    SCIPeventhdlrGetData(*mut EventHandler) -> *mut c_void;
    SCIPcatchEvent(*mut Scip, EventType, *mut EventHandler, *mut EventData, *mut c_int) -> ReturnCode;
    SCIPdropEvent(*mut Scip, EventType, *mut EventHandler, *mut EventData, c_int) -> ReturnCode;

    SCIPgetParam(*mut Scip, *const c_char) -> *mut Parameter;
    SCIPparamGetType(*mut Parameter) -> c_uint;
    SCIPgetIntParam(*mut Scip, *const c_char, *mut c_int) -> ReturnCode;
    SCIPgetRealParam(*mut Scip, *const c_char, *mut f64) -> ReturnCode;
    SCIPgetLongintParam(*mut Scip, *const c_char, *mut c_longlong) -> ReturnCode;
    SCIPsetBoolParam(*mut Scip, *const c_char, Bool) -> ReturnCode;
    SCIPsetIntParam(*mut Scip, *const c_char, c_int) -> ReturnCode;
    SCIPsetLongintParam(*mut Scip, *const c_char, c_longlong) -> ReturnCode;
    SCIPsetRealParam(*mut Scip, *const c_char, f64) -> ReturnCode;
    SCIPsetCharParam(*mut Scip, *const c_char, c_char) -> ReturnCode;
    SCIPsetStringParam(*mut Scip, *const c_char, *const c_char) -> ReturnCode;

    SCIPinfinity(*mut Scip) -> f64;
    SCIPcreateProbBasic(*mut Scip, *const c_char) -> ReturnCode;
    SCIPaddOrigObjoffset(*mut Scip, f64) -> ReturnCode;
    SCIPsetObjlimit(*mut Scip, f64) -> ReturnCode;
    SCIPcreateVarBasic(*mut Scip, *mut *mut Variable, *const c_char, f64, f64, f64, c_uint) -> ReturnCode;
    SCIPaddVar(*mut Scip, *mut Variable) -> ReturnCode;
    SCIPreleaseVar(*mut Scip, *mut *mut Variable) -> ReturnCode;
    SCIPcreateConsBasicLinear(
        *mut Scip, *mut *mut Constraint, *const c_char, c_int, *mut *mut Variable, *mut f64, f64, f64
    ) -> ReturnCode;
    SCIPgetNegatedVar(*mut Scip, *mut Variable, *mut *mut Variable) -> ReturnCode;
    SCIPcreateConsBasicIndicator(
        *mut Scip, *mut *mut Constraint, *const c_char, *mut Variable, c_int, *mut *mut Variable, *mut f64, f64
    ) -> ReturnCode;
    SCIPcreateConsBasicSOS1(
        *mut Scip, *mut *mut Constraint, *const c_char, c_int, *mut *mut Variable, *mut f64
    ) -> ReturnCode;
    SCIPaddCons(*mut Scip, *mut Constraint) -> ReturnCode;
    SCIPreleaseCons(*mut Scip, *mut *mut Constraint) -> ReturnCode;
    SCIPcreateOrigSol(*mut Scip, *mut *mut Solution, *mut Heuristic) -> ReturnCode;
    SCIPsetSolVals(*mut Scip, *mut Solution, c_int, *mut *mut Variable, *mut f64) -> ReturnCode;
    SCIPaddSolFree(*mut Scip, *mut *mut Solution, *mut Bool) -> ReturnCode;

    SCIPsetSeparating(*mut Scip, c_uint, Bool) -> ReturnCode;
    SCIPincludeSepaBasic(
        *mut Scip, *mut *mut Sepa, *const c_char, *const c_char, c_int, c_int, f64, Bool, Bool, Option<OnSeparation>,
        Option<OnSolutionSeparation>, *mut SepaData
    ) -> ReturnCode;
    SCIPsepaGetData(*mut Sepa) -> *mut SepaData;
    SCIPgetCurrentNode(*mut Scip) -> *mut Node;
    SCIPnodeGetNumber(*mut Node) -> c_longlong;
    SCIPgetLPSolstat(*mut Scip) -> c_uint;
    SCIPcreateEmptyRowSepa(*mut Scip, *mut *mut LpRow, *mut Sepa, *const c_char, f64, f64, Bool, Bool, Bool) -> ReturnCode;
    SCIPcacheRowExtensions(*mut Scip, *mut LpRow) -> ReturnCode;
    SCIPflushRowExtensions(*mut Scip, *mut LpRow) -> ReturnCode;
    SCIPaddVarsToRow(*mut Scip, *mut LpRow, c_int, *mut *mut Variable, *mut f64) -> ReturnCode;
    SCIPaddRow(*mut Scip, *mut LpRow, Bool, *mut Bool) -> ReturnCode;
    SCIPreleaseRow(*mut Scip, *mut *mut LpRow) -> ReturnCode;

    SCIPtransformProb(*mut Scip) -> ReturnCode;
    SCIPsolve(*mut Scip) -> ReturnCode;
    SCIPinterruptSolve(*mut Scip) -> ReturnCode;

    SCIPgetStatus(*mut Scip) -> c_uint;
    SCIPgetBestSol(*mut Scip) -> *mut Solution;
    SCIPgetSolVals(*mut Scip, *mut Solution, c_int, *mut *mut Variable, *mut f64) -> ReturnCode;
    SCIPgetDualbound(*mut Scip) -> f64;
    SCIPgetNTotalNodes(*mut Scip) -> c_longlong;
    SCIPgetNLPIterations(*mut Scip) -> c_longlong;
}

impl Functions {
    /// The version of the library, such as `10.0.2`.
    pub(in crate::adapters::scip) fn version(&self) -> String {
        // SAFETY: these functions only return numbers.
        let [major, minor, tech] = [self.SCIPmajorVersion, self.SCIPminorVersion, self.SCIPtechVersion]
            .map(|part| unsafe { part() });
        format!("{major}.{minor}.{tech}")
    }
}
