//! SCIP's shell: `scip -s scip.set -c "read model.mps" ... -c "write solution model.sol"`.

use std::time::Duration;

use super::program::{Call, Program, SOLUTION_FILE, Status, Task, Told, Transcript, values_by_name};
use crate::adapters::presets;
use crate::{Capability, LimitKind};

/// The model's file.
const MODEL_FILE: &str = "model.mps";

pub(super) const SCIP: Program = Program {
    name: "lp:scip",
    executable: "scip",
    mend: "install SCIP (https://scipopt.org) and put its program into the PATH",
    version_arguments: &["--version"],
    version_mark: "SCIP version ",
    capabilities: &[
        Capability::Integers,
        Capability::NodeLimit,
        Capability::Cutoff,
        Capability::DualBound,
        Capability::Seed,
        Capability::Cancellation,
        Capability::Log,
    ],
    clock_step: Duration::ZERO,
    model_file: MODEL_FILE,
    warning_code: 0,
    call,
    refuses_option: |line| {
        let line = line.to_ascii_lowercase();
        line.contains("error") || line.contains("unknown parameter") || line.contains("invalid value")
    },
    known_crash: None,
    read,
};

const SETTINGS_FILE: &str = "settings.set";

fn call(task: &Task<'_>) -> Call {
    let options = task.options;
    let mut lines = vec![
        format!("randomization/randomseedshift = {}", task.seed()),
        // The one tolerance is for rows, bounds and whole numbers.
        format!(
            "numerics/feastol = {:e}",
            options.feasibility_tolerance.min(options.integrality_tolerance).clamp(1e-17, 1e-3)
        ),
        format!("limits/absgap = {:e}", options.absolute_gap),
        format!("limits/gap = {:e}", options.relative_gap),
        "timing/clocktype = 2".to_owned(),
    ];
    lines.extend(task.seconds().map(|seconds| format!("limits/time = {seconds:?}")));
    lines.extend(task.limits.nodes.map(|nodes| format!("limits/nodes = {}", nodes.min(i64::MAX as u64))));
    let preset = presets::chosen(options.preset, presets::SCIP);
    lines.extend(preset.iter().map(|(name, value)| format!("{name} = {value}")));
    lines.extend(task.raw(|name, value| format!("{name} = {value}")));
    let mut commands = vec![format!("read {MODEL_FILE}")];
    commands.extend(task.limits.cutoff.map(|cutoff| format!("set limits objective {cutoff:e}")));
    commands.extend(["optimize".to_owned(), format!("write solution {SOLUTION_FILE}"), "quit".to_owned()]);
    let mut arguments = vec!["-s".to_owned(), SETTINGS_FILE.to_owned()];
    arguments.extend(commands.into_iter().flat_map(|command| ["-c".to_owned(), command]));
    Call { arguments, files: vec![(SETTINGS_FILE, lines.join("\n") + "\n")] }
}

fn read(transcript: &Transcript<'_>) -> Result<Told, String> {
    let text = transcript.required_solution()?;
    let status_of = |line: &str| line.strip_prefix("solution status: ").map(str::to_owned);
    let words = text.lines().find_map(status_of).ok_or("its solution file has no status")?;
    let status = match words.as_str() {
        "optimal solution found" | "gap limit reached" => Status::Optimal,
        "infeasible" => Status::Infeasible,
        "unbounded" => Status::Unbounded,
        "infeasible or unbounded" => Status::InfeasibleOrUnbounded,
        "time limit reached" => Status::Limit(LimitKind::Time),
        "node limit reached" | "total node limit reached" | "stall node limit reached" => {
            Status::Limit(LimitKind::Nodes)
        }
        "memory limit reached" => Status::Limit(LimitKind::Memory),
        _ if words.ends_with("limit reached") => Status::Limit(LimitKind::Other),
        _ => return Err(format!("its status {words:?} is not known")),
    };
    let mut rest = text.lines().skip_while(|line| !line.starts_with("objective value:"));
    let has_point = rest.next().is_some();
    if !has_point && !text.contains("no solution available") {
        return Err("its solution file ends early".to_owned());
    }
    let values = has_point.then(|| {
        let pairs = rest.filter_map(|line| {
            let mut fields = line.split_ascii_whitespace();
            Some((fields.next()?, fields.next()?))
        });
        // What it leaves out is 0.
        values_by_name(transcript.columns, Some(0.0), pairs)
    });
    Ok(Told {
        status,
        words,
        values: values.transpose()?,
        bound: transcript.last_number("Dual Bound         :"),
        nodes: transcript.last_count("Solving Nodes      :"),
        iterations: None,
    })
}
