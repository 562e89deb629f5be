//! The long-step ratio test: how far a dual step goes, and which column enters.

/// A column whose reduced cost reaches 0 on the way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Breakpoint {
    pub(super) column: usize,
    /// The step at which it does.
    pub(super) step: f64,
    /// By how much the slope of the dual objective falls there: the coefficient's size times the column's width.
    pub(super) fall: f64,
    /// The size of the coefficient.
    pub(super) size: f64,
}

/// Below this a coefficient is a poor pivot, and another breakpoint is taken where one has a larger one.
const POOR_PIVOT: f64 = 1e-5;

/// The slope that may be left behind all breakpoints and still count as none.
const NO_SLOPE: f64 = 1e-9;

/// Sorts breakpoints so far that those of smaller steps than the best one stand before it, and returns its place; `None`
/// where the dual objective rises without end.
///
/// A column between two finite bounds need not enter where its reduced cost reaches 0: it may go over to its other bound
/// instead, which makes the slope fall by its `fall`. The best step is where the slope, `slope` at first, falls to 0.
/// Source: Maros, "A generalized dual phase-2 simplex algorithm", European Journal of Operational Research 149, 2003.
pub(super) fn best_breakpoint(points: &mut [Breakpoint], slope: f64) -> Option<usize> {
    let (mut first, mut end, mut left) = (0, points.len(), slope);
    if end == 0 {
        return None;
    }
    while end - first > 1 {
        let middle = usize::midpoint(first, end);
        points[first..end].select_nth_unstable_by(middle - first, |a, b| a.step.total_cmp(&b.step));
        let fall: f64 = points[first..middle].iter().map(|point| point.fall).sum();
        if fall >= left {
            end = middle;
        } else {
            left -= fall;
            first = middle;
        }
    }
    if end == points.len() && left - points[first].fall > NO_SLOPE {
        return None;
    }
    if points[first].size >= POOR_PIVOT {
        return Some(first);
    }
    // Every earlier breakpoint ends an improving step, too.
    (0..=first).max_by(|a, b| points[*a].size.total_cmp(&points[*b].size))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(steps_and_falls: &[(f64, f64)]) -> Vec<Breakpoint> {
        let point = |(column, (step, fall)): (usize, &(f64, f64))| Breakpoint {
            column,
            step: *step,
            fall: *fall,
            size: 1.0,
        };
        steps_and_falls.iter().enumerate().map(point).collect()
    }

    #[test]
    fn the_slope_falls_to_zero_at_the_best_breakpoint() {
        let all = [(3.0, 1.0), (1.0, 0.5), (2.0, 0.25), (5.0, 4.0), (4.0, 1.0)];
        for (slope, column) in [(0.4, 1), (0.5, 1), (0.6, 2), (0.8, 0), (1.8, 4), (2.8, 3), (6.75, 3)] {
            let mut points = points(&all);
            let best = best_breakpoint(&mut points, slope).expect("the falls suffice");
            assert_eq!(points[best].column, column, "{slope}");
            let step = points[best].step;
            assert!(points[..best].iter().all(|point| point.step <= step), "{slope}");
        }
        assert_eq!(best_breakpoint(&mut points(&all), 6.76), None);
        assert_eq!(best_breakpoint(&mut [], 1.0), None);
    }

    #[test]
    fn a_poor_pivot_is_left_for_an_earlier_one() {
        let mut all = points(&[(1.0, 0.1), (2.0, 0.1), (3.0, 5.0)]);
        all[2].size = 1e-8;
        all[1].size = 0.5;
        let best = best_breakpoint(&mut all, 1.0).expect("the falls suffice");
        assert_eq!(all[best].column, 0);
    }
}
