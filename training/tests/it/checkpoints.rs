//! A training that is cut off anywhere and goes on from a checkpoint gives the same bits.

use std::ops::ControlFlow;

use milp_encode::property::DataRange;
use ndarray::Array1;
use training::{
    Architecture, Checkpoint, Ending, Initialization, IntervalBound, L1, Momentum, Objective, Optimizer,
    Penalized, Problem, Progress, Ramp, ReluStability, RmsProp, Schedule, Selection, Sgd, Trained,
    TrainingConfig, WeightMasks, resume, train,
};

use crate::bands::{Bands, adam, bits, network};

/// A training in which everything happens that can: ramps, penalties, masks, a choice of the best network.
struct Everything {
    bands: Bands,
    objective: Penalized,
    masks: WeightMasks,
}

impl Everything {
    fn new() -> Self {
        let ramp = Ramp { start: 0.5, length: 2.0 };
        let range = Some(DataRange::UNIT);
        let bounds: Box<dyn Objective> =
            Box::new(IntervalBound { epsilon: 0.02, clean_share: 0.5, ramp, range });
        let stability = ReluStability { weight: 1e-3, epsilon: 0.02, ramp: Ramp::NONE, range };
        let penalties: Vec<Box<dyn training::Penalty>> =
            vec![Box::new(stability), Box::new(L1 { weight: 1e-4 })];
        let mut sparse = network(1);
        sparse.parameters_mut()[2].1.iter_mut().step_by(3).for_each(|weight| *weight = 0.0);
        Self {
            bands: Bands::new(),
            objective: Penalized { objective: bounds, penalties },
            masks: WeightMasks::of_zeros(&sparse),
        }
    }

    fn problem(&self) -> Problem<'_> {
        Problem { objective: &self.objective, masks: Some(&self.masks), ..self.bands.problem() }
    }
}

fn config(optimizer: Optimizer) -> TrainingConfig {
    TrainingConfig {
        epochs: 4,
        batch_size: 50,
        optimizer,
        schedule: Schedule::OneCycle { peak: 0.3 },
        warm_up: 0.5,
        selection: Selection::Best { patience: Some(3) },
        seed: 5,
    }
}

/// Written and read as a file would be.
fn through_text(checkpoint: &Checkpoint) -> Checkpoint {
    let text = serde_json::to_string(checkpoint).expect("numbers and lists");
    serde_json::from_str(&text).expect("it was written so")
}

#[test]
fn a_training_that_goes_on_from_any_step_gives_the_same_bits() {
    let everything = Everything::new();
    let problem = everything.problem();
    let sgd = Sgd { learning_rate: 0.05, momentum: Momentum::Nesterov(0.9), weight_decay: 1e-4 };
    let rms_prop = RmsProp { momentum: 0.5, ..RmsProp::default() };
    for optimizer in [adam(0.01), Optimizer::Sgd(sgd), Optimizer::RmsProp(rms_prop)] {
        let config = config(optimizer);
        let mut checkpoints = Vec::new();
        let mut keep = |progress: Progress<'_>| {
            checkpoints.push(progress.checkpoint());
            ControlFlow::Continue(())
        };
        let whole = train(network(1), &problem, &config, &mut keep).expect("trains");
        // Five batches an epoch and its end.
        assert_eq!(checkpoints.len(), 24);
        for checkpoint in &checkpoints {
            let mut go_on = |_: Progress<'_>| ControlFlow::Continue(());
            let again = resume(network(1), &through_text(checkpoint), &problem, &config, &mut go_on);
            let again = again.expect("its own checkpoint");
            let place = (checkpoint.epoch(), checkpoint.batch());
            assert_eq!(bits(&again.network), bits(&whole.network), "from {place:?}");
            assert_eq!(again, whole, "from {place:?}");
        }
    }
}

#[test]
fn many_interruptions_change_nothing() {
    let everything = Everything::new();
    let (problem, config) = (everything.problem(), config(adam(0.02)));
    let mut go_on = |_: Progress<'_>| ControlFlow::Continue(());
    let whole = train(network(1), &problem, &config, &mut go_on).expect("trains");
    let mut last: Option<Checkpoint> = None;
    let mut interruptions = 0;
    let finished: Trained = loop {
        let from = last.take();
        let mut stop_at_once = |progress: Progress<'_>| {
            last = Some(progress.checkpoint());
            ControlFlow::Break(())
        };
        let part = match from {
            None => train(network(1), &problem, &config, &mut stop_at_once),
            Some(from) => resume(network(1), &from, &problem, &config, &mut stop_at_once),
        };
        let part = part.expect("trains");
        if part.ending != Ending::Stopped {
            break part;
        }
        interruptions += 1;
    };
    assert_eq!(interruptions, 23);
    assert_eq!(finished, whole);
}

#[test]
fn checkpoints_of_other_trainings_are_refused() {
    let everything = Everything::new();
    let (problem, config) = (everything.problem(), config(adam(0.02)));
    let mut taken = None;
    let mut keep = |progress: Progress<'_>| {
        if let Progress::Epoch { record, .. } = progress
            && record.epoch == 2
        {
            taken = Some(progress.checkpoint());
        }
        ControlFlow::Continue(())
    };
    train(network(1), &problem, &config, &mut keep).expect("trains");
    let taken = taken.expect("there is a third epoch");
    let other: Architecture = "2-11-3".parse().expect("well formed");
    let other = other.build([2], Initialization::KaimingUniform, 1).expect("fits");
    let plain = Problem { masks: None, ..problem };
    let fewer = TrainingConfig { epochs: 2, ..config.clone() };
    for (network, config, reason) in [
        (other, &config, "it has 75 parameters, where 69 belong"),
        (network(1), &fewer, "it lies after 3 epochs and 0 batches, but there are 2 epochs of 5"),
    ] {
        let result = resume(network, &taken, &plain, config, &mut |_| ControlFlow::Continue(()));
        let message = result.expect_err(reason).to_string();
        assert_eq!(message, format!("the checkpoint does not belong to this training: {reason}"));
    }
}

#[test]
fn checkpoints_with_broken_numbers_are_refused() {
    let bands = Bands::new();
    let config = TrainingConfig { epochs: 1, batch_size: 225, ..TrainingConfig::default() };
    let mut taken = None;
    let mut keep = |progress: Progress<'_>| {
        taken.get_or_insert_with(|| progress.checkpoint());
        ControlFlow::Continue(())
    };
    train(network(1), &bands.problem(), &config, &mut keep).expect("trains");
    let mut text = serde_json::to_value(taken.expect("there is a step")).expect("numbers and lists");
    let infinite = Array1::from_elem(75, 3e39).to_vec();
    text["parameters"] = serde_json::to_value(infinite).expect("a list");
    let broken: Checkpoint = serde_json::from_value(text).expect("of the same form");
    let result = resume(network(1), &broken, &bands.problem(), &config, &mut |_| ControlFlow::Continue(()));
    assert!(result.expect_err("infinite").to_string().ends_with("a parameter is not finite"));
}
