use thiserror::Error;

use crate::{LayerMask, LayerScores, NeuronMask};

/// Where the line lies between units that stay and units that go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Threshold {
    /// Units with a score below go.
    Absolute(f64),
    /// Units with a score below the mean of their layer go.
    LayerMean,
    /// This share of each layer goes, rounded down: the units with the least scores.
    LayerShare(f64),
    /// This share of all units goes, rounded down: those with the least scores, whatever their layer.
    TotalShare(f64),
}

/// Which end of the scores goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// The least important units.
    LeastFirst,
    /// The most important ones: what a pruning must not touch, as a control.
    GreatestFirst,
}

/// Why scores have no mask.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum ThresholdError {
    /// A share is NaN or outside 0 to 1.
    #[error("the share of units that go is {0}, which is not between 0 and 1")]
    Share(f64),
    /// A threshold is NaN.
    #[error("the threshold is not a number")]
    NotANumber,
    /// There is not one number of units for every layer.
    #[error("there are {counts} numbers of units to remove for {layers} layers")]
    LayerCount {
        /// How many numbers.
        counts: usize,
        /// How many layers.
        layers: usize,
    },
    /// A layer has fewer units than are to go.
    #[error("{count} units of layer {layer} are to go, but it has {units}")]
    TooMany {
        /// The layer's position among the scores.
        layer: usize,
        /// How many units are to go.
        count: usize,
        /// How many there are.
        units: usize,
    },
}

impl NeuronMask {
    /// Keeps the units on the important side of a threshold; of equal scores the later unit goes first.
    ///
    /// # Errors
    /// [`ThresholdError`] for a share outside 0 to 1, or a threshold that is not a number.
    pub fn from_scores(scores: &[LayerScores], threshold: Threshold) -> Result<Self, ThresholdError> {
        let keep = |layer: &LayerScores, stays: &dyn Fn(f64) -> bool| {
            let kept = layer.scores().iter().map(|score| stays(*score)).collect();
            LayerMask::new(layer.layer(), kept)
        };
        match threshold {
            Threshold::Absolute(threshold) if threshold.is_nan() => Err(ThresholdError::NotANumber),
            Threshold::Absolute(threshold) => {
                Ok(Self::new(scores.iter().map(|layer| keep(layer, &|score| score >= threshold)).collect()))
            }
            Threshold::LayerMean => {
                let layer = |layer: &LayerScores| {
                    let mean = layer.scores().iter().sum::<f64>() / layer.scores().len() as f64;
                    keep(layer, &|score| score >= mean)
                };
                Ok(Self::new(scores.iter().map(layer).collect()))
            }
            Threshold::LayerShare(share) => {
                let counts: Vec<usize> = scores
                    .iter()
                    .map(|layer| count_of(share, layer.scores().len()))
                    .collect::<Result<_, _>>()?;
                Self::with_counts(scores, &counts, Order::LeastFirst)
            }
            Threshold::TotalShare(share) => {
                let all: usize = scores.iter().map(|layer| layer.scores().len()).sum();
                let mut places: Vec<(usize, usize)> = (0..scores.len())
                    .flat_map(|layer| (0..scores[layer].scores().len()).map(move |unit| (layer, unit)))
                    .collect();
                let score = |(layer, unit): (usize, usize)| scores[layer].scores()[unit];
                places.sort_by(|a, b| score(*a).total_cmp(&score(*b)).then(b.cmp(a)));
                let mut kept: Vec<Vec<bool>> =
                    scores.iter().map(|layer| vec![true; layer.scores().len()]).collect();
                for (layer, unit) in places.into_iter().take(count_of(share, all)?) {
                    kept[layer][unit] = false;
                }
                let layers = scores.iter().zip(kept);
                Ok(Self::new(layers.map(|(layer, kept)| LayerMask::new(layer.layer(), kept)).collect()))
            }
        }
    }

    /// Removes so many units of each layer, from one end of their scores; of equal scores the later unit goes first.
    ///
    /// # Errors
    /// [`ThresholdError`] where there is not one number a layer, or a layer has fewer units.
    pub fn with_counts(
        scores: &[LayerScores],
        counts: &[usize],
        order: Order,
    ) -> Result<Self, ThresholdError> {
        check_counts(scores, counts)?;
        let layer = |(layer, count): (&LayerScores, &usize)| {
            let scores = layer.scores();
            let mut units: Vec<usize> = (0..scores.len()).collect();
            units.sort_by(|a, b| {
                let ascending = scores[*a].total_cmp(&scores[*b]);
                let by_score = if order == Order::LeastFirst { ascending } else { ascending.reverse() };
                by_score.then(b.cmp(a))
            });
            let mut kept = vec![true; scores.len()];
            units.into_iter().take(*count).for_each(|unit| kept[unit] = false);
            LayerMask::new(layer.layer(), kept)
        };
        Ok(Self::new(scores.iter().zip(counts).map(layer).collect()))
    }
}

