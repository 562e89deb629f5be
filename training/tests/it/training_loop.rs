//! The training loop.

use std::ops::ControlFlow;

use ndarray::ArrayD;
use nn_core::Network;
use training::{
    Adam, BatchGradient, CleanCrossEntropy, Ending, Examples, Moment, Momentum, Objective, Optimizer,
    Problem, Progress, RmsProp, Schedule, Selection, Sgd, Trained, TrainingConfig, TrainingError, evaluate,
    train,
};

use crate::bands::{Bands, adam, bits, config, network};

fn run(seed: u64, config: &TrainingConfig) -> Result<Trained, TrainingError> {
    let config = TrainingConfig { seed, ..config.clone() };
    train(network(seed), &Bands::new().problem(), &config, &mut |_| ControlFlow::Continue(()))
}

#[test]
fn every_optimizer_learns_the_bands() {
    let sgd = |momentum| Optimizer::Sgd(Sgd { learning_rate: 0.03, momentum, weight_decay: 0.0 });
    for optimizer in [
        sgd(Momentum::Classical(0.9)),
        sgd(Momentum::Nesterov(0.9)),
        adam(0.02),
        Optimizer::RmsProp(RmsProp::default()),
    ] {
        for schedule in [Schedule::Constant, Schedule::Cosine { floor: 0.0 }] {
            let config = TrainingConfig { schedule: schedule.clone(), ..config(optimizer.clone()) };
            let trained = run(1, &config).expect("does not diverge");
            let accuracy = evaluate(&trained.network, Bands::new().examples()).expect("fits").accuracy();
            assert!(accuracy > 0.95, "{optimizer:?}, {schedule:?}: {accuracy}");
            assert_eq!(trained.ending, Ending::Completed);
        }
    }
}

#[test]
fn the_seed_decides_every_bit() {
    let config = TrainingConfig { epochs: 5, ..config(adam(0.01)) };
    let (first, again, other) = (run(1, &config), run(1, &config), run(2, &config));
    let (first, again, other) = (first.expect("trains"), again.expect("trains"), other.expect("trains"));
    assert_eq!(bits(&first.network), bits(&again.network));
    assert_eq!(first.history, again.history);
    assert_ne!(bits(&first.network), bits(&other.network));
}

#[test]
fn runs_beside_each_other_do_not_change_the_bits() {
    let config = TrainingConfig { epochs: 5, ..config(adam(0.01)) };
    let alone = bits(&run(1, &config).expect("trains").network);
    std::thread::scope(|scope| {
        let runs: Vec<_> =
            (0..4).map(|_| scope.spawn(|| bits(&run(1, &config).expect("trains").network))).collect();
        for beside in runs {
            assert_eq!(beside.join().expect("no panic"), alone);
        }
    });
}

#[test]
fn the_history_records_what_each_epoch_was() {
    let schedule = Schedule::Step { every: 2, factor: 0.5 };
    let config = TrainingConfig { epochs: 5, schedule, ..config(adam(0.01)) };
    let trained = run(1, &config).expect("trains");
    let rates: Vec<f64> = trained.history.iter().map(|record| record.learning_rate).collect();
    assert_eq!(rates, [0.01, 0.01, 0.005, 0.005, 0.0025]);
    assert!(trained.history.iter().enumerate().all(|(epoch, record)| record.epoch == epoch));
    let (first, last) = (&trained.history[0], &trained.history[4]);
    assert!(last.training_loss < first.training_loss);
    let evaluation = evaluate(&trained.network, Bands::new().examples()).expect("fits");
    let validation = last.validation.as_ref().expect("there are validation examples");
    assert!((validation.loss - evaluation.loss).abs() < 1e-12);
    assert_eq!(validation.accuracy, evaluation.accuracy());
    assert_eq!(validation.clean, evaluation);
}

