/// When in a training a batch is met. It drives ramps, and names the batch's random numbers.
///
/// Random numbers depend on the seed and on this name alone, never on what was drawn before: a training that is resumed
/// draws what it would have drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// How many epochs have passed, with fractions. Infinite where a network is judged: all ramps are at their ends, so
    /// that epochs can be compared.
    pub epochs: f64,
    /// The training's seed.
    pub seed: u64,
    /// Names the batch; no other of the training has this number.
    pub batch: u64,
}

/// Rows of a batch that can be told apart.
const MAX_ROWS: u64 = 1 << 24;

/// Batches of judgements are counted from here, behind all of the training's.
const FIRST_JUDGED: u64 = 1 << 39;

impl Moment {
    /// A batch of the training.
    pub(crate) fn of_batch(seed: u64, epoch: usize, batch: usize, batches: usize) -> Self {
        let passed = epoch * batches + batch;
        Self { epochs: passed as f64 / batches as f64, seed, batch: passed as u64 % FIRST_JUDGED }
    }

    /// A batch on which a network is judged: the same numbers in every epoch.
    pub fn of_judgement(seed: u64, batch: usize) -> Self {
        Self { epochs: f64::INFINITY, seed, batch: FIRST_JUDGED + batch as u64 }
    }

    /// One name for the random numbers of each row of the batch.
    pub fn row_streams(&self, rows: usize) -> Vec<u64> {
        (0..rows as u64).map(|row| self.batch * MAX_ROWS + row).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_rows_share_their_numbers() {
        let training = (0..3).flat_map(|epoch| (0..4).map(move |batch| Moment::of_batch(1, epoch, batch, 4)));
        let judged = (0..4).map(|batch| Moment::of_judgement(1, batch));
        let streams: Vec<u64> = training.chain(judged).flat_map(|moment| moment.row_streams(5)).collect();
        assert_eq!(streams.iter().collect::<HashSet<_>>().len(), streams.len());
    }

    #[test]
    fn time_passes_batch_by_batch() {
        assert_eq!(Moment::of_batch(0, 2, 1, 4).epochs, 2.25);
        assert_eq!(Moment::of_judgement(0, 1).epochs, f64::INFINITY);
    }
}
