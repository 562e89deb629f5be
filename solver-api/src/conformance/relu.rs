//! ReLU networks as big-M models, with minima from enumeration of all phases.

use std::sync::LazyLock;

use super::relu_networks::{TinyNetwork, random_network};
use super::{Case, ExactNumber, close, objective, solve, vertices};
use crate::{Capability, Column, ColumnId, Limits, Model, Outcome, Verdict};

/// How an unstable neuron is written down; `a` is its pre-activation, `[l, u]` the range of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rows {
    /// `z >= a`, `z >= 0`, `z <= u v`, `z <= a - l (1 - v)` (Fischetti & Jo 2018).
    Value,
    /// `a = h - p`, `0 <= h <= u v`, `0 <= p <= -l (1 - v)`.
    Halves,
}

/// The least margin of a small ReLU network over a box, as a mixed-integer model.
#[derive(Clone, Debug)]
pub struct ReluEncoding {
    /// Minimise the first output less the second one. The first columns are the inputs; some neurons touch 0 only at one
    /// end of their range, and some big-Ms are wider than they need be.
    pub model: Model,
    /// The least margin: over all phases, the least at the vertices of the cell, in rational arithmetic.
    pub minimum: ExactNumber,
    network: TinyNetwork,
}

impl ReluEncoding {
    /// What the network itself gives for the inputs of a solution.
    pub fn margin_at(&self, solution: &[f64]) -> f64 {
        self.network.margin(&solution[..self.network.inputs.len()])
    }
}

/// Fifty networks of one or two inputs and one or two hidden layers, with whole and dyadic weights.
pub fn relu_encodings() -> &'static [ReluEncoding] {
    static ENCODINGS: LazyLock<Vec<ReluEncoding>> = LazyLock::new(|| (0..50).map(encoding).collect());
    &ENCODINGS
}

fn encoding(seed: u64) -> ReluEncoding {
    let network = random_network(seed);
    let rows = if seed.is_multiple_of(2) { Rows::Value } else { Rows::Halves };
    let slack = if seed.is_multiple_of(3) { 1.25 } else { 1.0 };
    let model = encode(&network, &format!("relu{seed}"), rows, slack);
    ReluEncoding { model, minimum: network.least_margin(), network }
}

fn encode(network: &TinyNetwork, name: &str, rows: Rows, slack: f64) -> Model {
    let mut model = Model::new(name);
    let mut values: Vec<ColumnId> = Vec::new();
    for (index, (lower, upper)) in network.inputs.iter().enumerate() {
        values.push(add(&mut model, Column::continuous(format!("x{index}"), *lower, *upper)));
    }
    for (depth, (layer, ranges)) in network.hidden.iter().zip(network.ranges()).enumerate() {
        let mut next = Vec::new();
        for (index, (lower, upper)) in ranges.into_iter().enumerate() {
            let tag = format!("{}_{index}", depth + 1);
            let terms: Vec<(ColumnId, f64)> =
                values.iter().copied().zip(layer.weights[index].iter().map(|weight| -weight)).collect();
            let range = (slack * lower, slack * upper);
            next.push(neuron(&mut model, &tag, &terms, layer.biases[index], range, rows));
        }
        values = next;
    }
    let (weights, constant) = network.margin_of_last_layer();
    model.set_objective(constant, values.into_iter().zip(weights)).expect("a valid objective");
    model
}

/// The column `max(a, 0)` for `a = bias - negated terms` in a range.
fn neuron(
    model: &mut Model,
    tag: &str,
    negated: &[(ColumnId, f64)],
    bias: f64,
    (lower, upper): (f64, f64),
    rows: Rows,
) -> ColumnId {
    let none = f64::INFINITY;
    let name = |prefix: &str| format!("{prefix}{tag}");
    if upper < 0.0 {
        return add(model, Column::continuous(name("z"), 0.0, 0.0));
    }
    let value = add(model, Column::continuous(name("z"), 0.0, upper));
    let with = |others: &[(ColumnId, f64)]| -> Vec<(ColumnId, f64)> {
        negated.iter().copied().chain([(value, 1.0)]).chain(others.iter().copied()).collect()
    };
    if lower > 0.0 {
        add_row(model, name("is"), bias, &with(&[]), bias);
        return value;
    }
    let phase = add(model, Column::binary(name("v")));
    match rows {
        Rows::Value => {
            add_row(model, name("above"), bias, &with(&[]), none);
            add_row(model, name("off"), -none, &with(&[(phase, -lower)]), bias - lower);
        }
        Rows::Halves => {
            let negative = add(model, Column::continuous(name("p"), 0.0, -lower));
            add_row(model, name("is"), bias, &with(&[(negative, -1.0)]), bias);
            add_row(model, name("off"), -none, &[(negative, 1.0), (phase, -lower)], -lower);
        }
    }
    add_row(model, name("on"), -none, &[(value, 1.0), (phase, -upper)], 0.0);
    value
}

fn add(model: &mut Model, column: Column) -> ColumnId {
    model.add_column(column).expect("a valid column")
}

