//! GLPK: `glpsol --freemps model.mps ... --write model.sol`.

use std::time::Duration;

use super::program::{Call, Program, SOLUTION_FILE, Status, Task, Told, Transcript, finite};
use crate::{Capability, LimitKind};

/// The model's file.
const MODEL_FILE: &str = "model.mps";

pub(super) const GLPSOL: Program = Program {
    name: "lp:glpsol",
    executable: "glpsol",
    mend: "install glpk-utils",
    version_arguments: &["--version"],
    version_mark: "LP/MIP Solver ",
    capabilities: &[Capability::Integers, Capability::Cancellation, Capability::Log],
    clock_step: Duration::from_secs(1),
    // Columns are numbered in its answers, in the order of the file; an LP file without rows is an error to it.
    model_file: MODEL_FILE,
    warning_code: 0,
    call,
    refuses_option: |line| {
        ["Invalid option", "No input problem file", "argument specified", "Invalid "]
            .iter()
            .any(|mark| line.starts_with(mark))
    },
    known_crash: None,
    read,
};

fn call(task: &Task<'_>) -> Call {
    let mut arguments = ["--freemps", MODEL_FILE, "--write", SOLUTION_FILE].map(str::to_owned).to_vec();
    if !task.is_mip {
        // Its LP presolver drops rows of large coefficients by a tolerance that the row itself misses by half a unit.
        arguments.push("--nopresol".to_owned());
    }
    if let Some(seconds) = task.seconds() {
        arguments.extend(["--tmlim".to_owned(), seconds.ceil().min(1e6).to_string()]);
    }
    for (name, value) in &task.options.raw {
        arguments.push(format!("--{name}"));
        arguments.extend((!value.is_empty()).then(|| value.clone()));
    }
    Call { arguments, files: Vec::new() }
}

fn read(transcript: &Transcript<'_>) -> Result<Told, String> {
    let text = transcript.required_solution()?;
    let mut values = vec![f64::NAN; transcript.columns];
    let (mut solution, mut complete) = (None, false);
    for line in text.lines() {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        match fields.as_slice() {
            ["s", "bas", _, _, primal, dual, _] => solution = Some(("bas", *primal, *dual)),
            ["s", "mip", _, _, status, _] => solution = Some(("mip", *status, "")),
            // A row of a basic solution also has its status, so that the value's place differs.
            ["j", index, value] | ["j", index, _, value, _] => {
                let index = index.parse::<usize>().ok().and_then(|index| index.checked_sub(1));
                let place = index.ok_or_else(|| format!("line {line:?} has no column"))?;
                let value = finite(value).ok_or_else(|| format!("line {line:?} has no value"))?;
                // What lies beyond the model's columns is the one that carries the offset.
                if let Some(known) = values.get_mut(place) {
                    *known = value;
                }
            }
            ["e", "o", "f"] => complete = true,
            _ => {}
        }
    }
    let (kind, primal, dual) = solution.ok_or("its solution file has no status")?;
    if !complete {
        return Err("its solution file ends early".to_owned());
    }
    let words = format!("{kind} {primal} {dual}").trim_end().to_owned();
    let status = match (kind, primal, dual) {
        ("bas", "f", "f") | ("mip", "o", _) => Status::Optimal,
        _ if transcript.says("TIME LIMIT EXCEEDED") => Status::Limit(LimitKind::Time),
        ("bas", "n", _) | ("mip", "n", _) => Status::Infeasible,
        ("bas", "f", "n") => Status::Unbounded,
        // Behind its presolver it writes nothing; what it found is in the log alone.
        _ => match LOG_VERDICTS.iter().find(|(line, _)| transcript.says(line)) {
            Some((_, status)) => *status,
            None => Status::Numerical,
        },
    };
    let has_point = match kind {
        "mip" => matches!(primal, "o" | "f"),
        _ => (primal, dual) == ("f", "f"),
    };
    if has_point && values.iter().any(|value| value.is_nan()) {
        return Err("its solution has not every column".to_owned());
    }
    let values = has_point.then_some(values);
    Ok(Told { values, ..Told::only(status, &words) })
}

const LOG_VERDICTS: [(&str, Status); 8] = [
    ("PROBLEM HAS NO PRIMAL FEASIBLE SOLUTION", Status::Infeasible),
    ("LP HAS NO PRIMAL FEASIBLE SOLUTION", Status::Infeasible),
    ("PROBLEM HAS NO INTEGER FEASIBLE SOLUTION", Status::Infeasible),
    ("LP RELAXATION HAS NO PRIMAL FEASIBLE SOLUTION", Status::Infeasible),
    ("LP HAS UNBOUNDED PRIMAL SOLUTION", Status::Unbounded),
    ("PROBLEM HAS NO DUAL FEASIBLE SOLUTION", Status::InfeasibleOrUnbounded),
    ("LP RELAXATION HAS NO DUAL FEASIBLE SOLUTION", Status::InfeasibleOrUnbounded),
    ("LP HAS NO DUAL FEASIBLE SOLUTION", Status::InfeasibleOrUnbounded),
];
