//! The verifier: an attack, then engines, region by region.
//!
//! | part | file |
//! |---|---|
//! | the order of the work | here |
//! | which engine works on what | `turns.rs` |
//! | searches for minima as engines | `margin_engine.rs` |
//! | what counts as a counterexample | `judge.rs`, `margin.rs` |
//! | moving an input that almost is one | `nudge.rs` |
//! | threads, which are the caller's | `crew.rs` |
//! | what it came to | `report.rs` |

mod crew;
mod judge;
mod margin;
mod margin_engine;
mod nudge;
mod region;
mod report;
mod turns;

use milp_encode::Replayer;
use milp_encode::bounds::BoundsError;
use nn_core::Network;
use solver_api::Budget;
use thiserror::Error;

use crate::{Engine, Specification, Verdict};
use region::RegionWork;

pub use crew::{Alone, Crew};
pub use judge::WitnessJudge;
pub use margin_engine::MarginEngine;
pub use report::{Margins, NearMiss, RegionReport, Report};

/// How a property is verified.
pub struct VerifyOptions<'e> {
    /// Who may decide. Their order does not matter: which one works first on a region is chosen by evidence.
    pub engines: &'e [&'e dyn Engine],
    /// The threads that work.
    pub crew: &'e dyn Crew,
    /// Seed of pseudo-random choices.
    pub seed: u64,
}

/// Why a property could not be asked about.
#[derive(Debug, Error)]
pub enum VerifyError {
    /// The property speaks of another number of inputs.
    #[error("the network takes {network} inputs, but the property declares {property}")]
    Inputs {
        /// Of the network.
        network: usize,
        /// Of the property.
        property: usize,
    },
    /// The property speaks of another number of outputs.
    #[error("the network has {network} outputs, but the property declares {property}")]
    Outputs {
        /// Of the network.
        network: usize,
        /// Of the property.
        property: usize,
    },
    /// No bounds.
    #[error(transparent)]
    Bounds(#[from] BoundsError),
}

/// Decides whether a network has a counterexample to a property, within a budget.
///
/// Inputs at the middle and the corners of every region are replayed first; then every region that is left open goes through
/// engines until one of them proves it or a counterexample is found. Regions share the budget; what one does not
/// use, the others get.
///
/// # Errors
/// [`VerifyError`] where property and network do not fit. An engine that fails is no error: the next one takes its
/// place, and the report says why.
pub fn verify(
    network: &Network<f64>,
    property: &Specification,
    options: &VerifyOptions<'_>,
    budget: &Budget,
) -> Result<Report, VerifyError> {
    check_fits(network, property)?;
    let replayer = Replayer::new(network);
    let mut works: Vec<RegionWork<'_>> =
        property.regions().iter().map(|region| RegionWork::new(&replayer, property, region)).collect();
    for work in &mut works {
        if work.try_landmarks() {
            return Ok(report(works, budget));
        }
    }
    loop {
        let mut left = works.iter().filter(|work| work.is_open()).count();
        if left == 0 {
            break;
        }
        for work in works.iter_mut().filter(|work| work.is_open()) {
            if budget.is_exhausted() || work.search(options, &share(budget, left))? {
                return Ok(report(works, budget));
            }
            left -= 1;
        }
    }
    Ok(report(works, budget))
}

fn check_fits(network: &Network<f64>, property: &Specification) -> Result<(), VerifyError> {
    let (inputs, outputs) = (network.input_count(), network.output_count());
    if property.input_count() != inputs {
        return Err(VerifyError::Inputs { network: inputs, property: property.input_count() });
    }
    if property.output_count() != outputs {
        return Err(VerifyError::Outputs { network: outputs, property: property.output_count() });
    }
    Ok(())
}

/// One of some equal shares of what is left of a budget.
fn share(budget: &Budget, shares: usize) -> Budget {
    match (budget.remaining(), u32::try_from(shares)) {
        (Some(remaining), Ok(shares)) if shares > 1 => budget.limited_to(remaining / shares),
        _ => budget.clone(),
    }
}

fn report(works: Vec<RegionWork<'_>>, budget: &Budget) -> Report {
    let counterexample = works.iter().find_map(|work| work.judge.counterexample());
    let found_by = works.iter().find(|work| work.judge.counterexample().is_some());
    let verdict = match &counterexample {
        Some(_) => Verdict::Sat,
        None if works.iter().all(|work| work.report.proven) => Verdict::Unsat,
        None if budget.is_exhausted() => Verdict::Timeout,
        None => Verdict::Unknown,
    };
    let last_at_work = || works.iter().rev().find_map(|work| work.report.engine);
    let engine = match found_by {
        Some(work) => work.report.engine.or(Some(ATTACK)),
        None => last_at_work(),
    };
    let near_misses = works.iter().filter_map(|work| work.judge.near_miss());
    let nearest = near_misses.min_by(|a, b| a.margins.worst().total_cmp(&b.margins.worst()));
    Report {
        verdict,
        engine,
        nodes: works.iter().map(|work| work.report.nodes).sum(),
        near_miss: nearest.filter(|_| !matches!(verdict, Verdict::Sat | Verdict::Unsat)),
        counterexample,
        refusals: works.iter().flat_map(|work| work.refusals.clone()).collect(),
        regions: works.into_iter().map(|work| work.report).collect(),
    }
}

/// Who found a counterexample before any engine was asked.
const ATTACK: &str = "attack";
