//! The least distortion that makes a network err.

mod ball;
mod certify;
mod near;
mod search;

use std::time::Duration;

use milp_encode::property::{DataRange, LinearFunction, Norm};
use milp_encode::{Alternatives, EncodeError, MarginError, MilpOracle, Replayer, Witness};
use ndarray::ArrayView1;
use nn_core::Network;
use solver_api::Budget;

use crate::exact::{check_example, margins};
use crate::{AttackError, Target, Verdict};
use ball::Balls;
use certify::{Relaxation, certified_radius};
use near::{Found, Hunt};
use search::{Depth, Place, SearchAnswer, search_ball, search_distance};

/// How far a distortion may lie above its proven bound, in input units, and still count as the least one.
pub const DISTORTION_TOLERANCE: f64 = 1e-6;

/// By how much the radius of the last ball falls short of the best distortion: less than the tolerance, so that a ball
/// without adversarial example is a proof, and more than rounding a witness to f32 costs.
const ASKED_BELOW: f64 = 0.8 * DISTORTION_TOLERANCE;

/// The share of the upper bound that may lie between the bounds when a ball just inside the best witness is searched.
const NARROW: f64 = 0.01;

/// A lower distortion than before counts as progress from this difference on.
const MATTERS: f64 = 0.1 * DISTORTION_TOLERANCE;

/// Finds, for images, the nearest input that a network puts into another class:
///
/// ```text
/// minimise |x - image|   over   x in the data's range with y[label] <= y[target]
/// ```
///
/// Upper bounds are witnesses that were replayed in f64 and f32: first by descents in growing balls and on the linear
/// piece of the network around the best point, then the solver's, each nudged downhill by the least step that makes both
/// margins at most 0 (the optimum itself lies on a tie). Lower bounds come from bounds alone, by bisection of the radius,
/// and then, for each target that they leave open, from mixed-integer programs that minimise its margin in balls between
/// the two bounds: where the least margin is positive, the ball is certified, else it shows a nearer witness. The box
/// around each ball gives the bounds of all neurons. Where a margin is too near to 0 for the solver, and for several
/// targets in one model, the distance itself is minimised. All rows are held to 1e-9. Source of the problem: Tjeng, Xiao
/// and Tedrake, "Evaluating robustness of neural networks with mixed integer programming", 2019.
///
/// A lower bound is as good as the solver: it holds for points that satisfy all rows within 1e-9.
pub struct MinimalDistortion<'a> {
    network: &'a Network<f64>,
    oracle: &'a MilpOracle<'a>,
    replayer: Replayer<'a>,
}

/// What is asked of one image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DistortionQuestion {
    /// Which class shall reach the label's output.
    pub target: Target,
    /// How distortion is measured.
    pub norm: Norm,
    /// The range that data have.
    pub range: Option<DataRange>,
    /// The greatest distortion that matters.
    pub limit: Option<f64>,
}

/// What is known of the least distortion of one image.
#[derive(Clone, Debug, PartialEq)]
pub struct DistortionAnswer {
    /// What was aimed at.
    pub target: Target,
    /// `Optimal`: distortion and bound agree within [`DISTORTION_TOLERANCE`]. `Falsified`: there is a witness, perhaps not
    /// the nearest one. `Certified`: there is none within the limit, or in the whole range of the data; the bound is that
    /// radius. `Unknown`: neither.
    pub verdict: Verdict,
    /// The distance of the witness from the image, computed in f64 from its f32 values.
    pub distortion: Option<f64>,
    /// No adversarial example is nearer than this.
    pub lower_bound: f64,
    /// An adversarial example whose margins in f64 and in f32 are both at most 0.
    pub witness: Option<Witness>,
    /// Binaries of the largest model that was searched.
    pub binaries: usize,
    /// Branch-and-bound nodes of all searches, where the engine tells.
    pub nodes: Option<u64>,
    /// Wall time of all searches.
    pub wall_time: Duration,
    /// The engine's own words at the end of the last search.
    pub raw_status: String,
}

impl<'a> MinimalDistortion<'a> {
    /// Searches on one network by the oracle's solver, bounds and formulation.
    pub fn new(network: &'a Network<f64>, oracle: &'a MilpOracle<'a>) -> Self {
        Self { network, oracle, replayer: Replayer::new(network) }
    }

