//! Bounds of parts: climbed in `f32`, proven in real arithmetic.

use std::borrow::Cow;
use std::sync::Arc;

use milp_encode::bounds::LiveNetwork;
use milp_encode::property::LinearFunction;
use ndarray::{Array1, Array2};
use nn_core::NodeId;
use solver_api::Budget;

use super::branching::{LookAhead, Looked, Next, add_split, all_variables, choose, open_variables};
use super::climb::{Pace, Reached, climb};
use super::frontier::Part;
use super::gains::{Gain, Gains};
use super::lines::{Sign, Split};
use super::relaxed::{Relaxed, Rows};
use crate::neurons::Assumed;
use crate::proof::{Claim, Prover, Setting};

/// Functions of a network's output over a box, to be bounded on parts of it.
pub(super) struct Bounding {
    pub(super) relaxed: Relaxed,
    prover: Prover<'static>,
    /// The slopes that CROWN begins with, of all neurons.
    start: Vec<f32>,
    functions: Vec<LinearFunction>,
    /// What splits have gained.
    gains: Gains,
    look_ahead: LookAhead,
    /// The least and the greatest input.
    sides: [Array1<f64>; 2],
    /// A bound in `f32` from which on it counts as above 0.
    pub(super) goal: f32,
}

/// Parts that were bounded.
pub(super) struct Climbed {
    /// The parts as rows, with the variables that gave their bounds.
    rows: Rows,
    pub(super) reached: Vec<Reached>,
}

/// The goal, as a share of the first bounds' size.
const GOAL_SHARE: f32 = 1e-5;

impl Bounding {
    /// The functions are of the output of a network of affine operators and (leaky) ReLUs.
    pub(super) fn new(live: &LiveNetwork, functions: Vec<LinearFunction>, look_ahead: LookAhead) -> Self {
        let relaxed = Relaxed::new(live.network(), live.bounds());
        let start = relaxed.lines().start(relaxed.neurons());
        let prover = Prover::new(Cow::Owned(live.network().clone()), live.bounds(), &relaxed.lines().ranges);
        let gains = Gains::new(functions.len(), start.len());
        let input = live.bounds().node(NodeId::INPUT);
        let sides = [input.lower().to_owned(), input.upper().to_owned()];
        let mut bounding =
            Self { relaxed, prover, start, functions, gains, look_ahead, sides, goal: f32::MIN_POSITIVE };
        let first = bounding.relaxed.backward(&bounding.rows(&bounding.whole()));
        bounding.relaxed.set_scales(&first);
        let size = first.bounds.iter().map(|bound| bound.abs()).fold(f32::MIN_POSITIVE, f32::max);
        bounding.goal = GOAL_SHARE * size;
        bounding
    }

    /// The whole box, once for every function.
    pub(super) fn whole(&self) -> Vec<Part> {
        let variables = open_variables(self.open(), &self.start);
        let whole = |function| Part {
            function,
            splits: Vec::new(),
            variables: Arc::clone(&variables),
            bound: f32::NEG_INFINITY,
            next: None,
        };
        (0..self.functions.len()).map(whole).collect()
    }

    /// The neurons that are open on the whole box, by their positions among all.
    fn open(&self) -> &[usize] {
        self.relaxed.neurons().open()
    }

    /// Both halves of every part.
    pub(super) fn children(&self, parts: &[Part]) -> Vec<Part> {
        let mut children = Vec::with_capacity(2 * parts.len());
        for part in parts {
            let neuron = part.next.expect("open parts know where to split").neuron;
            for sign in [Sign::Active, Sign::Inactive] {
                let mut child = part.clone();
                add_split(&mut child.splits, neuron, sign);
                children.push(child);
            }
        }
        children
    }

    /// Climbs with some parts.
    pub(super) fn climb(&self, parts: &[Part], pace: &Pace, budget: &Budget) -> Climbed {
        let mut rows = self.rows(parts);
        let reached = climb(&self.relaxed, rows.clone(), self.goal, pace, budget);
        self.learn(parts, &reached);
        for (mut variables, reached) in rows.variables.rows_mut().into_iter().zip(&reached) {
            variables.as_slice_mut().expect("row-major").copy_from_slice(&reached.variables);
        }
        Climbed { rows, reached }
    }