#[test]
fn progress_tells_every_step_and_may_stop() {
    let bands = Bands::new();
    let config = TrainingConfig { epochs: 3, batch_size: 100, ..TrainingConfig::default() };
    let run = |stop_after: usize| {
        let mut heard = Vec::new();
        let mut listen = |progress: Progress<'_>| {
            heard.push(match progress {
                Progress::Batch { epoch, batch, batches, .. } => format!("{epoch}: {batch} of {batches}"),
                Progress::Epoch { record, .. } => format!("{}: done", record.epoch),
            });
            if heard.len() > stop_after { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let trained = train(network(0), &bands.problem(), &config, &mut listen).expect("trains");
        (heard, trained)
    };
    let (heard, whole) = run(100);
    let one_epoch = |epoch| {
        let batches = (0..3).map(move |batch| format!("{epoch}: {batch} of 3"));
        batches.chain([format!("{epoch}: done")])
    };
    assert_eq!(heard, (0..3).flat_map(one_epoch).collect::<Vec<_>>());
    assert_eq!((whole.history.len(), whole.ending), (3, Ending::Completed));

    let (heard, stopped) = run(4);
    assert_eq!(heard.len(), 5);
    assert_eq!((stopped.history.len(), stopped.ending), (1, Ending::Stopped));
    assert_eq!(stopped.history[0], whole.history[0]);

    let (_, stopped) = run(7);
    assert_eq!((stopped.history.len(), stopped.ending), (2, Ending::Stopped));
    let (_, stopped_after_the_end) = run(11);
    assert_eq!(stopped_after_the_end, whole);
}

/// Gives a loss or a gradient of its own from the third batch on.
struct Broken {
    loss: f64,
    slope: f32,
}

impl Objective for Broken {
    fn gradient(
        &self,
        network: &Network<f32>,
        batch: Examples<'_>,
        moment: &Moment,
    ) -> Result<BatchGradient, TrainingError> {
        let mut found = CleanCrossEntropy.gradient(network, batch, moment)?;
        if moment.batch > 1 {
            found.loss.mean = self.loss;
            found.parameters.iter_mut().for_each(|gradient: &mut ArrayD<f32>| gradient.fill(self.slope));
        }
        Ok(found)
    }
}

#[test]
fn divergence_is_an_error_with_the_place_and_the_mend() {
    let bands = Bands::new();
    let config = TrainingConfig { batch_size: 112, optimizer: adam(0.25), ..TrainingConfig::default() };
    for (loss, slope, what) in
        [(f64::NAN, 0.0, "the loss"), (f64::INFINITY, 0.0, "the loss"), (1.0, f32::NAN, "a parameter")]
    {
        let problem = Problem { objective: &Broken { loss, slope }, ..bands.problem() };
        let result = train(network(0), &problem, &config, &mut |_| ControlFlow::Continue(()));
        let message = result.expect_err("diverges").to_string();
        // 225 examples are three batches: 112, 112 and 1.
        let expected = format!(
            "training diverged in epoch 0, batch 2: {what} is not finite; lower the learning rate (it was 0.25)"
        );
        assert_eq!(message, expected);
    }
}

#[test]
fn a_far_too_great_learning_rate_diverges() {
    let optimizer = Optimizer::Sgd(Sgd { learning_rate: 1e30, ..Sgd::default() });
    assert!(matches!(run(0, &config(optimizer)), Err(TrainingError::Diverged { epoch: 0, .. })));
}

#[test]
fn settings_outside_their_range_are_errors() {
    let default = TrainingConfig::default();
    let optimizer = |optimizer| TrainingConfig { optimizer, ..default.clone() };
    let schedule = |schedule| TrainingConfig { schedule, ..default.clone() };
    let sgd = |momentum| optimizer(Optimizer::Sgd(Sgd { momentum, ..Sgd::default() }));
    for (config, message) in [
        (TrainingConfig { batch_size: 0, ..default.clone() }, "the batch size is 0, but must be at least 1"),
        (optimizer(adam(0.0)), "the learning rate is 0, but must be above 0 and finite"),
        (optimizer(adam(f64::NAN)), "the learning rate is NaN, but must be above 0 and finite"),
        (
            optimizer(Optimizer::Adam(Adam { beta2: 1.0, ..Adam::default() })),
            "beta2 is 1, but must be in [0, 1)",
        ),
        (
            optimizer(Optimizer::RmsProp(RmsProp { alpha: -0.1, ..RmsProp::default() })),
            "alpha is -0.1, but must be in [0, 1)",
        ),
        (sgd(Momentum::Nesterov(-1.0)), "the momentum is -1, but must be at least 0 and finite"),
        (
            schedule(Schedule::Step { every: 0, factor: 0.5 }),
            "the schedule's step is 0, but must be at least one epoch",
        ),
        (
            schedule(Schedule::Step { every: 1, factor: 0.0 }),
            "the schedule's factor is 0, but must be above 0 and finite",
        ),
        (schedule(Schedule::Cosine { floor: 1.5 }), "the schedule's floor is 1.5, but must be in [0, 1]"),
        (schedule(Schedule::OneCycle { peak: -1.0 }), "the schedule's peak is -1, but must be in [0, 1]"),
        (
            TrainingConfig { warm_up: -1.0, ..default.clone() },
            "the warm-up is -1, but must be at least 0 and finite",
        ),
        (
            TrainingConfig { selection: Selection::Best { patience: Some(0) }, ..default.clone() },
            "the patience is 0, but must be at least 1 epoch",
        ),
    ] {
        assert_eq!(run(0, &config).expect_err(message).to_string(), message);
    }
}

#[test]
fn examples_that_do_not_fit_are_errors() {
    let bands = Bands::new();
    let short = Examples { labels: &bands.examples().labels[..1], ..bands.examples() };
    let mut go_on = |_: Progress<'_>| ControlFlow::Continue(());
    let config =
        TrainingConfig { selection: Selection::Best { patience: None }, ..TrainingConfig::default() };
    for (training, validation, message) in [
        (short, None, "training examples: 225 inputs, but 1 labels"),
        (bands.examples(), Some(short), "validation examples: 225 inputs, but 1 labels"),
        (bands.examples(), None, "validation examples: there are none, but the best network is to be kept"),
    ] {
        let problem = Problem { training, validation, ..bands.problem() };
        let result = train(network(0), &problem, &config, &mut go_on);
        assert_eq!(result.expect_err(message).to_string(), message);
    }
}
