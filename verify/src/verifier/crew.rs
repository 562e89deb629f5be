//! Who works: threads are the caller's.

/// A number of threads that can be put to the same work.
pub trait Crew: Sync {
    /// Runs the work on every thread at the same time, and returns when all have come back.
    fn run(&self, work: &(dyn Fn() + Sync));
}

/// The thread that asks, and no other.
#[derive(Clone, Copy, Debug, Default)]
pub struct Alone;

impl Crew for Alone {
    fn run(&self, work: &(dyn Fn() + Sync)) {
        work();
    }
}
