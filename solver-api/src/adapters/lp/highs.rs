//! HiGHS as a program: `highs --options_file highs.opt --solution_file model.sol model.mps`.

use std::time::Duration;

use super::program::{Call, Program, SOLUTION_FILE, Status, Task, Told, Transcript, values_by_name};
use crate::adapters::presets;
use crate::{Capability, LimitKind};

/// The model's file.
const MODEL_FILE: &str = "model.mps";

pub(super) const HIGHS: Program = Program {
    name: "lp:highs",
    executable: "highs",
    mend: "install HiGHS, such as `pip install highsbox`, and put its program into the PATH",
    version_arguments: &["--version"],
    version_mark: "HiGHS version ",
    capabilities: &[
        Capability::Integers,
        Capability::NodeLimit,
        Capability::Cutoff,
        Capability::Target,
        Capability::DualBound,
        Capability::Threads,
        Capability::Seed,
        Capability::Cancellation,
        Capability::Log,
    ],
    clock_step: Duration::ZERO,
    model_file: MODEL_FILE,
    warning_code: 1,
    call,
    refuses_option: |line| line.starts_with("ERROR:") && line.to_ascii_lowercase().contains("option"),
    known_crash: None,
    read,
};

const OPTIONS_FILE: &str = "highs.opt";

fn call(task: &Task<'_>) -> Call {
    let (options, limits) = (task.options, task.limits);
    let mip_tolerance = options.integrality_tolerance.min(options.feasibility_tolerance);
    let mut lines = vec![
        format!("threads = {}", options.threads),
        format!("random_seed = {}", task.seed()),
        format!("primal_feasibility_tolerance = {}", options.feasibility_tolerance.max(1e-10)),
        format!("mip_feasibility_tolerance = {}", mip_tolerance.max(1e-10)),
        format!("mip_abs_gap = {}", options.absolute_gap),
        format!("mip_rel_gap = {}", options.relative_gap),
        "small_matrix_value = 1e-12".to_owned(),
    ];
    if task.is_mip {
        // Its presolve loses optima (see `Highs`).
        lines.push("presolve = off".to_owned());
        let preset = presets::chosen(options.preset, presets::HIGHS);
        lines.extend(preset.iter().map(|(name, value)| format!("{name} = {value}")));
        lines.extend(limits.nodes.map(|nodes| format!("mip_max_nodes = {}", nodes.min(i32::MAX as u64))));
        lines.extend(limits.cutoff.map(|cutoff| format!("objective_bound = {cutoff}")));
        lines.extend(limits.target.map(|target| format!("objective_target = {}", target.next_up())));
    }
    lines.extend(task.seconds().map(|seconds| format!("time_limit = {seconds}")));
    lines.extend(task.raw(|name, value| format!("{name} = {value}")));
    let arguments =
        ["--options_file", OPTIONS_FILE, "--solution_file", SOLUTION_FILE, MODEL_FILE].map(str::to_owned);
    Call { arguments: arguments.to_vec(), files: vec![(OPTIONS_FILE, lines.join("\n") + "\n")] }
}

fn read(transcript: &Transcript<'_>) -> Result<Told, String> {
    let text = transcript.required_solution()?;
    let mut lines = text.lines().skip_while(|line| *line != "Model status");
    let words = lines.nth(1).ok_or("its solution file has no status")?;
    if !text.contains("# Dual solution values") {
        return Err("its solution file ends early".to_owned());
    }
    let status = match words {
        "Optimal" => Status::Optimal,
        "Infeasible" => Status::Infeasible,
        // A cutoff left nothing; the caller knows whether there was one.
        "Bound on objective reached" => Status::Infeasible,
        "Unbounded" => Status::Unbounded,
        "Primal infeasible or unbounded" => Status::InfeasibleOrUnbounded,
        "Target for objective reached" => Status::TargetReached,
        "Time limit reached" => Status::Limit(LimitKind::Time),
        "Iteration limit reached" => Status::Limit(LimitKind::Iterations),
        "Memory limit reached" => Status::Limit(LimitKind::Memory),
        "Solution limit reached" if transcript.says("Nodes") => Status::Limit(LimitKind::Nodes),
        "Solution limit reached" | "Interrupted by user" => Status::Limit(LimitKind::Other),
        _ => Status::Numerical,
    };
    let mut primal = lines.skip_while(|line| *line != "# Primal solution values").skip(1);
    let is_feasible = primal.next() == Some("Feasible");
    let values = is_feasible.then(|| {
        let columns = primal
            .skip_while(|line| !line.starts_with("# Columns"))
            .skip(1)
            .take_while(|line| !line.starts_with('#'));
        values_by_name(transcript.columns, None, columns.filter_map(|line| line.split_once(' ')))
    });
    Ok(Told {
        status,
        words: words.to_owned(),
        values: values.transpose()?,
        bound: transcript.last_number("  Dual bound "),
        nodes: transcript.last_count("  Nodes  "),
        iterations: transcript
            .last_count("  LP iterations ")
            .or_else(|| transcript.last_count("Simplex   iterations:")),
    })
}
