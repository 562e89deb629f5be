//! Ctrl-C: the first asks all work to stop and keep what it has, the second ends the process.

use solver_api::Cancellation;

/// A flag that Ctrl-C (or SIGTERM) raises.
///
/// # Errors
/// Where a handler was installed before.
pub(super) fn cancellation_on_interrupt() -> anyhow::Result<Cancellation> {
    let cancellation = Cancellation::new();
    let raised = cancellation.clone();
    ctrlc::set_handler(move || {
        if raised.is_cancelled() {
            std::process::exit(130);
        }
        raised.cancel();
    })?;
    Ok(cancellation)
}
