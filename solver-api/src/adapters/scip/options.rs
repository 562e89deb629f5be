use super::instance::Instance;
use crate::adapters::presets;
use crate::{Options, SolverError};

/// Sets all options of an instance, the raw ones last.
pub(super) fn apply(options: &Options, instance: &mut Instance<'_>) -> Result<(), SolverError> {
    // SCIP's seeds have 31 bits, and it adds to them.
    let seed = i32::try_from(options.seed & 0x3fff_ffff).expect("30 bits fit");
    instance.set_integer(c"randomization/randomseedshift", seed)?;
    instance.set_integer(c"lp/threads", 1)?;
    // Without a sink the work of writing is spared too.
    instance.set_integer(c"display/verblevel", if options.log.is_some() { 4 } else { 0 })?;
    // Interrupts belong to the program.
    instance.set_switch(c"misc/catchctrlc", false)?;
    // Wall time, which is the default in some builds only.
    instance.set_integer(c"timing/clocktype", 2)?;
    for (name, value) in [
        (c"numerics/feastol", tolerance(options)),
        (c"limits/absgap", options.absolute_gap),
        (c"limits/gap", options.relative_gap),
    ] {
        instance.set_real(name, value)?;
    }
    for (name, value) in presets::chosen(options.preset, presets::SCIP) {
        instance.set_from_text(name, value)?;
    }
    options.raw.iter().try_for_each(|(name, value)| instance.set_from_text(name, value))
}

/// The one tolerance by which SCIP judges rows, bounds and integrality.
pub(super) fn tolerance(options: &Options) -> f64 {
    options.feasibility_tolerance.min(options.integrality_tolerance)
}