fn add_row(model: &mut Model, name: String, lower: f64, terms: &[(ColumnId, f64)], upper: f64) {
    model.add_row(name, lower, upper, terms.iter().copied()).expect("a valid row");
}

/// The point is what the network does, up to the solver's tolerances.
fn replay(encoding: &ReluEncoding, outcome: &Outcome) {
    let Some(point) = &outcome.incumbent else { return };
    let margin = encoding.margin_at(&point.values);
    assert!((margin - point.objective).abs() < 1e-4, "the network's margin is {margin}: {outcome:?}");
}

pub(super) const CASES: &[Case] = &[
    Case {
        name: "ReLU encodings have the minimum of the exact enumeration, at an input that has it",
        needs: &[Capability::Integers],
        ask: |solver| {
            for encoding in relu_encodings() {
                let outcome = solve(solver, &encoding.model, &Limits::default());
                let answer = super::ExactAnswer::Minimum(encoding.minimum.clone());
                vertices::expect_answer(&outcome, &answer, &encoding.model);
                replay(encoding, &outcome);
            }
        },
    },
    Case {
        name: "ReLU encodings have nothing below a cutoff under the minimum",
        needs: &[Capability::Integers, Capability::Cutoff],
        ask: |solver| {
            for (index, encoding) in relu_encodings().iter().enumerate() {
                let minimum = encoding.minimum.nearest();
                let distance = if index % 2 == 0 { -0.125 } else { 0.125 };
                let limits = Limits { cutoff: Some(minimum + distance), ..Limits::default() };
                let outcome = solve(solver, &encoding.model, &limits);
                if distance < 0.0 {
                    assert_eq!(outcome.verdict, Verdict::NoneBetterThanCutoff, "{minimum} {outcome:?}");
                } else {
                    assert_eq!(outcome.verdict, Verdict::Optimal, "{minimum} {outcome:?}");
                    assert!(close(objective(&outcome), minimum), "{minimum} {outcome:?}");
                }
                replay(encoding, &outcome);
            }
        },
    },
    Case {
        name: "the sign of a ReLU encoding's minimum is found with target and bound at zero",
        needs: &[Capability::Integers, Capability::Target, Capability::BoundStop],
        ask: |solver| {
            for encoding in relu_encodings() {
                let minimum = encoding.minimum.nearest();
                if minimum.abs() < 1e-3 {
                    continue;
                }
                let limits = Limits { target: Some(0.0), bound_stop: Some(0.0), ..Limits::default() };
                let outcome = solve(solver, &encoding.model, &limits);
                let reached = if minimum < 0.0 { Verdict::TargetReached } else { Verdict::BoundReached };
                assert!([reached, Verdict::Optimal].contains(&outcome.verdict), "{minimum} {outcome:?}");
                let bound = outcome.dual_bound.unwrap_or(minimum);
                assert!(bound <= minimum + 1e-5, "{minimum} {outcome:?}");
                replay(encoding, &outcome);
            }
        },
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encodings_have_binaries_minima_of_either_sign_and_bounds_of_exactly_zero() {
        let encodings = relu_encodings();
        let count = |holds: &dyn Fn(&ReluEncoding) -> bool| encodings.iter().filter(|e| holds(e)).count();
        let touches = |e: &ReluEncoding| {
            e.network.ranges().iter().flatten().any(|(lower, upper)| *lower == 0.0 || *upper == 0.0)
        };
        let fractional = |e: &ReluEncoding| {
            let mut switches = e.model.rows().filter(|row| row.name.starts_with("on"));
            switches.any(|row| row.coefficients.iter().any(|value| value.fract() != 0.0))
        };
        for (what, found, expected) in [
            ("three binaries or more", count(&|e| e.model.integer_count() >= 3), 30),
            ("five binaries or more", count(&|e| e.model.integer_count() >= 5), 8),
            ("a negative minimum", count(&|e| e.minimum.nearest() < 0.0), 10),
            ("a positive minimum", count(&|e| e.minimum.nearest() > 0.0), 5),
            ("a range that ends at 0", count(&touches), 15),
            ("a fractional big-M", count(&fractional), 30),
        ] {
            assert!(found >= expected, "{found} of 50 have {what}, not {expected}");
        }
    }

    #[test]
    fn no_sampled_input_is_below_the_exact_minimum_and_the_corners_of_cells_reach_it() {
        for encoding in relu_encodings() {
            let inputs = &encoding.network.inputs;
            let at = |step: usize, (lower, upper): (f64, f64)| lower + (upper - lower) * step as f64 / 64.0;
            let mut least = f64::INFINITY;
            for first in 0..=64 {
                for second in 0..=(if inputs.len() > 1 { 64 } else { 0 }) {
                    let input: Vec<f64> =
                        inputs.iter().zip([first, second]).map(|(range, step)| at(step, *range)).collect();
                    least = least.min(encoding.network.margin(&input));
                }
            }
            let minimum = encoding.minimum.nearest();
            assert!(least >= minimum - 1e-9, "{least} is below {minimum}");
            assert!(least <= minimum + 0.5, "{least} is far above {minimum}");
        }
    }
}
