#![expect(unsafe_code, reason = "SCIP calls back through C functions with raw pointers")]

use std::cell::{Cell, RefCell};
use std::ffi::{CStr, c_char};

use super::library::{
    Event, EventData, EventHandler, EventType, File, Functions, MessageHandler, ReturnCode, Scip,
};
use crate::adapters::lines::LogLines;
use crate::{Cancellation, LogSink};

/// When SCIP asks the watch: rounds of presolve, nodes, LPs, rows that an LP gets (in the rounds of cuts), solutions.
pub(super) const EVENTS: EventType = {
    const PRESOLVE_ROUND: EventType = 1 << 18;
    const NODE_FOCUSED: EventType = 1 << 19;
    const NODE_SOLVED: EventType = 1 << 20 | 1 << 21 | 1 << 22;
    const LP_SOLVED: EventType = 1 << 25 | 1 << 26;
    const SOLUTION_FOUND: EventType = 1 << 27 | 1 << 28;
    const ROW_ADDED: EventType = 1 << 31;
    PRESOLVE_ROUND | NODE_FOCUSED | NODE_SOLVED | LP_SOLVED | SOLUTION_FOUND | ROW_ADDED
};

/// What SCIP calls back into during one solve, always on the thread that solves.
pub(super) struct Watch {
    functions: &'static Functions,
    cancellation: Cancellation,
    cancelled: Cell<bool>,
    log: RefCell<LogLines>,
}

impl Watch {
    pub(super) fn new(
        functions: &'static Functions,
        cancellation: Cancellation,
        log: Option<LogSink>,
    ) -> Self {
        let log = RefCell::new(LogLines::new(log));
        Self { functions, cancellation, cancelled: Cell::new(false), log }
    }

    pub(super) fn functions(&self) -> &'static Functions {
        self.functions
    }

    /// Whether the solve was interrupted because of the cancellation.
    pub(super) fn was_cancelled(&self) -> bool {
        self.cancelled.get()
    }

    /// Ends the watch after its solve, and hands out the rest of the log.
    ///
    /// # Panics
    /// Where the log sink panicked, with the sink's panic.
    pub(super) fn finish(self) {
        self.log.into_inner().finish();
    }

    /// Whether the solve should end now.
    fn interrupts(&self) -> bool {
        if self.cancellation.is_cancelled() {
            self.cancelled.set(true);
        }
        self.cancelled.get() || self.log.borrow().has_panicked()
    }

    fn write(&self, text: &str) {
        // A sink that makes SCIP write again cannot come here, but if it could, its text would be dropped.
        if let Ok(mut log) = self.log.try_borrow_mut() {
            log.write(text);
        }
    }
}

/// The function that SCIP calls with each message.
///
/// # Safety
/// The handler's data is a pointer to a [`Watch`] that outlives it; the message is null-terminated, or null.
pub(super) unsafe extern "C" fn on_message(
    handler: *mut MessageHandler,
    _: *mut File,
    message: *const c_char,
) {
    let functions = match super::library::functions() {
        Ok(functions) if !message.is_null() => functions,
        _ => return,
    };
    // SAFETY: SCIP passes the handler that is being called; its data is a watch, see above.
    let watch = unsafe { (functions.SCIPmessagehdlrGetData)(handler).cast::<Watch>().as_ref() };
    if let Some(watch) = watch {
        // SAFETY: the message is a null-terminated string that lives during the call.
        watch.write(&unsafe { CStr::from_ptr(message) }.to_string_lossy());
    }
}

/// The function that SCIP calls with each of [`EVENTS`].
///
/// # Safety
/// The handler's data is a pointer to a [`Watch`] that outlives it.
pub(super) unsafe extern "C" fn on_event(
    scip: *mut Scip,
    handler: *mut EventHandler,
    _: *mut Event,
    _: *mut EventData,
) -> ReturnCode {
    const OKAY: ReturnCode = 1;
    let Ok(functions) = super::library::functions() else { return OKAY };
    // SAFETY: SCIP passes the handler that is being called; its data is a watch, see above.
    let watch = unsafe { (functions.SCIPeventhdlrGetData)(handler).cast::<Watch>().as_ref() };
    match watch {
        // SAFETY: SCIP passes the instance that runs; an interruption is allowed in every stage in which events occur.
        Some(watch) if watch.interrupts() => unsafe { (functions.SCIPinterruptSolve)(scip) },
        _ => OKAY,
    }
}
