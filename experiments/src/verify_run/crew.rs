use std::thread;

use verify::Crew;

/// A number of threads; the one that asks is one of them.
pub(super) struct Threads(pub(super) usize);

impl Crew for Threads {
    fn run(&self, work: &(dyn Fn() + Sync)) {
        thread::scope(|scope| {
            for _ in 1..self.0 {
                scope.spawn(work);
            }
            work();
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn all_threads_work_at_the_same_time() {
        let (barrier, runs) = (Barrier::new(3), AtomicUsize::new(0));
        Threads(3).run(&|| {
            // Nobody passes before all have come.
            barrier.wait();
            runs.fetch_add(1, Ordering::Relaxed);
        });
        assert_eq!(runs.into_inner(), 3);
    }
}
