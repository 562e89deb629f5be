//! Gurobi: `gurobi_cl ... ResultFile=model.sol model.mps`; from its reference manual, never run here.

use std::time::Duration;

use super::program::{Call, Program, SOLUTION_FILE, Status, Task, Told, Transcript, values_by_name};
use crate::{Capability, LimitKind};

/// The model's file.
const MODEL_FILE: &str = "model.mps";

pub(super) const GUROBI: Program = Program {
    name: "lp:gurobi_cl",
    executable: "gurobi_cl",
    mend: "install Gurobi, with a licence, and put its bin folder into the PATH",
    version_arguments: &["--version"],
    version_mark: "Gurobi Optimizer version ",
    capabilities: &[
        Capability::Integers,
        Capability::NodeLimit,
        Capability::DualBound,
        Capability::Threads,
        Capability::Seed,
        Capability::Cancellation,
        Capability::Log,
    ],
    clock_step: Duration::ZERO,
    model_file: MODEL_FILE,
    warning_code: 0,
    call,
    refuses_option: |line| {
        line.contains("Unknown parameter")
            || line.contains("No parameters matching")
            || line.contains("Unable to set")
    },
    known_crash: None,
    read,
};

fn call(task: &Task<'_>) -> Call {
    let options = task.options;
    let mut arguments = vec![
        format!("Threads={}", options.threads),
        format!("Seed={}", task.seed().min(2_000_000_000)),
        format!("FeasibilityTol={:e}", options.feasibility_tolerance.clamp(1e-9, 1e-2)),
        format!("IntFeasTol={:e}", options.integrality_tolerance.clamp(1e-9, 1e-1)),
        format!("MIPGap={:e}", options.relative_gap),
        format!("MIPGapAbs={:e}", options.absolute_gap),
        // Else a file `gurobi.log` grows in the folder.
        "LogFile=".to_owned(),
    ];
    arguments.extend(task.seconds().map(|seconds| format!("TimeLimit={seconds}")));
    arguments.extend(task.limits.nodes.map(|nodes| format!("NodeLimit={nodes}")));
    arguments.extend(task.raw(|name, value| format!("{name}={value}")));
    arguments.extend([format!("ResultFile={SOLUTION_FILE}"), MODEL_FILE.to_owned()]);
    Call { arguments, files: Vec::new() }
}

/// What its log says of the end, the first that fits.
const VERDICTS: [(&str, Status); 13] = [
    ("Model is infeasible or unbounded", Status::InfeasibleOrUnbounded),
    ("Infeasible or unbounded model", Status::InfeasibleOrUnbounded),
    ("Model is infeasible", Status::Infeasible),
    ("Infeasible model", Status::Infeasible),
    ("Model is unbounded", Status::Unbounded),
    ("Unbounded model", Status::Unbounded),
    ("Time limit reached", Status::Limit(LimitKind::Time)),
    ("Node limit reached", Status::Limit(LimitKind::Nodes)),
    ("Iteration limit reached", Status::Limit(LimitKind::Iterations)),
    ("Memory limit reached", Status::Limit(LimitKind::Memory)),
    ("Numerical trouble encountered", Status::Numerical),
    ("Optimal solution found", Status::Optimal),
    ("Optimal objective", Status::Optimal),
];

fn read(transcript: &Transcript<'_>) -> Result<Told, String> {
    let verdict = VERDICTS.iter().find(|(words, _)| transcript.says(words));
    let (words, status) = *verdict.ok_or("its log tells no end that is known")?;
    let has_point = matches!(status, Status::Optimal | Status::Limit(_));
    let values = match transcript.solution.filter(|_| has_point) {
        None if status == Status::Optimal => return Err("it wrote no solution file".to_owned()),
        None => None,
        Some(text) if !text.contains("# Objective value") => {
            return Err("its solution file has no objective".to_owned());
        }
        Some(text) => {
            let lines = text.lines().filter(|line| !line.starts_with('#'));
            Some(values_by_name(transcript.columns, None, lines.filter_map(|line| line.split_once(' ')))?)
        }
    };
    Ok(Told {
        values,
        bound: transcript.last_number("best bound "),
        nodes: transcript.last_count("Explored "),
        ..Told::only(status, words)
    })
}
