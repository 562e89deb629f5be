//! What a checkpoint must agree on with the training that goes on from it.

use std::fmt::Display;

use ndarray::ArrayView2;
use sha2::{Digest, Sha256};
use training::Examples;

use super::arguments::TrainArguments;
use crate::checkpoint::Settings;
use crate::checksum;

/// All that decides the network that a training ends with, in the order of the help.
pub(super) fn of_training(arguments: &TrainArguments, examples: Examples<'_>) -> anyhow::Result<Settings> {
    let (steps, robustness) = (&arguments.steps, &arguments.robustness);
    let (sparsity, course) = (&arguments.sparsity, &arguments.course);
    let file = |path: &Option<std::path::PathBuf>| -> anyhow::Result<String> {
        path.as_ref().map_or(Ok("none".into()), |path| Ok(checksum::sha256(&std::fs::read(path)?)))
    };
    let mut settings = Settings::default();
    let mut add = |flag: &str, value: String| settings.add(flag, value);
    add("the program's version", env!("CARGO_PKG_VERSION").to_owned());
    add("--data", arguments.data.to_string());
    add("the data", sha256_of(examples));
    add("--arch", or_none(arguments.arch.as_ref()));
    add("the network of --init", file(&arguments.init)?);
    add("--epochs", arguments.epochs.to_string());
    add("--batch-size", arguments.batch_size.to_string());
    add("--seed", arguments.seed.to_string());
    add("--optimizer", named(steps.optimizer));
    add("--learning-rate", or_none(steps.learning_rate));
    add("--momentum", or_none(steps.momentum));
    add("--weight-decay", steps.weight_decay.to_string());
    add("--schedule", format!("{:?}", steps.schedule.0));
    add("--warm-up", steps.warm_up.to_string());
    add("--adversarial", robustness.adversarial.map_or_else(none, named));
    add("--certified", robustness.certified.map_or_else(none, named));
    add("--epsilon", or_none(robustness.epsilon.map(|epsilon| epsilon.0)));
    add("--norm", robustness.norm.map_or_else(none, named));
    add("--ramp", robustness.ramp.map_or_else(none, |ramp| format!("{:?}", ramp.0)));
    add("--attack-steps", or_none(robustness.attack_steps));
    add("--step-size", or_none(robustness.step_size));
    add("--beta", or_none(robustness.beta));
    add("--clean-share", or_none(robustness.clean_share));
    add("--relu-stability", or_none(robustness.relu_stability));
    add("--l1", or_none(sparsity.l1));
    add("the masks of --mask", file(&sparsity.mask)?);
    add("--validation", or_none(course.validation));
    add("--patience", or_none(course.patience));
    Ok(settings)
}

fn none() -> String {
    "none".to_owned()
}

fn or_none(value: Option<impl Display>) -> String {
    value.map_or_else(none, |value| value.to_string())
}

fn named(value: impl clap::ValueEnum) -> String {
    value.to_possible_value().map_or_else(none, |value| value.get_name().to_owned())
}

/// SHA-256 of all labels and pixels.
fn sha256_of(examples: Examples<'_>) -> String {
    let mut digest = Sha256::new();
    digest.update(examples.labels);
    let mut bytes = Vec::new();
    let images: ArrayView2<'_, f32> = examples.inputs;
    for image in images.outer_iter() {
        bytes.clear();
        bytes.extend(image.iter().flat_map(|pixel| pixel.to_le_bytes()));
        digest.update(&bytes);
    }
    checksum::hexadecimal(&digest.finalize())
}
