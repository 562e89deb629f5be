//! What an operator that is not affine does to affine forms.

use ndarray::{Array1, Array2, ArrayView2};
use nn_core::{NodeId, Op};

use super::super::interval::center_and_radius;
use super::super::relaxation::{max_pool_lines, relu_lines};
use super::super::tightening::Place;
use super::super::{NodeBounds, Phase};
use crate::window::pool_windows;

/// Element `i` becomes `slope[i] · input[source[i]] + center[i]`, and a noise symbol of its own times `radius[i]`.
pub(super) struct Step {
    pub(super) source: Vec<usize>,
    pub(super) slope: Array1<f64>,
    pub(super) center: Array1<f64>,
    /// Zero where there is nothing new.
    pub(super) radius: Array1<f64>,
}

impl Step {
    /// `None` for affine operators.
    pub(super) fn new(place: Place<'_>, id: NodeId) -> Option<Self> {
        let node = place.network.node(id);
        let input = || place.bounds.node(node.inputs()[0]);
        match node.op() {
            op if op.is_affine() => None,
            Op::Relu => Some(Self::relu(input(), 0.0)),
            Op::LeakyRelu { slope } => Some(Self::relu(input(), *slope)),
            Op::MaxPool(pool) => {
                let windows = pool_windows(pool, place.network.node(node.inputs()[0]).shape());
                let lines = max_pool_lines(input(), &windows);
                let mut step = Self::ranges(place.bounds.node(id));
                let dominated =
                    (0..lines.lower_source.len()).filter(|window| lines.constant_upper[*window].is_none());
                for window in dominated {
                    step.source[window] = lines.lower_source[window];
                    (step.slope[window], step.center[window], step.radius[window]) = (1.0, 0.0, 0.0);
                }
                Some(step)
            }
            _ => Some(Self::ranges(place.bounds.node(id))),
        }
    }

    /// Nothing is known of the elements but their ranges.
    fn ranges(value: &NodeBounds) -> Self {
        let (center, radius) = center_and_radius(value);
        Self { source: vec![0; center.len()], slope: Array1::zeros(center.len()), center, radius }
    }

    /// Between the chord and its parallel through the origin, which has a slope that lies below the function.
    fn relu(pre_activation: &NodeBounds, negative_slope: f64) -> Self {
        let lines = relu_lines(pre_activation, negative_slope);
        let count = lines.upper.len();
        let half = |element: usize| match pre_activation.phase(element) {
            Phase::Unstable => lines.upper[element].intercept * 0.5,
            Phase::Active | Phase::Inactive => 0.0,
        };
        let center: Array1<f64> = (0..count).map(half).collect();
        Self {
            source: (0..count).collect(),
            slope: lines.upper.iter().map(|line| line.slope).collect(),
            // Room for a half that underflowed.
            radius: center.mapv(|half| if half > 0.0 { half.next_up() } else { 0.0 }),
            center,
        }
    }

    /// `slope · input` of every row.
    pub(super) fn scale(&self, input: ArrayView2<'_, f64>) -> Array2<f64> {
        let mut result = Array2::zeros((input.nrows(), self.source.len()));
        for (mut to, from) in result.rows_mut().into_iter().zip(input.rows()) {
            for ((to, source), slope) in to.iter_mut().zip(&self.source).zip(&self.slope) {
                *to = slope * from[*source];
            }
        }
        result
    }
}
