//! How the models of a set are made, and what is known of their answers.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value};

use super::instances::{Instance, sha256};
use super::program::Program;
use super::sets::{NetworkSource, Origin, Set};
use super::truth::{self, Truth};
use crate::cargo::{cargo, run as run_command};
use crate::setup::Toolchain;

/// Which models to make.
pub(super) struct Order<'a> {
    pub(super) set: &'a Set,
    pub(super) network: &'a NetworkSource,
    pub(super) encoding: &'a str,
    /// Whether other encodings are compared with this one, so that the relaxation's minimum is of interest.
    pub(super) is_compared: bool,
    /// That many of them, evenly spread; all by default.
    pub(super) count: Option<usize>,
    /// The run's folder.
    pub(super) folder: &'a Path,
}

/// Makes the models of an order.
pub(super) fn make(order: &Order<'_>, program: &Program) -> Result<Vec<Instance>> {
    eprintln!("bench: write the models of {} ({})", order.network.name, order.encoding);
    let Some(file) = network_file(order.network, order.folder, program) else {
        return suite(order);
    };
    match &order.network.origin {
        Origin::Trained(flags) => train(order, flags, &file, program)?,
        Origin::Published(_) | Origin::Suite => {
            ensure!(
                file.is_file(),
                "{}: there is no such file; --data-dir names the folder of shared data",
                file.display()
            );
        }
    }
    attacks(order, &file, program)
}

/// Where a network's file is, or will be once it was trained; models of a suite have none.
pub(super) fn network_file(network: &NetworkSource, folder: &Path, program: &Program) -> Option<PathBuf> {
    match network.origin {
        Origin::Trained(_) => Some(folder.join("networks").join(format!("{}.onnx", network.name))),
        Origin::Published(file) => Some(program.shared_data().join(file)),
        Origin::Suite => None,
    }
}

impl Order<'_> {
    /// Where the models lie in the run's folder.
    fn place(&self) -> String {
        format!("instances/{}/{}", self.network.name, self.encoding)
    }

    fn instance(&self, file: &str, sha256: String) -> Instance {
        let problem = format!("{}/{}", self.network.name, file.strip_suffix(".mps").unwrap_or(file));
        Instance {
            group: problem.clone(),
            problem,
            encoding: self.encoding.to_owned(),
            file: format!("{}/{file}", self.place()),
            sha256,
            truth: None,
            size: self.network.size,
            details: Map::new(),
        }
    }
}

/// Attacks on a network, which greymatter encodes.
fn attacks(order: &Order<'_>, network: &Path, program: &Program) -> Result<Vec<Instance>> {
    let set = order.set;
    let mut command = program.command();
    command.arg("encode").arg(network);
    command.args([
        "--data",
        set.data,
        "--images",
        set.images,
        "--targets",
        "all",
        "--format",
        "mps",
        "--json",
    ]);
    let (formulation, bounds) = formulation_and_bounds(order.encoding);
    command.args(["--epsilon", &set.epsilon.to_string(), "--formulation", formulation]);
    if let Some(bounds) = bounds {
        command.args(["--bounds", bounds]);
    }
    if order.is_compared {
        command.arg("--relaxation");
    }
    if let Some(count) = order.count {
        command.args(["--count", &count.to_string()]);
    }
    command.arg("--out").arg(order.folder.join(order.place()));
    program.add_data_dir(&mut command);
    let truths = truth::read(set.truth, order.network, &program.shared_data())?;
    let lines = program.output(&mut command)?;
    lines.lines().map(|line| attack(order, line, &truths)).collect()
}

/// The parts of `big-m@crown+lp`: a formulation, and behind an @ the methods that bound neurons.
fn formulation_and_bounds(encoding: &str) -> (&str, Option<&str>) {
    encoding.split_once('@').map_or((encoding, None), |(formulation, bounds)| (formulation, Some(bounds)))
}

/// One line of `greymatter encode --json`.
fn attack(order: &Order<'_>, line: &str, truths: &BTreeMap<usize, Truth>) -> Result<Instance> {
    let mut details: Map<String, Value> = serde_json::from_str(line)?;
    let mut text = |key: &str| match details.remove(key) {
        Some(Value::String(text)) => Ok(text),
        _ => bail!("`greymatter encode` names no {key}: {line}"),
    };
    let (file, sha256) = (text("file")?, text("sha256")?);
    let image = details.get("image").and_then(Value::as_u64).context("`greymatter encode` names no image")?;
    Ok(Instance {
        group: format!("{}/i{image}", order.network.name),
        truth: truths.get(&usize::try_from(image)?).copied(),
        details,
        ..order.instance(&file, sha256)
    })
}

/// Trains a network where its file is not there yet.
fn train(order: &Order<'_>, flags: &str, file: &Path, program: &Program) -> Result<()> {
    if file.exists() {
        return Ok(());
    }
    let networks = file.parent().unwrap_or(order.folder);
    fs::create_dir_all(networks).with_context(|| format!("cannot make the folder {}", networks.display()))?;
    let mut command = program.command();
    command.arg("train").args(flags.split_whitespace()).arg("--out").arg(file);
    program.add_data_dir(&mut command);
    eprintln!("bench: train the network {}", order.network.name);
    run_command(command.stdout(Stdio::null()))
}

/// The models of solver-api's conformance suite, which an example program of that crate writes.
fn suite(order: &Order<'_>) -> Result<Vec<Instance>> {
    let folder = order.folder.join(order.place());
    fs::create_dir_all(&folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let arguments = "run --quiet --package solver-api --no-default-features --features conformance \
                     --example conformance_models --";
    run_command(cargo(arguments.split_whitespace(), &Toolchain::default()).arg(&folder))?;
    let truths = folder.join("truth.json");
    let text = fs::read_to_string(&truths).with_context(|| format!("cannot read {}", truths.display()))?;
    let minima: BTreeMap<String, f64> =
        serde_json::from_str(&text).with_context(|| truths.display().to_string())?;
    let instance = |(file, minimum): (String, f64)| {
        let path = folder.join(&file);
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok(Instance { truth: Some(Truth::Minimum(minimum)), ..order.instance(&file, sha256(&bytes)) })
    };
    let instances: Vec<_> = minima.into_iter().map(instance).collect::<Result<_>>()?;
    let total = instances.len();
    let count = order.count.unwrap_or(total);
    ensure!(count <= total, "--count {count}: there are {total} models");
    let is_wanted = |position: usize| (0..count).any(|index| index * total / count == position);
    Ok(instances.into_iter().enumerate().filter(|(at, _)| is_wanted(*at)).map(|(_, one)| one).collect())
}

#[cfg(test)]
mod tests {
    use super::formulation_and_bounds;

    #[test]
    fn bound_methods_stand_behind_an_at() {
        assert_eq!(formulation_and_bounds("partition:4"), ("partition:4", None));
        assert_eq!(formulation_and_bounds("big-m@crown+lp"), ("big-m", Some("crown+lp")));
    }
}
