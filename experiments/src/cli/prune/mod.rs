mod arguments;
mod report;
mod robust;
mod score_file;
mod scoring;

use std::fs::File;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use ndarray::Axis;
use nn_core::{Network, ParameterRole};
use pruning::baselines::random_mask;
use pruning::{LayerMask, LayerScores, NeuronMask, Order, Silencing, Threshold, hidden_layers, remove_units};
use training::Examples;

pub(super) use arguments::PruneArguments;
use arguments::{ModeName, PruneMethod, RemovalRule};
use report::{Measured, PruneRow, layer_rows};
use score_file::ScoreFile;
use scoring::Scored;

use super::arguments::Epsilon;
use super::{Completion, interrupt, output};
use crate::data::{self, DataFolders, Dataset, Split};
use crate::importance_map::importance_map;
use crate::network_file::{self, NetworkFile};
use crate::output_file::OutputFile;

pub(super) fn run(arguments: &PruneArguments) -> anyhow::Result<Completion> {
    check_belongings(arguments)?;
    let file = network_file::read(&arguments.network)?;
    let folders = DataFolders::find(arguments.data_dir.as_deref());
    let test = data::load(arguments.data, Split::Test, &folders)?;
    network_file::check_fits(&file.network, &test)?;
    let outputs = Outputs::create(arguments)?;
    let cancellation = interrupt::cancellation_on_interrupt()?;

    let (scored, mask) = match &arguments.files.from_mask {
        Some(path) => (Scored::of(Vec::new()), mask_of_file(path, &file.network)?),
        None => {
            let scored = match &arguments.files.from_scores {
                Some(path) => {
                    let (_, scores) = ScoreFile::read(path, &file.network)?;
                    Scored::of(scores)
                }
                None => {
                    let training = data::load(arguments.data, Split::Train, &folders)?;
                    scoring::score(arguments, &file.network, &training, &cancellation)?
                }
            };
            let mask = mask(arguments, &scored.scores)?;
            (scored, mask)
        }
    };
    let silencing = if arguments.keep_bias { Silencing::Weights } else { Silencing::WeightsAndBias };
    let mut masked = file.network.clone();
    mask.silence(&mut masked, silencing)?;
    let smaller = remove_units(&file.network, &mask, silencing)?.cast::<f32>();

    let examples = Examples { inputs: test.images(), labels: test.labels() };
    let mut row = PruneRow {
        network: arguments.network.display().to_string(),
        data: test.name().to_owned(),
        method: if arguments.files.from_mask.is_some() { "mask".to_owned() } else { arguments.method.name() },
        pruned: arguments.out.display().to_string(),
        before: Measured::new(&file.network.cast(), examples)?,
        after: Measured::new(&smaller, examples)?,
        units: mask.unit_count(),
        removed: mask.removed_count(),
        layers: layer_rows(&file.network, &scored.scores, &mask),
        largest_difference: largest_difference(&masked.cast(), &smaller, &test),
        images: scored.images,
        programs: scored.programs,
        robust: scored.robust,
        ablations: Vec::new(),
        scoring_seconds: scored.seconds,
        interrupted: cancellation.is_cancelled(),
    };
    outputs.write(arguments, &file, (&scored.scores, &mask, silencing), (&masked.cast(), &smaller))?;
    if let (true, Some(Epsilon(epsilon))) = (arguments.attacker.ablation, arguments.attacker.epsilon) {
        let scores = robust::all_scores(&file.network, &scored.scores)
            .context("--ablation needs scores of all hidden layers; take another --mode")?;
        let kept = robust::kept_scores(&scores, &mask);
        for (name, network, scores) in
            [("before", &file.network, &scores), ("after", &smaller.cast::<f64>(), &kept)]
        {
            let network = (network, scored.boxes.as_slice());
            row.ablations.push(robust::ablation(name, network, epsilon, scores, &cancellation)?);
        }
        row.interrupted = cancellation.is_cancelled();
    }
    if arguments.json {
        output::json(&row)?;
    } else {
        row.print()?;
    }
    if row.interrupted {
        output::note("interrupted; what is written comes from the best scores until then");
        return Ok(Completion::Interrupted);
    }
    Ok(Completion::Done)
}

