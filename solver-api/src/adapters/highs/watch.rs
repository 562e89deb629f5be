#![expect(unsafe_code, reason = "HiGHS calls back through C functions with raw pointers")]

use std::ffi::{CStr, c_char, c_int, c_void};
use std::sync::{Mutex, PoisonError};

use highs_sys::{
    HighsCallbackDataIn, HighsCallbackDataOut, kHighsCallbackIpmInterrupt, kHighsCallbackLogging,
    kHighsCallbackMipInterrupt, kHighsCallbackSimplexInterrupt,
};

use crate::adapters::lines::LogLines;
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
    wants_log: bool,
    state: Mutex<State>,
}

/// Why a [`Watch`] interrupted its solve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Stop {
    Cancelled,
    /// The dual bound reached the value asked for; this is the dual bound.
    Bound(f64),
}

struct State {
    stop: Option<Stop>,
    log: LogLines,
}

impl Watch {
    pub(super) fn new(limits: &Limits, log: Option<LogSink>) -> Self {
        Self {
            cancellation: limits.cancellation.clone(),
            bound_stop: limits.bound_stop,
            cutoff: limits.cutoff,
            wants_log: log.is_some(),
            state: Mutex::new(State { stop: None, log: LogLines::new(log) }),
        }
    }

    pub(super) fn wants_log(&self) -> bool {
        self.wants_log
    }

    /// Ends the watch after its solve: hands out the rest of the log and says why it interrupted, if it did.
    ///
    /// # Panics
    /// Where the log sink panicked, with the sink's panic.
    pub(super) fn finish(self) -> Option<Stop> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        state.log.finish();
        state.stop
    }

    /// Whether the solve should end now, given a MIP's dual bound.
    fn interrupts(&self, mip_dual_bound: Option<f64>) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.stop.is_none() {
            state.stop = self.reason_to_stop(mip_dual_bound);
        }
        state.stop.is_some() || state.log.has_panicked()
    }

    fn reason_to_stop(&self, mip_dual_bound: Option<f64>) -> Option<Stop> {
        if self.cancellation.is_cancelled() {
            return Some(Stop::Cancelled);
        }
        let dual_bound = mip_dual_bound?.min(self.cutoff.unwrap_or(f64::INFINITY));
        (dual_bound.is_finite() && dual_bound >= self.bound_stop?).then_some(Stop::Bound(dual_bound))
    }

    fn log(&self, text: &str) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).log.write(text);
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

#[cfg(test)]
mod tests {
    use super::*;

    const INF: f64 = f64::INFINITY;

    #[test]
    fn a_proven_bound_stops_the_search_only_below_the_cutoff() {
        for (bound_stop, cutoff, dual_bound, stop) in [
            (Some(2.0), None, Some(1.9), None),
            (Some(2.0), None, Some(2.0), Some(2.0)),
            (Some(2.0), None, Some(3.0), Some(3.0)),
            (Some(2.0), Some(2.5), Some(3.0), Some(2.5)),
            (Some(2.0), Some(1.5), Some(3.0), None),
            (Some(2.0), None, Some(INF), None),
            (Some(2.0), Some(2.5), Some(INF), Some(2.5)),
            (Some(-INF), None, Some(-INF), None),
            (Some(2.0), None, None, None),
            (None, None, Some(3.0), None),
        ] {
            let watch = Watch::new(&Limits { bound_stop, cutoff, ..Limits::default() }, None);
            assert_eq!(
                watch.interrupts(dual_bound),
                stop.is_some(),
                "{bound_stop:?} {cutoff:?} {dual_bound:?}"
            );
            assert_eq!(watch.finish(), stop.map(Stop::Bound));
        }
    }

    #[test]
    fn the_first_reason_to_stop_stays() {
        let limits = Limits { bound_stop: Some(2.0), ..Limits::default() };
        let watch = Watch::new(&limits, None);
        assert!(watch.interrupts(Some(2.5)));
        limits.cancellation.cancel();
        assert!(watch.interrupts(None));
        assert_eq!(watch.finish(), Some(Stop::Bound(2.5)));
    }

    #[test]
    fn the_log_is_cut_into_lines() {
        let lines = std::sync::Arc::new(Mutex::new(Vec::new()));
        let sink = std::sync::Arc::clone(&lines);
        let log = LogSink(std::sync::Arc::new(move |line| {
            sink.lock().expect("not poisoned").push(line.to_owned());
        }));
        let watch = Watch::new(&Limits::default(), Some(log));
        for text in ["one\ntwo", " halves\r\n", "", "\n", "the rest"] {
            watch.log(text);
        }
        assert_eq!(watch.finish(), None);
        assert_eq!(*lines.lock().expect("not poisoned"), ["one", "two halves", "", "the rest"]);
    }
}
