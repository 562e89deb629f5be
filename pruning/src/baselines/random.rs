use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::threshold::check_counts;
use crate::{LayerMask, LayerScores, NeuronMask, ThresholdError};

/// Among which units of a layer chance chooses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RandomPool {
    /// All of them, each at most once: exactly as many go as were asked for.
    #[default]
    All,
    /// Those with a score above the mean of their layer, drawn with replacement: the published code of 2020. Chance is
    /// kept from unimportant units, and fewer go than were asked for where one is drawn twice.
    AboveMean,
    /// Those with a score above 0, drawn with replacement: the published code of 2021.
    Positive,
}

/// Removes so many units of each layer at random; the same seed removes the same ones.
///
/// # Errors
/// [`ThresholdError`] where there is not one number a layer, or a layer has fewer units.
pub fn random_mask(
    scores: &[LayerScores],
    counts: &[usize],
    pool: RandomPool,
    seed: u64,
) -> Result<NeuronMask, ThresholdError> {
    check_counts(scores, counts)?;
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    let layer = |(layer, count): (&LayerScores, &usize)| {
        let mut kept = vec![true; layer.scores().len()];
        let mut units = candidates(layer.scores(), pool);
        if pool == RandomPool::All {
            units.shuffle(&mut generator);
            units.iter().take(*count).for_each(|unit| kept[*unit] = false);
        } else if !units.is_empty() {
            (0..*count).for_each(|_| kept[units[generator.random_range(0..units.len())]] = false);
        }
        LayerMask::new(layer.layer(), kept)
    };
    Ok(NeuronMask::new(scores.iter().zip(counts).map(layer).collect()))
}

fn candidates(scores: &[f64], pool: RandomPool) -> Vec<usize> {
    let mean = scores.iter().sum::<f64>() / scores.len() as f64;
    let is_candidate = |unit: &usize| match pool {
        RandomPool::All => true,
        RandomPool::AboveMean => scores[*unit] > mean,
        RandomPool::Positive => scores[*unit] > 0.0,
    };
    (0..scores.len()).filter(is_candidate).collect()
}

#[cfg(test)]
mod tests {
    use nn_core::NodeId;

    use super::*;

    fn scores() -> Vec<LayerScores> {
        let scores = (0..20).map(|unit| if unit < 10 { 0.0 } else { 0.05 * f64::from(unit) });
        vec![LayerScores::new(NodeId::INPUT, scores.collect()).expect("scores")]
    }

    fn removed(pool: RandomPool, count: usize, seed: u64) -> Vec<usize> {
        let mask = random_mask(&scores(), &[count], pool, seed).expect("enough units");
        let kept = mask.layers()[0].kept().to_vec();
        (0..kept.len()).filter(|unit| !kept[*unit]).collect()
    }

    #[test]
    fn the_fair_pool_takes_as_many_as_asked_from_all() {
        for seed in 0..20 {
            assert_eq!(removed(RandomPool::All, 7, seed).len(), 7);
            assert_eq!(removed(RandomPool::All, 7, seed), removed(RandomPool::All, 7, seed));
        }
        let everywhere: std::collections::BTreeSet<usize> =
            (0..40).flat_map(|seed| removed(RandomPool::All, 7, seed)).collect();
        assert_eq!(everywhere.len(), 20, "chance reaches every unit");
    }

    #[test]
    fn the_published_pools_spare_the_unimportant_and_may_draw_twice() {
        let mean = scores()[0].scores().iter().sum::<f64>() / 20.0;
        let mut fewer = 0;
        for seed in 0..20 {
            for (pool, least) in [(RandomPool::AboveMean, mean), (RandomPool::Positive, 0.0)] {
                let units = removed(pool, 8, seed);
                assert!(units.iter().all(|unit| scores()[0].scores()[*unit] > least), "{pool:?}: {units:?}");
                fewer += usize::from(units.len() < 8);
            }
        }
        assert!(fewer > 20, "of 8 draws among 10 units, two nearly always agree: {fewer} of 40");
    }
}
