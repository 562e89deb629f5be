//! Time that this process had a processor, so that other work on the machine disturbs figures less.

use criterion::Throughput;
use criterion::measurement::{Measurement, ValueFormatter};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// Microseconds of user and system time.
pub(crate) struct ProcessorTime;

impl Measurement for ProcessorTime {
    type Intermediate = f64;
    type Value = f64;

    fn start(&self) -> f64 {
        let usage = getrusage(UsageWho::RUSAGE_SELF).expect("every process has a usage");
        let microseconds = (usage.user_time() + usage.system_time()).num_microseconds();
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        let microseconds = microseconds as f64;
        microseconds
    }

    fn end(&self, start: f64) -> f64 {
        self.start() - start
    }

    fn add(&self, first: &f64, second: &f64) -> f64 {
        first + second
    }

    fn zero(&self) -> f64 {
        0.0
    }

    fn to_f64(&self, value: &f64) -> f64 {
        *value
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        self
    }
}

impl ValueFormatter for ProcessorTime {
    fn scale_values(&self, _typical: f64, values: &mut [f64]) -> &'static str {
        values.iter_mut().for_each(|value| *value /= 1e3);
        "ms"
    }

    fn scale_throughputs(&self, typical: f64, _throughput: &Throughput, values: &mut [f64]) -> &'static str {
        self.scale_values(typical, values)
    }

    fn scale_for_machines(&self, _values: &mut [f64]) -> &'static str {
        "us"
    }
}
