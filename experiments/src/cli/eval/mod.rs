mod report;
mod under;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use attacks::empirical::ThreatModel;
use clap::Args;
use milp_encode::Replayer;
use milp_encode::property::{DataRange, Norm};
use training::{ClassCount, Examples};

use self::report::{Evaluation, UnderAttack};
use self::under::UnderName;
use super::arguments::{DataArguments, Epsilon};
use super::given::GivenFlags;
use super::method::{self, SearchArguments};
use super::{Completion, interrupt, output, progress};
use crate::data::{Dataset, ImageRange};
use crate::network_file::{self, NetworkFile};
use crate::search::SearchSettings;
use crate::settings::{MethodName, NormName};

/// Measure a network's accuracy, overall and per class, also under attack
///
/// Under attack an image counts where it is classified rightly and no adversarial example was found for it. That is an upper
/// bound: a search that finds nothing proves nothing.
#[derive(Args)]
#[command(after_help = "Examples:
  greymatter eval net.onnx --data mnist
  greymatter eval net.onnx --data digits --split train --json
  greymatter eval net.onnx --data mnist --under pgd --epsilon 0.05,0.1 --steps 100 --restarts 5
  greymatter eval net.onnx --data mnist --under apgd:ce,apgd:dlr,square --epsilon 0.1 --json")]
pub(super) struct EvalArguments {
    #[command(flatten)]
    given: GivenFlags,
    /// The network, an ONNX or .nnet file
    network: PathBuf,
    #[command(flatten)]
    data: DataArguments,
    /// Images by their position in the data set: 0..100 (without 100), 5.., or 7; all by default
    #[arg(long, value_name = "RANGE", default_value = "..")]
    images: ImageRange,
    /// Attack the images: fgsm, pgd, apgd, deepfool, square, or several separated by commas, each on the images that the
    /// ones before it did not fool; a loss may follow its search, as in apgd:dlr
    #[arg(long, value_name = "SEARCHES", value_delimiter = ',', requires = "epsilon")]
    under: Vec<UnderName>,
    /// Radius of the ball in the norm, in input units; several separated by commas
    #[arg(long, value_name = "E", value_delimiter = ',', allow_negative_numbers = true, requires = "under")]
    epsilon: Vec<Epsilon>,
    /// How distortion is measured
    #[arg(long, value_enum, default_value_t = NormName::Linf, requires = "under")]
    norm: NormName,
    /// Seed of the searches' random numbers
    #[arg(long, value_name = "N", default_value_t = 0, requires = "under")]
    seed: u32,
    /// Do not cut the ball to the data's range [0, 1]
    #[arg(long, requires = "under")]
    no_clip: bool,
    /// Threads; default: the number of cores
    #[arg(long, value_name = "N", requires = "under")]
    jobs: Option<NonZeroUsize>,
    /// Print one JSON object a line: one in all, or one for every radius
    #[arg(long)]
    json: bool,
    #[command(flatten, next_help_heading = "Searches")]
    search: SearchArguments,
}

pub(super) fn run(arguments: &EvalArguments) -> anyhow::Result<Completion> {
    let methods: Vec<MethodName> = arguments.under.iter().map(|under| under.search.into()).collect();
    method::refuse_unknown(&arguments.given, "--under", &methods)?;
    let file = network_file::read(&arguments.network)?;
    let dataset = arguments.data.load()?;
    network_file::check_fits(&file.network, &dataset)?;
    let images = arguments.images.indices(&dataset)?;
    let (inputs, labels) = dataset.range(images)?;
    // In f32, as a deployed network computes.
    let classes = training::evaluate(&file.network.cast::<f32>(), Examples { inputs, labels })?.classes;
    if arguments.under.is_empty() {
        show(arguments, &dataset, &classes, labels, None)?;
        return Ok(Completion::Done);
    }
    evaluate_under(arguments, &file, &dataset, &classes)
}

fn evaluate_under(
    arguments: &EvalArguments,
    file: &NetworkFile,
    dataset: &Dataset,
    classes: &[ClassCount],
) -> anyhow::Result<Completion> {
    let images = arguments.images.indices(dataset)?;
    let (_, labels) = dataset.range(images.clone())?;
    let images: Vec<usize> = images.collect();
    let settings = |under: &UnderName| {
        let settings = arguments.search.settings(under.search, arguments.seed)?;
        Ok(SearchSettings { loss: under.loss.or(settings.loss), ..settings })
    };
    let searches: Vec<SearchSettings> =
        arguments.under.iter().map(settings).collect::<anyhow::Result<_>>()?;
    let networks = Replayer::new(&file.network);
    let cancellation = interrupt::cancellation_on_interrupt()?;
    let bar = progress::bar((images.len() * arguments.epsilon.len()) as u64, "images");
    for Epsilon(epsilon) in arguments.epsilon.iter().copied() {
        let norm = Norm::from(arguments.norm);
        let threat = ThreatModel { norm, epsilon, range: (!arguments.no_clip).then_some(DataRange::UNIT) };
        let attacked = under::attack_all(
            (&networks, dataset),
            &images,
            (&searches, threat),
            method::workers(arguments.jobs),
            &cancellation,
            |images| bar.inc(images as u64),
        )?;
        let Some(attacked) = attacked else {
            bar.finish_and_clear();
            output::note(format_args!("interrupted; epsilon {epsilon} and what follows it is not evaluated"));
            return Ok(Completion::Interrupted);
        };
        let under = UnderAttack {
            epsilon,
            norm: norm.name(),
            clip: !arguments.no_clip,
            searches: &searches,
            attacked: &attacked,
        };
        bar.suspend(|| show(arguments, dataset, classes, labels, Some(&under)))?;
    }
    bar.finish_and_clear();
    Ok(Completion::Done)
}

fn show(
    arguments: &EvalArguments,
    dataset: &Dataset,
    classes: &[ClassCount],
    labels: &[u8],
    under: Option<&UnderAttack<'_>>,
) -> anyhow::Result<()> {
    let network = arguments.network.display().to_string();
    let evaluation = Evaluation::new(network, dataset.name(), classes, labels, under);
    if arguments.json { output::json(&evaluation) } else { evaluation.print() }
}
