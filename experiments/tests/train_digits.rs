//! Training on the embedded digits.

use std::ops::ControlFlow;

use experiments::data::{self, DataFolders, Dataset, DatasetName, Split};
use training::{
    Adam, Architecture, CleanCrossEntropy, Examples, Initialization, Optimizer, TrainingConfig, train,
};

fn examples(dataset: &Dataset) -> Examples<'_> {
    Examples { inputs: dataset.images(), labels: dataset.labels() }
}

#[test]
fn a_small_network_learns_the_digits() {
    let load = |split| data::load(DatasetName::Digits, split, &DataFolders::none()).expect("embedded");
    let (training, test) = (load(Split::Train), load(Split::Test));
    let architecture: Architecture = "64-32-10".parse().expect("well formed");
    let optimizer = Optimizer::Adam(Adam { learning_rate: 0.005, ..Adam::default() });
    let config = TrainingConfig { epochs: 20, batch_size: 32, optimizer, ..TrainingConfig::default() };
    for seed in 0..3 {
        let network = architecture.build(training.shape().clone(), Initialization::KaimingUniform, seed);
        let config = TrainingConfig { seed, ..config.clone() };
        let trained = train(
            network.expect("64 pixels"),
            examples(&training),
            None,
            &config,
            &mut CleanCrossEntropy,
            &mut |_| ControlFlow::Continue(()),
        );
        let trained = trained.expect("does not diverge");
        let accuracy = training::evaluate(&trained.network, examples(&test)).expect("fits").accuracy();
        assert!(accuracy > 0.93, "seed {seed}: {accuracy}");
    }
}
