#![expect(unsafe_code, reason = "SCIP is a C library, called through raw pointers")]

mod edit;
mod parameters;
mod query;
mod separate;
mod special;

use std::ffi::c_int;
use std::marker::PhantomData;
use std::ptr;

use super::library::{EventHandler, Functions, Scip, Variable, checked};
use super::unsupported;
use super::watch::{self, EVENTS, Watch};
use crate::SolverError;

/// A live SCIP instance with at most one model, behind safe calls whose return codes are checked.
pub(super) struct Instance<'w> {
    functions: &'static Functions,
    /// Valid until the instance is dropped.
    scip: *mut Scip,
    event_handler: *mut EventHandler,
    /// The model's columns, in its order; each is held by the instance's problem.
    columns: Vec<*mut Variable>,
    /// What each column is multiplied by.
    factors: Vec<f64>,
    /// SCIP keeps a pointer to it.
    watch: PhantomData<&'w Watch>,
}

impl Drop for Instance<'_> {
    fn drop(&mut self) {
        // SAFETY: the instance is alive, and nothing uses it afterwards. An error here leaves memory behind at worst.
        unsafe { (self.functions.SCIPfree)(&raw mut self.scip) };
    }
}

impl<'w> Instance<'w> {
    /// An instance without a model that prints nothing: what it has to say goes to the watch.
    pub(super) fn new(watch: &'w Watch) -> Result<Self, SolverError> {
        let functions = watch.functions();
        let mut scip = ptr::null_mut();
        // SAFETY: SCIP writes the address of a new instance.
        checked(unsafe { (functions.SCIPcreate)(&raw mut scip) }, "SCIPcreate")?;
        let mut instance = Self {
            functions,
            scip,
            event_handler: ptr::null_mut(),
            columns: Vec::new(),
            factors: Vec::new(),
            watch: PhantomData,
        };
        instance.send_messages_to(watch)?;
        // SAFETY: the instance is alive.
        checked(unsafe { (functions.SCIPincludeDefaultPlugins)(scip) }, "SCIPincludeDefaultPlugins")?;
        instance.send_events_to(watch)?;
        Ok(instance)
    }

    fn send_messages_to(&mut self, watch: &'w Watch) -> Result<(), SolverError> {
        let data = ptr::from_ref(watch).cast_mut().cast();
        let on_message = Some(watch::on_message as _);
        let mut handler = ptr::null_mut();
        // SAFETY: SCIP writes the address of a new handler. `on_message` expects a pointer to a watch, and this one
        // outlives the instance by its lifetime; nothing is to be freed with the handler. 1 asks for whole lines.
        let created = unsafe {
            (self.functions.SCIPmessagehdlrCreate)(
                &raw mut handler,
                1,
                ptr::null(),
                0,
                on_message,
                on_message,
                on_message,
                None,
                data,
            )
        };
        checked(created, "SCIPmessagehdlrCreate")?;
        // SAFETY: instance and handler are alive; the instance takes a share in the handler.
        let set = unsafe { (self.functions.SCIPsetMessagehdlr)(self.scip, handler) };
        // SAFETY: gives up our share in the handler.
        let released = unsafe { (self.functions.SCIPmessagehdlrRelease)(&raw mut handler) };
        checked(set, "SCIPsetMessagehdlr")?;
        checked(released, "SCIPmessagehdlrRelease")
    }

    fn send_events_to(&mut self, watch: &'w Watch) -> Result<(), SolverError> {
        let data = ptr::from_ref(watch).cast_mut().cast();
        // SAFETY: the instance is alive, both texts are null-terminated and copied. `on_event` expects a pointer to a
        // watch, and this one outlives the instance by its lifetime.
        let included = unsafe {
            (self.functions.SCIPincludeEventhdlrBasic)(
                self.scip,
                &raw mut self.event_handler,
                c"watch".as_ptr(),
                c"sees to cancellation".as_ptr(),
                Some(watch::on_event),
                data,
            )
        };
        checked(included, "SCIPincludeEventhdlrBasic")
    }

    /// Solves the model that was handed over.
    pub(super) fn solve(&mut self) -> Result<(), SolverError> {
        let Functions { SCIPtransformProb, SCIPcatchEvent, SCIPsolve, SCIPdropEvent, .. } = self.functions;
        // SAFETY: the instance is alive and holds a problem, so that it may be transformed.
        checked(unsafe { SCIPtransformProb(self.scip) }, "SCIPtransformProb")?;
        // SAFETY: the instance is alive and transformed, the handler its own; null stands for "not wanted".
        let caught = unsafe {
            SCIPcatchEvent(self.scip, EVENTS, self.event_handler, ptr::null_mut(), ptr::null_mut())
        };
        checked(caught, "SCIPcatchEvent")?;
        // SAFETY: the instance is alive and transformed.
        checked(unsafe { SCIPsolve(self.scip) }, "SCIPsolve")?;
        // SAFETY: the same events, handler and data as above; -1 lets SCIP search for them.
        let dropped = unsafe { SCIPdropEvent(self.scip, EVENTS, self.event_handler, ptr::null_mut(), -1) };
        checked(dropped, "SCIPdropEvent")
    }
}

pub(super) fn scip_count(count: usize) -> Result<c_int, SolverError> {
    c_int::try_from(count).map_err(|_| unsupported(format!("{count} columns or entries of a row")))
}
