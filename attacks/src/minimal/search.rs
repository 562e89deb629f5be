//! The least distortion as a mixed-integer program.

use milp_encode::property::{LinearFunction, Norm};
use milp_encode::{EncodeError, Encoding, MarginError, MilpOracle, encode, relaxed_maxima};
use ndarray::Array1;
use nn_core::Network;
use solver_api::{Budget, Capability, Limits, Options, Outcome, Point, SolveStatistics, Verdict};

use super::DISTORTION_TOLERANCE;
use super::ball::Balls;
use super::certify::Relaxation;
use crate::AttackError;

/// By how much rows may be violated: what a solver's default leaves open would show in the seventh digit.
const FEASIBILITY_TOLERANCE: f64 = 1e-9;

/// A lower bound of a margin from which on it counts as positive: well above what rows may be violated by.
const CLEARLY_POSITIVE: f64 = 1e-6;

/// A margin at which a search for one of at most 0 may end.
const CLEARLY_NEGATIVE: f64 = -1e-5;

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

/// Where a search takes place: the network, how it is searched, and the image.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) network: &'a Network<f64>,
    pub(super) oracle: &'a MilpOracle<'a>,
    pub(super) balls: &'a Balls,
}

/// When the search of a ball may end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// As soon as the sign is known.
    Sign,
    /// With the least value, where that is not positive: the deeper a point lies, the nearer a witness it shows.
    Minimum,
}

/// Asks whether one function is positive in a whole ball; `lower` is a radius within which it is known to be.
///
/// In l-infinity the ball is the box, and the model has no rows beyond the network's.
pub(super) fn search_ball(
    place: Place<'_>,
    relaxation: &Relaxation,
    function: &LinearFunction,
    (lower, radius): (f64, f64),
    depth: Depth,
    budget: &Budget,
) -> Result<SearchAnswer, AttackError> {
    let mut encoding = encoded(place, relaxation, radius)?;
    let balls = place.balls;
    let is_written = match balls.norm {
        Norm::LInf => Ok(()),
        norm => encoding.minimise_distance(norm, balls.center.view(), radius, (0.0, radius)),
    };
    is_written.and_then(|()| Ok(encoding.set_objective(function)?)).map_err(MarginError::from)?;
    let limits = Limits {
        target: Some(CLEARLY_NEGATIVE).filter(|_| depth == Depth::Sign && place.can(Capability::Target)),
        bound_stop: Some(2.0 * CLEARLY_POSITIVE).filter(|_| place.can(Capability::BoundStop)),
        ..Limits::within(budget)
    };
    let outcome = place.solve(&encoding, 0.1 * CLEARLY_POSITIVE, &limits)?;
    let is_positive = match outcome.verdict {
        // The ball holds the image: nothing is infeasible.
        Verdict::Infeasible | Verdict::Unbounded | Verdict::NoneBetterThanCutoff => {
            return Err(place.contradiction(&outcome));
        }
        _ => outcome.dual_bound.is_some_and(|bound| bound >= CLEARLY_POSITIVE),
    };
    Ok(SearchAnswer::new(&encoding, outcome, if is_positive { radius } else { lower }))
}

/// Minimises the distance between `lower` and `upper` at which one of some functions is at most 0.
pub(super) fn search_distance(
    place: Place<'_>,
    relaxation: &Relaxation,
    functions: &[LinearFunction],
    (lower, upper): (f64, f64),
    budget: &Budget,
) -> Result<SearchAnswer, AttackError> {
    let mut encoding = encoded(place, relaxation, upper)?;
    let greatest = relaxed_maxima(place.network, &relaxation.bounds, &place.oracle.bounds, functions, budget)
        .map_err(MarginError::from)?;
    // In units of the upper bound, the solver's tolerances are relative to it.
    let unit = upper.max(f64::MIN_POSITIVE);
    let balls = place.balls;
    let is_written = encoding
        .require_any(functions, &greatest)
        .map_err(EncodeError::from)
        .and_then(|()| encoding.minimise_distance(balls.norm, balls.center.view(), unit, (lower, upper)));
    is_written.map_err(MarginError::from)?;
    let outcome =
        place.solve(&encoding, (0.1 * DISTORTION_TOLERANCE / unit).max(1e-9), &Limits::within(budget))?;
    let proven = match outcome.verdict {
        Verdict::Infeasible => upper,
        Verdict::Unbounded | Verdict::NoneBetterThanCutoff => return Err(place.contradiction(&outcome)),
        _ => outcome.dual_bound.map_or(0.0, |bound| (bound * unit).next_down()),
    };
    Ok(SearchAnswer::new(&encoding, outcome, proven.max(lower).min(upper)))
}

fn encoded(place: Place<'_>, relaxation: &Relaxation, radius: f64) -> Result<Encoding, AttackError> {
    let sides = place.balls.sides(radius)?;
    let formulation = place.oracle.formulation;
    Ok(encode(place.network, &sides, &relaxation.bounds, formulation).map_err(MarginError::from)?)
}

impl Place<'_> {
    fn can(&self, capability: Capability) -> bool {
        self.oracle.solver.capabilities().has(capability)
    }

    fn solve(&self, encoding: &Encoding, absolute_gap: f64, limits: &Limits) -> Result<Outcome, AttackError> {
        let own = &self.oracle.options;
        let options = Options {
            feasibility_tolerance: own.feasibility_tolerance.min(FEASIBILITY_TOLERANCE),
            integrality_tolerance: own.integrality_tolerance.min(FEASIBILITY_TOLERANCE),
            absolute_gap: own.absolute_gap.min(absolute_gap),
            ..own.clone()
        };
        let mut session = self.oracle.solver.open(encoding.model(), &options).map_err(MarginError::from)?;
        Ok(session.solve(limits).map_err(MarginError::from)?)
    }

    fn contradiction(&self, outcome: &Outcome) -> AttackError {
        let reason = format!("status `{}` for a model that has points", outcome.raw_status);
        MarginError::Contradiction { engine: self.oracle.solver.name().to_owned(), reason }.into()
    }
}

impl SearchAnswer {
    fn new(encoding: &Encoding, outcome: Outcome, lower_bound: f64) -> Self {
        let fits = |point: &Point| point.values.len() == encoding.model().column_count();
        let point = outcome.incumbent.filter(fits).map(|point| encoding.decode_input(&point.values));
        Self {
            lower_bound,
            point,
            binaries: encoding.model().integer_count(),
            statistics: outcome.statistics,
            raw_status: outcome.raw_status,
        }
    }
}
