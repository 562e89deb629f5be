/// Kendall's rank correlation tau-b of two lists of scores of the same units: 1 where they order all pairs alike, -1 where
/// always the other way round; pairs that a list does not order are accounted for. `None` where one of them orders nothing.
///
/// Source: Kendall, "The treatment of ties in ranking problems", Biometrika 33, 1945.
///
/// # Panics
/// Where the lists differ in length.
pub fn kendall_tau(first: &[f64], second: &[f64]) -> Option<f64> {
    assert_eq!(first.len(), second.len(), "both lists score the same units");
    let (mut agreeing, mut ordered_first, mut ordered_second) = (0.0, 0.0, 0.0);
    let order = |scores: &[f64], i: usize, j: usize| match scores[i].partial_cmp(&scores[j]) {
        Some(std::cmp::Ordering::Less) => -1.0,
        Some(std::cmp::Ordering::Greater) => 1.0,
        _ => 0.0_f64,
    };
    for i in 0..first.len() {
        for j in 0..i {
            let (a, b) = (order(first, i, j), order(second, i, j));
            agreeing += a * b;
            ordered_first += a.abs();
            ordered_second += b.abs();
        }
    }
    (ordered_first > 0.0 && ordered_second > 0.0).then(|| agreeing / (ordered_first * ordered_second).sqrt())
}

/// The share of the `count` units with the greatest scores of one list that are among those of the other; of equal scores the
/// earlier unit counts as greater. `None` for none.
///
/// # Panics
/// Where the lists differ in length.
pub fn top_overlap(first: &[f64], second: &[f64], count: usize) -> Option<f64> {
    assert_eq!(first.len(), second.len(), "both lists score the same units");
    let top = |scores: &[f64]| {
        let mut units: Vec<usize> = (0..scores.len()).collect();
        units.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
        units.truncate(count);
        units
    };
    let (first, second) = (top(first), top(second));
    let common = first.iter().filter(|unit| second.contains(unit)).count();
    (!first.is_empty()).then(|| common as f64 / first.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_correlations() {
        let check = |first: &[f64], second: &[f64], expected: Option<f64>| {
            let tau = kendall_tau(first, second);
            let near = match (tau, expected) {
                (Some(tau), Some(expected)) => (tau - expected).abs() < 1e-12,
                (tau, expected) => tau == expected,
            };
            assert!(near, "{first:?}, {second:?}: {tau:?} instead of {expected:?}");
        };
        check(&[1.0, 2.0, 3.0, 4.0], &[0.1, 0.2, 0.3, 0.4], Some(1.0));
        check(&[1.0, 2.0, 3.0, 4.0], &[4.0, 3.0, 2.0, 1.0], Some(-1.0));
        // One of six pairs the other way round.
        check(&[1.0, 2.0, 3.0, 4.0], &[1.0, 3.0, 2.0, 4.0], Some(4.0 / 6.0));
        // As scipy.stats.kendalltau([12, 2, 1, 12, 2], [1, 4, 7, 1, 0]) has it.
        check(&[12.0, 2.0, 1.0, 12.0, 2.0], &[1.0, 4.0, 7.0, 1.0, 0.0], Some(-0.471_404_520_791_031_73));
        check(&[1.0, 1.0], &[1.0, 2.0], None);
        check(&[], &[], None);
    }

    #[test]
    fn the_top_of_two_lists() {
        let (first, second) = ([0.9, 0.1, 0.8, 0.3], [0.2, 0.1, 0.9, 0.8]);
        assert_eq!(top_overlap(&first, &second, 1), Some(0.0));
        assert_eq!(top_overlap(&first, &second, 2), Some(0.5));
        assert_eq!(top_overlap(&first, &second, 3), Some(1.0));
        assert_eq!(top_overlap(&first, &second, 9), Some(1.0));
        assert_eq!(top_overlap(&first, &second, 0), None);
    }
}