    /// The least distortion of one image, as far as the budget allows.
    ///
    /// # Errors
    /// [`AttackError`] where image, label, target or limit do not fit, neither range nor limit bounds the search, or the
    /// solver failed or contradicts itself.
    pub fn find(
        &self,
        image: ArrayView1<'_, f32>,
        label: usize,
        question: &DistortionQuestion,
        budget: &Budget,
    ) -> Result<DistortionAnswer, AttackError> {
        check_example(self.network, image, label)?;
        if question.norm == Norm::L2 {
            return Err(MarginError::from(EncodeError::Distance(question.norm)).into());
        }
        let functions = margins(self.network, label, question.target)?;
        let balls = Balls { norm: question.norm, center: image.mapv(f64::from), range: question.range };
        // Refuses a limit that is no radius, and an image outside the range.
        balls.sides(question.limit.unwrap_or(0.0))?;
        balls.sides(0.0)?;
        let limit = match (question.limit, balls.reach()) {
            (Some(limit), Some(reach)) => limit.min(reach),
            (limit, reach) => limit.or(reach).ok_or(AttackError::Unlimited)?,
        };
        let hunt =
            Hunt { network: self.network, replayer: &self.replayer, functions: &functions, balls: &balls };
        let mut progress = Progress::new(question.target, limit, &functions);
        progress.best = hunt.clean();
        if progress.best.is_none() {
            progress.best = hunt.first_witness(limit);
            self.prove(&hunt, &mut progress, budget)?;
        }
        Ok(progress.answer())
    }

    /// Raises the lower bounds, and lowers the upper one, until they meet or the budget is spent.
    fn prove(&self, hunt: &Hunt<'_>, progress: &mut Progress, budget: &Budget) -> Result<(), AttackError> {
        let (chain, functions, balls) = (&self.oracle.bounds, hunt.functions, hunt.balls);
        let relaxed = |radius| Relaxation::of(self.network, chain, functions, balls, radius, budget);
        let mut relaxation = relaxed(progress.upper())?;
        progress.close(&relaxation);
        if relaxation.open().is_empty() {
            return Ok(());
        }
        let certified = certified_radius(self.network, chain, functions, balls, progress.upper(), budget)?;
        progress.raise(&relaxation.open(), certified);
        let place = Place { network: self.network, oracle: self.oracle, balls };
        while let Some(asked) = progress.next(self.oracle.alternatives) {
            if budget.is_exhausted() {
                break;
            }
            if let [function] = asked[..] {
                let (radius, depth) = progress.next_ball(function);
                relaxation = relaxed(radius)?;
                progress.close(&relaxation);
                if relaxation.lower[function] > 0.0 {
                    continue;
                }
                let between = (progress.lower[function], radius);
                let answer = search_ball(place, &relaxation, &functions[function], between, depth, budget)?;
                let found = answer.point.as_ref().and_then(|point| hunt.witness_from(point));
                if progress.learn(&asked, &answer, found) == Gain::Some {
                    continue;
                }
            }
            // The sign is too near to 0 for the solver, or there are several functions.
            relaxation = relaxed(progress.upper())?;
            progress.close(&relaxation);
            let chosen: Vec<LinearFunction> = asked.iter().map(|j| functions[*j].clone()).collect();
            let between = (progress.lower_of(&asked), progress.upper());
            let answer = search_distance(place, &relaxation, &chosen, between, budget)?;
            let found = answer.point.as_ref().and_then(|point| hunt.witness_from(point));
            progress.learn(&asked, &answer, found);
            asked.iter().for_each(|j| progress.searched[*j] = true);
        }
        progress.refuse_impossible(hunt, self.oracle.solver.name())
    }
}

/// Whether a search brought the bounds nearer to each other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gain {
    Some,
    None,
}

/// What is known while a search goes on.
struct Progress {
    target: Target,
    limit: f64,
    best: Option<Found>,
    /// For every function, a radius within which it is positive.
    lower: Vec<f64>,
    /// Functions that were searched.
    searched: Vec<bool>,
    /// What lay between the bounds when the last ball just inside the best witness was searched.
    between_before: f64,
    binaries: usize,
    nodes: Option<u64>,
    wall_time: Duration,
    raw_status: String,
}

impl Progress {
    fn new(target: Target, limit: f64, functions: &[LinearFunction]) -> Self {
        Self {
            target,
            limit,
            best: None,
            lower: vec![0.0; functions.len()],
            searched: vec![false; functions.len()],
            between_before: f64::INFINITY,
            binaries: 0,
            nodes: Some(0),
            wall_time: Duration::ZERO,
            raw_status: "decided before the search".to_owned(),
        }
    }

    /// The radius beyond which nothing matters.
    fn upper(&self) -> f64 {
        self.best.as_ref().map_or(self.limit, |best| best.distortion)
    }

