//! The verifier: an attack, then engines, region by region.
//!
//! | part | file |
//! |---|---|
//! | the order of the work | here |
//! | what bounds alone decide | `examine.rs` |
//! | the search along gradients | `attack.rs` |
//! | which engine works on what | `turns.rs`, `region.rs` |
//! | searches for minima as engines | `margin_engine.rs` |
//! | what counts as a counterexample | `judge.rs`, `margin.rs` |
//! | moving an input that almost is one | `nudge.rs` |
//! | threads, which are the caller's | `crew.rs` |
//! | what it came to | `report.rs` |

mod attack;
mod crew;
mod examine;
mod judge;
mod margin;
mod margin_engine;
mod nudge;
mod region;
mod report;
mod turns;

use std::time::Duration;

use milp_encode::Replayer;
use nn_core::Network;
use solver_api::Budget;
use thiserror::Error;

use crate::{Engine, Judge, Specification};
use attack::attack;
use examine::{Examined, examine};
use region::{Patience, RegionWork};
use report::report;

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
}

/// Decides whether a network has a counterexample to a property, within a budget.
///
/// What is cheap comes first: inputs in the middle and at corners of every region, CROWN bounds, a short search along
/// gradients. Every region that is still open goes through engines until one of them proves it or a counterexample is found.
/// Regions share the budget; what one does not use, the others get.
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
    if let Some(judge) = try_landmarks(&replayer, property) {
        return Ok(report::found_at_once(&judge, property));
    }
    let examined: Vec<Examined<'_>> =
        property.regions().iter().map(|region| examine(network, region, budget)).collect();
    let mut works: Vec<RegionWork<'_>> =
        examined.iter().map(|examined| RegionWork::new(&replayer, property, examined, options)).collect();
    let open: Vec<&RegionWork<'_>> = works.iter().filter(|work| work.is_open()).collect();
    if !attack(&open, options, budget) {
        search(&mut works, options, budget);
    }
    Ok(report(&works, budget))
}

/// Replays the middle and two corners of every region.
fn try_landmarks<'a>(replayer: &'a Replayer<'a>, property: &'a Specification) -> Option<WitnessJudge<'a>> {
    property.regions().iter().find_map(|region| {
        let judge = WitnessJudge::new(replayer, property, region);
        let sides = region.input.sides();
        let landmarks = [sides.center(), sides.lower().to_owned(), sides.upper().to_owned()];
        landmarks.iter().any(|landmark| judge.propose(landmark.view())).then_some(judge)
    })
}

/// The least time that an engine gets for one of several regions.
const SHORTEST_SLICE: Duration = Duration::from_millis(50);

/// Gives the engines of every open region their turns, in rounds, until nothing is open, a counterexample is found, or the budget
/// ends.
///
/// While several regions are open, a round takes half of the time left, in equal slices.
fn search<'a>(works: &mut [RegionWork<'a>], options: &VerifyOptions<'a>, budget: &Budget) {
    loop {
        let open = works.iter().filter(|work| work.is_open()).count();
        if open == 0 {
            return;
        }
        for (position, work) in works.iter_mut().filter(|work| work.is_open()).enumerate() {
            let (slice, patience) = match (open, budget.remaining(), u32::try_from(2 * (open - position))) {
                (1, ..) => (budget.clone(), Patience::Timed),
                (_, Some(left), Ok(shares)) => {
                    (budget.limited_to((left / shares).max(SHORTEST_SLICE)), Patience::Endless)
                }
                _ => (budget.clone(), Patience::Endless),
            };
            if budget.is_exhausted() || work.search(options, &slice, patience) {
                return;
            }
        }
    }
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
