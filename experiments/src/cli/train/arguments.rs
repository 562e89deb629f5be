//! What a person types after `greymatter train`.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use training::{Architecture, Ramp, Schedule, ValidationSize};

use crate::cli::arguments::Epsilon;
use crate::data::DatasetName;
use crate::settings::NormName;

/// Train a ReLU network and write it as ONNX
#[derive(Args)]
#[command(after_help = "Examples:
  greymatter train --data digits --arch 64-32-16-10 --out digits.onnx
  greymatter train --data mnist --arch 784-50-20-10 --epochs 20 --optimizer rmsprop --seed 1 --out mnist.onnx
  greymatter train --data mnist --arch conv6k5p2-avg2-conv16k5-avg2-120-84-10 --validation 5000 --patience 5 --out lenet.onnx
  greymatter train --data mnist --arch 784-50-20-10 --adversarial pgd --epsilon 0.1 --out robust.onnx
  greymatter train --data mnist --arch conv16k4s2p1-conv32k4s2p1-100-10 --certified ibp --epsilon 0.1 \\
      --epochs 60 --schedule milestones:30,50:0.1 --checkpoint ibp.ckpt --out certified.onnx
  greymatter train --data mnist --init net.onnx --mask kept.npz --epochs 5 --out pruned.onnx

Architectures: layers from first to last. A number is a fully connected layer; the first one is the number of inputs, the
last one of classes. conv16k4s2p1 is a convolution with 16 channels, a 4 x 4 kernel, stride 2 and padding 1; avg2 and max2
are pooling. ReLUs follow by themselves.

The same data, arguments and machine give the same network, to the bit, also after interruptions with --checkpoint. After
Ctrl-C the network as it was then is written.")]
pub(in crate::cli) struct TrainArguments {
    /// Data set: digits (part of the program), mnist, fashion-mnist
    #[arg(long, value_name = "NAME")]
    pub(super) data: DatasetName,
    /// Folder that holds the data sets; default: $GREYMATTER_DATA, ../shared/data, the user's cache folder
    #[arg(long, value_name = "DIR")]
    pub(super) data_dir: Option<PathBuf>,
    /// Layers of a fresh network: 784-50-20-10 or conv16k4s2-100-10 (see below)
    #[arg(long, value_name = "LAYERS", required_unless_present = "init")]
    pub(super) arch: Option<Architecture>,
    /// Go on with the network of this ONNX or .nnet file instead of a fresh one
    #[arg(long, value_name = "FILE", conflicts_with = "arch")]
    pub(super) init: Option<PathBuf>,
    /// The ONNX file to write
    #[arg(long, value_name = "FILE")]
    pub(super) out: PathBuf,
    /// How often every training image is seen
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(super) epochs: usize,
    /// Images a step
    #[arg(long, value_name = "N", default_value_t = 32)]
    pub(super) batch_size: usize,
    /// Seed of the first weights, the order of images, the validation images and random perturbations
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) seed: u64,
    /// Print one JSON object an epoch and one for the end
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten, next_help_heading = "Steps")]
    pub(super) steps: StepArguments,
    #[command(flatten, next_help_heading = "Robustness")]
    pub(super) robustness: RobustnessArguments,
    #[command(flatten, next_help_heading = "Sparsity")]
    pub(super) sparsity: SparsityArguments,
    #[command(flatten, next_help_heading = "Course of the training")]
    pub(super) course: CourseArguments,
}

/// How steps follow from gradients.
#[derive(Args)]
pub(super) struct StepArguments {
    /// How steps follow from gradients
    #[arg(long, value_enum, default_value_t = OptimizerName::Adam)]
    pub(super) optimizer: OptimizerName,
    /// Learning rate; default: 0.001, for sgd 0.05
    #[arg(long, value_name = "RATE")]
    pub(super) learning_rate: Option<f64>,
    /// Momentum of sgd and rmsprop; default: 0.9 for sgd, 0 for rmsprop
    #[arg(long, value_name = "SHARE")]
    pub(super) momentum: Option<f64>,
    /// Weight decay, added to gradients
    #[arg(long, value_name = "FACTOR", default_value_t = 0.0)]
    pub(super) weight_decay: f64,
    /// How the learning rate changes: constant, cosine or cosine:FLOOR, step:EVERY:FACTOR, milestones:5,8:FACTOR, one-cycle
    /// or one-cycle:PEAK; FLOOR, FACTOR and PEAK are shares, EVERY and milestones epochs
    #[arg(long, value_name = "SCHEDULE", default_value = "constant")]
    pub(super) schedule: ScheduleArgument,
    /// Epochs, also fractions, in which the learning rate grows from 0
    #[arg(long, value_name = "EPOCHS", default_value_t = 0.0)]
    pub(super) warm_up: f64,
}

