//! CPLEX's interactive optimizer: `cplex -c "read model.mps" ... "write model.sol"`; from its documentation, never run
//! here.

use std::time::Duration;

use super::program::{Call, Program, SOLUTION_FILE, Status, Task, Told, Transcript, values_by_name};
use crate::{Capability, LimitKind};

/// The model's file.
const MODEL_FILE: &str = "model.mps";

pub(super) const CPLEX: Program = Program {
    name: "lp:cplex",
    executable: "cplex",
    mend: "install CPLEX and put its interactive optimizer into the PATH",
    version_arguments: &["-c", "quit"],
    version_mark: "Interactive Optimizer ",
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
        line.contains("does not exist") || line.contains("not recognized") || line.contains("CPLEX Error")
    },
    known_crash: None,
    read,
};

fn call(task: &Task<'_>) -> Call {
    let options = task.options;
    let mut commands = vec![
        format!("set threads {}", options.threads),
        format!("set randomseed {}", task.seed()),
        "set clocktype 2".to_owned(),
        format!("set simplex tolerances feasibility {:e}", options.feasibility_tolerance.clamp(1e-9, 1e-1)),
        format!("set mip tolerances integrality {:e}", options.integrality_tolerance.min(0.5)),
        format!("set mip tolerances mipgap {:e}", options.relative_gap.min(1.0)),
        format!("set mip tolerances absmipgap {:e}", options.absolute_gap),
    ];
    commands.extend(task.seconds().map(|seconds| format!("set timelimit {seconds}")));
    commands.extend(task.limits.nodes.map(|nodes| format!("set mip limits nodes {nodes}")));
    commands.extend(task.raw(|name, value| format!("set {name} {value}")));
    commands.push(format!("read {MODEL_FILE}"));
    commands.extend(["optimize".to_owned(), format!("write {SOLUTION_FILE}"), "quit".to_owned()]);
    let mut arguments = vec!["-c".to_owned()];
    arguments.extend(commands);
    Call { arguments, files: Vec::new() }
}

/// `solutionStatusValue` in the solution file (CPLEX, "Solution status codes").
const STATUSES: [(&str, Status); 12] = [
    ("1", Status::Optimal),
    ("2", Status::Unbounded),
    ("3", Status::Infeasible),
    ("4", Status::InfeasibleOrUnbounded),
    ("10", Status::Limit(LimitKind::Iterations)),
    ("11", Status::Limit(LimitKind::Time)),
    ("101", Status::Optimal),
    ("102", Status::Optimal),
    ("105", Status::Limit(LimitKind::Nodes)),
    ("107", Status::Limit(LimitKind::Time)),
    ("111", Status::Limit(LimitKind::Memory)),
    ("118", Status::Unbounded),
];

/// What the log says where there is no solution to write.
const VERDICTS: [(&str, Status); 8] = [
    ("Integer infeasible or unbounded", Status::InfeasibleOrUnbounded),
    ("Infeasible or unbounded", Status::InfeasibleOrUnbounded),
    ("Time limit exceeded, no integer solution", Status::Limit(LimitKind::Time)),
    ("Node limit exceeded, no integer solution", Status::Limit(LimitKind::Nodes)),
    ("MIP - Integer infeasible", Status::Infeasible),
    ("Dual simplex - Infeasible", Status::Infeasible),
    ("Primal simplex - Infeasible", Status::Infeasible),
    ("Presolve - Infeasible", Status::Infeasible),
];

fn read(transcript: &Transcript<'_>) -> Result<Told, String> {
    let bound = transcript.last_number("Current MIP best bound =");
    let Some(text) = transcript.solution else {
        let verdict = VERDICTS.iter().find(|(words, _)| transcript.says(words));
        let (words, status) = *verdict.ok_or("it wrote no solution file")?;
        return Ok(Told { bound, ..Told::only(status, words) });
    };
    if !text.contains("</CPLEXSolution>") {
        return Err("its solution file ends early".to_owned());
    }
    let code = attribute(text, "solutionStatusValue").ok_or("its solution file has no status")?;
    let known = STATUSES.iter().find(|(number, _)| *number == code);
    let (_, status) = *known.ok_or_else(|| format!("its status {code} is not known"))?;
    let words = attribute(text, "solutionStatusString").unwrap_or(code);
    let variables = text.split("<variable ").skip(1).filter_map(|rest| {
        let tag = rest.split_once('>')?.0;
        Some((attribute(tag, "name")?, attribute(tag, "value")?))
    });
    let has_point = matches!(status, Status::Optimal | Status::Limit(_));
    let values = has_point.then(|| values_by_name(transcript.columns, None, variables));
    Ok(Told {
        values: values.transpose()?,
        bound,
        nodes: attribute(text, "MIPNodes").and_then(|count| count.parse().ok()),
        ..Told::only(status, words)
    })
}

/// The value of an XML attribute.
fn attribute<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.split_once(&format!("{name}=\""))?.1.split_once('"').map(|(value, _)| value)
}
