//! The minimum of an output function by trying every pattern of ReLU phases and maxima: within a pattern the network
//! is affine, and the minimum over the part of the box where the pattern holds is a linear program. Shares no bounds
//! and no encoding with the library.

use milp_encode::property::{InputBox, LinearFunction};
use nn_core::Network;
use solver_api::{Column, ColumnId, Highs, Limits, Model, Options, Preset, Solver, Verdict};

use super::reference::{NonLinear, Number, evaluate_with};

/// The exact minimum; `None` where there are more than `most_patterns` patterns.
pub(crate) fn minimum(
    network: &Network<f64>,
    input: &InputBox,
    function: &LinearFunction,
    most_patterns: usize,
) -> Option<f64> {
    let mut least = f64::INFINITY;
    let mut pattern = Pattern { input, choices: Vec::new(), made: 0, conditions: Vec::new() };
    for _ in 0..most_patterns {
        pattern.made = 0;
        pattern.conditions.clear();
        let inputs = (0..input.element_count()).map(Form::variable).collect();
        let outputs = evaluate_with(network, inputs, &mut pattern).swap_remove(network.output().index());
        let terms = outputs.iter().zip(&function.coefficients);
        let objective = terms.fold(Form::constant(function.constant), |sum, (y, c)| sum.plus(&y.times(*c)));
        least = least.min(pattern_minimum(input, &objective, &pattern.conditions));
        if !pattern.advance() {
            assert!(least.is_finite(), "every input has some pattern");
            return Some(least);
        }
    }
    None
}

/// `coefficients · x + constant`, for the network's input `x`.
#[derive(Clone, Debug)]
struct Form {
    coefficients: Vec<f64>,
    constant: f64,
}

impl Form {
    fn variable(index: usize) -> Self {
        let mut coefficients = vec![0.0; index + 1];
        coefficients[index] = 1.0;
        Self { coefficients, constant: 0.0 }
    }

    fn map(&self, function: impl Fn(f64) -> f64) -> Self {
        let coefficients = self.coefficients.iter().map(|c| function(*c)).collect();
        Self { coefficients, constant: function(self.constant) }
    }

    /// Its range over a box, up to rounding.
    fn range(&self, input: &InputBox) -> (f64, f64) {
        let sides = input.lower().into_iter().zip(input.upper());
        self.coefficients
            .iter()
            .zip(sides)
            .fold((self.constant, self.constant), |(low, high), (c, (l, u))| {
                (low + (c * l).min(c * u), high + (c * l).max(c * u))
            })
    }
}

impl Number for Form {
    fn constant(value: f64) -> Self {
        Self { coefficients: Vec::new(), constant: value }
    }

    fn plus(&self, other: &Self) -> Self {
        let at = |form: &Self, index: usize| form.coefficients.get(index).copied().unwrap_or(0.0);
        let count = self.coefficients.len().max(other.coefficients.len());
        let coefficients = (0..count).map(|index| at(self, index) + at(other, index)).collect();
        Self { coefficients, constant: self.constant + other.constant }
    }

    fn times(&self, factor: f64) -> Self {
        self.map(|value| value * factor)
    }

    fn over(&self, divisor: f64) -> Self {
        self.map(|value| value / divisor)
    }
}

/// One pattern, as the choices made on the way through the network, and the conditions under which it holds.
struct Pattern<'a> {
    input: &'a InputBox,
    /// The choice taken and how many there are, in the order in which they come up.
    choices: Vec<(usize, usize)>,
    made: usize,
    /// Forms that are at least 0 where the pattern holds.
    conditions: Vec<Form>,
}

impl Pattern<'_> {
    fn choose(&mut self, count: usize) -> usize {
        if self.made == self.choices.len() {
            self.choices.push((0, count));
        }
        let (choice, _) = self.choices[self.made];
        self.made += 1;
        choice
    }

    /// On to the next pattern, if there is one.
    fn advance(&mut self) -> bool {
        while let Some((choice, count)) = self.choices.pop() {
            if choice + 1 < count {
                self.choices.push((choice + 1, count));
                return true;
            }
        }
        false
    }
}

impl NonLinear<Form> for Pattern<'_> {
    fn leaky_relu(&mut self, slope: f64, x: &Form) -> Form {
        let (low, high) = x.range(self.input);
        if low >= 0.0 {
            return x.clone();
        }
        if high <= 0.0 {
            return x.times(slope);
        }
        let active = self.choose(2) == 0;
        self.conditions.push(if active { x.clone() } else { x.times(-1.0) });
        if active { x.clone() } else { x.times(slope) }
    }

    fn maximum(&mut self, candidates: &[Form]) -> Form {
        let winner = &candidates[self.choose(candidates.len())];
        self.conditions.extend(candidates.iter().map(|other| winner.plus(&other.times(-1.0))));
        winner.clone()
    }

    fn sigmoid(&mut self, _: &Form) -> Form {
        panic!("a sigmoid has no phases")
    }

    fn tanh(&mut self, _: &Form) -> Form {
        panic!("a tanh has no phases")
    }
}

/// The minimum where all conditions hold; infinite where they never do.
fn pattern_minimum(input: &InputBox, objective: &Form, conditions: &[Form]) -> f64 {
    if conditions.iter().any(|condition| condition.range(input).1 < 0.0) {
        return f64::INFINITY;
    }
    let terms = |form: &Form| -> Vec<(ColumnId, f64)> {
        let columns = (0..form.coefficients.len()).map(ColumnId::from_index);
        columns.zip(form.coefficients.iter().copied()).collect()
    };
    let mut model = Model::new("pattern");
    for (index, (lower, upper)) in input.lower().iter().zip(input.upper()).enumerate() {
        model.add_column(Column::continuous(format!("x{index}"), *lower, *upper)).unwrap();
    }
    for (index, condition) in conditions.iter().enumerate() {
        model.add_row(format!("c{index}"), -condition.constant, f64::INFINITY, terms(condition)).unwrap();
    }
    model.set_objective(objective.constant, terms(objective)).unwrap();
    let options =
        Options { feasibility_tolerance: 1e-9, preset: Preset::SolverDefaults, ..Options::default() };
    let outcome = Highs.open(&model, &options).unwrap().solve(&Limits::default()).unwrap();
    match outcome.verdict {
        Verdict::Optimal => outcome.incumbent.unwrap().objective,
        Verdict::Infeasible => f64::INFINITY,
        other => panic!("a linear program over a box ended with {other:?}"),
    }
}
