use ndarray::{Array2, Axis, s};
use rand::seq::SliceRandom;

use crate::{Examples, random};

/// Deals examples in batches, in an order of its own for every epoch; the last batch may be smaller.
pub(crate) struct Batches<'a> {
    examples: Examples<'a>,
    batch_size: usize,
    order: Vec<usize>,
    inputs: Array2<f32>,
    labels: Vec<u8>,
}

impl<'a> Batches<'a> {
    pub(crate) fn new(examples: Examples<'a>, batch_size: usize) -> Self {
        let rows = batch_size.min(examples.len());
        let inputs = Array2::zeros((rows, examples.inputs.ncols()));
        Self { examples, batch_size, order: Vec::new(), inputs, labels: Vec::with_capacity(rows) }
    }

    /// How many batches an epoch has.
    pub(crate) fn count(&self) -> usize {
        self.examples.len().div_ceil(self.batch_size)
    }

    /// Draws an order that depends on nothing but the seed and the epoch.
    pub(crate) fn shuffle(&mut self, seed: u64, epoch: usize) {
        self.order.clear();
        self.order.extend(0..self.examples.len());
        self.order.shuffle(&mut random::for_epoch(seed, epoch));
    }

    /// A batch of the epoch, copied together.
    pub(crate) fn gather(&mut self, batch: usize) -> Examples<'_> {
        let rest = &self.order[batch * self.batch_size..];
        let indices = &rest[..self.batch_size.min(rest.len())];
        self.labels.clear();
        for (mut row, index) in self.inputs.axis_iter_mut(Axis(0)).zip(indices) {
            let from = self.examples.inputs.row(*index);
            match (row.as_slice_mut(), from.as_slice()) {
                (Some(row), Some(from)) => row.copy_from_slice(from),
                _ => row.assign(&from),
            }
            self.labels.push(self.examples.labels[*index]);
        }
        Examples { inputs: self.inputs.slice(s![..indices.len(), ..]), labels: &self.labels }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The labels of an epoch's batches; inputs must have come with them.
    fn deal(batches: &mut Batches<'_>, seed: u64, epoch: usize) -> Vec<Vec<u8>> {
        batches.shuffle(seed, epoch);
        let mut labels = Vec::new();
        for batch in 0..batches.count() {
            let examples = batches.gather(batch);
            let inputs: Vec<f32> = examples.inputs.column(1).to_vec();
            assert_eq!(inputs, examples.labels.iter().map(|label| f32::from(*label)).collect::<Vec<_>>());
            labels.push(examples.labels.to_vec());
        }
        labels
    }

    #[test]
    fn every_example_is_dealt_once_an_epoch() {
        let inputs = Array2::from_shape_fn((10, 2), |(i, _)| i as f32);
        let labels: Vec<u8> = (0..10).collect();
        let examples = Examples { inputs: inputs.view(), labels: &labels };
        for (batch_size, sizes) in [(3, &[3, 3, 3, 1][..]), (10, &[10]), (5, &[5, 5]), (64, &[10])] {
            let mut batches = Batches::new(examples, batch_size);
            for epoch in 0..2 {
                let dealt = deal(&mut batches, 4, epoch);
                assert_eq!(dealt.iter().map(Vec::len).collect::<Vec<_>>(), sizes);
                let mut dealt = dealt.concat();
                dealt.sort_unstable();
                assert_eq!(dealt, labels);
            }
        }
    }

    #[test]
    fn the_order_depends_on_seed_and_epoch_alone() {
        let inputs = Array2::from_shape_fn((50, 2), |(i, _)| i as f32);
        let labels: Vec<u8> = (0..50).collect();
        let examples = Examples { inputs: inputs.view(), labels: &labels };
        let fresh = |seed, epoch| deal(&mut Batches::new(examples, 50), seed, epoch);
        let mut used = Batches::new(examples, 50);
        deal(&mut used, 1, 0);
        assert_eq!(deal(&mut used, 1, 1), fresh(1, 1));
        assert_ne!(fresh(1, 0), fresh(1, 1));
        assert_ne!(fresh(1, 0), fresh(2, 0));
    }
}
