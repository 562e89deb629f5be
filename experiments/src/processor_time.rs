//! Time that processors worked, rather than time that passed.

/// Seconds of processor time that this process and its ended children have used; none where the system does not tell.
#[cfg(unix)]
pub(crate) fn seconds_used() -> Option<f64> {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike;

    let parties = [UsageWho::RUSAGE_SELF, UsageWho::RUSAGE_CHILDREN];
    let seconds = parties.map(|who| {
        let usage = getrusage(who).ok()?;
        Some((usage.user_time().num_microseconds() + usage.system_time().num_microseconds()) as f64 * 1e-6)
    });
    seconds.into_iter().sum()
}

/// Seconds of processor time that this process and its ended children have used; none where the system does not tell.
#[cfg(not(unix))]
pub(crate) fn seconds_used() -> Option<f64> {
    None
}
