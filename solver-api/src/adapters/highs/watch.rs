#![expect(unsafe_code, reason = "HiGHS calls back through C functions with raw pointers")]

use std::any::Any;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use highs_sys::{
    HighsCallbackDataIn, HighsCallbackDataOut, kHighsCallbackIpmInterrupt, kHighsCallbackLogging,
    kHighsCallbackMipInterrupt, kHighsCallbackSimplexInterrupt,
};

use crate::{Cancellation, Limits, LogSink};

/// The callbacks that a [`Watch`] answers, besides the log.
pub(super) const INTERRUPTS: [c_int; 3] =
    [kHighsCallbackSimplexInterrupt, kHighsCallbackIpmInterrupt, kHighsCallbackMipInterrupt];

/// What HiGHS calls back into during one solve. HiGHS may call from its worker threads too.
pub(super) struct Watch {
    cancellation: Cancellation,
    bound_stop: Option<f64>,
    /// HiGHS forgets nodes with a bound above the cutoff, so that its dual bound proves nothing above it.
    cutoff: Option<f64>,
    log: Option<LogSink>,
    state: Mutex<State>,
}

/// Why a [`Watch`] interrupted its solve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Stop {
    Cancelled,
    /// The dual bound reached the value asked for; this is the dual bound.
    Bound(f64),
}

#[derive(Default)]
struct State {
    stop: Option<Stop>,
    /// The beginning of a log line whose end has not come yet.
    unfinished_line: String,
    /// A panic of the log sink, to be continued on the Rust side.
    panic: Option<Box<dyn Any + Send>>,
}

impl Watch {
    pub(super) fn new(limits: &Limits, log: Option<LogSink>) -> Self {
        Self {
            cancellation: limits.cancellation.clone(),
            bound_stop: limits.bound_stop,
            cutoff: limits.cutoff,
            log,
            state: Mutex::default(),
        }
    }

    pub(super) fn wants_log(&self) -> bool {
        self.log.is_some()
    }

    /// Ends the watch after its solve: hands out the rest of the log and says why it interrupted, if it did.
    ///
    /// # Panics
    /// Where the log sink panicked, with the sink's panic.
    pub(super) fn finish(self) -> Option<Stop> {
        let mut state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(panic) = state.panic.take() {
            std::panic::resume_unwind(panic);
        }
        if let (Some(LogSink(sink)), false) = (&self.log, state.unfinished_line.is_empty()) {
            sink(&state.unfinished_line);
        }
        state.stop
    }

    /// Whether the solve should end now, given a MIP's dual bound.
    fn interrupts(&self, mip_dual_bound: Option<f64>) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.stop.is_none() {
            state.stop = self.reason_to_stop(mip_dual_bound);
        }
        state.stop.is_some() || state.panic.is_some()
    }

    fn reason_to_stop(&self, mip_dual_bound: Option<f64>) -> Option<Stop> {
        if self.cancellation.is_cancelled() {
            return Some(Stop::Cancelled);
        }
        let dual_bound = mip_dual_bound?.min(self.cutoff.unwrap_or(f64::INFINITY));
        (dual_bound.is_finite() && dual_bound >= self.bound_stop?).then_some(Stop::Bound(dual_bound))
    }

    fn log(&self, text: &str) {
        let Some(LogSink(sink)) = &self.log else { return };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.panic.is_some() {
            return;
        }
        state.unfinished_line.push_str(text);
        while let Some(end) = state.unfinished_line.find('\n') {
            let line: String = state.unfinished_line.drain(..=end).collect();
            let call = AssertUnwindSafe(|| sink(line.trim_end_matches(['\n', '\r'])));
            if let Err(panic) = catch_unwind(call) {
                state.panic = Some(panic);
                return;
            }
        }
    }
}

/// The function that HiGHS calls; `watch` is the [`Watch`] of the running solve.
///
/// # Safety
/// HiGHS passes a null-terminated message, a valid `output`, for interrupts a valid `input`, and the pointer that was
/// registered with it, which must point to a [`Watch`] that outlives the solve.
pub(super) unsafe extern "C" fn on_callback(
    kind: c_int,
    message: *const c_char,
    output: *const HighsCallbackDataOut,
    input: *mut HighsCallbackDataIn,
    watch: *mut c_void,
) {
    // SAFETY: the instance registers a pointer to a `Watch` that it borrows for the whole solve; all its methods take
    // `&self` and its changing part lies behind a lock, so that worker threads may share it.
    let watch = unsafe { &*watch.cast_const().cast::<Watch>() };
    if kind == kHighsCallbackLogging {
        // SAFETY: for this kind the message is a null-terminated string that lives during the call.
        watch.log(&unsafe { CStr::from_ptr(message) }.to_string_lossy());
        return;
    }
    if !INTERRUPTS.contains(&kind) {
        return;
    }
    // SAFETY: HiGHS passes a valid output structure with every callback; plain numbers are copied out of it.
    let mip_dual_bound = (kind == kHighsCallbackMipInterrupt).then(|| unsafe { (*output).mip_dual_bound });
    let interrupt = c_int::from(watch.interrupts(mip_dual_bound));
    // SAFETY: for interrupts HiGHS passes a valid input structure; it is always written, since HiGHS keeps the last value.
    unsafe { (*input).user_interrupt = interrupt };
}
