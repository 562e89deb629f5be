use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// A benchmark run as its folder holds it.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunFolder {
    pub(crate) set: String,
    pub(crate) instances: Vec<Instance>,
    pub(crate) rows: Vec<RawRow>,
    pub(crate) environments: Vec<Environment>,
}

/// One model in one encoding.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Instance {
    /// What is asked, whatever the encoding: the same name has the same answer.
    pub(crate) problem: String,
    /// Problems of one group are not independent.
    pub(crate) group: String,
    pub(crate) encoding: String,
    pub(crate) sha256: String,
    #[serde(default)]
    pub(crate) truth: Option<Truth>,
    /// How many classes the network tells apart: a whole group has a problem for each but one.
    #[serde(default)]
    pub(crate) classes: Option<usize>,
    /// Of the network's hidden layers, in a set that varies it.
    #[serde(default)]
    pub(crate) size: Option<NetworkSize>,
    /// How many columns of the model are integer.
    #[serde(default)]
    pub(crate) integers: Option<usize>,
    /// The minimum of the model's linear relaxation.
    #[serde(default)]
    pub(crate) relaxation: Option<f64>,
}

/// How large hidden layers are together, where all are equally wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) struct NetworkSize {
    /// Number of hidden layers.
    pub(crate) depth: usize,
    /// Neurons of each.
    pub(crate) width: usize,
}

/// What is known of a problem's answer from elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Truth {
    /// Whether all minima of the group are above 0.
    Robust(bool),
    /// The minimum.
    Minimum(f64),
    /// There is no feasible point.
    Infeasible,
}

/// One solve.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct RawRow {
    pub(crate) problem: String,
    pub(crate) encoding: String,
    /// The way that the model was solved.
    pub(crate) label: String,
    pub(crate) repeat: usize,
    /// Flags of `greymatter solve`, or `attack` and its flags.
    pub(crate) arguments: String,
    pub(crate) solver: Option<String>,
    pub(crate) solver_version: Option<String>,
    /// SHA-256 of the file that the solver got.
    pub(crate) model_sha256: Option<String>,
    pub(crate) verdict: String,
    pub(crate) objective: Option<f64>,
    pub(crate) dual_bound: Option<f64>,
    pub(crate) cutoff: Option<f64>,
    /// Whether the point checker accepts the point.
    pub(crate) feasible: Option<bool>,
    pub(crate) nodes: Option<u64>,
    pub(crate) wall_seconds: f64,
    pub(crate) cpu_seconds: Option<f64>,
    pub(crate) time_limit: Option<f64>,
    /// What is wrong with the answer, or why there is none.
    pub(crate) fault: Option<String>,
}

/// What a sitting of the run was measured on.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub(crate) struct Environment {
    /// Seconds since 1970.
    pub(crate) started: u64,
    pub(crate) processor: Option<String>,
    pub(crate) cores: Option<usize>,
    pub(crate) memory_bytes: Option<u64>,
    pub(crate) system: Option<String>,
    pub(crate) greymatter: String,
    pub(crate) commit: Option<String>,
    pub(crate) jobs: usize,
    pub(crate) time_limit: f64,
}

#[derive(Deserialize)]
struct Manifest {
    set: String,
    instances: Vec<Instance>,
}

impl RunFolder {
    /// Reads a folder; a row that a kill left incomplete is left out.
    ///
    /// # Errors
    /// Where a file is missing or holds something else, and where a row is of a model that the manifest does not name.
    pub(crate) fn read(folder: &Path) -> anyhow::Result<Self> {
        let manifest = folder.join("instances.json");
        let text = fs::read_to_string(&manifest)
            .with_context(|| format!("cannot read {}: is this the folder of a run?", manifest.display()))?;
        let Manifest { set, instances } =
            serde_json::from_str(&text).with_context(|| manifest.display().to_string())?;
        let rows = lines(&folder.join("raw.jsonl"), "a row of a run")?;
        let environments = lines(&folder.join("environment.jsonl"), "a description of a machine")?;
        let run = Self { set, instances, rows, environments };
        run.check().with_context(|| folder.display().to_string())?;
        Ok(run)
    }

    fn check(&self) -> anyhow::Result<()> {
        let known: BTreeMap<_, _> = self
            .instances
            .iter()
            .map(|instance| ((&instance.problem, &instance.encoding), &instance.group))
            .collect();
        for row in &self.rows {
            ensure!(
                known.contains_key(&(&row.problem, &row.encoding)),
                "raw.jsonl has a row of {} [{}], which instances.json does not name",
                row.problem,
                row.encoding
            );
            let is_time = |seconds: f64| seconds.is_finite() && seconds >= 0.0;
            ensure!(
                is_time(row.wall_seconds) && row.cpu_seconds.is_none_or(is_time),
                "raw.jsonl has a row of {} by {} whose time is none",
                row.problem,
                row.label
            );
        }
        Ok(())
    }
}

impl RawRow {
    /// Whether the solver settled what it was asked.
    pub(crate) fn is_answered(&self) -> bool {
        const ANSWERS: [&str; 6] =
            ["Optimal", "Infeasible", "NoneBetterThanCutoff", "TargetReached", "BoundReached", "Unbounded"];
        ANSWERS.contains(&self.verdict.as_str())
    }

    /// Whether there is no answer because the solver or its process failed, rather than a limit.
    pub(crate) fn is_failure(&self) -> bool {
        matches!(self.verdict.as_str(), "Refused" | "Crashed")
    }
}

/// The whole lines of a file of JSON objects.
fn lines<Row: DeserializeOwned>(path: &Path, what: &str) -> anyhow::Result<Vec<Row>> {
    let text = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let whole = text.iter().rposition(|&byte| byte == b'\n').map_or(0, |last| last + 1);
    let lines = String::from_utf8_lossy(&text[..whole]).into_owned();
    let row = |(number, line): (usize, &str)| {
        let place = || format!("{}, line {}: not {what}", path.display(), number + 1);
        serde_json::from_str(line).with_context(place)
    };
    lines.lines().enumerate().map(row).collect()
}
