//! Cutting a solver's log into lines, with a sink that may panic.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::LogSink;

/// Hands what a solver writes to a sink, line by line, and keeps the sink's panic away from C code.
pub(super) struct LogLines {
    sink: Option<LogSink>,
    /// The beginning of a line whose end has not come yet.
    unfinished: String,
    panic: Option<Box<dyn Any + Send>>,
}

impl LogLines {
    pub(super) fn new(sink: Option<LogSink>) -> Self {
        Self { sink, unfinished: String::new(), panic: None }
    }

    /// Takes the next piece of the log; after a panic of the sink nothing more is handed to it.
    pub(super) fn write(&mut self, text: &str) {
        if self.sink.is_none() || self.panic.is_some() {
            return;
        }
        self.unfinished.push_str(text);
        while let Some(end) = self.unfinished.find('\n') {
            let line: String = self.unfinished.drain(..=end).collect();
            self.hand_over(line.trim_end_matches(['\n', '\r']));
        }
    }

    /// Whether the sink panicked, so that the solver should end.
    pub(super) fn has_panicked(&self) -> bool {
        self.panic.is_some()
    }

    /// Hands over the rest.
    ///
    /// # Panics
    /// Where the sink panicked, with the sink's panic.
    pub(super) fn finish(mut self) {
        let rest = std::mem::take(&mut self.unfinished);
        if !rest.is_empty() {
            self.hand_over(&rest);
        }
        if let Some(panic) = self.panic {
            resume_unwind(panic);
        }
    }

    fn hand_over(&mut self, line: &str) {
        let Some(LogSink(sink)) = self.sink.as_ref().filter(|_| self.panic.is_none()) else { return };
        self.panic = catch_unwind(AssertUnwindSafe(|| sink(line))).err();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    fn collecting() -> (LogLines, Arc<Mutex<Vec<String>>>) {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&lines);
        let log = LogSink(Arc::new(move |line| {
            sink.lock().expect("not poisoned").push(line.to_owned());
            assert_ne!(line, "panic");
        }));
        (LogLines::new(Some(log)), lines)
    }

    #[test]
    fn the_log_is_cut_into_lines() {
        let (mut log, lines) = collecting();
        for text in ["one\ntwo", " halves\r\n", "", "\n", "the rest"] {
            log.write(text);
        }
        assert!(!log.has_panicked());
        log.finish();
        assert_eq!(*lines.lock().expect("not poisoned"), ["one", "two halves", "", "the rest"]);
    }

    #[test]
    fn a_panic_of_the_sink_is_kept_to_the_end() {
        let (mut log, lines) = collecting();
        log.write("panic\nmore\n");
        log.write("still more\n");
        assert!(log.has_panicked());
        assert!(catch_unwind(AssertUnwindSafe(|| log.finish())).is_err());
        assert_eq!(*lines.lock().expect("not poisoned"), ["panic"]);
    }
}
