//! What a verification came to.

use ndarray::Array1;
use solver_api::Budget;

use super::judge::WitnessJudge;
use super::region::RegionWork;
use crate::{Counterexample, Judge, Specification, Verdict};

/// The answer to a verification question, with what is known where there is none.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// [`Verdict::Sat`] with a counterexample, [`Verdict::Unsat`] where every region is proven, [`Verdict::Timeout`] where the
    /// budget ended before, [`Verdict::Unknown`] where nobody knew further.
    pub verdict: Verdict,
    /// An input that was replayed in f64 and f32 and satisfies the property to the last bit in both.
    pub counterexample: Option<Counterexample>,
    /// Who decided: the name of an engine, `attack`, or `bounds`; the last engine at work where nothing is decided.
    pub engine: Option<&'static str>,
    /// Parts of the input sets that engines bounded.
    pub nodes: u64,
    /// What is known of each region, in the property's order.
    pub regions: Vec<RegionReport>,
    /// The input that came nearest to a counterexample and is none; none where there is a counterexample or no candidate.
    pub near_miss: Option<NearMiss>,
    /// Why engines gave up, in their words.
    pub refusals: Vec<String>,
}

/// What is known of one region of a property.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionReport {
    /// The engine that worked on it last.
    pub engine: Option<&'static str>,
    /// Whether it is proven to hold no counterexample.
    pub proven: bool,
    /// A proven lower bound of the greatest function of every conjunction; `-inf` where nothing is known.
    pub lower_bound: f64,
    /// Parts of the region that engines bounded.
    pub nodes: u64,
}

/// An input of the set at which some conjunction almost holds.
#[derive(Clone, Debug, PartialEq)]
pub struct NearMiss {
    /// The input.
    pub input: Array1<f32>,
    /// How far it misses in each precision.
    pub margins: Margins,
}

/// How far outputs are from satisfying one of some conjunctions: the least, over the conjunctions, of the greatest function.
///
/// At most 0 where one is satisfied. Infinite where there is no conjunction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Margins {
    /// Of the output computed in f64.
    pub double: f64,
    /// Of the output computed in f32.
    pub single: f64,
}

impl Margins {
    /// The greater of the two.
    pub fn worst(self) -> f64 {
        self.double.max(self.single)
    }

    /// The less of the two.
    pub fn best(self) -> f64 {
        self.double.min(self.single)
    }
}

/// Who found a counterexample before any engine was asked.
const ATTACK: &str = "attack";

/// The report of a counterexample that was there before anything was proven.
pub(super) fn found_at_once(judge: &WitnessJudge<'_>, property: &Specification) -> Report {
    let unknown = RegionReport { engine: None, proven: false, lower_bound: f64::NEG_INFINITY, nodes: 0 };
    Report {
        verdict: Verdict::Sat,
        counterexample: judge.counterexample(),
        engine: Some(ATTACK),
        nodes: 0,
        regions: vec![unknown; property.regions().len()],
        near_miss: None,
        refusals: Vec::new(),
    }
}

/// What the work on all regions came to.
pub(super) fn report(works: &[RegionWork<'_>], budget: &Budget) -> Report {
    let found_in = works.iter().find(|work| work.judge.is_satisfied());
    let verdict = match found_in {
        Some(_) => Verdict::Sat,
        None if works.iter().all(|work| work.report.proven) => Verdict::Unsat,
        None if budget.is_exhausted() => Verdict::Timeout,
        None => Verdict::Unknown,
    };
    let engine = match found_in {
        Some(work) => work.report.engine.or(Some(ATTACK)),
        None => works.iter().rev().find_map(|work| work.report.engine),
    };
    let is_open = !matches!(verdict, Verdict::Sat | Verdict::Unsat);
    let near_misses = works.iter().filter(|_| is_open).filter_map(|work| work.judge.near_miss());
    Report {
        verdict,
        counterexample: found_in.and_then(|work| work.judge.counterexample()),
        engine,
        nodes: works.iter().map(|work| work.report.nodes).sum(),
        near_miss: near_misses.min_by(|a, b| a.margins.worst().total_cmp(&b.margins.worst())),
        refusals: works.iter().flat_map(|work| work.refusals.clone()).collect(),
        regions: works.iter().map(|work| work.report.clone()).collect(),
    }
}
