//! A loop of inequalities at the root, for solvers that ask for none.

use solver_api::{Budget, Cut, Limits, Session, SolverError, Verdict};

use super::SharpCuts;

/// In how many rounds the bound must rise by [`LEAST_SHARE`] of all that it has risen.
const PATIENCE: usize = 5;

/// See [`PATIENCE`].
const LEAST_SHARE: f64 = 0.02;

/// By how much an inequality may miss its side and still count as one that the last solution needs.
const TIGHT: f64 = 1e-6;

/// What a loop at the root found.
#[derive(Clone, Debug, PartialEq)]
pub struct RootCuts {
    /// The inequalities that hold with equality at the last solution.
    pub cuts: Vec<Cut>,
    /// The minimum of the relaxation as it was, and after each round, as the solver states them; not certified.
    pub minima: Vec<f64>,
}

/// Adds violated inequalities to a linear relaxation and solves it again, until none is violated, its minimum stalls,
/// `most_rounds` are over or the budget is exhausted.
///
/// `session` holds the relaxation of an encoding with its objective; it keeps the inequalities. They hold for every
/// objective, but they are those that this one needs.
///
/// # Errors
/// [`SolverError`] where the solver fails. A relaxation that it does not solve to optimality ends the loop.
pub fn strengthen(
    session: &mut dyn Session,
    family: &SharpCuts,
    most_rounds: usize,
    budget: &Budget,
) -> Result<RootCuts, SolverError> {
    let mut minima = Vec::new();
    let mut added: Vec<Cut> = Vec::new();
    let mut last_point: Option<Vec<f64>> = None;
    loop {
        let limits = Limits::within(budget);
        let outcome = session.solve(&limits)?;
        let (Verdict::Optimal, Some(point)) = (outcome.verdict, outcome.incumbent) else { break };
        minima.push(point.objective);
        let violated = family.violated(&point.values);
        last_point = Some(point.values);
        if violated.is_empty() || minima.len() > most_rounds || stalls(&minima) || budget.is_exhausted() {
            break;
        }
        for cut in violated {
            session.add_row(&format!("sharp{}", added.len()), cut.lower, cut.upper, &cut.terms)?;
            added.push(cut);
        }
    }
    let Some(point) = last_point else { return Ok(RootCuts { cuts: Vec::new(), minima }) };
    let value = |cut: &Cut| cut.terms.iter().map(|(column, c)| c * point[column.index()]).sum::<f64>();
    added.retain(|cut| value(cut) >= cut.upper - TIGHT * cut.upper.abs().max(1.0));
    Ok(RootCuts { cuts: added, minima })
}

fn stalls(minima: &[f64]) -> bool {
    let [first, .., last] = minima else { return false };
    minima.len() > PATIENCE && last - minima[minima.len() - 1 - PATIENCE] <= LEAST_SHARE * (last - first)
}

#[cfg(test)]
mod tests {
    use super::stalls;

    #[test]
    fn a_minimum_stalls_when_it_rises_by_a_fiftieth_of_all_or_less_in_five_rounds() {
        assert!(!stalls(&[1.0]) && !stalls(&[1.0, 1.0, 1.0, 1.0, 1.0]));
        assert!(stalls(&[1.0; 6]));
        assert!(stalls(&[0.0, 100.0, 100.0, 100.0, 100.0, 101.0, 102.0]));
        assert!(!stalls(&[0.0, 100.0, 101.0, 101.0, 101.0, 101.0, 103.0]));
    }
}
