//! Alternatives as input sets, each with the output conditions that are asked over it.

use std::collections::{HashMap, HashSet};

use milp_encode::property::{Conjunction, InputBox, InputSet, LinearConstraint, LinearFunction};
use ndarray::Array1;

use super::comparison::Comparison;
use super::declarations::{Declarations, Variable};
use super::error::{Fault, invalid, too_large};
use super::formula::Formula;
use super::normal_form::NormalForm;

/// Numbers in all boxes, and in all output functions, at most.
const MOST_NUMBERS: usize = 1 << 25;

/// Inputs with the outputs that must not occur over them.
///
/// Both are closed sets and rounded outward: they hold every point of the property, for the decimals as they are written
/// and for the nearest `f64`s, and boundaries of strict inequalities in addition. What is proven over them is proven; a
/// point found in them is held against [`Specification::is_satisfied_by`](super::Specification::is_satisfied_by).
#[derive(Clone, Debug, PartialEq)]
pub struct UnsafeRegion {
    /// The inputs.
    pub input: InputSet,
    /// The alternatives, any of which makes a counterexample.
    pub unsafe_outputs: Vec<Conjunction>,
}

/// The regions of a property, and how many alternatives have no input.
pub(super) struct Regions {
    pub(super) regions: Vec<UnsafeRegion>,
    pub(super) empty_alternatives: usize,
}

/// Alternatives that speak of the same inputs.
struct Group {
    inputs: Vec<usize>,
    /// The conditions on outputs of each alternative.
    outputs: Vec<Vec<usize>>,
}

/// The corners of a box that is still open.
#[derive(Clone)]
struct Sides {
    lower: Array1<f64>,
    upper: Array1<f64>,
}

/// What comparisons say about inputs.
struct InputConditions {
    sides: Sides,
    constraints: Vec<LinearConstraint>,
}

/// Groups alternatives by their inputs.
///
/// # Errors
/// Where an input has no lower or no upper bound, where no alternative has an input at all, and where there are too many.
pub(super) fn regions(
    formula: &Formula,
    normal_form: &NormalForm,
    declarations: &Declarations,
) -> Result<Regions, Fault> {
    let comparisons = formula.comparisons();
    let (inputs, outputs) = (declarations.input_count(), declarations.output_count());
    let groups = group(comparisons, normal_form);
    let functions: usize = groups.iter().flat_map(|group| &group.outputs).map(Vec::len).sum();
    if groups.len().saturating_mul(2 * inputs).max(functions.saturating_mul(outputs)) > MOST_NUMBERS {
        let reason = format!(
            "{} input boxes of {inputs} sides and {functions} conditions on {outputs} outputs hold more than \
             {MOST_NUMBERS} numbers; split the property",
            groups.len()
        );
        return Err(too_large(comparisons.first().map_or(0, |first| first.offset), reason));
    }
    let mut common = InputConditions {
        sides: Sides {
            lower: Array1::from_elem(inputs, f64::NEG_INFINITY),
            upper: Array1::from_elem(inputs, f64::INFINITY),
        },
        constraints: Vec::new(),
    };
    let common_inputs =
        normal_form.common.iter().filter(|number| comparisons[**number].is_about_inputs() == Some(true));
    common_inputs.for_each(|number| common.require(&comparisons[*number]));
    let mut regions = Vec::new();
    let mut empty_alternatives = 0;
    let mut first_empty = None;
    for group in groups {
        let mut conditions =
            InputConditions { sides: common.sides.clone(), constraints: common.constraints.clone() };
        group.inputs.iter().for_each(|number| conditions.require(&comparisons[*number]));
        if let Some(element) = conditions.sides.first_open() {
            return Err(unbounded(element, &conditions.sides, &group, comparisons, declarations));
        }
        if let Some(element) = conditions.sides.first_empty() {
            empty_alternatives += group.outputs.len();
            first_empty = first_empty.or(Some((element, conditions.sides.clone())));
            continue;
        }
        let unsafe_outputs = group.outputs.iter().map(|numbers| {
            Conjunction(
                numbers.iter().map(|number| output_function(&comparisons[*number], outputs)).collect(),
            )
        });
        let input = conditions.finish().map_err(|reason| invalid(declarations.input_offset(0), reason))?;
        regions.push(UnsafeRegion { input, unsafe_outputs: unsafe_outputs.collect() });
    }
    match first_empty {
        Some((element, sides)) if regions.is_empty() => {
            let (name, lower, upper) =
                (declarations.input_name(element), sides.lower[element], sides.upper[element]);
            let reason = format!("no input is left: {name} is at least {lower} and at most {upper}");
            Err(invalid(declarations.input_offset(element), reason))
        }
        _ => Ok(Regions { regions, empty_alternatives }),
    }
}

