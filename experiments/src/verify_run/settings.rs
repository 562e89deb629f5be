use std::time::Duration;

use super::{Arithmetic, EngineName, Memory};

/// How an instance is verified; the processes of a batch get the same.
#[derive(Clone, Debug)]
pub(crate) struct VerifySettings {
    pub(crate) engine: EngineName,
    /// The solver's name; `None` for the fastest that works here.
    pub(crate) solver: Option<String>,
    pub(crate) threads: usize,
    pub(crate) seed: u64,
    /// From the start of the process.
    pub(crate) timeout: Option<Duration>,
    pub(crate) memory: Option<Memory>,
    pub(crate) arithmetic: Arithmetic,
}

impl VerifySettings {
    /// The command line that says the same.
    pub(super) fn arguments(&self) -> Vec<String> {
        let mut arguments = vec![
            format!("--engine={}", self.engine),
            format!("--solver={}", self.solver.as_deref().unwrap_or("auto")),
            format!("--threads={}", self.threads),
            format!("--seed={}", self.seed),
        ];
        arguments.extend(self.timeout.map(|timeout| format!("--timeout={}", timeout.as_secs_f64())));
        arguments.extend(self.memory.map(|memory| format!("--memory={memory}")));
        arguments.extend((self.arithmetic == Arithmetic::Real).then(|| "--assume-real".to_owned()));
        arguments
    }
}
