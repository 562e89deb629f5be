//! The oracle on any mixed-integer solver.

use std::iter;

use ndarray::{Array1, ArrayView1, Axis};
use nn_core::{Network, Op};
use solver_api::{Budget, Capability, Limits, Options, Outcome, Solver, Verdict};

use super::agreement::{AGREEMENT_TOLERANCE, CLEARLY_POSITIVE, agree};
use super::cost::Cost;
use super::known::Known;
use super::question::Question;
use super::relaxed::{relaxed_maxima, relaxed_minima};
use super::search::{Search, Start};
use super::{MarginAnswer, MarginError, MarginGoal, MarginOracle, MarginSession, greatest};
use crate::bounds::{BoundChain, NetworkBounds, compute_bounds};
use crate::descent::frank_wolfe;
use crate::encode::{EncodeError, Encoding, Formulation, open_choices};
use crate::property::{InputSet, LinearFunction};

/// Minima by mixed-integer programming, on any solver.
///
/// Cheap things come first: a session computes bounds when it is opened; a question is put to the bounds, all its
/// functions in one batch, and to short descents by gradients; only what they leave open is encoded and searched.
///
/// A solver's answer is taken for what it is: its point counts only with the value that the network computes there,
/// and its bound is refused where a known value lies below it. To know such values, descents start at the box's centre
/// and at the solver's point; released solvers have called points optimal that a descent improves.
pub struct MilpOracle<'s> {
    /// The solver.
    pub solver: &'s dyn Solver,
    /// How it solves.
    pub options: Options,
    /// How bounds are computed.
    pub bounds: BoundChain<'s>,
    /// How ReLUs become rows.
    pub formulation: Formulation,
    /// How the least of several functions is searched for.
    pub alternatives: Alternatives,
    /// Where the solver starts.
    pub start: SolverStart,
}

/// The point that a solver starts from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SolverStart {
    /// None.
    #[default]
    None,
    /// The best point known, where the solver takes one: that of the descents, or one that was suggested. Models of
    /// several alternatives, and partitions, get none.
    BestKnown,
}

/// How the least of several functions is searched for, where bounds leave more than one of them open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Alternatives {
    /// One function after the other, that with the lowest bound first; bounds, model and incumbent serve all.
    #[default]
    InTurn,
    /// In one model that chooses among them by binaries.
    OneModel,
}

impl MarginOracle for MilpOracle<'_> {
    fn name(&self) -> &str {
        self.solver.name()
    }

    fn open<'a>(
        &'a self,
        network: &'a Network<f64>,
        input: &InputSet,
    ) -> Result<Box<dyn MarginSession + 'a>, MarginError> {
        let bounds = compute_bounds(network, input.sides(), &self.bounds)?;
        refuse_bent(network)?;
        let (input, suggestions) = (input.clone(), Vec::new());
        Ok(Box::new(MilpSession { oracle: self, network, input, bounds, suggestions, search: None }))
    }
}

/// Refuses operators that no model expresses before anyone relies on a search.
fn refuse_bent(network: &Network<f64>) -> Result<(), EncodeError> {
    let needed = network.ancestors(network.output());
    let bent = network
        .node_ids()
        .map(|id| (id, network.node(id)))
        .find(|(id, node)| needed[id.index()] && matches!(node.op(), Op::Sigmoid | Op::Tanh));
    bent.map_or(Ok(()), |(_, node)| {
        let (node, op) = (node.name().to_owned(), node.op().name());
        Err(EncodeError::NotPiecewiseLinear { node, op })
    })
}

pub(super) struct MilpSession<'a> {
    pub(super) oracle: &'a MilpOracle<'a>,
    pub(super) network: &'a Network<f64>,
    pub(super) input: InputSet,
    pub(super) bounds: NetworkBounds,
    pub(super) suggestions: Vec<Array1<f64>>,
    /// Made when the first question reaches the solver.
    search: Option<Search>,
}

