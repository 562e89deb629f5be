use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

static IS_TAKEN: Mutex<bool> = Mutex::new(false);
static FREED: Condvar = Condvar::new();

/// How long a waiting thread sleeps before it looks again whether it should give up.
const PATIENCE: Duration = Duration::from_millis(10);

/// The right to run CBC, of which this process has one: CBC keeps its command line's state in global variables.
pub(super) struct Turn(());

impl Turn {
    /// Waits for the turn, or until `gives_up` says so.
    pub(super) fn wait(gives_up: impl Fn() -> bool) -> Option<Self> {
        let mut is_taken = lock();
        while *is_taken {
            if gives_up() {
                return None;
            }
            (is_taken, _) = FREED.wait_timeout(is_taken, PATIENCE).unwrap_or_else(PoisonError::into_inner);
        }
        *is_taken = true;
        Some(Self(()))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *lock() = false;
        FREED.notify_one();
    }
}

fn lock() -> MutexGuard<'static, bool> {
    IS_TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::*;

    #[test]
    fn turns_are_taken_one_after_another() {
        let inside = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let turn = Turn::wait(|| false).expect("this never gives up");
                        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                        thread::yield_now();
                        inside.fetch_sub(1, Ordering::SeqCst);
                        drop(turn);
                    }
                });
            }
        });
    }

    #[test]
    fn who_waits_may_give_up() {
        let turn = Turn::wait(|| false).expect("this never gives up");
        assert!(Turn::wait(|| true).is_none());
        drop(turn);
    }
}
