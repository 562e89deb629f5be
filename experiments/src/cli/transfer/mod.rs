mod examples;
mod figures;
mod report;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use clap::Args;
use solver_api::Cancellation;

use self::examples::{Network, Source};
use super::arguments::{DataArguments, Epsilon, TargetsArgument};
use super::method::MethodArguments;
use super::{Completion, interrupt, output, progress};
use crate::attack_run::{Event, Retry, RunFolder, answered, keys, read_run, run_attacks, tasks};
use crate::data::{Dataset, ImageRange};
use crate::network_file;
use crate::search::value_name;

/// Try adversarial examples of each network on the others
///
/// Every network is attacked, and every example that is found runs through all networks: it fools one where another class's
/// output reaches the label's, in f64 and f32. For each ordered pair, the examples that fool both as a share of all attacks,
/// of those found on the source, and of those found for images that both networks classify rightly when they are unchanged;
/// in brackets the 95 % interval under resampling of images, since the attacks on one image rise and fall together. For each
/// pair of networks, McNemar's exact test of whether attacks succeed equally often on the same images.
#[derive(Args)]
#[command(after_help = "Examples:
  greymatter transfer a.onnx b.onnx c.onnx --data mnist --images 0..100 --epsilon 0.05 --method pgd
  greymatter transfer a.onnx b.onnx --data mnist --images 0..20 --targets all --epsilon 0.05 --method milp --out runs
  greymatter attack a.onnx --data mnist --images 0..100 --epsilon 0.05 --out run1
  greymatter transfer a.onnx b.onnx --data mnist --from run1 --json")]
pub(super) struct TransferArguments {
    /// The networks, ONNX or .nnet files
    #[arg(required = true, num_args = 2..)]
    networks: Vec<PathBuf>,
    #[command(flatten)]
    data: DataArguments,
    /// Images by their position in the data set: 0..100 (without 100), 5.., or 7
    #[arg(long, value_name = "RANGE", required_unless_present = "from")]
    images: Option<ImageRange>,
    /// Classes to aim at: all (one after the other), untargeted, or a list such as 0,3,7
    #[arg(long, value_name = "TARGETS", default_value = "untargeted")]
    targets: TargetsArgument,
    /// Radius of the ball in the norm, in input units; several separated by commas
    #[arg(long, value_name = "E", value_delimiter = ',', allow_negative_numbers = true)]
    #[arg(required_unless_present = "from")]
    epsilon: Vec<Epsilon>,
    /// Take the examples from a folder that `greymatter attack --out` filled, instead of attacking; may be repeated, once for
    /// each network that is a source
    #[arg(long, value_name = "DIR", conflicts_with_all = ["images", "epsilon", "targets", "out"])]
    from: Vec<PathBuf>,
    /// Folder that keeps the attacks on each network, as `greymatter attack --out` does; a run that was interrupted goes on
    /// from there
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    method: MethodArguments,
}

pub(super) fn run(arguments: &TransferArguments) -> anyhow::Result<Completion> {
    let dataset = arguments.data.load()?;
    let networks = read_networks(&arguments.networks, &dataset)?;
    let cancellation = interrupt::cancellation_on_interrupt()?;
    let scratch = tempfile::tempdir().context("cannot make a folder for the attacks")?;
    let folders = if arguments.from.is_empty() {
        let kept = arguments.out.as_deref().unwrap_or(scratch.path());
        let Some(folders) = attack_all(arguments, &networks, &dataset, kept, &cancellation)? else {
            output::note("interrupted; with --out, the same command goes on from here");
            return Ok(Completion::Interrupted);
        };
        folders
    } else {
        ensure!(
            !arguments.method.is_given(),
            "--from takes attacks as they are: leave out the flags of the method"
        );
        arguments.from.clone()
    };
    let sources =
        folders.iter().map(|folder| source(folder, &networks, arguments)).collect::<Result<_, _>>()?;
    let sources = once_each(sources, &networks)?;
    let workers = arguments.method.workers();
    let tried = examples::try_all(&networks, &dataset, &sources, workers, &cancellation)?;
    let figures = match &tried {
        Some(tried) => figures::figures((&networks, &sources), tried, workers, &cancellation)?,
        None => None,
    };
    let Some(figures) = figures else {
        output::note("interrupted; attacks that are in a folder are kept");
        return Ok(Completion::Interrupted);
    };
    if arguments.json {
        report::print_json(&figures)?;
    } else {
        report::print(&figures)?;
    }
    Ok(Completion::Done)
}

