use ndarray::{Array1, ArrayD, ArrayView1};
use nn_core::{ConstantOp, Network, NetworkBuilder, NetworkError, NodeId, Op};

use super::ImportanceModel;
use crate::LayerScores;

impl ImportanceModel {
    /// The network as the program sees it for one image: every scored pre-activation is moved down by `(1 - s) U`.
    ///
    /// # Errors
    /// [`NetworkError`] where the moved numbers leave the range of `f64`.
    ///
    /// # Panics
    /// Where the scores are not those of this program's layers, or there is no such image.
    pub fn shifted_network(
        &self,
        image: usize,
        scores: &[LayerScores],
    ) -> Result<Network<f64>, NetworkError> {
        let network = &self.network;
        let mut builder = NetworkBuilder::new(network.input_shape().clone());
        let mut places = vec![NodeId::INPUT];
        for id in network.node_ids().skip(1) {
            let node = network.node(id);
            let inputs: Vec<NodeId> = node.inputs().iter().map(|input| places[input.index()]).collect();
            let mut place = match node.op() {
                Op::Reshape => builder.reshape(node.name(), inputs[0], node.shape().clone())?,
                op => builder.add(node.name(), op.clone(), &inputs)?,
            };
            if let Some(position) = self.layers.iter().position(|(layer, _)| layer.layer == id) {
                let shifts = self.shifts(image, position, scores[position].scores());
                let value = ArrayD::from_shape_vec(node.shape().dimensions(), shifts.to_vec())
                    .expect("one shift an element");
                let op = Op::Constant { kind: ConstantOp::Add, value };
                place = builder.add(format!("{}_shifted", node.name()), op, &[place])?;
            }
            places.push(place);
        }
        Ok(builder.finish(places[network.output().index()]))
    }

    /// The mean cross-entropy of the shifted networks, each image at its worst point: what the scores are really worth.
    ///
    /// # Errors
    /// As [`ImportanceModel::shifted_network`].
    ///
    /// # Panics
    /// Where the scores are not those of this program's layers.
    pub fn replayed_loss(&self, scores: &[LayerScores]) -> Result<f64, NetworkError> {
        let losses = self.replayed_losses(scores)?;
        Ok(losses.iter().sum::<f64>() / losses.len() as f64)
    }

    /// The cross-entropy of each image's shifted network at the worst of its points.
    pub(crate) fn replayed_losses(&self, scores: &[LayerScores]) -> Result<Vec<f64>, NetworkError> {
        let worst = |(index, image): (usize, &super::ScoredImage)| {
            let outputs = self.shifted_network(index, scores)?.forward(image.points().view());
            let loss = |logits: ArrayView1<'_, f64>| self.losses[index].loss(logits);
            Ok(outputs.rows().into_iter().map(loss).fold(f64::NEG_INFINITY, f64::max))
        };
        self.images.iter().enumerate().map(worst).collect()
    }

    /// How far each element of a layer's value is moved.
    fn shifts(&self, image: usize, position: usize, scores: &[f64]) -> Array1<f64> {
        let (layer, _) = &self.layers[position];
        let count = layer.units * layer.elements_per_unit;
        let shift = |element| {
            let amount = self.ranges[image].shift((layer.layer, element), None, self.config.mode).amount;
            (scores[element / layer.elements_per_unit] - 1.0) * amount
        };
        (0..count).map(shift).collect()
    }
}
