//! Which network a training gives back, and when it ends early.

use std::ops::ControlFlow;

use training::{
    Ending, Problem, Progress, Schedule, Selection, TrainingConfig, WeightMasks, evaluate, train,
};

use crate::bands::{Bands, adam, bits, network};

#[test]
fn the_best_network_is_that_of_the_least_validation_loss() {
    // A learning rate that is too great at first and nearly 0 at the end: losses go up and down.
    let bands = Bands::new();
    let config = TrainingConfig {
        epochs: 12,
        batch_size: 16,
        optimizer: adam(0.2),
        selection: Selection::Best { patience: None },
        ..TrainingConfig::default()
    };
    let mut networks = Vec::new();
    let mut keep = |progress: Progress<'_>| {
        if let Progress::Epoch { .. } = progress {
            networks.push(progress.network().clone());
        }
        ControlFlow::Continue(())
    };
    let trained = train(network(3), &bands.problem(), &config, &mut keep).expect("trains");
    let loss = |epoch: usize| trained.history[epoch].validation.as_ref().expect("validated").loss;
    let best = (0..12).min_by(|a, b| loss(*a).total_cmp(&loss(*b))).expect("epochs");
    assert!(best < 11, "the case is meant to be one whose last network is not its best");
    assert_eq!(trained.best_epoch, Some(best));
    assert_eq!(bits(&trained.network), bits(&networks[best]));
    assert_eq!(trained.ending, Ending::Completed);
    let evaluated = evaluate(&trained.network, bands.examples()).expect("fits");
    assert!((evaluated.loss - loss(best)).abs() < 1e-12);

    let last = TrainingConfig { selection: Selection::Last, ..config };
    let trained = train(network(3), &bands.problem(), &last, &mut |_| ControlFlow::Continue(()));
    let trained = trained.expect("trains");
    assert_eq!(trained.best_epoch, None);
    assert_eq!(bits(&trained.network), bits(&networks[11]));
}

#[test]
fn patience_ends_a_training_that_does_not_get_better() {
    // Nothing can be learnt where all is masked, so the first epoch stays the best.
    let bands = Bands::new();
    let mut empty = network(0);
    empty.parameters_mut().into_iter().for_each(|(_, mut values)| values.fill(0.0));
    let masks = WeightMasks::of_zeros(&empty);
    let problem = Problem { masks: Some(&masks), ..bands.problem() };
    for (patience, epochs) in [(1, 2), (3, 4), (20, 10)] {
        let config = TrainingConfig {
            epochs: 10,
            batch_size: 100,
            selection: Selection::Best { patience: Some(patience) },
            schedule: Schedule::Constant,
            ..TrainingConfig::default()
        };
        let trained = train(network(0), &problem, &config, &mut |_| ControlFlow::Continue(()));
        let trained = trained.expect("trains");
        assert_eq!((trained.history.len(), trained.best_epoch), (epochs, Some(0)));
        assert_eq!(trained.ending, if epochs < 10 { Ending::Settled } else { Ending::Completed });
    }
}
