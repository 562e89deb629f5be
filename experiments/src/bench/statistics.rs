//! Figures about times, all in seconds.

use crate::statistics::{self, Interval};

/// The shift of geometric means: differences well below a second count little.
pub(crate) const SHIFT: f64 = 1.0;

/// What one solve took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Time {
    /// Until the answer; the limit where there is none.
    pub(crate) seconds: f64,
    pub(crate) is_solved: bool,
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

/// The arithmetic mean; NaN of nothing.
pub(crate) fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let (sum, count) = values.into_iter().fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}

/// The ratio of shifted geometric means, baseline to other: above 1 the other is faster.
pub(crate) fn ratio_of_means(pairs: &[Pair<'_>]) -> Interval {
    bootstrap(pairs, |pairs| {
        let mean = |time: fn(&Pair<'_>) -> f64| shifted_geometric_mean(pairs.iter().map(|pair| time(pair)));
        mean(|pair| pair.baseline) / mean(|pair| pair.other)
    })
}

/// The ratio of total times, baseline to other.
pub(crate) fn ratio_of_totals(pairs: &[Pair<'_>]) -> Interval {
    bootstrap(pairs, |pairs| {
        let total = |time: fn(&Pair<'_>) -> f64| pairs.iter().map(|pair| time(pair)).sum::<f64>();
        total(|pair| pair.baseline) / total(|pair| pair.other)
    })
}

/// A figure with its interval under resampling of whole groups, since problems about one image rise and fall together.
fn bootstrap(pairs: &[Pair<'_>], figure: impl Fn(&[&Pair<'_>]) -> f64) -> Interval {
    let mut names: Vec<&str> = pairs.iter().map(|pair| pair.group).collect();
    names.sort_unstable();
    names.dedup();
    let groups: Vec<Vec<&Pair<'_>>> =
        names.iter().map(|name| pairs.iter().filter(|pair| pair.group == *name).collect()).collect();
    let [interval] = statistics::bootstrap(&groups, |sample| [figure(&all_of(sample))]);
    interval
}

fn all_of<'p>(groups: &[&Vec<&'p Pair<'p>>]) -> Vec<&'p Pair<'p>> {
    groups.iter().copied().flatten().copied().collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn solved(seconds: f64) -> Time {
        Time { seconds, is_solved: true }
    }

    fn unsolved(limit: f64) -> Time {
        Time { seconds: limit, is_solved: false }
    }

    #[test]
    fn an_unsolved_problem_counts_twice_its_limit_in_par2() {
        assert_eq!(par2(&[solved(1.0), solved(3.0)]), 2.0);
        assert_eq!(par2(&[solved(2.0), unsolved(10.0)]), 11.0);
        assert_eq!(par2(&[unsolved(10.0)]), 20.0);
    }

    #[test]
    fn shifted_geometric_means_are_exact() {
        let check = |seconds: &[f64], expected: f64| {
            let mean = shifted_geometric_mean(seconds.iter().copied());
            assert!((mean - expected).abs() < 1e-12, "{seconds:?}: {mean}");
        };
        check(&[0.0, 0.0], 0.0);
        check(&[5.0], 5.0);
        // (1 + 1)(7 + 1) = 16 = 4 * 4.
        check(&[1.0, 7.0], 3.0);
        // 2 * 4 * 8 = 4^3.
        check(&[1.0, 3.0, 7.0], 3.0);
    }

    #[test]
    fn medians_are_the_middle() {
        assert_eq!(median([3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median([4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median([]).is_nan());
    }

    /// Problems of ten groups, the other way `factor` times as fast but for every third.
    fn pairs(factor: f64) -> Vec<Pair<'static>> {
        const GROUPS: [&str; 10] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
        let pair = |(index, group)| {
            let baseline = 2.0 + f64::from(index);
            let other = if index % 3 == 0 { baseline } else { baseline / factor };
            Pair { group, baseline, other }
        };
        (0..).zip(GROUPS).map(pair).collect()
    }

    #[test]
    fn ratios_are_those_of_the_pairs_and_lie_in_their_intervals() {
        let equal = ratio_of_totals(&pairs(1.0));
        assert_eq!(equal, Interval { value: 1.0, low: 1.0, high: 1.0 });
        for ratio in [ratio_of_means(&pairs(4.0)), ratio_of_totals(&pairs(4.0))] {
            assert!(1.0 < ratio.low && ratio.low < ratio.value, "{ratio:?}");
            assert!(ratio.value < ratio.high && ratio.high < 4.0, "{ratio:?}");
        }
        // 2 + 5 + 8 + 11 = 26 stay, the other 39 become 9.75.
        assert_eq!(ratio_of_totals(&pairs(4.0)).value, 65.0 / 35.75);
    }

    #[test]
    fn the_same_pairs_give_the_same_interval() {
        let first = ratio_of_means(&pairs(2.0));
        assert_eq!(first, ratio_of_means(&pairs(2.0)));
        // The order of problems is of no matter within a group, and there is one group of all.
        let one_group: Vec<_> = pairs(2.0).into_iter().map(|pair| Pair { group: "all", ..pair }).collect();
        let ratio = ratio_of_means(&one_group);
        assert_eq!((ratio.low, ratio.high), (ratio.value, ratio.value));
        assert!(first.low < first.value, "ten groups vary: {first:?}");
    }

    #[test]
    fn profiles_rise_to_the_share_that_is_solved() {
        let times = [Some((2.0, 1.0)), None, Some((3.0, 3.0)), Some((8.0, 2.0))];
        assert_eq!(profile(&times), [(1.0, 0.25), (2.0, 0.5), (4.0, 0.75)]);
        assert_eq!(profile(&[None]), []);
        // Below a millisecond all are equal.
        assert_eq!(profile(&[Some((0.0005, 0.0001))]), [(1.0, 1.0)]);
    }

    #[test]
    fn cactus_plots_count_what_is_solved() {
        let times = [solved(5.0), unsolved(60.0), solved(0.5), solved(5.0)];
        assert_eq!(cactus(&times), [(0.5, 1.0), (5.0, 2.0), (5.0, 3.0)]);
    }
}
