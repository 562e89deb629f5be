use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output;

/// A progress bar on stderr with an estimate of the time left; silent where nobody watches.
pub(super) fn bar(total: u64, unit: &str) -> ProgressBar {
    let target =
        if output::is_watched() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let template = format!("{{bar:30}} {{pos}}/{{len}} {unit}  {{elapsed}} passed, {{eta}} left  {{msg}}");
    let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(Some(total), target).with_style(style)
}

/// A line on stderr for work without a known length; silent where nobody watches.
pub(super) fn line() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if output::is_watched() {
        bar.enable_steady_tick(std::time::Duration::from_millis(200));
    } else {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let style = ProgressStyle::with_template("{spinner} {elapsed} passed  {msg}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
}
