//! What several tests need.

pub(crate) mod build;
pub(crate) mod random;
pub(crate) mod reference;
pub(crate) mod wide;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

pub(crate) fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}
