//! What an instance came to, as one JSON object.

use serde::{Deserialize, Serialize};
use verify::{Counterexample, Report};

use super::{InstanceFiles, VerifySettings};

/// One instance's result.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct VerifyRow {
    pub(crate) onnx: String,
    pub(crate) property: String,
    /// `sat`, `unsat`, `timeout`, `unknown` or `error`.
    pub(crate) verdict: String,
    /// Who decided, or was at work last.
    pub(crate) engine: Option<String>,
    /// The solver behind that engine, where it has one.
    pub(crate) solver: Option<String>,
    /// Wall time of the process so far, reading the files included.
    pub(crate) seconds: f64,
    pub(crate) witness: Option<WitnessValues>,
    pub(crate) nodes: u64,
    /// The least proven bound of any input set that is not proven; null where nothing is known or all is proven.
    pub(crate) lower_bound: Option<f64>,
    /// How far the nearest candidate is from a counterexample, computed in f64.
    pub(crate) near_margin: Option<f64>,
    /// The same, computed in f32.
    pub(crate) near_margin_f32: Option<f64>,
    pub(crate) threads: usize,
    pub(crate) seed: u64,
    pub(crate) timeout: Option<f64>,
    /// What engines said that gave up; what is wrong where the verdict is `error`.
    pub(crate) notes: Vec<String>,
}

/// A counterexample: `f32` values in row-major order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct WitnessValues {
    pub(crate) input: Vec<f32>,
    /// What the network computes from it in f32.
    pub(crate) output: Vec<f32>,
    /// Name, element type and sizes of input and output as a property of version 2.0 declares them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) declarations: Option<[String; 2]>,
}

impl VerifyRow {
    /// A row about which nothing is known but its files.
    pub(super) fn new(files: InstanceFiles<'_>, verdict: &str, settings: &VerifySettings) -> Self {
        Self {
            onnx: files.onnx.display().to_string(),
            property: files.property.display().to_string(),
            verdict: verdict.to_owned(),
            engine: None,
            solver: None,
            seconds: 0.0,
            witness: None,
            nodes: 0,
            lower_bound: None,
            near_margin: None,
            near_margin_f32: None,
            threads: settings.threads,
            seed: settings.seed,
            timeout: settings.timeout.map(|timeout| timeout.as_secs_f64()),
            notes: Vec::new(),
        }
    }

    /// The row of an instance that could not be asked about.
    pub(crate) fn failed(files: InstanceFiles<'_>, settings: &VerifySettings, error: &anyhow::Error) -> Self {
        Self { notes: vec![format!("{error:#}")], ..Self::new(files, "error", settings) }
    }

    pub(super) fn with_report(self, report: Report, declarations: Option<[String; 2]>) -> Self {
        let open = report.regions.iter().filter(|region| !region.proven);
        let lower_bound = open.map(|region| region.lower_bound).fold(f64::INFINITY, f64::min);
        let margins = report.near_miss.map(|near| near.margins);
        Self {
            verdict: report.verdict.to_string(),
            engine: report.engine.map(str::to_owned),
            nodes: report.nodes,
            lower_bound: Some(lower_bound).filter(|bound| bound.is_finite()),
            near_margin: margins.map(|margins| margins.double).filter(|margin| margin.is_finite()),
            near_margin_f32: margins.map(|margins| margins.single).filter(|margin| margin.is_finite()),
            witness: report.counterexample.map(|Counterexample { input, output }| WitnessValues {
                input,
                output,
                declarations,
            }),
            notes: report.refusals,
            ..self
        }
    }

    /// The verdict, and the witness below it, as the competition's result files have them.
    pub(crate) fn competition_text(&self) -> String {
        match &self.witness {
            Some(WitnessValues { input, output, .. }) => {
                let (input, output) = (input.clone(), output.clone());
                format!("{}\n{}", self.verdict, Counterexample { input, output })
            }
            None => self.verdict.clone(),
        }
    }

    /// The same as the standard of VNN-LIB 2.0 has it: each tensor as it is declared, and a line for each of its elements.
    pub(crate) fn standard_text(&self) -> String {
        let verdict = if self.verdict == "timeout" { "timed-out" } else { &self.verdict };
        let Some(WitnessValues { input, output, declarations: Some([declared_input, declared_output]) }) =
            &self.witness
        else {
            return verdict.to_owned();
        };
        let tensor = |declared: &String, values: &[f32]| {
            let lines = values.iter().map(|value| format!("\n{value}"));
            format!("\n{declared}{}", lines.collect::<String>())
        };
        format!("{verdict}{}{}", tensor(declared_input, input), tensor(declared_output, output))
    }
}