impl MarginSession for MilpSession<'_> {
    fn bounds(&self) -> &NetworkBounds {
        &self.bounds
    }

    fn binary_count(&self) -> usize {
        open_choices(self.network, &self.bounds, self.oracle.formulation)
    }

    fn suggest(&mut self, input: ArrayView1<'_, f64>) {
        if input.len() == self.network.input_count() {
            self.suggestions.push(input.to_owned());
        }
    }

    fn minimise_least(
        &mut self,
        functions: &[LinearFunction],
        goal: MarginGoal,
        budget: &Budget,
    ) -> Result<MarginAnswer, MarginError> {
        self.refuse_unfit(functions)?;
        let (network, input) = (self.network, self.input.clone());
        let mut known = Known::nothing(&input, functions);
        let center = input.sides().center();
        for point in iter::once(&center).chain(&self.suggestions) {
            known.meet(point, network.forward_one(point.view()).view());
        }
        let enough = match goal {
            MarginGoal::Minimum => known.value(),
            MarginGoal::Sign => CLEARLY_POSITIVE,
        };
        let relaxed = relaxed_minima(network, &self.bounds, &self.oracle.bounds, functions, enough, budget)?;
        let mut question = Question { functions, goal, known, lower: relaxed, cost: Cost::default() };
        question.walk_downhill(network, &input, &center);
        if question.is_decided() {
            return Ok(question.answer("decided before the search"));
        }
        if budget.is_exhausted() {
            return Ok(question.answer("budget exhausted before the search"));
        }
        match self.oracle.alternatives {
            Alternatives::OneModel if question.open().len() > 1 => self.search_at_once(question, budget),
            _ => self.search_in_turn(question, budget),
        }
    }

    fn minimise_greatest(
        &mut self,
        functions: &[LinearFunction],
        goal: MarginGoal,
        budget: &Budget,
    ) -> Result<Option<MarginAnswer>, MarginError> {
        greatest::minimise(self, functions, goal, budget).map(Some)
    }
}

/// Whether the solver found that no input satisfies the set's constraints.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Input {
    Empty,
    Possible,
}

