//! Training on the embedded digits.

use std::ops::ControlFlow;

use experiments::data::{self, DataFolders, Dataset, DatasetName, Split};
use milp_encode::property::DataRange;
use nn_core::Network;
use training::{
    Adam, CleanCrossEntropy, Examples, Initialization, IntervalBound, Moment, Objective, Optimizer, Problem,
    Ramp, TrainingConfig, evaluate, train,
};

fn load(split: Split) -> Dataset {
    data::load(DatasetName::Digits, split, &DataFolders::none()).expect("embedded")
}

fn examples(dataset: &Dataset) -> Examples<'_> {
    Examples { inputs: dataset.images(), labels: dataset.labels() }
}

/// Trains a network of this architecture with Adam, in batches of 32.
fn trained(
    architecture: &str,
    learning_rate: f64,
    epochs: usize,
    objective: &dyn Objective,
    seed: u64,
) -> Network<f32> {
    let training = load(Split::Train);
    let architecture: training::Architecture = architecture.parse().expect("well formed");
    let network = architecture.build(training.shape().clone(), Initialization::KaimingUniform, seed);
    let optimizer = Optimizer::Adam(Adam { learning_rate, ..Adam::default() });
    let config = TrainingConfig { epochs, batch_size: 32, optimizer, seed, ..TrainingConfig::default() };
    let problem = Problem { training: examples(&training), validation: None, objective, masks: None };
    let mut go_on = |_: training::Progress<'_>| ControlFlow::Continue(());
    train(network.expect("images of 8 x 8"), &problem, &config, &mut go_on).expect("does not diverge").network
}

fn test_accuracy(network: &Network<f32>) -> f64 {
    evaluate(network, examples(&load(Split::Test))).expect("fits").accuracy()
}

#[test]
fn a_small_network_learns_the_digits() {
    for seed in 0..3 {
        let accuracy = test_accuracy(&trained("64-32-10", 0.005, 20, &CleanCrossEntropy, seed));
        assert!(accuracy > 0.93, "seed {seed}: {accuracy}");
    }
}

#[test]
fn a_convolutional_network_learns_the_digits() {
    let network = trained("conv8k3p1-max2-conv16k3-avg2-32-10", 0.005, 10, &CleanCrossEntropy, 1);
    let accuracy = test_accuracy(&network);
    assert!(accuracy > 0.93, "{accuracy}");
}

#[test]
fn interval_bound_training_makes_digits_certifiable() {
    let bounds =
        |clean_share, ramp| IntervalBound { epsilon: 0.1, clean_share, ramp, range: Some(DataRange::UNIT) };
    let certified = |network: &Network<f32>| {
        let (test, moment) = (load(Split::Test), Moment::of_judgement(0, 0));
        let found = bounds(0.0, Ramp::NONE).loss(network, examples(&test), &moment).expect("in range");
        found.correct as f64 / test.len() as f64
    };
    let clean = trained("64-32-16-10", 0.005, 15, &CleanCrossEntropy, 1);
    let objective = bounds(0.5, Ramp { start: 2.0, length: 15.0 });
    let robust = trained("64-32-16-10", 0.005, 30, &objective, 1);
    let accuracy = test_accuracy(&robust);
    let (clean, robust) = (certified(&clean), certified(&robust));
    assert!(clean < 0.1 && robust > 0.6, "certified: {clean} without, {robust} with the training");
    assert!(accuracy > 0.85, "{accuracy}");
}
