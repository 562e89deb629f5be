use std::time::Duration;

use crate::{Model, certified_bound};

/// What a solve established. An outcome is not an error: a limit that was hit is an answer too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The incumbent is optimal within the gaps asked for.
    Optimal,
    /// No point satisfies the model; only said where no cutoff was set.
    Infeasible,
    /// No point has an objective below the cutoff that was set; an incumbent, if any, is not below it either.
    NoneBetterThanCutoff,
    /// An incumbent at or below the target was found, and the search stopped there.
    TargetReached,
    /// The dual bound reached the value asked for, and the search stopped there.
    BoundReached,
    /// The objective falls without limit.
    Unbounded,
    /// The solver did not tell which of the two it is.
    InfeasibleOrUnbounded,
    /// A limit ended the search.
    Limit(LimitKind),
    /// The solver met numerical trouble and answers nothing.
    Numerical,
}

/// Which limit ended a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LimitKind {
    /// The time limit.
    Time,
    /// The node limit.
    Nodes,
    /// An iteration limit of the solver's own.
    Iterations,
    /// A memory limit.
    Memory,
    /// A cancellation from outside.
    Cancelled,
    /// A number of solutions or another limit that only the raw status names.
    Other,
}

/// A solution as the solver gave it.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// One value a column, in the model's order.
    pub values: Vec<f64>,
    /// The objective at these values, recomputed from the model, offset included.
    pub objective: f64,
}

/// What a solve cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SolveStatistics {
    /// Wall time of the solve.
    pub wall_time: Duration,
    /// Branch-and-bound nodes, where the solver tells.
    pub nodes: Option<u64>,
    /// Simplex iterations, where the solver tells.
    pub iterations: Option<u64>,
}

/// The result of one solve.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// What was established.
    pub verdict: Verdict,
    /// The best point found, if any; not checked: see [`crate::check_point`].
    pub incumbent: Option<Point>,
    /// A proven lower bound on every feasible objective, offset included; never a solver's sentinel value.
    pub dual_bound: Option<f64>,
    /// The multipliers of the rows, one a row, of a model without integer columns that was solved to optimality; `None`
    /// elsewhere. Of adapters that do not claim [`crate::Capability::Duals`] only models without columns have any.
    ///
    /// In the sign by which the reduced costs are `c - A^T y`: positive where the row's lower side binds, negative where
    /// its upper side does. What they prove: see [`crate::certified_bound`].
    pub row_duals: Option<Vec<f64>>,
    /// What it cost.
    pub statistics: SolveStatistics,
    /// The solver's own words for its status.
    pub raw_status: String,
}

impl Outcome {
    /// A lower bound on every feasible objective that rests on the model's numbers alone, whatever the solver did wrong:
    /// [`certified_bound`] of this outcome's duals; `None` where it has none, as for every mixed-integer model.
    ///
    /// `model` is the one that was solved, as it stood then.
    pub fn certified_bound(&self, model: &Model) -> Option<f64> {
        self.row_duals.as_ref().map(|row_duals| certified_bound(model, row_duals))
    }
}
