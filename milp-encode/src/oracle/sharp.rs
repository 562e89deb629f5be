//! What the formulation of sharp inequalities asks of a search.

use solver_api::{Budget, Capability, Cut, Session, SolverError};

use super::MilpOracle;
use crate::encode::{Encoding, Formulation, strengthen};

/// Relaxations that the loop before a search solves at most, for solvers that ask for no inequalities themselves.
const ROUNDS: usize = 50;

/// How a search gets its inequalities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Inequalities {
    /// The formulation has none.
    None,
    /// The solver asks for them.
    InTheSearch,
    /// A loop before the search finds those that its objective needs.
    BeforeTheSearch,
}

/// Opens the solver on an encoding, ready to ask for inequalities if it can.
pub(super) fn open(oracle: &MilpOracle<'_>, encoding: &Encoding) -> Result<Box<dyn Session>, SolverError> {
    let mut session = oracle.solver.open(encoding.model(), &oracle.options)?;
    if inequalities(oracle) == Inequalities::InTheSearch {
        session.set_separator(Box::new(encoding.sharp_cuts()))?;
    }
    Ok(session)
}

/// The inequalities that the encoding's objective needs, where the solver does not ask for them.
pub(super) fn root_cuts(
    oracle: &MilpOracle<'_>,
    encoding: &Encoding,
    budget: &Budget,
) -> Result<Vec<Cut>, SolverError> {
    if inequalities(oracle) != Inequalities::BeforeTheSearch {
        return Ok(Vec::new());
    }
    let mut relaxation = oracle.solver.open(&encoding.model().relaxation(), &oracle.options)?;
    Ok(strengthen(relaxation.as_mut(), &encoding.sharp_cuts(), ROUNDS, budget)?.cuts)
}

fn inequalities(oracle: &MilpOracle<'_>) -> Inequalities {
    if oracle.formulation != Formulation::Sharp {
        Inequalities::None
    } else if oracle.solver.capabilities().has(Capability::Separation) {
        Inequalities::InTheSearch
    } else {
        Inequalities::BeforeTheSearch
    }
}
