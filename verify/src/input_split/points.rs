//! Values at points.

use pulp::Arch;

use super::chain::Layer;
use super::rows::{Rows, multiply};

/// Points of the input box, and the functions' values there as the network goes in f64.
#[derive(Debug)]
pub(super) struct Points {
    /// (points, inputs).
    points: Rows,
    values: Rows,
    next: Rows,
    count: usize,
    inputs: usize,
    everything: Vec<usize>,
}

impl Points {
    /// So many points are looked at together, at most.
    pub(super) const MOST: usize = 12;

    pub(super) fn new(layers: &[Layer]) -> Self {
        let inputs = layers[0].inputs;
        let widest = layers.iter().map(|layer| layer.outputs.max(layer.inputs)).max().unwrap_or(0);
        let values = Rows::zeros(Self::MOST, widest);
        Self {
            points: Rows::zeros(Self::MOST, inputs),
            next: values.clone(),
            values,
            count: 0,
            inputs,
            everything: (0..widest).collect(),
        }
    }

    pub(super) fn clear(&mut self) {
        self.count = 0;
    }

    /// Adds a point as long as there is room.
    pub(super) fn add(&mut self, point: impl Iterator<Item = f64>) {
        if self.count < Self::MOST {
            let row = self.points.row_mut(self.count);
            row.iter_mut().zip(point).for_each(|(place, value)| *place = value);
            self.count += 1;
        }
    }

    /// Runs the network on all points.
    pub(super) fn run(&mut self, arch: Arch, layers: &[Layer]) {
        let last = layers.len() - 1;
        for (position, layer) in layers.iter().enumerate() {
            let left = if position == 0 { &self.points } else { &self.values };
            let terms = &self.everything[..layer.inputs];
            multiply(arch, (left, self.count), terms, (&layer.transposed, layer.outputs), &mut self.next);
            for point in 0..self.count {
                for (value, bias) in self.next.row_mut(point).iter_mut().zip(&layer.bias) {
                    *value += bias;
                    if position < last {
                        *value = value.max(layer.slope * *value);
                    }
                }
            }
            std::mem::swap(&mut self.values, &mut self.next);
        }
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    pub(super) fn point(&self, point: usize) -> &[f64] {
        &self.points.row(point)[..self.inputs]
    }

    /// The last layer's values at a point, after [`Self::run`].
    pub(super) fn values(&self, point: usize) -> &[f64] {
        self.values.row(point)
    }
}
