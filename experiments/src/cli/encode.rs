use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Context, ensure};
use clap::{Args, ValueEnum};
use milp_encode::bounds::compute_bounds;
use milp_encode::encode;
use milp_encode::property::{InputBox, LinearFunction};
use solver_api::{Model, write_lp, write_mps};

use super::arguments::{DataArguments, Epsilon, ModelArguments, example};
use super::{Completion, output};
use crate::network_file;
use crate::output_file::OutputFile;

/// Write the model of one attack exactly as the solvers get it
#[derive(Args)]
#[command(after_help = "Example:
  greymatter encode net.onnx --data mnist --image 0 --target 3 --epsilon 0.05 --format lp -o model.lp")]
pub(super) struct EncodeArguments {
    /// The network, an ONNX or .nnet file
    network: PathBuf,
    #[command(flatten)]
    data: DataArguments,
    /// The image, by its position in the data set
    #[arg(long, value_name = "INDEX")]
    image: usize,
    /// The class whose output shall reach the label's
    #[arg(long, value_name = "CLASS")]
    target: usize,
    /// Radius of the l-infinity ball in input units
    #[arg(long, value_name = "E")]
    epsilon: Epsilon,
    #[command(flatten)]
    model: ModelArguments,
    /// File format
    #[arg(long, value_enum)]
    format: Format,
    /// The file to write; stdout by default
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// CPLEX LP, for people
    Lp,
    /// Free MPS
    Mps,
}

pub(super) fn run(arguments: &EncodeArguments) -> anyhow::Result<Completion> {
    let network = network_file::read(&arguments.network)?.network;
    let dataset = arguments.data.load()?;
    network_file::check_fits(&network, &dataset)?;
    let (image, label) = example(&dataset, arguments.image)?;
    let (label, target) = (usize::from(label), arguments.target);
    ensure!(
        target < dataset.classes(),
        "target {target} is not a class: there are 0 to {}",
        dataset.classes() - 1
    );
    ensure!(target != label, "target {target} is the image's label: choose another class");
    let input = InputBox::around(image.mapv(f64::from).view(), arguments.epsilon.0, arguments.model.range())?;
    let bounds = compute_bounds(&network, &input, arguments.model.bounds.into())?;
    let mut encoding = encode(&network, &input, &bounds, arguments.model.formulation.into())?;
    encoding.set_objective(&LinearFunction::margin(dataset.classes(), label, target))?;
    let model = encoding.model();
    match &arguments.output {
        None => write_to(arguments.format, model, &mut io::stdout().lock())?,
        Some(path) => {
            let written = OutputFile::create(path)?.write(|file| write_to(arguments.format, model, file));
            written.with_context(|| format!("cannot write {}", path.display()))?;
        }
    }
    output::note(format_args!(
        "{} columns, {} of them binary, {} rows, {} coefficients",
        model.column_count(),
        model.integer_count(),
        model.row_count(),
        model.entry_count()
    ));
    Ok(Completion::Done)
}

fn write_to(format: Format, model: &Model, writer: &mut impl Write) -> anyhow::Result<()> {
    match format {
        Format::Lp => Ok(write_lp(model, writer)?),
        Format::Mps => Ok(write_mps(model, writer)?),
    }
}
