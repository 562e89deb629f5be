#![expect(unsafe_code, reason = "CBC calls back through C functions with raw pointers")]

use std::any::Any;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::{Cancellation, LogSink};

/// What CBC tells and asks during one solve. CBC may call from its worker threads too.
pub(super) struct Watch {
    cancellation: Cancellation,
    deadline: Option<Instant>,
    /// The objective at which to stop, without the model's offset.
    target: Option<f64>,
    log: Option<LogSink>,
    state: Mutex<State>,
}

/// Why a [`Watch`] stopped its solve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    Cancelled,
    Time,
    Target,
}

#[derive(Default)]
struct State {
    stop: Option<Stop>,
    /// A panic of the log sink, to be continued on the Rust side.
    panic: Option<Box<dyn Any + Send>>,
}

/// A [`Watch`] as the C++ part knows it.
#[repr(C)]
pub(super) struct Listener {
    data: *const c_void,
    stops: unsafe extern "C" fn(*const c_void, *const f64) -> c_int,
    log: unsafe extern "C" fn(*const c_void, *const c_char),
}

impl Watch {
    pub(super) fn new(
        cancellation: Cancellation,
        deadline: Option<Instant>,
        target: Option<f64>,
        log: Option<LogSink>,
    ) -> Self {
        Self { cancellation, deadline, target, log, state: Mutex::default() }
    }

    pub(super) fn wants_log(&self) -> bool {
        self.log.is_some()
    }

    /// Functions that answer for this watch, which must outlive their use.
    pub(super) fn listener(&self) -> Listener {
        Listener { data: std::ptr::from_ref(self).cast(), stops: on_event, log: on_message }
    }

    /// Ends the watch after its solve: says why it stopped it, if it did.
    ///
    /// # Panics
    /// Where the log sink panicked, with the sink's panic.
    pub(super) fn finish(self) -> Option<Stop> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        match state.panic {
            Some(panic) => std::panic::resume_unwind(panic),
            None => state.stop,
        }
    }

    /// Whether the solve should end now, given the objective of a search's best point.
    pub(super) fn stops(&self, incumbent: Option<f64>) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.stop.is_none() {
            state.stop = self.reason_to_stop(incumbent);
        }
        state.stop.is_some() || state.panic.is_some()
    }

    fn reason_to_stop(&self, incumbent: Option<f64>) -> Option<Stop> {
        if self.cancellation.is_cancelled() {
            return Some(Stop::Cancelled);
        }
        if incumbent.zip(self.target).is_some_and(|(objective, target)| objective <= target) {
            return Some(Stop::Target);
        }
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline).then_some(Stop::Time)
    }

    fn log(&self, message: &str) {
        let Some(LogSink(sink)) = &self.log else { return };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.panic.is_some() {
            return;
        }
        let call = AssertUnwindSafe(|| message.lines().for_each(|line| sink(line.trim_end())));
        state.panic = catch_unwind(call).err();
    }
}

/// Answers whether to stop.
///
/// # Safety
/// `watch` must point to a living [`Watch`], `incumbent` to a number or be null.
unsafe extern "C" fn on_event(watch: *const c_void, incumbent: *const f64) -> c_int {
    // SAFETY: the instance passes a pointer to the watch that it borrows for the whole solve; all its methods take `&self`
    // and its changing part lies behind a lock, so that worker threads may share it.
    let watch = unsafe { &*watch.cast::<Watch>() };
    // SAFETY: the C++ part passes null or the address of a number that it holds during the call.
    let incumbent = unsafe { incumbent.as_ref() }.copied();
    c_int::from(watch.stops(incumbent))
}

/// Hands a message to the log.
///
/// # Safety
/// `watch` must point to a living [`Watch`], `message` to a null-terminated string.
unsafe extern "C" fn on_message(watch: *const c_void, message: *const c_char) {
    // SAFETY: as in `on_event`.
    let watch = unsafe { &*watch.cast::<Watch>() };
    // SAFETY: the message is a null-terminated string that lives during the call.
    watch.log(&unsafe { CStr::from_ptr(message) }.to_string_lossy());
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_first_reason_to_stop_stays() {
        let cancellation = Cancellation::new();
        let watch = Watch::new(cancellation.clone(), None, Some(2.0), None);
        assert!(!watch.stops(None));
        assert!(!watch.stops(Some(2.1)));
        assert!(watch.stops(Some(2.0)));
        cancellation.cancel();
        assert!(watch.stops(None));
        assert_eq!(watch.finish(), Some(Stop::Target));
    }

    #[test]
    fn a_deadline_in_the_past_stops_and_one_in_the_future_does_not() {
        for (deadline, stop) in [
            (Instant::now().checked_sub(Duration::from_millis(1)), Some(Stop::Time)),
            (Instant::now().checked_add(Duration::from_secs(999)), None),
        ] {
            let watch = Watch::new(Cancellation::new(), deadline, None, None);
            assert_eq!(watch.stops(None), stop.is_some());
            assert_eq!(watch.finish(), stop);
        }
    }
}
