//! How a problem is put to greymatter, as a model or as an attack, and what an attack's answer is in a row.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::instances::Instance;
use super::models;
use super::program::Program;
use super::sets::Set;
use crate::flags::{AnsweredBy, Variant};

/// Who is asked, and where what is asked lies.
pub(super) struct Questions<'a> {
    pub(super) program: &'a Program,
    pub(super) set: &'a Set,
    /// The run's folder.
    pub(super) folder: &'a Path,
}

impl Questions<'_> {
    /// The command that answers a problem by `arguments`, with a line of JSON.
    pub(super) fn command(
        &self,
        instance: &Instance,
        variant: &Variant,
        arguments: &[String],
    ) -> Result<Command> {
        let mut command = self.program.command();
        match variant.answered_by {
            AnsweredBy::Solve => {
                command.current_dir(self.folder).arg("solve").arg(&instance.file).args(arguments);
            }
            AnsweredBy::Attack => {
                command.args(self.attack(instance)?).args(arguments);
                self.program.add_data_dir(&mut command);
            }
        }
        command.arg("--json");
        Ok(command)
    }

    /// `greymatter attack` with what the model was made from.
    fn attack(&self, instance: &Instance) -> Result<Vec<String>> {
        let of_instance = |network: &&super::sets::NetworkSource| {
            instance.problem.split_once('/').is_some_and(|(name, _)| name == network.name)
        };
        let network = self.set.networks.iter().find(of_instance);
        let file = network.and_then(|network| models::network_file(network, self.folder, self.program));
        let file = file.with_context(|| format!("{} has no network to attack", instance.problem))?;
        let mut words = vec!["attack".to_owned(), file.display().to_string()];
        words.extend(["--data".to_owned(), self.set.data.to_owned()]);
        for (flag, key) in [("--images", "image"), ("--targets", "target"), ("--epsilon", "epsilon")] {
            let Some(value @ Value::Number(_)) = instance.details.get(key) else {
                bail!("instances.json names no {key} of {}", instance.problem);
            };
            words.extend([flag.to_owned(), value.to_string()]);
        }
        Ok(words)
    }
}

/// What is read of a line of `greymatter attack --json`.
#[derive(Deserialize)]
struct AttackRow {
    method: String,
    network: String,
    solver: Option<String>,
    solver_version: Option<String>,
    verdict: String,
    objective: Option<f64>,
    dual_bound: Option<f64>,
    nodes: Option<u64>,
    seconds: f64,
}

/// The same by the keys of `greymatter solve`.
#[derive(Serialize)]
struct SolveRow<'a> {
    solver: &'a str,
    solver_version: Option<&'a str>,
    verdict: &'a str,
    objective: Option<f64>,
    dual_bound: Option<f64>,
    /// An attack's margin is that of an input that was run through the network again.
    feasible: Option<bool>,
    nodes: Option<u64>,
    wall_seconds: f64,
    time_limit: f64,
    fault: Option<&'a str>,
}

/// An attack's answer by the keys of `greymatter solve`; its own line stands behind, every digit of it.
///
/// None where `said` is no such answer.
pub(super) fn answer_of_attack(said: &str, instance: &Instance, time_limit: f64) -> Option<String> {
    let attack: AttackRow = serde_json::from_str(said).ok()?;
    let is_same_network = instance.details.get("network").and_then(Value::as_str) == Some(&attack.network);
    let row = SolveRow {
        solver: attack.solver.as_deref().unwrap_or(&attack.method),
        solver_version: attack.solver_version.as_deref(),
        // Whatever else is known then, it is not the minimum.
        verdict: if attack.verdict == "optimal" { "Optimal" } else { "Unproven" },
        objective: attack.objective,
        dual_bound: attack.dual_bound,
        feasible: attack.objective.map(|_| true),
        nodes: attack.nodes,
        wall_seconds: attack.seconds,
        time_limit,
        fault: (!is_same_network).then_some("the attack was on another network than the model's"),
    };
    let row = serde_json::to_string(&row).ok()?;
    Some(format!("{},\"attack\":{said}}}", row.trim_end_matches('}')))
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;

    fn instance() -> Instance {
        let details = json!({"image": 0, "target": 3, "epsilon": 0.01, "network": "aa"});
        Instance {
            problem: "50x2/i0-t3".to_owned(),
            group: "50x2/i0".to_owned(),
            encoding: "big-m".to_owned(),
            file: "instances/50x2/big-m/i0-t3.mps".to_owned(),
            sha256: "bb".to_owned(),
            truth: None,
            size: None,
            details: details.as_object().cloned().unwrap_or_default(),
        }
    }

    fn answer(network: &str, verdict: &str) -> Map<String, Value> {
        let said = format!(
            "{{\"method\":\"bab\",\"network\":\"{network}\",\"solver\":null,\"solver_version\":null,\
             \"verdict\":\"{verdict}\",\"objective\":0.1000000000000000055,\"dual_bound\":0.0625,\"nodes\":7,\
             \"seconds\":0.5,\"prepare_seconds\":0.25}}"
        );
        let answer = answer_of_attack(&said, &instance(), 20.0).expect("it is an attack's row");
        assert!(answer.ends_with(&format!("\"attack\":{said}}}")), "{answer}");
        serde_json::from_str(&answer).expect("it is JSON")
    }

    #[test]
    fn an_attack_answers_as_a_solve_does() {
        let row = answer("aa", "optimal");
        let expected = json!({"solver": "bab", "verdict": "Optimal", "objective": 0.1, "dual_bound": 0.0625,
            "feasible": true, "nodes": 7, "wall_seconds": 0.5, "time_limit": 20.0, "fault": null});
        for (key, value) in expected.as_object().expect("an object") {
            assert_eq!(&row[key], value, "{key}");
        }
    }

    #[test]
    fn only_a_proven_minimum_is_an_answer() {
        for verdict in ["certified", "falsified", "unknown"] {
            assert_eq!(answer("aa", verdict)["verdict"], "Unproven");
        }
        assert!(answer_of_attack("", &instance(), 20.0).is_none());
        assert!(answer_of_attack("{\"verdict\":\"optimal\"}", &instance(), 20.0).is_none());
    }

    #[test]
    fn an_attack_on_another_network_is_a_fault() {
        assert!(answer("cc", "optimal")["fault"].as_str().is_some_and(|fault| fault.contains("another")));
    }
}
