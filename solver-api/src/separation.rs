use crate::ColumnId;

/// Finds inequalities that a fractional point violates, so that a large family of them need not stand in a model.
///
/// A solver asks at the nodes of its search, with the solution of the node's linear relaxation, and adds what it gets to
/// the relaxation. Every inequality must hold at every feasible point of the session's model, in its columns, whatever
/// the node: the solver believes it, so that a wrong one loses feasible points without notice.
pub trait Separator {
    /// Inequalities that the point, one value a column, violates; none where there is no such one.
    fn separate(&mut self, point: &[f64]) -> Vec<Cut>;

    /// At which nodes to ask, and how often; asked once, when a solve begins.
    fn schedule(&self) -> SeparationSchedule {
        SeparationSchedule::default()
    }
}

/// The inequality `lower <= sum of terms <= upper`; repeated columns are summed.
#[derive(Clone, Debug, PartialEq)]
pub struct Cut {
    /// The least value of the sum; may be `-inf`.
    pub lower: f64,
    /// The greatest value of the sum; may be `inf`.
    pub upper: f64,
    /// Columns of the session's model and their coefficients.
    pub terms: Vec<(ColumnId, f64)>,
}

/// At which nodes of a search a separator is asked, and how often at each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeparationSchedule {
    /// The separator is asked at nodes whose depth is a multiple of this; with 0 at the root only.
    pub depth_step: u32,
    /// How often the relaxation of the root is solved again with new inequalities, at most.
    pub rounds_at_root: u32,
    /// The same for each node below the root.
    pub rounds_below_root: u32,
}

impl Default for SeparationSchedule {
    /// 100 rounds at the root, where an inequality serves the whole search, and a single one at every fourth level below,
    /// where each round costs another linear program at every node.
    fn default() -> Self {
        Self { depth_step: 4, rounds_at_root: 100, rounds_below_root: 1 }
    }
}
