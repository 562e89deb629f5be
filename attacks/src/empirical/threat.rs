use milp_encode::property::{DataRange, Norm};

/// What an attacker may do: move an input by at most `epsilon` in a norm, within the data's range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ThreatModel {
    /// How a move is measured.
    pub norm: Norm,
    /// The radius of the ball, in the norm's unit: input units for l-infinity and l1, their Euclidean length for l2.
    pub epsilon: f64,
    /// The range that data have; the ball is cut to it.
    pub range: Option<DataRange>,
}