impl MilpSession<'_> {
    pub(super) fn refuse_unfit(&self, functions: &[LinearFunction]) -> Result<(), MarginError> {
        assert!(!functions.is_empty(), "a minimum is that of some function");
        let outputs = self.network.output_count();
        let unfit = functions.iter().find(|function| function.coefficients.len() != outputs);
        unfit.map_or(Ok(()), |function| {
            Err(MarginError::FunctionLength { coefficients: function.coefficients.len(), outputs })
        })
    }

    fn search_in_turn(
        &mut self,
        mut question: Question<'_>,
        budget: &Budget,
    ) -> Result<MarginAnswer, MarginError> {
        let oracle = self.oracle;
        let mut status = String::new();
        for function in question.open() {
            // An incumbent found for another function may have settled this one.
            let is_open = question.open().contains(&function);
            if !is_open || question.goal.is_reached_by(question.known.value()) {
                continue;
            }
            if budget.is_exhausted() {
                break;
            }
            let limits = self.limits(&question, &[function], budget);
            let asked = &question.functions[function];
            let network = self.network;
            let best = question.known.best().filter(|_| oracle.start == SolverStart::BestKnown);
            let start = best.map(|input| Start { network, input });
            let outcome = self.search()?.minimise(oracle, (asked, start), &limits, budget)?;
            status.clone_from(&outcome.raw_status);
            if self.learn(&mut question, &[function], &outcome)? == Input::Empty {
                return Ok(question.empty_input(&status));
            }
        }
        Ok(question.answer(&status))
    }

    fn search_at_once(
        &mut self,
        mut question: Question<'_>,
        budget: &Budget,
    ) -> Result<MarginAnswer, MarginError> {
        let open = question.open();
        let functions: Vec<LinearFunction> =
            open.iter().map(|function| question.functions[*function].clone()).collect();
        let ranges = self.ranges(&question, &open, &functions, budget)?;
        let limits = self.limits(&question, &open, budget);
        let oracle = self.oracle;
        let objective = |encoding: &mut Encoding| encoding.set_least_objective(&functions, &ranges);
        let outcome = self.search()?.minimise_apart(oracle, objective, &limits, budget)?;
        let status = outcome.raw_status.clone();
        Ok(match self.learn(&mut question, &open, &outcome)? {
            Input::Empty => question.empty_input(&status),
            Input::Possible => question.answer(&status),
        })
    }

    pub(super) fn search(&mut self) -> Result<&mut Search, MarginError> {
        Ok(match self.search.take() {
            Some(search) => self.search.insert(search),
            None => {
                let search = Search::new(self.oracle, self.network, &self.input, &self.bounds)?;
                self.search.insert(search)
            }
        })
    }

    /// What the network's output range and the chain tell of the values of some functions.
    fn ranges(
        &self,
        question: &Question<'_>,
        open: &[usize],
        functions: &[LinearFunction],
        budget: &Budget,
    ) -> Result<Vec<(f64, f64)>, MarginError> {
        let outputs = self.bounds.node(self.network.output());
        let upper = relaxed_maxima(self.network, &self.bounds, &self.oracle.bounds, functions, budget)?;
        let lower = functions
            .iter()
            .zip(open)
            .map(|(function, j)| function.range(outputs.lower(), outputs.upper()).0.max(question.lower[*j]));
        Ok(lower.zip(upper).collect())
    }

    /// Takes over what a solve of some of the functions established.
    fn learn(
        &self,
        question: &mut Question<'_>,
        asked: &[usize],
        outcome: &Outcome,
    ) -> Result<Input, MarginError> {
        question.cost.add(outcome);
        if let Some(point) = &outcome.incumbent {
            self.replay(question, asked, &point.values)?;
        }
        if let Some(bound) = outcome.dual_bound {
            for function in asked {
                question.lower[*function] = question.lower[*function].max(bound);
            }
        }
        self.refuse_impossible(question, asked, outcome)
    }

    /// Moves the solver's input into the box, and walks on from there.
    fn replay(
        &self,
        question: &mut Question<'_>,
        asked: &[usize],
        solution: &[f64],
    ) -> Result<(), MarginError> {
        let encoding = self.search.as_ref().expect("a solution has its model").encoding();
        let (values, columns) = (solution.len(), encoding.model().column_count());
        if values != columns {
            return Err(self.contradiction(format!("a point of {values} values for {columns} columns")));
        }
        let input = self.input.sides().project(encoding.decode_input(solution).view());
        let outputs = self.network.forward(input.view().insert_axis(Axis(0)));
        let value = |function: &usize| question.functions[*function].value(outputs.row(0));
        let least = asked.iter().copied().min_by(|a, b| value(a).total_cmp(&value(b)));
        let least = least.expect("some function was asked for");
        let known = &mut question.known;
        let visit = &mut |point: &_, output: ArrayView1<'_, f64>| known.meet(point, output);
        frank_wolfe(self.network, self.input.sides(), &question.functions[least], input, visit);
        Ok(())
    }

    /// Refuses answers that no sound solver gives: a box declared empty, or a bound above a known value.
    fn refuse_impossible(
        &self,
        question: &Question<'_>,
        asked: &[usize],
        outcome: &Outcome,
    ) -> Result<Input, MarginError> {
        let value = question.known.certain_value(asked);
        let status = &outcome.raw_status;
        let may_be_empty = !self.input.constraints().is_empty() && value == f64::INFINITY;
        match outcome.verdict {
            Verdict::Infeasible if may_be_empty => return Ok(Input::Empty),
            Verdict::InfeasibleOrUnbounded if may_be_empty => {}
            Verdict::Infeasible
            | Verdict::NoneBetterThanCutoff
            | Verdict::Unbounded
            | Verdict::InfeasibleOrUnbounded => {
                return Err(self.contradiction(format!("status `{status}` for a network over a box")));
            }
            _ => {}
        }
        let bounds = asked.iter().map(|function| question.lower[*function]);
        let bound = bounds.fold(f64::INFINITY, f64::min);
        if bound > value && !agree(value, bound) {
            return Err(self.contradiction(format!("bound {bound} above the replayed value {value}")));
        }
        Ok(Input::Possible)
    }

    pub(super) fn contradiction(&self, reason: String) -> MarginError {
        MarginError::Contradiction { engine: self.oracle.solver.name().to_owned(), reason }
    }

    /// The budget, and the values at which no more needs to be known, as far as the solver can stop there.
    fn limits(&self, question: &Question<'_>, asked: &[usize], budget: &Budget) -> Limits {
        let capabilities = self.oracle.solver.capabilities();
        let (target, bound_stop) = match question.goal {
            MarginGoal::Sign => (Some(-AGREEMENT_TOLERANCE), Some(CLEARLY_POSITIVE)),
            // A function that cannot be lower than another one is known to be.
            MarginGoal::Minimum => {
                let value = question.known.value();
                (None, (value < question.known.certain_value(asked)).then_some(value))
            }
        };
        Limits {
            target: target.filter(|_| capabilities.has(Capability::Target)),
            bound_stop: bound_stop.filter(|_| capabilities.has(Capability::BoundStop)),
            ..Limits::within(budget)
        }
    }
}