/// What the network is to withstand.
#[derive(Args)]
pub(super) struct RobustnessArguments {
    /// Train on adversarial examples
    #[arg(long, value_name = "METHOD", conflicts_with = "certified")]
    pub(super) adversarial: Option<AdversarialName>,
    /// Train on bounds, so that robustness gets easy to prove
    #[arg(long, value_name = "METHOD")]
    pub(super) certified: Option<CertifiedName>,
    /// Radius of the ball around each image, in units of the pixels' range [0, 1]
    #[arg(long, value_name = "E")]
    pub(super) epsilon: Option<Epsilon>,
    /// The ball's norm, for --adversarial
    #[arg(long, value_enum)]
    pub(super) norm: Option<NormName>,
    /// Epochs in which the radius grows: N for the first N, or FROM..TO; default: none, for --certified the first half
    #[arg(long, value_name = "EPOCHS", requires = "epsilon")]
    pub(super) ramp: Option<RampArgument>,
    /// Gradient steps of each attack of --adversarial pgd or trades; default: 10
    #[arg(long, value_name = "N", requires = "adversarial")]
    pub(super) attack_steps: Option<usize>,
    /// Length of a step of the attack; default: 1.25 E for fgsm, 2.5 E over the number of steps for pgd and trades
    #[arg(long, value_name = "LENGTH", requires = "adversarial")]
    pub(super) step_size: Option<f64>,
    /// Weight of the divergence in --adversarial trades; default: 6
    #[arg(long, value_name = "WEIGHT", requires = "adversarial")]
    pub(super) beta: Option<f64>,
    /// Weight of the unchanged images at the end of the ramp of --certified ibp, from 0 to 1; default: 0.5
    #[arg(long, value_name = "SHARE", requires = "certified")]
    pub(super) clean_share: Option<f64>,
    /// Weight of the loss that keeps ReLUs from changing sign inside the ball, such as 1e-4
    #[arg(long, value_name = "WEIGHT", requires = "epsilon")]
    pub(super) relu_stability: Option<f64>,
}

/// Which weights there are.
#[derive(Args)]
pub(super) struct SparsityArguments {
    /// Weight of the sum of all absolute weights
    #[arg(long, value_name = "WEIGHT")]
    pub(super) l1: Option<f64>,
    /// Hold weights at 0: an .npz archive of arrays of 0 (goes) and 1 (stays), called like the parameters (dense1.weight)
    #[arg(long, value_name = "FILE")]
    pub(super) mask: Option<PathBuf>,
}

/// How long, and what is kept.
#[derive(Args)]
pub(super) struct CourseArguments {
    /// Training images to set aside, 5000 or 10%: the network with the least loss on them is written
    #[arg(long, value_name = "SIZE")]
    pub(super) validation: Option<ValidationSize>,
    /// End after so many epochs without a smaller loss on the validation images
    #[arg(long, value_name = "EPOCHS", requires = "validation")]
    pub(super) patience: Option<usize>,
    /// Keep all that is needed to go on in this file, and go on from it where it is there
    #[arg(long, value_name = "FILE")]
    pub(super) checkpoint: Option<PathBuf>,
    /// How often it is written: 500 for every 500 steps, 30s for every 30 seconds; default: 30s
    #[arg(long, value_name = "STEPS|SECONDS", requires = "checkpoint")]
    pub(super) checkpoint_every: Option<Cadence>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum OptimizerName {
    Sgd,
    Adam,
    Rmsprop,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum AdversarialName {
    /// One gradient step from a random start
    Fgsm,
    /// Projected gradient ascent from a random start (Madry et al.)
    Pgd,
    /// Clean loss and the divergence of the predictions (Zhang et al.)
    Trades,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum CertifiedName {
    /// Interval bound propagation, for balls in linf (Gowal et al.)
    Ibp,
}

/// A schedule by its name, with its numbers after colons.
#[derive(Clone)]
pub(super) struct ScheduleArgument(pub(super) Schedule);

/// `5` for the first five epochs, `2..10` for those between.
#[derive(Clone, Copy)]
pub(super) struct RampArgument(pub(super) Ramp);

/// How often a checkpoint is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cadence {
    /// After so many steps.
    Steps(u64),
    /// When so much time has passed.
    Time(Duration),
}

impl FromStr for ScheduleArgument {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let parts: Vec<&str> = text.split(':').collect();
        let share = |text: &str| text.parse::<f64>().with_context(|| format!("`{text}` is no number"));
        let epoch = |text: &str| text.parse().with_context(|| format!("`{text}` is no number of epochs"));
        Ok(Self(match parts[..] {
            ["constant"] => Schedule::Constant,
            ["cosine"] => Schedule::Cosine { floor: 0.0 },
            ["cosine", floor] => Schedule::Cosine { floor: share(floor)? },
            ["step", every, factor] => Schedule::Step { every: epoch(every)?, factor: share(factor)? },
            ["milestones", epochs, factor] => Schedule::Milestones {
                epochs: epochs.split(',').map(epoch).collect::<anyhow::Result<_>>()?,
                factor: share(factor)?,
            },
            ["one-cycle"] => Schedule::OneCycle { peak: 0.4 },
            ["one-cycle", peak] => Schedule::OneCycle { peak: share(peak)? },
            _ => bail!("expected constant, cosine, step:2:0.5, milestones:5,8:0.1 or one-cycle"),
        }))
    }
}

impl FromStr for RampArgument {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let number = |text: &str| -> anyhow::Result<f64> {
            let epochs: f64 = text.parse().context("expected epochs, such as 5 or 2..10")?;
            anyhow::ensure!(epochs.is_finite() && epochs >= 0.0, "epochs are finite and at least 0");
            Ok(epochs)
        };
        let (start, end) = match text.split_once("..") {
            Some((start, end)) => (number(start)?, number(end)?),
            None => (0.0, number(text)?),
        };
        anyhow::ensure!(start <= end, "the ramp ends before it begins");
        Ok(Self(Ramp { start, length: end - start }))
    }
}

impl FromStr for Cadence {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let expected = "expected steps, such as 500, or seconds, such as 30s";
        let Some(seconds) = text.strip_suffix('s') else {
            let steps = text.parse().context(expected)?;
            anyhow::ensure!(steps > 0, "at least one step lies between two checkpoints");
            return Ok(Self::Steps(steps));
        };
        let seconds: f64 = seconds.parse().context(expected)?;
        anyhow::ensure!(seconds >= 0.0, expected);
        Ok(Self::Time(Duration::try_from_secs_f64(seconds)?))
    }
}
