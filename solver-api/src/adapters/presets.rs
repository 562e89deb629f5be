//! What [`crate::Preset::ReluModels`] means to each solver, as raw options, whether it is linked in or a program.
//!
//! Measured by `cargo xtask bench` (docs/benchmarks.md). The pattern is the same everywhere: the rows of a ReLU model are
//! dense, so that cutting planes, presolve and heuristics that solve smaller models cost more than the nodes that they
//! save; good points come from the network itself; and one strong branching a column tells enough. That holds for fully
//! connected networks; on a convolutional one presets and defaults are about equal.

use crate::Preset;

/// Options by the solver's own names.
pub(crate) type Table = &'static [(&'static str, &'static str)];

/// The table, unless the caller wants the solver's own defaults.
pub(crate) fn chosen(preset: Preset, relu_models: Table) -> Table {
    match preset {
        Preset::ReluModels | Preset::ProvenRelaxations => relu_models,
        Preset::SolverDefaults => &[],
    }
}

/// HiGHS: 2 to 4 times as fast as its defaults. The sub-MIPs of RINS, RENS and the reduced costs took three quarters of
/// the time; cuts at the root cannot be turned off.
#[cfg(any(feature = "highs", feature = "lp"))]
pub(crate) const HIGHS: Table = &[
    ("mip_heuristic_run_rins", "false"),
    ("mip_heuristic_run_rens", "false"),
    ("mip_heuristic_run_root_reduced_cost", "false"),
    ("mip_heuristic_run_feasibility_jump", "false"),
    ("mip_allow_cut_separation_at_nodes", "false"),
    ("mip_pscost_minreliable", "1"),
];

/// HiGHS on linear relaxations, of which a session solves many: what presolve takes away comes back with the second
/// objective. Up to a third faster than its defaults.
#[cfg(feature = "highs")]
pub(crate) const HIGHS_LINEAR: Table = &[("presolve", "off")];

/// HiGHS on those whose answers are proven by other means: without scaling, which loses coefficients of 1e-11 beside 1, a
/// new objective takes a third to a fifth of the time.
#[cfg(feature = "highs")]
pub(crate) const HIGHS_PROVEN_LINEAR: Table = &[("presolve", "off"), ("simplex_scale_strategy", "0")];

/// SCIP: more than 10 times as fast as its defaults, most of it by leaving out cuts. Encodings leave out negligible terms;
/// since then linear programs without scaling are a sixth faster, not slower.
#[cfg(any(feature = "scip", feature = "lp"))]
pub(crate) const SCIP: Table = &[
    ("separating/maxroundsroot", "0"),
    ("separating/maxrounds", "0"),
    ("presolving/maxrounds", "0"),
    ("misc/usesymmetry", "0"),
    ("lp/scaling", "0"),
    ("lp/presolving", "FALSE"),
    ("branching/relpscost/maxreliable", "1"),
    ("branching/relpscost/inititer", "4"),
    ("heuristics/adaptivediving/freq", "-1"),
    ("heuristics/alns/freq", "-1"),
    ("heuristics/coefdiving/freq", "-1"),
    ("heuristics/conflictdiving/freq", "-1"),
    ("heuristics/crossover/freq", "-1"),
    ("heuristics/distributiondiving/freq", "-1"),
    ("heuristics/farkasdiving/freq", "-1"),
    ("heuristics/feaspump/freq", "-1"),
    ("heuristics/fracdiving/freq", "-1"),
    ("heuristics/gins/freq", "-1"),
    ("heuristics/guideddiving/freq", "-1"),
    ("heuristics/linesearchdiving/freq", "-1"),
    ("heuristics/locks/freq", "-1"),
    ("heuristics/pscostdiving/freq", "-1"),
    ("heuristics/rens/freq", "-1"),
    ("heuristics/rins/freq", "-1"),
    ("heuristics/rootsoldiving/freq", "-1"),
    ("heuristics/shiftandpropagate/freq", "-1"),
    ("heuristics/shifting/freq", "-1"),
    ("heuristics/veclendiving/freq", "-1"),
];

/// CBC: about 5 times as fast as its defaults. Of its cuts only the two-step MIR ones at the root are kept: they cost little
/// on small dense models, and without them a convolutional network takes 7 times as long.
#[cfg(any(feature = "cbc", feature = "lp"))]
pub(crate) const CBC: Table = &[
    ("cuts", "off"),
    ("twoMirCuts", "root"),
    ("heuristicsOnOff", "off"),
    ("scaling", "off"),
    ("trustPseudoCosts", "1"),
    ("strongBranching", "2"),
];

/// What CBC needs in order to be right about a mixed-integer model, whatever the preset: its preprocessing and probing
/// cuts lose the best points of some small models in 2.10.8.
#[cfg(any(feature = "cbc", feature = "lp"))]
pub(crate) const CBC_CARE: Table = &[("preprocess", "off"), ("probingCuts", "off")];
