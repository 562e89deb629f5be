//! Figures about times, all in seconds.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The shift of geometric means: differences well below a second count little.
pub(crate) const SHIFT: f64 = 1.0;

/// Resamples of a bootstrap.
const RESAMPLES: usize = 10_000;

/// What one solve took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Time {
    /// Until the answer; the limit where there is none.
    pub(crate) seconds: f64,
    pub(crate) is_solved: bool,
}

/// A ratio with the ends of its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ratio {
    pub(crate) value: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

/// Two times of one problem, and the group that the problem belongs to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pair<'a> {
    pub(crate) group: &'a str,
    pub(crate) baseline: f64,
    pub(crate) other: f64,
}

/// Penalised average runtime: the mean, where an unsolved problem counts twice its limit.
pub(crate) fn par2(times: &[Time]) -> f64 {
    mean(times.iter().map(|time| if time.is_solved { time.seconds } else { 2.0 * time.seconds }))
}

/// `exp(mean(ln(t + shift))) - shift`.
pub(crate) fn shifted_geometric_mean(seconds: impl IntoIterator<Item = f64>) -> f64 {
    mean(seconds.into_iter().map(|time| (time + SHIFT).ln())).exp() - SHIFT
}

/// The middle value, or the mean of the two in the middle; NaN of nothing.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => sorted[middle],
        _ => (sorted[middle - 1] + sorted[middle]) / 2.0,
    }
}

fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let (sum, count) = values.into_iter().fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}

/// The ratio of shifted geometric means, baseline to other: above 1 the other is faster.
pub(crate) fn ratio_of_means(pairs: &[Pair<'_>]) -> Ratio {
    bootstrap(pairs, |pairs| {
        let mean = |time: fn(&Pair<'_>) -> f64| shifted_geometric_mean(pairs.iter().map(|pair| time(pair)));
        mean(|pair| pair.baseline) / mean(|pair| pair.other)
    })
}

/// The ratio of total times, baseline to other.
pub(crate) fn ratio_of_totals(pairs: &[Pair<'_>]) -> Ratio {
    bootstrap(pairs, |pairs| {
        let total = |time: fn(&Pair<'_>) -> f64| pairs.iter().map(|pair| time(pair)).sum::<f64>();
        total(|pair| pair.baseline) / total(|pair| pair.other)
    })
}

/// A figure with its percentile interval under resampling of whole groups; the same pairs give the same interval.
///
/// Source: Efron, "Bootstrap methods: another look at the jackknife", 1979; of clusters, since problems about one image
/// rise and fall together.
fn bootstrap(pairs: &[Pair<'_>], figure: impl Fn(&[&Pair<'_>]) -> f64) -> Ratio {
    let all: Vec<&Pair<'_>> = pairs.iter().collect();
    let mut names: Vec<&str> = pairs.iter().map(|pair| pair.group).collect();
    names.sort_unstable();
    names.dedup();
    let groups: Vec<Vec<&Pair<'_>>> =
        names.iter().map(|name| pairs.iter().filter(|pair| pair.group == *name).collect()).collect();
    let value = figure(&all);
    if groups.is_empty() {
        return Ratio { value, low: value, high: value };
    }
    let mut random = ChaCha8Rng::seed_from_u64(0);
    let mut sample = Vec::with_capacity(pairs.len());
    let mut figures: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            sample.clear();
            for _ in 0..groups.len() {
                sample.extend(&groups[random.random_range(0..groups.len())]);
            }
            figure(&sample)
        })
        .collect();
    figures.sort_by(f64::total_cmp);
    let at = |share: f64| figures[(share * (RESAMPLES - 1) as f64).round() as usize];
    Ratio { value, low: at(0.025), high: at(0.975) }
}

/// A performance profile: for each step, a ratio to the fastest and the share of problems solved within it.
///
/// `times` holds the time of each problem and the least time that any way took for it, none where it is unsolved.
/// Source: Dolan and More, "Benchmarking optimization software with performance profiles", 2002.
pub(crate) fn profile(times: &[Option<(f64, f64)>]) -> Vec<(f64, f64)> {
    // Times near the clock's resolution would make ratios of noise.
    let ratio = |(time, best): (f64, f64)| time.max(1e-3) / best.max(1e-3);
    steps(times.iter().flatten().map(|both| ratio(*both)), times.len() as f64)
}

/// A cactus plot: for each step, a time and how many problems were solved within it each.
pub(crate) fn cactus(times: &[Time]) -> Vec<(f64, f64)> {
    steps(times.iter().filter(|time| time.is_solved).map(|time| time.seconds), 1.0)
}

/// Each value with the number of values up to it, divided by `whole`.
fn steps(values: impl Iterator<Item = f64>, whole: f64) -> Vec<(f64, f64)> {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    sorted.into_iter().enumerate().map(|(index, value)| (value, (index + 1) as f64 / whole)).collect()
}