    /// Bounds that hold in real arithmetic, of those parts whose climb left multipliers; `-inf` for others.
    pub(super) fn prove(&self, parts: &[Part], climbed: &Climbed) -> Vec<f64> {
        let hint = |(part, reached): (usize, &Reached)| {
            let multipliers = reached.multipliers.as_ref()?;
            let of_open: Vec<f64> =
                self.open().iter().map(|neuron| f64::from(multipliers[*neuron])).collect();
            Some((part, of_open, self.assumed(&parts[part].splits)))
        };
        let hints: Vec<(usize, Vec<f64>, Vec<Assumed>)> =
            climbed.reached.iter().enumerate().filter_map(hint).collect();
        let mut claims = Vec::with_capacity(hints.len());
        for (part, multipliers, assumed) in &hints {
            let function = &self.functions[parts[*part].function];
            let setting = Setting {
                neurons: &self.relaxed.lines().ranges,
                assumed,
                multipliers,
                cuts: &[],
                cut_multipliers: &[],
            };
            claims.push(Claim { function, setting });
        }
        let mut bounds = vec![f64::NEG_INFINITY; parts.len()];
        if !claims.is_empty() {
            for ((part, ..), bound) in hints.iter().zip(self.prover.lower_bounds(&claims)) {
                bounds[*part] = bound;
            }
        }
        bounds
    }

    /// The parts at some positions as they stand now, with the neuron to split next where there is one.
    pub(super) fn next(
        &self,
        parts: &[Part],
        climbed: &Climbed,
        positions: &[usize],
        budget: &Budget,
    ) -> Vec<Part> {
        let rows = climbed.rows.select(positions);
        let look = |position: &usize| {
            let reached = &climbed.reached[*position];
            Looked { function: parts[*position].function, bound: reached.bound, mean: &reached.mean }
        };
        let looked: Vec<Looked<'_>> = positions.iter().map(look).collect();
        let chosen = choose(&self.relaxed, &self.gains, self.look_ahead, &rows, &looked, self.goal, budget);
        let as_it_stands = |(position, next): (&usize, Option<Next>)| {
            let (part, reached) = (&parts[*position], &climbed.reached[*position]);
            Part {
                next,
                function: part.function,
                splits: part.splits.clone(),
                variables: open_variables(self.open(), &reached.variables),
                bound: reached.bound,
            }
        };
        positions.iter().zip(chosen).map(as_it_stands).collect()
    }

    #[allow(clippy::cast_possible_truncation)]
    fn rows(&self, parts: &[Part]) -> Rows {
        let outputs = self.functions[0].coefficients.len();
        let function = |part: &Part| &self.functions[part.function];
        let functions = Array2::from_shape_fn((parts.len(), outputs), |(row, output)| {
            function(&parts[row]).coefficients[output] as f32
        });
        let variables: Vec<&[f32]> = parts.iter().map(|part| &*part.variables).collect();
        let mut rows = Rows {
            functions,
            constants: parts.iter().map(|part| function(part).constant as f32).collect(),
            splits: parts.iter().map(|part| part.splits.clone()).collect(),
            variables: all_variables(&self.start, self.open(), &variables),
        };
        for (row, part) in parts.iter().enumerate() {
            // The newest split has the slope of its neuron still.
            if let Some(last) = part.next {
                rows.variables[[row, last.neuron]] = 0.0;
            }
        }
        rows
    }

    fn assumed(&self, splits: &[Split]) -> Vec<Assumed> {
        let mut assumed = vec![Assumed::Open; self.open().len()];
        for split in splits {
            let place = self.open().binary_search(&(split.neuron as usize));
            assumed[place.expect("only open neurons are split")] = match split.sign {
                Sign::Active => Assumed::Active,
                Sign::Inactive => Assumed::Inactive,
            };
        }
        assumed
    }

    /// Takes note of what the last splits of parts have gained.
    fn learn(&self, parts: &[Part], reached: &[Reached]) {
        self.gains.add(parts.iter().zip(reached).filter_map(|(part, reached)| {
            let last = part.next?;
            let split = part.splits.iter().find(|split| split.neuron as usize == last.neuron)?;
            let violation = match split.sign {
                Sign::Active => last.violations[0],
                Sign::Inactive => last.violations[1],
            };
            Some(Gain { function: part.function, split: *split, violation, gain: reached.bound - part.bound })
        }));
    }

    /// A function's value where a part's relaxation is about least, and that input, for each of some positions.
    pub(super) fn values(&self, climbed: &Climbed, positions: &[usize]) -> (Vec<f32>, Array2<f64>) {
        let rows = climbed.rows.select(positions);
        let width = self.relaxed.network().input_count();
        let inputs = Array2::from_shape_fn((positions.len(), width), |(row, i)| {
            climbed.reached[positions[row]].mean.input[i]
        });
        let outputs = self.relaxed.network().forward(inputs.view());
        let value = |row: usize| rows.functions.row(row).dot(&outputs.row(row)) + rows.constants[row];
        let values = (0..positions.len()).map(value).collect();
        // Means in `f32` may lie a rounding outside the box.
        let mut inputs = inputs.mapv(f64::from);
        for mut input in inputs.rows_mut() {
            ndarray::Zip::from(&mut input)
                .and(&self.sides[0])
                .and(&self.sides[1])
                .for_each(|x, lower, upper| *x = x.clamp(*lower, *upper));
        }
        (values, inputs)
    }
}
