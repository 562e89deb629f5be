use std::time::Duration;

use super::instance::{self, Instance};
use super::rejected;
use crate::adapters::presets;
use crate::{ColumnKind, Limits, Model, Options, SolverError};

/// How exact CBC is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Care {
    /// As the options ask.
    AsAsked,
    /// As exact as it can, for a model that it did not get right.
    Utmost,
}

/// What makes CBC as exact as it can: Clp fixes a column of a range within its tolerance, wherever its row leads, and a
/// point that satisfies a simplified model may violate the model.
const UTMOST_CARE: [(&str, &str); 3] =
    [("primalTolerance", "1e-10"), ("presolve", "off"), ("preprocess", "off")];

/// Clp's own feasibility tolerance; with a larger one it takes more points of a scaled model for points of the model.
const CLP_TOLERANCE: f64 = 1e-7;

/// Options that would make CBC answer another question than the one that was asked, or print.
const RESERVED: [&str; 11] = [
    "cutoff",
    "direction",
    "fixOnDj",
    "logLevel",
    "maxNodes",
    "messages",
    "objectiveScale",
    "reallyObjectiveScale",
    "seconds",
    "slogLevel",
    "timeMode",
];

/// Refuses options that CBC does not know or that ask it something else, and values that it does not take.
pub(super) fn check(options: &Options) -> Result<(), SolverError> {
    for (name, value) in own(options) {
        instance::full_name(name, &value)?;
    }
    for (name, value) in &options.raw {
        if RESERVED.contains(&instance::full_name(name, value)?.as_str()) {
            return Err(rejected(name, value));
        }
    }
    Ok(())
}

/// Sets all options, the raw ones last of those that the caller chose.
pub(super) fn apply(
    options: &Options,
    model: &Model,
    care: Care,
    instance: &mut Instance<'_>,
) -> Result<(), SolverError> {
    for (name, value) in own(options) {
        // CBC's ratio is one of objectives without the offset; with an offset it is left at 0, which is stricter.
        let value = if name == "ratioGap" && model.offset() != 0.0 { "0".to_owned() } else { value };
        instance.set_option(name, &value)?;
    }
    if model.integer_count() > 0 {
        for (name, value) in presets::CBC_CARE.iter().chain(presets::chosen(options.preset, presets::CBC)) {
            instance.set_option(name, value)?;
        }
    }
    options.raw.iter().try_for_each(|(name, value)| instance.set_option(name, value))?;
    match care {
        Care::AsAsked => Ok(()),
        Care::Utmost => UTMOST_CARE.iter().try_for_each(|(name, value)| instance.set_option(name, value)),
    }
}

/// Sets the limits of a search; `cutoff` is an objective without offset.
pub(super) fn limit(
    limits: &Limits,
    time_left: Option<Duration>,
    cutoff: Option<f64>,
    instance: &mut Instance<'_>,
) -> Result<(), SolverError> {
    instance.set_option("timeMode", "elapsed")?;
    if let Some(time) = time_left {
        instance.set_option("seconds", &time.as_secs_f64().to_string())?;
    }
    if let Some(nodes) = limits.nodes {
        instance.set_option("maxNodes", &nodes.min(i32::MAX as u64).to_string())?;
    }
    cutoff.map_or(Ok(()), |cutoff| instance.set_option("cutoff", &cutoff.to_string()))
}

/// The interface's options by CBC's names.
fn own(options: &Options) -> Vec<(&'static str, String)> {
    // To CBC no thread means no thread besides the caller's, and seed 0 means the time of day.
    let threads = if options.threads == 1 { 0 } else { options.threads };
    let seed = (options.seed & 0x3fff_ffff) + 1;
    vec![
        ("threads", threads.to_string()),
        ("randomSeed", seed.to_string()),
        ("randomCbcSeed", seed.to_string()),
        ("primalTolerance", options.feasibility_tolerance.min(CLP_TOLERANCE).to_string()),
        ("integerTolerance", options.integrality_tolerance.to_string()),
        ("allowableGap", options.absolute_gap.to_string()),
        ("ratioGap", options.relative_gap.to_string()),
        // By default CBC gives up points that are better by less than 1e-5.
        ("increment", options.absolute_gap.to_string()),
    ]
}

/// The bounds that CBC gets; `None` where an integer column has no whole number between its bounds.
pub(super) fn solver_bounds(model: &Model, options: &Options) -> Option<Vec<(f64, f64)>> {
    let tolerance = options.integrality_tolerance.min(options.feasibility_tolerance);
    let bounds = |column: &crate::Column| {
        let (lower, upper) = column.solver_bounds(tolerance);
        (column.kind == ColumnKind::Continuous || lower <= upper).then_some((lower, upper))
    };
    model.columns().iter().map(bounds).collect()
}
