//! Two functions together: what neither refutes alone, a mean of both may.

/// The weight `t` in 0..1 for which `t a + (1 - t) b` has the greatest lower bound over all `e` in -1..1, and that bound;
/// `a` and `b` are a constant and then one coefficient for each `e`.
///
/// The bound is concave and piecewise linear in `t`, with a kink where a coefficient of the mean vanishes. `kinks` is room
/// for those.
pub(super) fn best_mean(a: &[f64], b: &[f64], kinks: &mut Vec<(f64, f64)>) -> (f64, f64) {
    kinks.clear();
    let mut slope = a[0] - b[0];
    for (a, b) in a[1..].iter().zip(&b[1..]) {
        let change = a - b;
        let is_positive_at_first = *b > 0.0 || (*b == 0.0 && change > 0.0);
        slope -= if is_positive_at_first { change } else { -change };
        let kink = -b / change;
        if 0.0 < kink && kink < 1.0 {
            kinks.push((kink, 2.0 * change.abs()));
        }
    }
    let mut best = 0.0;
    if slope > 0.0 {
        kinks.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        best = 1.0;
        for (kink, drop) in kinks.iter() {
            slope -= drop;
            if slope <= 0.0 {
                best = *kink;
                break;
            }
        }
    }
    let mean = |(a, b): (&f64, &f64)| best * a + (1.0 - best) * b;
    let reach: f64 = a[1..].iter().zip(&b[1..]).map(|pair| mean(pair).abs()).sum();
    (best, mean((&a[0], &b[0])) - reach)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_mean_is_as_good_as_any() {
        let cases: [(&[f64], &[f64]); 5] = [
            (&[1.0, 2.0, 0.0], &[0.5, -2.0, 0.25]),
            (&[0.0, 1.0, -1.0, 3.0], &[1.0, -2.0, 0.5, -1.0]),
            (&[1.0, 0.5], &[-1.0, 0.5]),
            (&[-1.0, 0.5], &[1.0, 0.0]),
            (&[0.2, 1.0, 1.0, 1.0], &[0.1, -1.0, -2.0, 0.0]),
        ];
        for (a, b) in cases {
            let (weight, bound) = best_mean(a, b, &mut Vec::new());
            let at = |t: f64| {
                let mean = |place: usize| t * a[place] + (1.0 - t) * b[place];
                mean(0) - (1..a.len()).map(|place| mean(place).abs()).sum::<f64>()
            };
            assert!((at(weight) - bound).abs() < 1e-12 && (0.0..=1.0).contains(&weight), "{a:?} {b:?}");
            let others = (0..=1000).map(|step| at(f64::from(step) / 1000.0));
            assert!(others.fold(f64::NEG_INFINITY, f64::max) <= bound + 1e-12, "{a:?} {b:?}");
        }
    }
}
