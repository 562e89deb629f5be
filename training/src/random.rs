//! Streams of random numbers that belong to one seed and do not overlap, so that a change of one part (another
//! initialisation, another number of epochs) leaves the others as they were.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// The numbers for the first values of parameters.
pub(crate) fn for_initialization(seed: u64) -> ChaCha8Rng {
    stream(seed, 0)
}

/// The numbers for the order of examples in an epoch.
pub(crate) fn for_epoch(seed: u64, epoch: usize) -> ChaCha8Rng {
    stream(seed, 1 + epoch as u64)
}

/// The numbers that set examples aside.
pub(crate) fn for_split(seed: u64) -> ChaCha8Rng {
    stream(seed, u64::MAX)
}

fn stream(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    generator.set_stream(stream);
    generator
}
