//! The least distortion as a mixed-integer program.

use milp_encode::property::LinearFunction;
use milp_encode::{EncodeError, Encoding, MarginError, MilpOracle, encode, relaxed_minima};
use ndarray::Array1;
use nn_core::Network;
use solver_api::{Budget, Limits, Options, Outcome, SolveStatistics, Verdict};

use super::DISTORTION_TOLERANCE;
use super::ball::Balls;
use super::certify::Relaxation;
use crate::AttackError;

/// By how much rows may be violated: what a solver's default leaves open would show in the seventh digit.
const FEASIBILITY_TOLERANCE: f64 = 1e-9;

/// What one search established.
pub(super) struct SearchAnswer {
    /// No point nearer than this makes one of the functions at most 0.
    pub(super) lower_bound: f64,
    /// The solver's point.
    pub(super) point: Option<Array1<f64>>,
    pub(super) binaries: usize,
    pub(super) statistics: SolveStatistics,
    pub(super) raw_status: String,
}

/// Minimises the distance between `lower` and `upper` at which one of some functions is at most 0.
pub(super) fn search(
    (network, oracle, balls): (&Network<f64>, &MilpOracle<'_>, &Balls),
    relaxation: &Relaxation,
    functions: &[LinearFunction],
    (lower, upper): (f64, f64),
    budget: &Budget,
) -> Result<SearchAnswer, AttackError> {
    let sides = balls.sides(upper)?;
    let bounds = &relaxation.bounds;
    let mut encoding = encode(network, &sides, bounds, oracle.formulation).map_err(MarginError::from)?;
    let greatest = greatest_values(network, oracle, relaxation, functions, budget)?;
    // In units of the upper bound, the solver's tolerances are relative to it.
    let unit = upper.max(f64::MIN_POSITIVE);
    let is_written = encoding
        .require_any(functions, &greatest)
        .and_then(|()| encoding.minimise_distance(balls.norm, balls.center.view(), unit, (lower, upper)));
    is_written.map_err(|error| MarginError::from(EncodeError::from(error)))?;
    let options = Options {
        feasibility_tolerance: oracle.options.feasibility_tolerance.min(FEASIBILITY_TOLERANCE),
        integrality_tolerance: oracle.options.integrality_tolerance.min(FEASIBILITY_TOLERANCE),
        absolute_gap: oracle.options.absolute_gap.min(0.1 * DISTORTION_TOLERANCE / unit).max(1e-9),
        ..oracle.options.clone()
    };
    let mut session = oracle.solver.open(encoding.model(), &options).map_err(MarginError::from)?;
    let limits =
        Limits { time: budget.remaining(), cancellation: budget.cancellation().clone(), ..Limits::default() };
    let outcome = session.solve(&limits).map_err(MarginError::from)?;
    let known = proven(oracle, &outcome, unit)?.unwrap_or(upper);
    Ok(SearchAnswer {
        lower_bound: known.max(lower).min(upper),
        point: decoded(&encoding, &outcome),
        binaries: encoding.model().integer_count(),
        statistics: outcome.statistics,
        raw_status: outcome.raw_status,
    })
}

/// The lower bound that the solver proved, in input units; `None` where it found that there is no point at all.
fn proven(oracle: &MilpOracle<'_>, outcome: &Outcome, unit: f64) -> Result<Option<f64>, AttackError> {
    match outcome.verdict {
        Verdict::Infeasible => Ok(None),
        Verdict::Unbounded | Verdict::NoneBetterThanCutoff => {
            let reason = format!("status `{}` for a distance within bounds", outcome.raw_status);
            let engine = oracle.solver.name().to_owned();
            Err(MarginError::Contradiction { engine, reason }.into())
        }
        _ => Ok(Some(outcome.dual_bound.map_or(0.0, |bound| (bound * unit).next_down()))),
    }
}

fn decoded(encoding: &Encoding, outcome: &Outcome) -> Option<Array1<f64>> {
    let point = outcome.incumbent.as_ref()?;
    let fits = point.values.len() == encoding.model().column_count();
    fits.then(|| encoding.decode_input(&point.values))
}

/// An upper bound of every function over the box.
fn greatest_values(
    network: &Network<f64>,
    oracle: &MilpOracle<'_>,
    relaxation: &Relaxation,
    functions: &[LinearFunction],
    budget: &Budget,
) -> Result<Vec<f64>, AttackError> {
    let outputs = relaxation.bounds.node(network.output());
    let negated: Vec<LinearFunction> = functions.iter().map(LinearFunction::negated).collect();
    let found = relaxed_minima(network, &relaxation.bounds, &oracle.bounds, &negated, f64::INFINITY, budget)
        .map_err(MarginError::from)?;
    let boxed = functions.iter().map(|function| function.range(outputs.lower(), outputs.upper()).1);
    Ok(boxed.zip(found).map(|(boxed, least)| boxed.min(-least)).collect())
}
