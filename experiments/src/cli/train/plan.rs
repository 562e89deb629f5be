//! From arguments to what is trained, and how.

use std::fs::File;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use attacks::empirical::ThreatModel;
use milp_encode::property::DataRange;
use nn_core::{Network, Shape};
use training::{
    Adam, Adversarial, CleanCrossEntropy, Initialization, IntervalBound, L1, Momentum, Objective, Optimizer,
    Penalized, Penalty, Ramp, ReluStability, RmsProp, Selection, Sgd, Trades, TrainingConfig, WeightMasks,
};

use super::arguments::{
    AdversarialName, CertifiedName, OptimizerName, RobustnessArguments, StepArguments, TrainArguments,
};
use crate::network_file;
use crate::settings::NormName;

/// How a network is trained, without what it is trained for.
pub(super) fn config(arguments: &TrainArguments) -> anyhow::Result<TrainingConfig> {
    let course = &arguments.course;
    Ok(TrainingConfig {
        epochs: arguments.epochs,
        batch_size: arguments.batch_size,
        optimizer: optimizer(&arguments.steps)?,
        schedule: arguments.steps.schedule.0.clone(),
        warm_up: arguments.steps.warm_up,
        selection: match course.validation {
            None => Selection::Last,
            Some(_) => Selection::Best { patience: course.patience },
        },
        seed: arguments.seed,
    })
}

/// The network before its first step.
pub(super) fn first_network(arguments: &TrainArguments, shape: &Shape) -> anyhow::Result<Network<f32>> {
    match (&arguments.arch, &arguments.init) {
        (Some(architecture), _) => {
            Ok(architecture.build(shape.clone(), Initialization::KaimingUniform, arguments.seed)?)
        }
        (None, Some(file)) => Ok(network_file::read(file)?.network.cast()),
        (None, None) => bail!("say which network: --arch for a fresh one, --init to go on with one"),
    }
}

/// The masks of `--mask`.
pub(super) fn masks(file: &Path, network: &Network<f32>) -> anyhow::Result<WeightMasks> {
    let reader = File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    let kept = nn_core::read_npz_masks(network, reader).with_context(|| file.display().to_string())?;
    Ok(WeightMasks::new(network, kept)?)
}

/// What is minimised.
pub(super) fn objective(arguments: &TrainArguments) -> anyhow::Result<Box<dyn Objective>> {
    let robustness = &arguments.robustness;
    check_belongings(robustness)?;
    let ramp = |usual| robustness.ramp.map_or(usual, |ramp| ramp.0);
    let base: Box<dyn Objective> = match (robustness.adversarial, robustness.certified) {
        (Some(name), _) => adversarial(name, robustness, ramp(Ramp::NONE))?,
        (None, Some(CertifiedName::Ibp)) => Box::new(IntervalBound {
            epsilon: epsilon(robustness, "--certified")?,
            clean_share: robustness.clean_share.unwrap_or(0.5),
            ramp: ramp(Ramp { start: 0.0, length: arguments.epochs as f64 / 2.0 }),
            range: Some(DataRange::UNIT),
        }),
        (None, None) => Box::new(CleanCrossEntropy),
    };
    let mut penalties: Vec<Box<dyn Penalty>> = Vec::new();
    if let Some(weight) = robustness.relu_stability {
        penalties.push(Box::new(ReluStability {
            weight,
            epsilon: epsilon(robustness, "--relu-stability")?,
            ramp: ramp(Ramp::NONE),
            range: Some(DataRange::UNIT),
        }));
    }
    if let Some(weight) = arguments.sparsity.l1 {
        penalties.push(Box::new(L1 { weight }));
    }
    if penalties.is_empty() { Ok(base) } else { Ok(Box::new(Penalized { objective: base, penalties })) }
}

fn adversarial(
    name: AdversarialName,
    robustness: &RobustnessArguments,
    ramp: Ramp,
) -> anyhow::Result<Box<dyn Objective>> {
    let threat = ThreatModel {
        norm: robustness.norm.unwrap_or(NormName::Linf).into(),
        epsilon: epsilon(robustness, "--adversarial")?,
        range: Some(DataRange::UNIT),
    };
    let attack = match name {
        AdversarialName::Fgsm => Adversarial::fgsm(threat, ramp),
        AdversarialName::Pgd | AdversarialName::Trades => {
            Adversarial::pgd(threat, ramp, robustness.attack_steps.unwrap_or(10))
        }
    };
    let step_share = match robustness.step_size {
        None => attack.step_share,
        Some(size) => {
            ensure!(size > 0.0 && size.is_finite(), "--step-size is {size}, but must be above 0 and finite");
            ensure!(threat.epsilon > 0.0, "--step-size has no meaning for --epsilon 0");
            size / threat.epsilon
        }
    };
    Ok(match name {
        AdversarialName::Fgsm | AdversarialName::Pgd => Box::new(Adversarial { step_share, ..attack }),
        AdversarialName::Trades => {
            let beta = robustness.beta.unwrap_or(6.0);
            Box::new(Trades { threat, ramp, beta, steps: attack.steps, step_share })
        }
    })
}

/// Refuses what would have no effect.
fn check_belongings(robustness: &RobustnessArguments) -> anyhow::Result<()> {
    let adversarial = robustness.adversarial;
    let user = adversarial.is_some() || robustness.certified.is_some() || robustness.relu_stability.is_some();
    if robustness.epsilon.is_some() && !user {
        bail!("--epsilon belongs to --adversarial, --certified or --relu-stability; add one of them");
    }
    if robustness.attack_steps.is_some() && adversarial == Some(AdversarialName::Fgsm) {
        bail!("--attack-steps belongs to --adversarial pgd or trades; fgsm takes one step");
    }
    ensure!(robustness.attack_steps != Some(0), "--attack-steps is 0, but an attack takes at least one step");
    if robustness.beta.is_some() && adversarial != Some(AdversarialName::Trades) {
        bail!("--beta belongs to --adversarial trades");
    }
    let linf = robustness.norm.is_none_or(|norm| norm == NormName::Linf);
    if !linf && (robustness.certified.is_some() || robustness.relu_stability.is_some()) {
        bail!("--certified and --relu-stability know the norm linf only; leave --norm out");
    }
    if robustness.norm.is_some() && !user {
        bail!("--norm belongs to --adversarial; add it, or leave --norm out");
    }
    Ok(())
}

fn epsilon(robustness: &RobustnessArguments, flag: &str) -> anyhow::Result<f64> {
    let epsilon = robustness.epsilon.map(|epsilon| epsilon.0);
    epsilon.with_context(|| format!("{flag} needs --epsilon, the radius of the ball around each image"))
}

fn optimizer(steps: &StepArguments) -> anyhow::Result<Optimizer> {
    let rate = |default: f64| steps.learning_rate.unwrap_or(default);
    let weight_decay = steps.weight_decay;
    Ok(match steps.optimizer {
        OptimizerName::Sgd => Optimizer::Sgd(Sgd {
            learning_rate: rate(0.05),
            momentum: Momentum::Classical(steps.momentum.unwrap_or(0.9)),
            weight_decay,
        }),
        OptimizerName::Adam => {
            ensure!(steps.momentum.is_none(), "--momentum belongs to sgd and rmsprop, not to adam");
            Optimizer::Adam(Adam { learning_rate: rate(1e-3), weight_decay, ..Adam::default() })
        }
        OptimizerName::Rmsprop => Optimizer::RmsProp(RmsProp {
            learning_rate: rate(1e-3),
            momentum: steps.momentum.unwrap_or(0.0),
            weight_decay,
            ..RmsProp::default()
        }),
    })
}
