//! A question to the oracle, and what is known of it.

use ndarray::{Array1, ArrayView1};
use nn_core::Network;

use super::agreement::{CLEARLY_POSITIVE, agree};
use super::cost::Cost;
use super::known::Known;
use super::{MarginAnswer, MarginGoal, Proof};
use crate::descent::{frank_wolfe, momentum_signs};
use crate::property::{InputBox, InputSet, LinearFunction};

/// A question on its way to an answer.
pub(super) struct Question<'q> {
    pub(super) functions: &'q [LinearFunction],
    pub(super) goal: MarginGoal,
    pub(super) known: Known<'q>,
    /// A proven lower bound of every function.
    pub(super) lower: Vec<f64>,
    pub(super) cost: Cost,
}

type Descent = fn(
    &Network<f64>,
    &InputBox,
    &LinearFunction,
    Array1<f64>,
    &mut dyn FnMut(&Array1<f64>, ArrayView1<'_, f64>),
);

impl Question<'_> {
    /// The functions that may still matter, the most promising first.
    pub(super) fn open(&self) -> Vec<usize> {
        let value = self.known.value();
        let may_matter = |bound: f64| match self.goal {
            MarginGoal::Minimum => bound < value && !agree(value, bound),
            MarginGoal::Sign => bound < CLEARLY_POSITIVE && !agree(value, bound),
        };
        let mut open: Vec<usize> =
            (0..self.lower.len()).filter(|function| may_matter(self.lower[*function])).collect();
        open.sort_by(|a, b| self.lower[*a].total_cmp(&self.lower[*b]));
        open
    }

    /// Descents on all open functions; where only signs matter, long ones follow, since they cost less than a search.
    pub(super) fn walk_downhill(&mut self, network: &Network<f64>, input: &InputSet, start: &Array1<f64>) {
        let descents: &[Descent] = match self.goal {
            MarginGoal::Minimum => &[frank_wolfe],
            MarginGoal::Sign => &[frank_wolfe, momentum_signs],
        };
        for descent in descents {
            for function in self.open() {
                if self.goal.is_reached_by(self.known.value()) {
                    return;
                }
                let known = &mut self.known;
                let visit = &mut |point: &_, output: ArrayView1<'_, f64>| known.meet(point, output);
                descent(network, input.sides(), &self.functions[function], start.clone(), visit);
            }
        }
    }

    fn lower_bound(&self) -> f64 {
        self.lower.iter().copied().fold(f64::INFINITY, f64::min)
    }

    pub(super) fn is_decided(&self) -> bool {
        self.goal.is_decided_by(self.known.value(), self.lower_bound())
    }

    pub(super) fn answer(self, status: &str) -> MarginAnswer {
        let (value, bound) = (self.known.value(), self.lower_bound());
        MarginAnswer {
            proof: Proof::of(value, bound),
            // Within the tolerance a solver's bound may lie above the value; no true bound does.
            lower_bound: bound.min(value),
            incumbent: self.known.into_best(),
            nodes: if self.cost.solves == 0 { Some(0) } else { self.cost.nodes },
            wall_time: self.cost.wall_time,
            raw_status: status.to_owned(),
        }
    }

    pub(super) fn empty_input(self, status: &str) -> MarginAnswer {
        let answer = self.answer(status);
        MarginAnswer { incumbent: None, lower_bound: f64::INFINITY, proof: Proof::EmptyInput, ..answer }
    }
}