/// Alternatives with the same comparisons of inputs, in order of their first appearance; those that hold a false statement
/// about no variable are left out.
fn group(comparisons: &[Comparison], normal_form: &NormalForm) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut places: HashMap<Vec<usize>, usize> = HashMap::new();
    let mut seen: HashSet<(usize, Vec<usize>)> = HashSet::new();
    let common_outputs: Vec<usize> = (normal_form.common.iter().copied())
        .filter(|number| comparisons[*number].is_about_inputs() != Some(true))
        .collect();
    for alternative in &normal_form.alternatives {
        let mut numbers = [alternative.as_slice(), &common_outputs].concat();
        numbers.sort_unstable();
        numbers.dedup();
        if numbers.iter().any(|number| comparisons[*number].is_never_true()) {
            continue;
        }
        let of = |about_inputs| {
            let is_meant = |number: &usize| comparisons[*number].is_about_inputs() == Some(about_inputs);
            numbers.iter().copied().filter(is_meant).collect::<Vec<usize>>()
        };
        let (inputs, outputs) = (of(true), of(false));
        let place = *places.entry(inputs.clone()).or_insert_with(|| {
            groups.push(Group { inputs, outputs: Vec::new() });
            groups.len() - 1
        });
        if seen.insert((place, outputs.clone())) {
            groups[place].outputs.push(outputs);
        }
    }
    groups
}

fn unbounded(
    element: usize,
    sides: &Sides,
    group: &Group,
    comparisons: &[Comparison],
    declarations: &Declarations,
) -> Fault {
    let side = if sides.lower[element].is_finite() { "upper" } else { "lower" };
    let name = declarations.input_name(element);
    match group.inputs.first() {
        None => invalid(declarations.input_offset(element), format!("input {name} has no {side} bound")),
        Some(first) => invalid(
            comparisons[*first].offset,
            format!("input {name} has no {side} bound in the alternative that this comparison belongs to"),
        ),
    }
}

/// The function that is at most 0 where a comparison of outputs holds.
fn output_function(comparison: &Comparison, outputs: usize) -> LinearFunction {
    let mut coefficients = Array1::zeros(outputs);
    for (variable, coefficient) in &comparison.terms {
        if let Variable::Output(index) = variable {
            coefficients[*index] = *coefficient;
        }
    }
    LinearFunction { coefficients, constant: comparison.constant_lower }
}

impl Comparison {
    /// Whether it speaks of no variable, and is false for the numbers that are written as for those nearest to them.
    fn is_never_true(&self) -> bool {
        self.terms.is_empty() && self.constant_lower > 0.0
    }
}

impl Sides {
    /// The first input that lacks a bound.
    fn first_open(&self) -> Option<usize> {
        self.lower
            .iter()
            .zip(&self.upper)
            .position(|(lower, upper)| lower.is_infinite() || upper.is_infinite())
    }

    /// The first input that has no value left.
    fn first_empty(&self) -> Option<usize> {
        self.lower.iter().zip(&self.upper).position(|(lower, upper)| lower > upper)
    }
}

impl InputConditions {
    /// Adds a comparison of inputs: a bound where it is about one, else a constraint.
    fn require(&mut self, comparison: &Comparison) {
        let upper = 0.0 - comparison.constant_lower;
        if let [(Variable::Input(index), coefficient)] = comparison.terms[..] {
            let bound = upper / coefficient + 0.0;
            let is_exact = coefficient.abs() == 1.0;
            if coefficient > 0.0 {
                let bound = if is_exact { bound } else { bound.next_up() };
                self.sides.upper[index] = self.sides.upper[index].min(bound);
            } else {
                let bound = if is_exact { bound } else { bound.next_down() };
                self.sides.lower[index] = self.sides.lower[index].max(bound);
            }
            return;
        }
        let terms = comparison.terms.iter().filter_map(|(variable, coefficient)| match variable {
            Variable::Input(index) => Some((*index, *coefficient)),
            Variable::Output(_) => None,
        });
        self.constraints.push(LinearConstraint { terms: terms.collect(), upper });
    }

    fn finish(self) -> Result<InputSet, String> {
        let sides = InputBox::new(self.sides.lower, self.sides.upper).map_err(|error| error.to_string())?;
        InputSet::new(sides, self.constraints).map_err(|error| error.to_string())
    }
}
