use super::instance::Instance;
use super::{rejected, unsupported};
use crate::adapters::numbers::NumberLimits;
use crate::adapters::presets;
use crate::{Model, Options, Preset, SolverError, Tolerances};

/// HiGHS takes an objective coefficient from 1e20 on for infinite, refuses to solve with a row's from 1e15 on, and takes
/// large bounds for infinite.
pub(super) const NUMBER_LIMITS: NumberLimits = NumberLimits {
    cost: 1e20,
    coefficient: 1e15,
    row_bound: f64::INFINITY,
    bound: f64::INFINITY,
    integer_bound: f64::INFINITY,
};
/// From here on HiGHS takes a bound for infinite; a lower one would leave no value.
const INFINITE_BOUND: f64 = 1e20;

/// The least threshold below which HiGHS lets itself be told to drop coefficients; its default is 1e-9.
const SMALLEST_COEFFICIENT: f64 = 1e-12;

/// Options as they are in force after the raw ones.
pub(super) struct Settings {
    /// 0 where HiGHS chooses.
    pub(super) threads: u32,
    /// By how much a start may miss constraints without being mended by HiGHS.
    pub(super) start_tolerances: Tolerances,
}

impl Settings {
    pub(super) fn of(instance: &Instance) -> Result<Self, SolverError> {
        let integrality = instance.float_option(c"mip_feasibility_tolerance")?;
        let feasibility = instance.float_option(c"primal_feasibility_tolerance")?.min(integrality);
        let threads = u32::try_from(instance.integer_option(c"threads")?).unwrap_or(0);
        Ok(Self { threads, start_tolerances: Tolerances { feasibility, integrality } })
    }
}

/// Sets all options of an instance that is to solve this model, the raw ones last.
pub(super) fn apply(options: &Options, model: &Model, instance: &mut Instance) -> Result<(), SolverError> {
    if options.threads == 0 {
        return Err(rejected("threads", &options.threads));
    }
    let threads = i32::try_from(options.threads).map_err(|_| rejected("threads", &options.threads))?;
    // HiGHS's seeds have 31 bits.
    let seed = i32::try_from(options.seed & 0x7fff_ffff).expect("31 bits fit");
    instance.set_option("log_to_console", false)?;
    instance.set_option("output_flag", options.log.is_some())?;
    instance.set_option("threads", threads)?;
    instance.set_option("random_seed", seed)?;
    for (name, value) in [
        ("small_matrix_value", SMALLEST_COEFFICIENT),
        ("primal_feasibility_tolerance", options.feasibility_tolerance),
        ("mip_feasibility_tolerance", mip_tolerance(options)),
        ("mip_abs_gap", options.absolute_gap),
        ("mip_rel_gap", options.relative_gap),
    ] {
        if value.is_nan() {
            return Err(rejected(name, &value));
        }
        instance.set_option(name, value)?;
    }
    if model.integer_count() > 0 {
        // Every release from 1.12.0 to 1.15.1 has MIPs whose better points its presolve drops, calling the rest optimal;
        // 1.14.0 does so to every fiftieth random small one, big-M models among them (HiGHS issues 2957, 2975, 3094 for
        // that release, 3274 for all). Models of ReLU networks were solved no slower without it.
        instance.set_option("presolve", "off")?;
    }
    let table = match options.preset {
        _ if model.integer_count() > 0 => presets::HIGHS,
        Preset::ProvenRelaxations => presets::HIGHS_PROVEN_LINEAR,
        _ => presets::HIGHS_LINEAR,
    };
    for (name, value) in presets::chosen(options.preset, table) {
        instance.set_option_from_text(name, value)?;
    }
    options.raw.iter().try_for_each(|(name, value)| instance.set_option_from_text(name, value))
}

/// Refuses sides that HiGHS would take for infinite ones on the wrong side of all values.
pub(super) fn require_values_between(place: &str, lower: f64, upper: f64) -> Result<(), SolverError> {
    if lower >= INFINITE_BOUND || upper <= -INFINITE_BOUND {
        let range = format!("the range {lower:e} to {upper:e} of {place}");
        return Err(unsupported(format!("{range}: from {INFINITE_BOUND:e} on bounds are infinite")));
    }
    Ok(())
}

/// Refuses the first such sides of a model.
pub(super) fn require_values(model: &Model) -> Result<(), SolverError> {
    for column in model.columns() {
        require_values_between(&format!("column `{}`", column.name), column.lower, column.upper)?;
    }
    model
        .rows()
        .try_for_each(|row| require_values_between(&format!("row `{}`", row.name), row.lower, row.upper))
}

/// The one tolerance by which HiGHS judges rows, bounds and integrality of a MIP.
pub(super) fn mip_tolerance(options: &Options) -> f64 {
    options.integrality_tolerance.min(options.feasibility_tolerance)
}
