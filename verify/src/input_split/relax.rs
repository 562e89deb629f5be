//! Lines around (leaky) ReLUs.

use super::chain::Layer;

/// What is known of the ReLUs behind one layer, over one part of the input box.
#[derive(Clone, Debug)]
pub(super) struct Relaxed {
    /// Proven ranges of the pre-activations.
    pub(super) lower: Vec<f64>,
    pub(super) upper: Vec<f64>,
    /// Slopes of lines through the origin below the ReLUs.
    pub(super) below: Vec<f64>,
    /// Slopes of the lines above.
    pub(super) above: Vec<f64>,
    /// What is added to the lines above.
    pub(super) intercepts: Vec<f64>,
    /// Neurons that are not zero throughout, in order.
    pub(super) live: Vec<usize>,
    /// Neurons of unknown sign, in order.
    pub(super) unstable: Vec<usize>,
}

impl Relaxed {
    pub(super) fn new(layer: &Layer) -> Self {
        let zeros = || vec![0.0; layer.outputs];
        Self {
            lower: zeros(),
            upper: zeros(),
            below: zeros(),
            above: zeros(),
            intercepts: zeros(),
            live: Vec::new(),
            unstable: Vec::new(),
        }
    }

    /// Lines for the ranges that are there: the chord above, and below the line that leaves the smaller area.
    pub(super) fn draw_lines(&mut self, slope: f64) {
        self.live.clear();
        self.unstable.clear();
        for neuron in 0..self.lower.len() {
            let (lower, upper) = (self.lower[neuron], self.upper[neuron]);
            let (below, above, intercept) = if lower >= 0.0 {
                (1.0, 1.0, 0.0)
            } else if upper <= 0.0 {
                (slope, slope, 0.0)
            } else {
                self.unstable.push(neuron);
                let chord = ((upper - slope * lower) / (upper - lower)).clamp(slope, 1.0);
                // Above the function at both ends, whatever the slope was rounded to.
                let intercept = (upper - chord * upper).max(slope * lower - chord * lower);
                (if upper > -lower { 1.0 } else { slope }, chord, intercept)
            };
            if above != 0.0 || intercept != 0.0 {
                self.live.push(neuron);
            }
            (self.below[neuron], self.above[neuron], self.intercepts[neuron]) = (below, above, intercept);
        }
    }
}