/// Refuses flags that would say nothing.
fn check_belongings(arguments: &PruneArguments) -> anyhow::Result<()> {
    let from_file = arguments.files.from_scores.is_some() || arguments.files.from_mask.is_some();
    let solves = arguments.method.uses_program() && !from_file;
    let chooses = arguments.method != PruneMethod::Magnitude && !from_file;
    let method = arguments.method.name();
    let reason =
        if from_file { "scores or masks from a file".to_owned() } else { format!("--method {method}") };
    let idle: [(&[&str], bool); 4] = [
        // The mode also says below which score units go by default.
        (&["mode"], arguments.method.uses_program() && arguments.files.from_mask.is_none()),
        (&["relaxed", "lambda", "by_class", "layer_by_layer", "gap", "tie_break"], solves),
        (&["solver", "threads", "time_limit", "preset", "solver_option"], solves),
        (&["per_class", "choose"], chooses),
    ];
    for (flags, says_something) in idle {
        if let Some(flag) = flags.iter().find(|flag| arguments.given.has(flag) && !says_something) {
            bail!("--{} says nothing with {reason}; leave it out", flag.replace('_', "-"));
        }
    }
    let attacker = ["epsilon", "rounds", "robust_gap", "ablation"];
    if let Some(flag) = attacker.iter().find(|flag| arguments.given.has(flag) && !solves) {
        bail!("--{} says nothing with {reason}; leave it out", flag.replace('_', "-"));
    }
    if arguments.attacker.epsilon.is_some()
        && (arguments.program.by_class || arguments.program.layer_by_layer)
    {
        bail!("--epsilon scores all images and layers together; leave --by-class and --layer-by-layer out");
    }
    if arguments.given.has("random_pool") && arguments.method != PruneMethod::Random {
        bail!("--random-pool belongs to --method random");
    }
    if arguments.files.from_scores.is_some() && !arguments.method.uses_program() {
        bail!(
            "--from-scores belongs to --method elaraby, random or critical; {method} has scores of its own"
        );
    }
    Ok(())
}

/// The units that go, by the method and the rule.
fn mask(arguments: &PruneArguments, scores: &[LayerScores]) -> anyhow::Result<NeuronMask> {
    let rule = match (&arguments.remove, arguments.method.uses_program()) {
        (Some(rule), _) => rule.clone(),
        (None, true) => {
            let score = if arguments.mode() == ModeName::V1 { 1e-3 } else { 0.1 };
            RemovalRule::Threshold(Threshold::Absolute(score))
        }
        (None, false) => {
            let method = arguments.method.name();
            bail!(
                "--method {method} needs --remove, such as --remove total:30%: its scores have no natural threshold"
            )
        }
    };
    let least = match &rule {
        RemovalRule::Threshold(threshold) => NeuronMask::from_scores(scores, *threshold)?,
        RemovalRule::Counts(counts) => {
            NeuronMask::with_counts(scores, counts, Order::LeastFirst).context("--remove")?
        }
    };
    Ok(match arguments.method {
        PruneMethod::Random => {
            let (pool, seed) = (arguments.program.random_pool.into(), arguments.solver.seed.into());
            random_mask(scores, &least.removed_counts(), pool, seed)?
        }
        PruneMethod::Critical => {
            NeuronMask::with_counts(scores, &least.removed_counts(), Order::GreatestFirst)?
        }
        _ => least,
    })
}

