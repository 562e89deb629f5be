//! CBC: `cbc model.lp ... -solve -solution model.sol`.

use std::time::Duration;

use super::program::{
    Call, KnownCrash, Program, SOLUTION_FILE, Status, Task, Told, Transcript, values_by_name,
};
use crate::adapters::presets;
use crate::{Capability, LimitKind};

/// The model's file.
const MODEL_FILE: &str = "model.lp";

pub(super) const CBC: Program = Program {
    name: "lp:cbc",
    executable: "cbc",
    mend: "install coinor-cbc",
    version_arguments: &["-quit"],
    version_mark: "Version: ",
    capabilities: &[
        Capability::Integers,
        Capability::NodeLimit,
        Capability::Cutoff,
        Capability::DualBound,
        Capability::Threads,
        Capability::Seed,
        Capability::Cancellation,
        Capability::Log,
    ],
    clock_step: Duration::ZERO,
    // Its MPS reader takes our short free lines for fixed ones.
    model_file: MODEL_FILE,
    warning_code: 0,
    call,
    refuses_option,
    known_crash: Some(KnownCrash {
        without: &["-solution", SOLUTION_FILE],
        line: "Problem is infeasible - tightenPrimalBounds!",
        status: Status::Infeasible,
    }),
    read,
};

fn call(task: &Task<'_>) -> Call {
    let options = task.options;
    let mut arguments = vec![MODEL_FILE.to_owned()];
    let mut set = |name: &str, value: String| arguments.extend([format!("-{name}"), value]);
    set("timeMode", "elapsed".to_owned());
    set("printingOptions", "all".to_owned());
    // A looser tolerance or presolve lets an LP's small columns miss rows of coefficients from 1e6 on by half a unit.
    let strictest = if task.is_mip { f64::INFINITY } else { 1e-9 };
    set("primalTolerance", options.feasibility_tolerance.min(strictest).clamp(1e-20, 1e12).to_string());
    if !task.is_mip {
        set("presolve", "off".to_owned());
    }
    if task.is_mip {
        set("integerTolerance", options.integrality_tolerance.clamp(1e-20, 0.5).to_string());
        set("allowableGap", options.absolute_gap.to_string());
        // How much better than the incumbent a point must be to be looked for.
        set("increment", options.absolute_gap.max(1e-9).to_string());
        set("ratioGap", options.relative_gap.to_string());
        for (name, value) in presets::CBC_CARE.iter().chain(presets::chosen(options.preset, presets::CBC)) {
            set(name, (*value).to_owned());
        }
        set("randomCbcSeed", task.seed().to_string());
        if options.threads > 1 {
            set("threads", options.threads.to_string());
        }
        if let Some(nodes) = task.limits.nodes {
            set("maxNodes", nodes.min(i32::MAX as u64).to_string());
        }
        if let Some(cutoff) = task.limits.cutoff {
            set("cutoff", cutoff.clamp(-1e60, 1e60).to_string());
        }
    }
    if let Some(seconds) = task.seconds() {
        set("seconds", seconds.to_string());
    }
    for (name, value) in &options.raw {
        arguments.push(format!("-{name}"));
        arguments.extend((!value.is_empty()).then(|| value.clone()));
    }
    arguments.extend(["-solve", "-solution", SOLUTION_FILE, "-quit"].map(str::to_owned));
    Call { arguments, files: Vec::new() }
}

fn refuses_option(line: &str) -> bool {
    [
        "<Possible options",
        "No match for",
        "Short match for",
        "is illegal for",
        "was provided for",
        "Multiple matches",
    ]
    .iter()
    .any(|mark| line.contains(mark))
}

fn read(transcript: &Transcript<'_>) -> Result<Told, String> {
    let mut lines = transcript.required_solution()?.lines();
    let head = lines.next().unwrap_or_default();
    let (words, _) = head.split_once(" - objective value").ok_or("its solution file has no status")?;
    let status = match words {
        _ if words.starts_with("Optimal") => Status::Optimal,
        // What preprocessing does not tell apart.
        "Infeasible" | "Integer infeasible" if transcript.says("says infeasible or unbounded") => {
            Status::InfeasibleOrUnbounded
        }
        "Infeasible" | "Integer infeasible" => Status::Infeasible,
        "Unbounded" => Status::Unbounded,
        _ if words.starts_with("Stopped on time") => Status::Limit(LimitKind::Time),
        _ if words.starts_with("Stopped on iterations") => {
            if transcript.says("Stopped on node limit") || transcript.says("Exiting on maximum nodes") {
                Status::Limit(LimitKind::Nodes)
            } else if transcript.says("Stopped on time limit") || transcript.says("Exiting on maximum time") {
                Status::Limit(LimitKind::Time)
            } else {
                Status::Limit(LimitKind::Iterations)
            }
        }
        _ if words.starts_with("Stopped on difficulties") => Status::Numerical,
        _ => return Err(format!("its status {words:?} is not known")),
    };
    // Without an incumbent it prints the relaxation's point.
    let has_point =
        matches!(status, Status::Optimal | Status::Limit(_)) && !words.contains("no integer solution");
    let values = has_point.then(|| {
        let pairs = lines.filter_map(|line| {
            // `**` marks what violates the model.
            let mut fields = line.trim_start_matches(['*', ' ']).split_ascii_whitespace();
            let (_, name, value) = (fields.next()?, fields.next()?, fields.next()?);
            Some((name, value))
        });
        values_by_name(transcript.columns, None, pairs)
    });
    Ok(Told {
        status,
        words: words.to_owned(),
        values: values.transpose()?,
        bound: transcript.last_number("Lower bound:").filter(|bound| bound.abs() < 1e20),
        nodes: transcript.last_count("Enumerated nodes:"),
        iterations: transcript.last_count("Total iterations:"),
    })
}
