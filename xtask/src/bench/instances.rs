//! The models of a run: each written once, and known by its SHA-256 from then on.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::models::{self, Order};
use super::program::Program;
use super::sets::{self, Size};
use super::truth::Truth;
use crate::flags::{BenchFlags, SetName};

/// What a folder's models are: the file `instances.json`.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) set: String,
    /// What was asked of the encoder so far, with the files that it wrote then.
    requests: BTreeMap<String, Vec<String>>,
    pub(super) instances: Vec<Instance>,
}

/// One model in one encoding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Instance {
    /// What is asked, whatever the encoding: the same name has the same answer.
    pub(super) problem: String,
    /// The network and the image: problems of one group are not independent.
    pub(super) group: String,
    pub(super) encoding: String,
    /// The model's file in the run's folder.
    pub(super) file: String,
    pub(super) sha256: String,
    /// What is known of the answer from elsewhere.
    pub(super) truth: Option<Truth>,
    /// Of the network's hidden layers, in a set that varies it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) size: Option<Size>,
    /// What the encoder says of it.
    #[serde(flatten)]
    pub(super) details: Map<String, Value>,
}

const MANIFEST: &str = "instances.json";

/// The models that the flags ask for; those that the folder lacks are made.
///
/// # Errors
/// Where a model cannot be made, or has changed since it was.
pub(super) fn prepare(flags: &BenchFlags, program: &Program, folder: &Path) -> Result<Vec<Instance>> {
    let mut manifest = read(folder, sets::name(flags.set))?;
    let set = sets::set(flags.set);
    let encodings = encodings(flags)?;
    let mut wanted = BTreeSet::new();
    for (position, network) in set.networks.iter().enumerate() {
        let count = flags.count.map(|count| share(count, position, set.networks.len()));
        if count == Some(0) {
            continue;
        }
        for encoding in &encodings {
            let request = format!(
                "{}, {encoding}, {}",
                network.name,
                count.map_or("all".to_owned(), |n| n.to_string())
            );
            if !manifest.requests.contains_key(&request) {
                let is_compared = encodings.len() > 1;
                let order = Order { set: &set, network, encoding, is_compared, count, folder };
                let instances = models::make(&order, program)?;
                let files = instances.iter().map(|instance| instance.file.clone()).collect();
                for instance in instances {
                    manifest.add(instance)?;
                }
                manifest.requests.insert(request.clone(), files);
                manifest.write(folder)?;
            }
            wanted.extend(manifest.requests[&request].iter().cloned());
        }
    }
    let is_wanted = |instance: &Instance| wanted.contains(&instance.file);
    let instances: Vec<_> = manifest.instances.into_iter().filter(is_wanted).collect();
    instances.iter().try_for_each(|instance| check_unchanged(instance, folder))?;
    Ok(instances)
}

/// The encodings that are asked for; the models of the conformance suite come as they are.
fn encodings(flags: &BenchFlags) -> Result<Vec<String>> {
    let is_suite = flags.set == SetName::Conformance;
    ensure!(!is_suite || flags.encodings.is_empty(), "the set conformance has no choice of --encodings");
    Ok(match flags.encodings.as_slice() {
        [] if is_suite => vec!["suite".to_owned()],
        [] => vec!["big-m".to_owned()],
        encodings => encodings.to_vec(),
    })
}

/// How many of `count` models fall to one of several networks.
fn share(count: usize, position: usize, networks: usize) -> usize {
    (position + 1) * count / networks - position * count / networks
}

fn read(folder: &Path, set: &str) -> Result<Manifest> {
    let path = folder.join(MANIFEST);
    if !path.exists() {
        return Ok(Manifest { set: set.to_owned(), ..Manifest::default() });
    }
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let manifest: Manifest = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
    if manifest.set != set {
        bail!(
            "{}: the folder holds a run of the set {}; choose another --out",
            folder.display(),
            manifest.set
        );
    }
    Ok(manifest)
}

fn check_unchanged(instance: &Instance, folder: &Path) -> Result<()> {
    let path = folder.join(&instance.file);
    let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    ensure!(
        sha256(&bytes) == instance.sha256,
        "{}: the model has changed since the run began; choose another --out",
        path.display()
    );
    Ok(())
}

pub(super) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Manifest {
    fn add(&mut self, instance: Instance) -> Result<()> {
        match self.instances.iter().find(|known| known.file == instance.file) {
            Some(known) if known.sha256 == instance.sha256 => Ok(()),
            Some(known) => {
                bail!(
                    "greymatter writes {} otherwise than when the run began; choose another --out",
                    known.file
                )
            }
            None => {
                self.instances.push(instance);
                Ok(())
            }
        }
    }

    /// The file appears whole or not at all.
    fn write(&self, folder: &Path) -> Result<()> {
        let (path, draft) = (folder.join(MANIFEST), folder.join(format!("{MANIFEST}.part")));
        let text = serde_json::to_string_pretty(self)? + "\n";
        let written = fs::write(&draft, text).and_then(|()| fs::rename(&draft, &path));
        written.with_context(|| format!("cannot write {}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn a_count_is_shared_out_without_loss() {
        for (count, networks, expected) in [(12, 1, vec![12]), (12, 3, vec![4, 4, 4]), (2, 3, vec![0, 1, 1])]
        {
            let shares: Vec<_> = (0..networks).map(|position| share(count, position, networks)).collect();
            assert_eq!(shares, expected);
        }
    }
}
