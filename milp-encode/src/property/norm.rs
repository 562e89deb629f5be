//! How far two inputs are apart.

use ndarray::ArrayView1;

/// A norm of perturbations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Norm {
    /// The greatest absolute difference.
    #[default]
    LInf,
    /// The sum of the absolute differences.
    L1,
}

impl Norm {
    /// The name in results: `linf` or `l1`.
    pub fn name(self) -> &'static str {
        match self {
            Norm::LInf => "linf",
            Norm::L1 => "l1",
        }
    }

    /// The distance of two points, computed in f64 and rounded up.
    ///
    /// For points that hold `f32` values of similar size the differences, and with them the l-infinity distance, are
    /// exact.
    pub fn distance(self, a: ArrayView1<'_, f64>, b: ArrayView1<'_, f64>) -> f64 {
        let differences = a.iter().zip(&b).map(|(a, b)| (a - b).abs());
        match self {
            Norm::LInf => differences.fold(0.0, f64::max),
            Norm::L1 => {
                differences.fold(
                    0.0,
                    |sum: f64, difference| {
                        if difference == 0.0 { sum } else { (sum + difference).next_up() }
                    },
                )
            }
        }
    }
}