    fn lower_of(&self, functions: &[usize]) -> f64 {
        functions.iter().map(|j| self.lower[*j]).fold(f64::INFINITY, f64::min)
    }

    fn raise(&mut self, functions: &[usize], radius: f64) {
        for function in functions {
            self.lower[*function] = self.lower[*function].max(radius);
        }
    }

    /// Takes over which functions bounds rule out in a whole ball.
    fn close(&mut self, relaxation: &Relaxation) {
        let closed: Vec<usize> = (0..self.lower.len()).filter(|j| relaxation.lower[*j] > 0.0).collect();
        self.raise(&closed, relaxation.radius);
    }

    /// What to search next: the function with the lowest bound, or all that are open at once.
    fn next(&self, alternatives: Alternatives) -> Option<Vec<usize>> {
        let enough = self.upper() - DISTORTION_TOLERANCE;
        let is_open = |j: &usize| !self.searched[*j] && self.lower[*j] < enough;
        let open = (0..self.lower.len()).filter(is_open);
        match alternatives {
            Alternatives::InTurn => {
                open.min_by(|a, b| self.lower[*a].total_cmp(&self.lower[*b])).map(|j| vec![j])
            }
            Alternatives::OneModel => Some(open.collect::<Vec<usize>>()).filter(|open| !open.is_empty()),
        }
    }

    /// The radius of the ball to be searched next for one function, and how.
    ///
    /// In the middle, while the bounds are far apart, and after a ball that did not halve what lay between them; else just
    /// inside the best witness, where either the proof ends or the least margin shows the way to a nearer one.
    fn next_ball(&mut self, function: usize) -> (f64, Depth) {
        let (lower, upper) = (self.lower[function], self.upper());
        let between = upper - lower;
        let is_far = between > NARROW * upper;
        let has_stalled = between > 0.5 * self.between_before;
        self.between_before = if is_far || has_stalled { f64::INFINITY } else { between };
        if is_far || has_stalled {
            (0.5 * (lower + upper), Depth::Sign)
        } else {
            ((upper - ASKED_BELOW).max(0.5 * (lower + upper)), Depth::Minimum)
        }
    }

    fn learn(&mut self, asked: &[usize], answer: &SearchAnswer, found: Option<Found>) -> Gain {
        let before = (self.lower_of(asked), self.upper());
        self.raise(asked, answer.lower_bound);
        self.binaries = self.binaries.max(answer.binaries);
        self.nodes = self.nodes.zip(answer.statistics.nodes).map(|(a, b)| a + b);
        self.wall_time += answer.statistics.wall_time;
        self.raw_status.clone_from(&answer.raw_status);
        if let Some(found) = found
            && found.distortion < self.upper()
        {
            self.best = Some(found);
        }
        let is_better = self.lower_of(asked) > before.0 || self.upper() < before.1 - MATTERS;
        if is_better { Gain::Some } else { Gain::None }
    }

    /// Refuses bounds that the best witness disproves.
    fn refuse_impossible(&self, hunt: &Hunt<'_>, engine: &str) -> Result<(), AttackError> {
        let Some(best) = &self.best else { return Ok(()) };
        let confirmed = (0..self.lower.len()).filter(|j| best.witness.confirms(&hunt.functions[*j]));
        let bound = confirmed.map(|j| self.lower[j]).fold(0.0, f64::max);
        if bound > best.distortion + DISTORTION_TOLERANCE {
            let reason = format!("bound {bound} above the distortion {} of a witness", best.distortion);
            return Err(MarginError::Contradiction { engine: engine.to_owned(), reason }.into());
        }
        Ok(())
    }

    fn answer(self) -> DistortionAnswer {
        let upper = self.upper();
        let lower = self.lower.iter().copied().fold(f64::INFINITY, f64::min).min(upper);
        let is_tight = upper - lower <= DISTORTION_TOLERANCE;
        let verdict = match &self.best {
            Some(_) if is_tight => Verdict::Optimal,
            Some(_) => Verdict::Falsified,
            None if lower >= self.limit => Verdict::Certified,
            None => Verdict::Unknown,
        };
        DistortionAnswer {
            target: self.target,
            verdict,
            distortion: self.best.as_ref().map(|best| best.distortion),
            lower_bound: lower,
            witness: self.best.map(|best| best.witness),
            binaries: self.binaries,
            nodes: self.nodes,
            wall_time: self.wall_time,
            raw_status: self.raw_status,
        }
    }
}
