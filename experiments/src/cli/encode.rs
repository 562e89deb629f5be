use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Context, bail, ensure};
use attacks::{Target, Targets};
use clap::{ArgGroup, Args, ValueEnum};
use milp_encode::bounds::compute_bounds;
use milp_encode::property::{InputBox, LinearFunction};
use milp_encode::{Encoding, encode};
use solver_api::{Model, write_lp, write_mps};

use super::aimed::aimed;
use super::arguments::{DataArguments, Epsilon, ModelArguments, TargetsArgument, example};
use super::{Completion, encode_folder, output};
use crate::bound_methods::BoundSolvers;
use crate::data::{Dataset, ImageRange};
use crate::network_file::{self, NetworkFile};
use crate::output_file::OutputFile;

/// Write the models of attacks exactly as the solvers get them
#[derive(Args)]
#[command(group(ArgGroup::new("one or many").required(true).args(["image", "images"])))]
#[command(after_help = "Examples:
  greymatter encode net.onnx --data mnist --image 0 --target 3 --epsilon 0.05 --format lp -o model.lp
  greymatter encode net.onnx --data mnist --images 0..10 --targets all --count 12 --epsilon 0.05 \\
      --format mps --out models --json")]
pub(super) struct EncodeArguments {
    /// The network, an ONNX or .nnet file
    pub(super) network: PathBuf,
    #[command(flatten)]
    pub(super) data: DataArguments,
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
    /// Write only N of the models, spread evenly over images and targets
    #[arg(long, value_name = "N", conflicts_with = "image")]
    pub(super) count: Option<usize>,
    /// Radius of the l-infinity ball in input units
    #[arg(long, value_name = "E")]
    pub(super) epsilon: Epsilon,
    #[command(flatten)]
    pub(super) model: ModelArguments,
    /// File format
    #[arg(long, value_enum)]
    pub(super) format: Format,
    /// The file to write; stdout by default
    #[arg(short, long, value_name = "FILE", conflicts_with = "images")]
    output: Option<PathBuf>,
    /// The folder for the models of many images
    #[arg(long, value_name = "DIR", conflicts_with = "image")]
    out: Option<PathBuf>,
    /// Solve the linear relaxation of each model in the folder, and print its minimum
    #[arg(long, requires = "json")]
    pub(super) relaxation: bool,
    /// Print one JSON object for each model in the folder
    #[arg(long, conflicts_with = "image")]
    pub(super) json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Format {
    /// CPLEX LP, for people
    Lp,
    /// Free MPS
    Mps,
}

pub(super) fn run(arguments: &EncodeArguments) -> anyhow::Result<Completion> {
    let file = network_file::read(&arguments.network)?;
    let dataset = arguments.data.load()?;
    network_file::check_fits(&file.network, &dataset)?;
    match (arguments.image.zip(arguments.target), &arguments.out) {
        (Some((image, target)), _) => write_one(arguments, &file, &dataset, image, target)?,
        (None, Some(folder)) => {
            let mut images = Vec::new();
            for range in &arguments.images {
                images.extend(range.indices(&dataset)?);
            }
            encode_folder::write(arguments, &file, &dataset, &images, folder)?;
        }
        (None, None) => bail!("--images needs --out, a folder for the models"),
    }
    Ok(Completion::Done)
}

fn write_one(
    arguments: &EncodeArguments,
    file: &NetworkFile,
    dataset: &Dataset,
    image: usize,
    target: usize,
) -> anyhow::Result<()> {
    let (_, label) = example(dataset, image)?;
    ensure!(target != usize::from(label), "target {target} is the image's label: choose another class");
    check_target(target, dataset)?;
    let margin = LinearFunction::margin(dataset.classes(), usize::from(label), target);
    let encoding = aimed(&arguments.encode_image(file, dataset, image)?, &margin)?;
    let model = encoding.model();
    match &arguments.output {
        None => arguments.format.write(model, &mut io::stdout().lock())?,
        Some(path) => {
            let written = OutputFile::create(path)?.write(|file| arguments.format.write(model, file));
            written.with_context(|| format!("cannot write {}", path.display()))?;
        }
    }
    output::note(size(model));
    Ok(())
}

/// The size of a model in words.
pub(super) fn size(model: &Model) -> String {
    format!(
        "{} columns, {} of them binary, {} rows, {} coefficients",
        model.column_count(),
        model.integer_count(),
        model.row_count(),
        model.entry_count()
    )
}

fn check_target(target: usize, dataset: &Dataset) -> anyhow::Result<()> {
    let last = dataset.classes() - 1;
    ensure!(target <= last, "target {target} is not a class: there are 0 to {last}");
    Ok(())
}

impl EncodeArguments {
    /// The network over the ball around an image, without an objective.
    pub(super) fn encode_image(
        &self,
        file: &NetworkFile,
        dataset: &Dataset,
        image: usize,
    ) -> anyhow::Result<Encoding> {
        let (pixels, _) = example(dataset, image)?;
        let input = InputBox::around(pixels.mapv(f64::from).view(), self.epsilon.0, self.model.range())?;
        let solvers = BoundSolvers::find(&self.model.bounds, None)?;
        let bounds = compute_bounds(&file.network, &input, &self.model.chain(&solvers))?;
        Ok(encode(&file.network, &input, &bounds, self.model.formulation.into())?)
    }

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

impl Format {
    pub(super) fn write(self, model: &Model, writer: &mut impl Write) -> anyhow::Result<()> {
        match self {
            Format::Lp => Ok(write_lp(model, writer)?),
            Format::Mps => Ok(write_mps(model, writer)?),
        }
    }

    /// The ending of file names.
    pub(super) fn ending(self) -> &'static str {
        match self {
            Format::Lp => "lp",
            Format::Mps => "mps",
        }
    }
}