/// The units of which a mask of parameters leaves no weight.
fn mask_of_file(path: &Path, network: &Network<f64>) -> anyhow::Result<NeuronMask> {
    let place = || path.display().to_string();
    let reader = File::open(path).with_context(|| format!("cannot read {}", place()))?;
    let kept = nn_core::read_npz_masks(network, reader).with_context(place)?;
    let mut layers = Vec::new();
    for hidden in hidden_layers(network) {
        let weight = network
            .parameters()
            .iter()
            .position(|(id, _)| id.node == hidden.layer && id.role == ParameterRole::Weight)
            .expect("hidden layers have weights");
        if let Some(mask) = &kept[weight] {
            let units = mask.axis_iter(Axis(0)).map(|unit| unit.iter().any(|kept| *kept)).collect();
            layers.push(LayerMask::new(hidden.layer, units));
        }
    }
    ensure!(!layers.is_empty(), "{}: it has no mask of a hidden layer's weights", place());
    Ok(NeuronMask::new(layers))
}

/// How far outputs of two networks as they are written are apart on all images, in f64: sums in another order differ in f32.
fn largest_difference(masked: &Network<f32>, smaller: &Network<f32>, dataset: &Dataset) -> f64 {
    let (masked, smaller) = (masked.cast::<f64>(), smaller.cast::<f64>());
    let chunks = dataset.images();
    let far = chunks.axis_chunks_iter(Axis(0), 512).map(|images| {
        let images = images.mapv(f64::from);
        let (masked, smaller) = (masked.forward(images.view()), smaller.forward(images.view()));
        masked.iter().zip(&smaller).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    });
    far.fold(0.0, f64::max)
}

/// The files to write, whose places were found writable before the work.
struct Outputs {
    pruned: OutputFile,
    scores: Option<OutputFile>,
    mask: Option<OutputFile>,
    masked: Option<OutputFile>,
    heat_map: Option<OutputFile>,
}

impl Outputs {
    fn create(arguments: &PruneArguments) -> anyhow::Result<Self> {
        let files = &arguments.files;
        let create = |path: &Option<std::path::PathBuf>| path.as_deref().map(OutputFile::create).transpose();
        Ok(Self {
            pruned: OutputFile::create(&arguments.out)?,
            scores: create(&files.scores)?,
            mask: create(&files.mask)?,
            masked: create(&files.masked)?,
            heat_map: create(&files.heat_map)?,
        })
    }

    fn write(
        self,
        arguments: &PruneArguments,
        file: &NetworkFile,
        (scores, mask, silencing): (&[LayerScores], &NeuronMask, Silencing),
        (masked, smaller): (&Network<f32>, &Network<f32>),
    ) -> anyhow::Result<()> {
        let files = &arguments.files;
        let network = &file.network;
        let name = arguments.network.display().to_string();
        if let (Some(output), Some(path)) = (self.scores, &files.scores) {
            let source = (name.clone(), file.sha256.clone());
            ScoreFile::new(source, arguments.method.name(), network, scores, mask).write(output, path)?;
        }
        if let (Some(output), Some(path)) = (self.mask, &files.mask) {
            let masks = mask.parameter_masks(network, silencing)?;
            let mut archive = std::io::Cursor::new(Vec::new());
            nn_core::write_npz_masks(network, &masks, &mut archive)?;
            let written = output.write(|writer| Ok(writer.write_all(archive.get_ref())?));
            written.with_context(|| format!("cannot write {}", path.display()))?;
        }
        if let (Some(output), Some(path)) = (self.heat_map, &files.heat_map) {
            let title = format!("{name}, importance by {}", arguments.method.name());
            let svg = importance_map(&title, network, scores, mask)?;
            let written = output.write(|writer| Ok(writer.write_all(svg.as_bytes())?));
            written.with_context(|| format!("cannot write {}", path.display()))?;
        }
        let mut networks = vec![(self.pruned, &arguments.out, smaller)];
        if let (Some(output), Some(path)) = (self.masked, &files.masked) {
            networks.push((output, path, masked));
        }
        for (output, path, network) in networks {
            let written = output.write(|writer| Ok(nn_core::write_onnx(network, writer)?));
            written.with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }
}