/// Holds that there is one number of units for each layer, and not too great.
pub(crate) fn check_counts(scores: &[LayerScores], counts: &[usize]) -> Result<(), ThresholdError> {
    if scores.len() != counts.len() {
        return Err(ThresholdError::LayerCount { counts: counts.len(), layers: scores.len() });
    }
    for (layer, (scores, count)) in scores.iter().zip(counts).enumerate() {
        let units = scores.scores().len();
        if *count > units {
            return Err(ThresholdError::TooMany { layer, count: *count, units });
        }
    }
    Ok(())
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn count_of(share: f64, units: usize) -> Result<usize, ThresholdError> {
    if !(0.0..=1.0).contains(&share) {
        return Err(ThresholdError::Share(share));
    }
    // A share such as 0.3 of 10 units is 3, though 0.3 is a little less than three tenths.
    Ok((share * units as f64 + 1e-9) as usize)
}

#[cfg(test)]
mod tests {
    use nn_core::NodeId;

    use super::*;

    fn scores(layers: &[&[f64]]) -> Vec<LayerScores> {
        let layer = |scores: &&[f64]| LayerScores::new(NodeId::INPUT, scores.to_vec()).expect("scores");
        layers.iter().map(layer).collect()
    }

    fn kept(mask: &NeuronMask) -> Vec<Vec<bool>> {
        mask.layers().iter().map(|layer| layer.kept().to_vec()).collect()
    }

    #[test]
    fn thresholds_keep_the_important_side() {
        let check = |threshold, expected: [&[bool]; 2]| {
            let scores = scores(&[&[0.1, 0.099, 0.9, 0.1], &[0.0, 0.2]]);
            let mask = NeuronMask::from_scores(&scores, threshold).expect("a threshold");
            assert_eq!(kept(&mask), expected, "{threshold:?}");
        };
        check(Threshold::Absolute(0.1), [&[true, false, true, true], &[false, true]]);
        check(Threshold::Absolute(0.0), [&[true; 4], &[true; 2]]);
        check(Threshold::LayerMean, [&[false, false, true, false], &[false, true]]);
        check(Threshold::LayerShare(0.5), [&[true, false, true, false], &[false, true]]);
        check(Threshold::LayerShare(0.4), [&[true, false, true, true], &[true; 2]]);
        check(Threshold::LayerShare(1.0), [&[false; 4], &[false; 2]]);
        check(Threshold::TotalShare(0.5), [&[true, false, true, false], &[false, true]]);
        check(Threshold::TotalShare(0.34), [&[true, false, true, true], &[false, true]]);
    }

    #[test]
    fn counts_take_from_either_end() {
        let scores = scores(&[&[0.3, 0.1, 0.9], &[0.5, 0.5]]);
        let take = |order| NeuronMask::with_counts(&scores, &[2, 1], order).expect("enough units");
        assert_eq!(kept(&take(Order::LeastFirst)), [&[false, false, true][..], &[true, false]]);
        assert_eq!(kept(&take(Order::GreatestFirst)), [&[false, true, false][..], &[true, false]]);
        assert_eq!(take(Order::LeastFirst).removed_counts(), [2, 1]);
    }

    #[test]
    fn what_is_no_threshold_is_refused() {
        let scores = scores(&[&[0.3, 0.1]]);
        for (threshold, message) in [
            (Threshold::LayerShare(1.5), "the share of units that go is 1.5, which is not between 0 and 1"),
            (
                Threshold::TotalShare(f64::NAN),
                "the share of units that go is NaN, which is not between 0 and 1",
            ),
            (Threshold::Absolute(f64::NAN), "the threshold is not a number"),
        ] {
            let error = NeuronMask::from_scores(&scores, threshold).expect_err(message);
            assert_eq!(error.to_string(), message);
        }
        let too_many = NeuronMask::with_counts(&scores, &[3], Order::LeastFirst);
        assert_eq!(too_many, Err(ThresholdError::TooMany { layer: 0, count: 3, units: 2 }));
        let no_counts = NeuronMask::with_counts(&scores, &[], Order::LeastFirst);
        assert_eq!(no_counts, Err(ThresholdError::LayerCount { counts: 0, layers: 1 }));
    }
}
