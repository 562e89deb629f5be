//! How far two inputs are apart.

use ndarray::ArrayView1;

/// A norm of perturbations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Norm {
    /// The greatest absolute difference.
    #[default]
    LInf,
    /// The square root of the sum of the squared differences; only attacks that prove nothing know it.
    L2,
    /// The sum of the absolute differences.
    L1,
}

impl Norm {
    /// The name in results: `linf`, `l2` or `l1`.
    pub fn name(self) -> &'static str {
        match self {
            Norm::LInf => "linf",
            Norm::L2 => "l2",
            Norm::L1 => "l1",
        }
    }

    /// The distance of two points, computed in f64 and rounded up.
    ///
    /// For points that hold `f32` values of similar size the differences, and with them the l-infinity distance, are
    /// exact.
    pub fn distance(self, a: ArrayView1<'_, f64>, b: ArrayView1<'_, f64>) -> f64 {
        self.length(a.iter().zip(&b).map(|(a, b)| a - b))
    }

    /// The norm of a vector, rounded up.
    pub fn length(self, elements: impl Iterator<Item = f64>) -> f64 {
        let up = |sum: f64, term: f64| if term == 0.0 { sum } else { (sum + term.next_up()).next_up() };
        match self {
            Norm::LInf => elements.map(f64::abs).fold(0.0, f64::max),
            Norm::L2 => {
                let sum = elements.map(|element| element * element).fold(0.0, up);
                if sum == 0.0 { 0.0 } else { sum.sqrt().next_up() }
            }
            Norm::L1 => elements.map(f64::abs).fold(0.0, up),
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn distances_are_rounded_up() {
        let (a, b) = (array![0.0, 3.0, 1.0], array![4.0, 0.0, 1.0]);
        for (norm, exact) in [(Norm::LInf, 4.0), (Norm::L2, 5.0), (Norm::L1, 7.0)] {
            let distance = norm.distance(a.view(), b.view());
            assert!((exact..exact + 1e-14).contains(&distance), "{norm:?}: {distance}");
            assert_eq!(norm.distance(a.view(), a.view()), 0.0);
        }
    }
}
