use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use solver_api::Cancellation;

/// Works on `count` pieces in `threads` threads, and hands their results over in the order of the pieces.
///
/// Once cancelled, no piece is begun, and one that was under way is left out: it may have been cut short. What was
/// finished before is handed over.
///
/// # Errors
/// The first error of `work` or `take`; the other pieces are given up.
pub(crate) fn in_order<T: Send>(
    count: usize,
    threads: usize,
    cancellation: &Cancellation,
    work: impl Fn(usize) -> anyhow::Result<T> + Sync,
    mut take: impl FnMut(T) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let next = AtomicUsize::new(0);
    let stop = Cancellation::new();
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..threads.clamp(1, count.max(1)) {
            let (work, next, stop, sender) = (&work, &next, &stop, sender.clone());
            scope.spawn(move || {
                while !cancellation.is_cancelled() && !stop.is_cancelled() {
                    let piece = next.fetch_add(1, Ordering::Relaxed);
                    if piece >= count {
                        break;
                    }
                    let result = work(piece);
                    if cancellation.is_cancelled() || sender.send((piece, result)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let mut early = BTreeMap::new();
        let mut awaited = 0;
        let mut take_all = || {
            for (piece, result) in &receiver {
                early.insert(piece, result?);
                while let Some(result) = early.remove(&awaited) {
                    take(result)?;
                    awaited += 1;
                }
            }
            std::mem::take(&mut early).into_values().try_for_each(&mut take)
        };
        let result = take_all();
        stop.cancel();
        result
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_from_any_number_of_threads() {
        for threads in [1, 2, 7] {
            let mut taken = Vec::new();
            let work = |piece: usize| {
                // The first pieces are the last to be done.
                std::thread::sleep(std::time::Duration::from_millis(20_u64.saturating_sub(piece as u64)));
                Ok(piece * piece)
            };
            let take = |square| {
                taken.push(square);
                Ok(())
            };
            in_order(25, threads, &Cancellation::new(), work, take).unwrap();
            assert_eq!(taken, (0..25).map(|piece| piece * piece).collect::<Vec<_>>());
        }
    }

    #[test]
    fn what_was_finished_before_a_cancellation_is_kept_and_nothing_else() {
        let cancellation = Cancellation::new();
        let work = |piece: usize| {
            if piece == 3 {
                cancellation.cancel();
            }
            Ok(piece)
        };
        let mut taken = Vec::new();
        let take = |piece| {
            taken.push(piece);
            Ok(())
        };
        in_order(100, 1, &cancellation, work, take).unwrap();
        assert_eq!(taken, [0, 1, 2]);
    }

    #[test]
    fn the_first_error_ends_all() {
        let fails = |piece: usize| if piece == 5 { Err(anyhow::anyhow!("piece 5")) } else { Ok(()) };
        let error = in_order(1_000_000, 2, &Cancellation::new(), fails, |()| Ok(())).unwrap_err();
        assert_eq!(error.to_string(), "piece 5");
        in_order(0, 2, &Cancellation::new(), fails, |()| Ok(())).unwrap();
    }
}
