//! What several tests need: networks, questions, and an outsider's view of a ball.

pub(crate) mod digits;
pub(crate) mod outsider;

use attacks::Target;
use attacks::empirical::{AttackBatch, EmpiricalAnswer, EmpiricalAttack, ThreatModel};
use milp_encode::Replayer;
use milp_encode::property::{DataRange, Norm};
use ndarray::{Array1, Array2};
use nn_core::{Affine, Network, NetworkBuilder, NodeId, Op};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use solver_api::Budget;

pub(crate) const NORMS: [Norm; 3] = [Norm::LInf, Norm::L2, Norm::L1];

pub(crate) fn within(norm: Norm, epsilon: f64) -> ThreatModel {
    ThreatModel { norm, epsilon, range: Some(DataRange::UNIT) }
}

/// Inputs with one label, target and stream each.
pub(crate) struct Questions {
    pub(crate) inputs: Array2<f32>,
    pub(crate) labels: Vec<u8>,
    pub(crate) targets: Vec<Target>,
    pub(crate) streams: Vec<u64>,
}

impl Questions {
    pub(crate) fn new(inputs: Array2<f32>, labels: Vec<u8>, target: Target) -> Self {
        let rows = inputs.nrows();
        Self { inputs, labels, targets: vec![target; rows], streams: (0..rows as u64).collect() }
    }

    pub(crate) fn batch(&self) -> AttackBatch<'_> {
        AttackBatch {
            inputs: self.inputs.view(),
            labels: &self.labels,
            targets: &self.targets,
            streams: &self.streams,
        }
    }

    /// The answers of an attack, each held against the network and the ball by [`outsider::check`].
    pub(crate) fn ask(
        &self,
        attack: &dyn EmpiricalAttack,
        network: &Network<f64>,
        threat: &ThreatModel,
    ) -> Vec<EmpiricalAnswer> {
        let replayer = Replayer::new(network);
        let answers = attack.run(&replayer, &self.batch(), threat, 7, &Budget::unlimited()).expect("it fits");
        assert_eq!(answers.len(), self.inputs.nrows());
        for (row, answer) in answers.iter().enumerate() {
            let center = self.inputs.row(row);
            outsider::check(threat, center.as_slice().unwrap(), answer.witness.input.as_slice().unwrap());
            outsider::check_answer(network, self.labels[row], self.targets[row], answer);
        }
        answers
    }
}

/// One affine map as a network: the weight's rows are the classes.
pub(crate) fn linear(weight: Array2<f64>, bias: Array1<f64>) -> Network<f64> {
    let mut builder = NetworkBuilder::new([weight.ncols()]);
    let output = builder.add("linear", Op::Affine(Affine { weight, bias }), &[NodeId::INPUT]);
    builder.finish(output.expect("it fits"))
}

/// A fully connected network with ReLUs and weights that are `f32` values between -1 and 1.
pub(crate) fn random_network(widths: &[usize], generator: &mut ChaCha8Rng) -> Network<f64> {
    let mut builder = NetworkBuilder::new([widths[0]]);
    let mut node = NodeId::INPUT;
    for (layer, pair) in widths.windows(2).enumerate() {
        let mut value = || f64::from(generator.random_range(-1.0_f32..1.0));
        let weight = Array2::from_shape_simple_fn((pair[1], pair[0]), &mut value);
        let bias = Array1::from_shape_simple_fn(pair[1], &mut value);
        let affine = Op::Affine(Affine { weight, bias });
        node = builder.add(format!("dense{layer}"), affine, &[node]).expect("it fits");
        if layer + 2 < widths.len() {
            node = builder.add(format!("relu{layer}"), Op::Relu, &[node]).expect("it fits");
        }
    }
    builder.finish(node)
}
