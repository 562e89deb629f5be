use std::path::PathBuf;

use anyhow::{bail, ensure};
use attacks::{Target, Targets};
use clap::{ArgGroup, Args};
use milp_encode::bounds::compute_bounds;
use milp_encode::property::{InputBox, LinearFunction};
use milp_encode::{Encoding, encode};
use nn_core::Network;

use super::aimed::aimed;
use super::arguments::{DataArguments, Epsilon, ModelArguments, TargetsArgument, example};
use super::model_file::{self, Format};
use super::{Completion, encode_images, encode_property};
use crate::bound_methods::BoundSolvers;
use crate::data::{Dataset, ImageRange};
use crate::network_file::{self, NetworkFile};

/// Write the models of attacks and properties exactly as the solvers get them
///
/// A property is a model for each of its alternatives: an input box and output conditions that hold together. The model
/// minimises the first condition's left side and has the others as rows, so that there is a counterexample where the
/// minimum is at most 0.
#[derive(Args)]
#[command(group(ArgGroup::new("one or many").required(true).args(["property", "image", "images"])))]
#[command(mut_arg("data", |data| data.required(false).required_unless_present("property")))]
#[command(mut_arg("no_clip", |no_clip| no_clip.conflicts_with("property")))]
#[command(after_help = "Examples:
  greymatter encode net.onnx --data mnist --image 0 --target 3 --epsilon 0.05 --format lp -o model.lp
  greymatter encode net.onnx --data mnist --images 0..10 --targets all --count 12 --epsilon 0.05 \\
      --format mps --out models --json
  greymatter encode net.onnx prop.vnnlib --format mps --out models")]
pub(super) struct EncodeArguments {
    /// The network, an ONNX or .nnet file
    pub(super) network: PathBuf,
    /// The property, a .vnnlib or .vnnlib.gz file
    #[arg(conflicts_with_all = ["data", "data_dir", "split", "target", "targets", "epsilon"])]
    property: Option<PathBuf>,
    /// Which alternative of the property, from 0
    #[arg(long, value_name = "N", requires = "property", conflicts_with = "out")]
    pub(super) alternative: Option<usize>,
    #[command(flatten)]
    data: Option<DataArguments>,
    #[command(flatten)]
    ball: Option<BallArguments>,
    /// Write only N of the models, spread evenly over all
    #[arg(long, value_name = "N", requires = "out")]
    pub(super) count: Option<usize>,
    #[command(flatten)]
    pub(super) model: ModelArguments,
    /// File format
    #[arg(long, value_enum)]
    pub(super) format: Format,
    /// The file to write; stdout by default
    #[arg(short, long, value_name = "FILE", conflicts_with_all = ["images", "out"])]
    pub(super) output: Option<PathBuf>,
    /// The folder for the models of many images, or of all alternatives of a property
    #[arg(long, value_name = "DIR", conflicts_with = "image")]
    pub(super) out: Option<PathBuf>,
    /// Solve the linear relaxation of each model in the folder, and print its minimum
    #[arg(long, requires = "json")]
    pub(super) relaxation: bool,
    /// Print one JSON object for each model in the folder
    #[arg(long, requires = "out")]
    pub(super) json: bool,
}

/// Balls around images of a data set.
#[derive(Args)]
pub(super) struct BallArguments {
    /// The image, by its position in the data set
    #[arg(long, value_name = "INDEX", requires = "target")]
    image: Option<usize>,
    /// The class whose output shall reach the label's
    #[arg(long, value_name = "CLASS", conflicts_with = "images")]
    target: Option<usize>,
    /// Many images, such as 0..10 or 49,762,9534: a model for each of them and each target, in a folder
    #[arg(long, value_name = "RANGES", requires = "out", value_delimiter = ',')]
    images: Vec<ImageRange>,
    /// Targets for each of many images: all, or classes such as 0,3,7
    #[arg(long, value_name = "TARGETS", default_value = "all", conflicts_with = "image")]
    pub(super) targets: TargetsArgument,
    /// Radius of the l-infinity ball in input units
    #[arg(long, value_name = "E", required = false, required_unless_present = "property")]
    pub(super) epsilon: Epsilon,
}

