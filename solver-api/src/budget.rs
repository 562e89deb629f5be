use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A flag that one thread raises and all work under it observes; clones share the flag.
#[derive(Clone, Debug, Default)]
pub struct Cancellation(Arc<AtomicBool>);

impl Cancellation {
    /// A flag that is not raised yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks all work that holds a clone to stop soon; it keeps what it has proven so far.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether [`Cancellation::cancel`] was called on any clone.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// How long a piece of work may go on: until a deadline, or until it is cancelled.
#[derive(Clone, Debug, Default)]
pub struct Budget {
    deadline: Option<Instant>,
    cancellation: Cancellation,
    /// Other flags that end it, too.
    others: Vec<Cancellation>,
}

impl Budget {
    /// A budget that never ends.
    pub fn unlimited() -> Self {
        Self::default()
    }

    /// A budget that ends `limit` from now.
    pub fn lasting(limit: Duration) -> Self {
        Self { deadline: Instant::now().checked_add(limit), ..Self::default() }
    }

    /// The same deadline under another cancellation flag.
    #[must_use]
    pub fn with_cancellation(self, cancellation: Cancellation) -> Self {
        Self { cancellation, ..self }
    }

    /// A budget that ends with this one, and when another flag is raised. Solvers, which watch one flag, do not see that one.
    #[must_use]
    pub fn or_when(&self, other: Cancellation) -> Self {
        let mut budget = self.clone();
        budget.others.push(other);
        budget
    }

    /// The flag that ends this budget early.
    pub fn cancellation(&self) -> &Cancellation {
        &self.cancellation
    }

    /// The time left; `None` without a deadline, zero once it has passed.
    pub fn remaining(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// Whether the work should stop now.
    pub fn is_exhausted(&self) -> bool {
        let cancelled =
            self.cancellation.is_cancelled() || self.others.iter().any(Cancellation::is_cancelled);
        cancelled || self.remaining().is_some_and(|left| left.is_zero())
    }

    /// A budget that ends with this one, and after `limit` at the latest.
    #[must_use]
    pub fn limited_to(&self, limit: Duration) -> Self {
        let sooner = Instant::now().checked_add(limit);
        let deadline = match (self.deadline, sooner) {
            (Some(own), Some(sooner)) => Some(own.min(sooner)),
            (own, sooner) => own.or(sooner),
        };
        Self { deadline, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_flag_ends_a_budget_and_all_that_come_from_it() {
        let (own, other) = (Cancellation::new(), Cancellation::new());
        let budget = Budget::unlimited().with_cancellation(own.clone());
        let both = budget.or_when(other.clone()).limited_to(Duration::from_secs(3600));
        assert!(!both.is_exhausted());
        other.cancel();
        assert!(both.is_exhausted() && !budget.is_exhausted());
        own.cancel();
        assert!(budget.is_exhausted());
    }
}