fn read_networks(paths: &[PathBuf], dataset: &Dataset) -> anyhow::Result<Vec<Network>> {
    let mut networks = Vec::<Network>::with_capacity(paths.len());
    for path in paths {
        let file = network_file::read(path)?;
        network_file::check_fits(&file.network, dataset).with_context(|| path.display().to_string())?;
        let name = path.display().to_string();
        if let Some(twin) = networks.iter().find(|other| other.file.sha256 == file.sha256) {
            bail!("{name} is the same network as {}; name each once", twin.name);
        }
        networks.push(Network { name, file });
    }
    Ok(networks)
}

/// Attacks each network into a folder of its own; `None` where that was interrupted.
fn attack_all(
    arguments: &TransferArguments,
    networks: &[Network],
    dataset: &Dataset,
    kept: &Path,
    cancellation: &Cancellation,
) -> anyhow::Result<Option<Vec<PathBuf>>> {
    let images = arguments.images.context("--images is required")?;
    let radii: Vec<Option<f64>> = arguments.epsilon.iter().map(|epsilon| Some(epsilon.0)).collect();
    let tasks = tasks(dataset, images, &arguments.targets.0, &radii)?;
    let attacks = keys(&tasks);
    let bar = progress::bar((attacks.len() * networks.len()) as u64, "attacks");
    let mut paths = Vec::with_capacity(networks.len());
    for (position, (network, path)) in networks.iter().zip(&arguments.networks).enumerate() {
        let goal = arguments.method.natural_goal();
        let job = arguments.method.job(path, &arguments.data, goal)?;
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let (mut folder, stored) = RunFolder::open(&kept.join(format!("{position}-{stem}")))?;
        let settled = answered(&stored, &job.settings(&network.file.sha256), Retry::Nothing)?;
        let asked: HashSet<_> = attacks.iter().collect();
        bar.inc(settled.iter().filter(|key| asked.contains(key)).count() as u64);
        let (workers, questions) = (arguments.method.workers(), (tasks.clone(), &settled));
        run_attacks(&job, (&network.file, dataset), questions, workers, cancellation, |event| match event {
            Event::Row(row, witness) => {
                bar.inc(1);
                folder.append(&row, witness.as_deref())
            }
            Event::Lost(task, reason) => bail!("{}, image {}: {reason}", network.name, task.image),
        })?;
        if cancellation.is_cancelled() {
            bar.finish_and_clear();
            return Ok(None);
        }
        paths.push(folder.path().to_owned());
    }
    bar.finish_and_clear();
    Ok(Some(paths))
}

/// The attacks in a folder, on the one of the networks that they attacked.
fn source(folder: &Path, networks: &[Network], arguments: &TransferArguments) -> anyhow::Result<Source> {
    let rows = read_run(folder)?;
    let place = folder.display();
    let (first, _) = rows.first().with_context(|| format!("{place} holds no rows"))?;
    let settings = &first.settings;
    let is_attacked = |network: &Network| network.file.sha256 == settings.network;
    let position = networks.iter().position(is_attacked).with_context(|| {
        format!("{place} holds attacks on a network that is none of these; name its file, too")
    })?;
    ensure!(
        settings.data == arguments.data.data.to_string() && settings.split == arguments.data.split,
        "{place} holds attacks on {} ({}); give --data and --split accordingly",
        settings.data,
        value_name(settings.split)
    );
    Ok(Source { network: position, method: settings.method, norm: settings.norm.clone(), rows })
}

fn once_each(sources: Vec<Source>, networks: &[Network]) -> anyhow::Result<Vec<Source>> {
    let mut seen = HashSet::new();
    match sources.iter().find(|source| !seen.insert(source.network)) {
        Some(again) => {
            bail!("two folders hold attacks on {}; give one of them", networks[again.network].name)
        }
        None => Ok(sources),
    }
}
