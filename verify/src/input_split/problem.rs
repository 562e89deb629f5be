//! A question as an engine that works on boxes sees it.

use std::ops::Range;

use milp_encode::bounds::BoundsError;
use milp_encode::bounds::rounding::sum_error;
use milp_encode::property::{InputSet, LinearConstraint};
use ndarray::{Array1, Array2, Axis};

use super::chain::{self, Layer, unsupported};
use super::narrow::Condition;
use super::part::{Part, Sides};
use crate::{EngineError, Question};

/// Layers, functions and conditions.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    /// The last one's outputs are the functions of all conjunctions, one after the other.
    pub(super) layers: Vec<Layer>,
    /// Which functions belong to each conjunction.
    pub(super) conjunctions: Vec<Range<usize>>,
    constraints: Vec<Constraint>,
    /// Values up to which a point is worth the judge's look.
    pub(super) nearly: f64,
}

/// `coefficients · x <= upper`, with what evaluating it over any part may round away.
#[derive(Clone, Debug)]
struct Constraint {
    coefficients: Vec<f64>,
    upper: f64,
    slack: f64,
}

impl Problem {
    pub(super) fn new(question: Question<'_>) -> Result<Self, EngineError> {
        let Question { network, input, unsafe_outputs } = question;
        let (sides, outputs) = (input.sides(), network.output_count());
        if sides.element_count() != network.input_count() {
            return Err(EngineError::Bounds(BoundsError::InputCount {
                sides: sides.element_count(),
                inputs: network.input_count(),
                shape: network.input_shape().to_string(),
            }));
        }
        let mut conjunctions = Vec::new();
        let mut end = 0;
        for conjunction in unsafe_outputs {
            conjunctions.push(end..end + conjunction.0.len());
            end += conjunction.0.len();
        }
        let mut coefficients = Array2::zeros((end, outputs));
        let mut constants = Array1::zeros(end);
        let functions = unsafe_outputs.iter().flat_map(|conjunction| &conjunction.0);
        for (place, function) in functions.enumerate() {
            if function.coefficients.len() != outputs {
                let count = function.coefficients.len();
                return Err(unsupported(format!(
                    "a function has {count} coefficients for {outputs} outputs"
                )));
            }
            coefficients.index_axis_mut(Axis(0), place).assign(&function.coefficients);
            constants[place] = function.constant;
        }
        if coefficients.iter().chain(&constants).any(|value: &f64| !value.is_finite()) {
            return Err(unsupported("a function's coefficient is not finite".to_owned()));
        }
        let magnitudes = chain::magnitudes(sides.lower(), sides.upper());
        let constraints = constraints(input, &magnitudes)?;
        let layers = chain::dense_layers(network, &coefficients, &constants, magnitudes)?;
        let slacks = layers.last().map_or(&[][..], |layer| &layer.slack);
        let nearly = slacks.iter().copied().fold(0.0, f64::max);
        Ok(Self { layers, conjunctions, constraints, nearly })
    }

    pub(super) fn input_count(&self) -> usize {
        self.layers[0].inputs
    }

    /// The last layer, whose outputs are the functions.
    pub(super) fn functions(&self) -> &Layer {
        self.layers.last().expect("functions are a layer")
    }

    /// All layers with ReLUs behind them.
    pub(super) fn hidden(&self) -> &[Layer] {
        &self.layers[..self.layers.len() - 1]
    }

    /// The whole box.
    pub(super) fn root(&self, input: &InputSet) -> Part {
        Part {
            lower: input.sides().lower().to_vec(),
            upper: input.sides().upper().to_vec(),
            open: (0..self.conjunctions.len()).collect(),
            bound: f64::NEG_INFINITY,
            value: f64::INFINITY,
        }
    }

    /// What the input constraints demand over a part.
    pub(super) fn input_conditions(&self, sides: &Sides) -> impl Iterator<Item = Condition> {
        self.constraints.iter().map(|constraint| {
            let terms = constraint.coefficients.iter().zip(&sides.center);
            let center: f64 = terms.map(|(coefficient, center)| coefficient * center).sum();
            let gradient = constraint.coefficients.iter().zip(&sides.radius);
            Condition {
                constant: center - constraint.upper - constraint.slack,
                gradient: gradient.map(|(coefficient, radius)| coefficient * radius).collect(),
            }
        })
    }
}

fn constraints(input: &InputSet, magnitudes: &Array1<f64>) -> Result<Vec<Constraint>, EngineError> {
    let constraint = |(place, LinearConstraint { terms, upper }): (usize, &LinearConstraint)| {
        let mut coefficients = vec![0.0; magnitudes.len()];
        let mut reach = upper.abs();
        for (element, coefficient) in terms {
            coefficients[*element] += coefficient;
            reach += coefficient.abs() * magnitudes[*element];
        }
        if reach > chain::MOST {
            return Err(unsupported(format!("the values of input constraint {place} overflow")));
        }
        let slack = sum_error(2 * (magnitudes.len() + terms.len()), 2.0 * reach);
        Ok(Constraint { coefficients, upper: *upper, slack })
    };
    input.constraints().iter().enumerate().map(constraint).collect()
}
