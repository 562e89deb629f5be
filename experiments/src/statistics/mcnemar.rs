use statrs::distribution::{Binomial, DiscreteCDF};

/// Whether two methods succeed equally often on the same images.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct McNemar {
    /// On how many only the first succeeded.
    pub(crate) only_first: u64,
    /// On how many only the second did.
    pub(crate) only_second: u64,
    /// How probable a difference as great as this or greater is where there is none.
    pub(crate) p_value: f64,
}

/// The exact two-sided test of paired successes: where neither is better, what only one of them has is a fair coin's.
///
/// Source: McNemar, "Note on the sampling error of the difference between correlated proportions or percentages", 1947, with
/// the binomial distribution in place of the normal one that large counts allow.
pub(crate) fn mcnemar(pairs: impl IntoIterator<Item = (bool, bool)>) -> McNemar {
    let (mut only_first, mut only_second) = (0_u64, 0_u64);
    for (first, second) in pairs {
        only_first += u64::from(first && !second);
        only_second += u64::from(second && !first);
    }
    let coin = Binomial::new(0.5, only_first + only_second).expect("one half is a probability");
    let tail = coin.cdf(only_first.min(only_second));
    McNemar { only_first, only_second, p_value: (2.0 * tail).min(1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p_value(both: usize, first: usize, second: usize) -> f64 {
        let pairs = [vec![(true, true); both], vec![(true, false); first], vec![(false, true); second]];
        mcnemar(pairs.concat()).p_value
    }

    fn check(first: usize, second: usize, expected: f64) {
        let p = p_value(17, first, second);
        assert!((p - expected).abs() <= 1e-9 * expected, "{first} {second}: {p} instead of {expected}");
        assert_eq!(p, p_value(0, second, first), "the test is symmetric, and what both have is no evidence");
    }

    #[test]
    fn p_values_are_sums_of_binomial_coefficients() {
        check(0, 0, 1.0);
        check(1, 0, 1.0);
        check(0, 6, 2.0 / 64.0);
        // 2 (1 + 10 + 45) / 2^10
        check(2, 8, 112.0 / 1024.0);
        check(5, 5, 1.0);
        // 2 / 2^60: no loss in the far tail.
        check(60, 0, 2.0_f64.powi(-59));
    }

    #[test]
    fn large_counts_agree_with_the_normal_distribution() {
        // (|b - c| - 1) / sqrt(b + c) = 1.96 at 5 %.
        let p = p_value(0, 5000 - 98, 5000 + 99);
        assert!((p - 0.05).abs() < 0.002, "{p}");
    }
}
