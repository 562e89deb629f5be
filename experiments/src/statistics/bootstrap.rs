use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

/// Resamples of a bootstrap.
const RESAMPLES: usize = 10_000;

/// A figure with the ends of its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Interval {
    pub(crate) value: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

/// Figures of some groups with their percentile intervals under resampling of whole groups; the same groups in the same
/// order give the same intervals.
///
/// What rises and falls together belongs in one group: attacks on one image, problems of one network. A resample in which
/// a figure is NaN (nothing is left to divide by) says nothing of it.
///
/// Source: Efron, "Bootstrap methods: another look at the jackknife", 1979, of clusters.
pub(crate) fn bootstrap<G, const N: usize>(
    groups: &[G],
    figures: impl Fn(&[&G]) -> [f64; N],
) -> [Interval; N] {
    let mut sample: Vec<&G> = groups.iter().collect();
    let values = figures(&sample);
    if groups.is_empty() {
        return values.map(|value| Interval { value, low: value, high: value });
    }
    let mut random = ChaCha8Rng::seed_from_u64(0);
    let resampled: Vec<[f64; N]> = (0..RESAMPLES)
        .map(|_| {
            sample.iter_mut().for_each(|group| *group = &groups[random.random_range(0..groups.len())]);
            figures(&sample)
        })
        .collect();
    let interval = |figure: usize| {
        let (low, high) = percentiles(resampled.iter().map(|figures| figures[figure]));
        Interval { value: values[figure], low, high }
    };
    std::array::from_fn(interval)
}

/// The values that 2.5 % lie below and above; NaN of nothing.
fn percentiles(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let mut sorted: Vec<f64> = values.filter(|value| !value.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1) as f64;
    let at = |share: f64| sorted.get((share * last).round() as usize).copied().unwrap_or(f64::NAN);
    (at(0.025), at(0.975))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(sample: &[&f64]) -> [f64; 1] {
        [sample.iter().copied().sum::<f64>() / sample.len() as f64]
    }

    #[test]
    fn the_interval_of_a_share_is_that_of_the_binomial_distribution() {
        let answers: Vec<f64> = (0..400).map(|index| f64::from(index % 4 == 0)).collect();
        let [share] = bootstrap(&answers, mean);
        assert_eq!(share.value, 0.25);
        // Its standard error is sqrt(0.25 * 0.75 / 400) = 0.02165.
        assert!((share.low - (0.25 - 1.96 * 0.02165)).abs() < 0.004, "{share:?}");
        assert!((share.high - (0.25 + 1.96 * 0.02165)).abs() < 0.004, "{share:?}");
    }

    #[test]
    fn answers_of_one_group_count_as_one() {
        // Nine equal answers of each image do not make an interval narrower than one does.
        let alone: Vec<Vec<f64>> = (0..50).map(|image| vec![f64::from(image % 2)]).collect();
        let nine: Vec<Vec<f64>> = alone.iter().map(|answers| vec![answers[0]; 9]).collect();
        let share = |sample: &[&Vec<f64>]| {
            let all: Vec<&f64> = sample.iter().copied().flatten().collect();
            mean(&all)
        };
        assert_eq!(bootstrap(&alone, share), bootstrap(&nine, share));
    }

    #[test]
    fn what_has_no_value_in_a_resample_is_left_out_of_its_interval() {
        // A ratio whose denominator only two of three groups have.
        let groups = [(1.0, 1.0), (1.0, 1.0), (0.0, 0.0)];
        let ratio = |sample: &[&(f64, f64)]| {
            let sum = sample.iter().fold((0.0, 0.0), |sum, group| (sum.0 + group.0, sum.1 + group.1));
            [sum.0 / sum.1]
        };
        assert_eq!(bootstrap(&groups, ratio), [Interval { value: 1.0, low: 1.0, high: 1.0 }]);
        assert!(bootstrap(&groups[2..], ratio)[0].low.is_nan());
    }
}