pub(super) fn run(arguments: &EncodeArguments) -> anyhow::Result<Completion> {
    let file = network_file::read(&arguments.network)?;
    match (&arguments.property, &arguments.data, &arguments.ball) {
        (Some(property), ..) => encode_property::write(arguments, &file, property)?,
        (None, Some(data), Some(ball)) => write_images(arguments, ball, &file, &data.load()?)?,
        (None, ..) => bail!("a property file is needed, or --data with --image or --images"),
    }
    Ok(Completion::Done)
}

fn write_images(
    arguments: &EncodeArguments,
    ball: &BallArguments,
    file: &NetworkFile,
    dataset: &Dataset,
) -> anyhow::Result<()> {
    network_file::check_fits(&file.network, dataset)?;
    match (ball.image.zip(ball.target), &arguments.out) {
        (Some((image, target)), _) => write_one(arguments, ball, file, dataset, (image, target)),
        (None, Some(folder)) => {
            let mut images = Vec::new();
            for range in &ball.images {
                images.extend(range.indices(dataset)?);
            }
            encode_images::write(arguments, ball, file, dataset, &images, folder)
        }
        (None, None) => bail!("--images needs --out, a folder for the models"),
    }
}

fn write_one(
    arguments: &EncodeArguments,
    ball: &BallArguments,
    file: &NetworkFile,
    dataset: &Dataset,
    (image, target): (usize, usize),
) -> anyhow::Result<()> {
    let (_, label) = example(dataset, image)?;
    ensure!(target != usize::from(label), "target {target} is the image's label: choose another class");
    check_target(target, dataset)?;
    let margin = LinearFunction::margin(dataset.classes(), usize::from(label), target);
    let encoding = aimed(&arguments.encode_image(ball, file, dataset, image)?, &margin)?;
    model_file::write_alone(encoding.model(), arguments.format, arguments.output.as_deref())
}

fn check_target(target: usize, dataset: &Dataset) -> anyhow::Result<()> {
    let last = dataset.classes() - 1;
    ensure!(target <= last, "target {target} is not a class: there are 0 to {last}");
    Ok(())
}

impl EncodeArguments {
    /// The network over a box, without an objective.
    pub(super) fn encode_box(&self, network: &Network<f64>, input: &InputBox) -> anyhow::Result<Encoding> {
        let solvers = BoundSolvers::find(&self.model.bounds, None)?;
        let bounds = compute_bounds(network, input, &self.model.chain(&solvers))?;
        Ok(encode(network, input, &bounds, self.model.formulation.into())?)
    }

    /// The network over the ball around an image, without an objective.
    pub(super) fn encode_image(
        &self,
        ball: &BallArguments,
        file: &NetworkFile,
        dataset: &Dataset,
        image: usize,
    ) -> anyhow::Result<Encoding> {
        let (pixels, _) = example(dataset, image)?;
        let input = InputBox::around(pixels.mapv(f64::from).view(), ball.epsilon.0, self.model.range())?;
        self.encode_box(&file.network, &input)
    }
}

impl BallArguments {
    /// The classes that an image is pushed towards.
    pub(super) fn classes_against(&self, label: usize, dataset: &Dataset) -> anyhow::Result<Vec<usize>> {
        let (Targets::Classes(_) | Targets::All) = &self.targets.0 else {
            bail!("an untargeted attack is several models: use --targets all");
        };
        let targets = self.targets.0.against(label, dataset.classes());
        let classes = targets.into_iter().filter_map(|target| match target {
            Target::Class(class) => Some(class),
            Target::Any => None,
        });
        classes.map(|class| check_target(class, dataset).map(|()| class)).collect()
    }
}
