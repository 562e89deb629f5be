/// Which of the published programs is solved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ImportanceMode {
    /// The public code as of March 2020, which the first version of the paper used. A unit is shifted by its upper bound even
    /// where that is negative; only fully connected layers have scores, what comes before them is computed; the sparsity term
    /// is divided by the number of all units and leaves the layer with the least sum out, whatever the layers' sizes.
    V1,
    /// The public code as of January 2021: shifts are at least 0, convolutions have a score a feature map, and every layer's
    /// sum is divided by its size, which for a convolution counts the elements of a kernel too.
    Head,
    /// The program that holds for every choice of scores: bounds allow for units that are silenced before, so that they
    /// restrict nothing, and the sums are divided by the numbers of scores.
    #[default]
    Sound,
}

/// Which values the choice of a neuron's phase may take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Phases {
    /// 0 or 1: exact.
    #[default]
    Binary,
    /// Anything between: a linear program. The published code's `-rl`, with which it made all of its later results.
    Relaxed,
}

/// What is scored, and how closely.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ImportanceConfig {
    /// Which program.
    pub mode: ImportanceMode,
    /// Binary phases or relaxed ones.
    pub phases: Phases,
    /// The weight `lambda` of the mean cross-entropy beside the sparsity term, whose weight is 1.
    pub loss_weight: f64,
    /// The cost of a score of 1, times a number between 1 and 2 that differs from unit to unit: among equally good scores
    /// the solver is led to the least ones, and of equal units to the first cheap ones, whichever solver it is. 0 is the
    /// paper's letter and leaves them to the solver.
    pub tie_break: f64,
    /// The difference of objective and proven lower bound at which the loop of cuts ends.
    pub gap: f64,
}

impl ImportanceConfig {
    /// The weight of the published code.
    pub const LOSS_WEIGHT: f64 = 5.0;
    /// Far below what the sparsity term pays for a unit.
    pub const TIE_BREAK: f64 = 1e-5;
    /// Ten times the tolerance of a solver.
    pub const GAP: f64 = 1e-5;
}

impl Default for ImportanceConfig {
    /// The sound program with binary phases, `lambda` 5, a tie-break of 1e-5 and a gap of 1e-5.
    fn default() -> Self {
        Self {
            mode: ImportanceMode::default(),
            phases: Phases::default(),
            loss_weight: Self::LOSS_WEIGHT,
            tie_break: Self::TIE_BREAK,
            gap: Self::GAP,
        }
    }
}
