//! Engines that find minima, as engines that decide questions.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use milp_encode::bounds::BoundChain;
use milp_encode::property::LinearFunction;
use milp_encode::{
    CLEARLY_POSITIVE, MarginAnswer, MarginGoal, MarginOracle, MarginSession, Proof, relaxed_minima,
};
use solver_api::Budget;

use crate::{Engine, EngineError, Judge, Progress, Question, Search};

/// A [`MarginOracle`] as an [`Engine`]: a conjunction cannot hold where one of its functions is positive everywhere.
///
/// Where no single function is, the oracle is asked for the least value of the greatest one, if it can tell
/// ([`MarginSession::minimise_greatest`]); else the conjunction stays open. Each thread takes one conjunction after the other.
pub struct MarginEngine<O> {
    /// Who finds minima.
    pub oracle: O,
    /// The engine's name, as results carry it.
    pub name: &'static str,
    /// A lower bound above which a minimum is positive: 0 for bounds that hold in real arithmetic,
    /// [`AGREEMENT_TOLERANCE`](milp_encode::AGREEMENT_TOLERANCE) for those of solvers.
    pub positive_above: f64,
}

struct MarginSearch<'a, O> {
    engine: &'a MarginEngine<O>,
    question: Question<'a>,
    state: Mutex<State>,
}

struct State {
    /// Conjunctions that no thread works on and that are worth a search.
    waiting: VecDeque<usize>,
    /// A proven lower bound of each conjunction's greatest function.
    lower: Vec<f64>,
    proven: Vec<bool>,
    nodes: u64,
}

/// What is known of one conjunction.
struct Settled {
    lower: f64,
    proven: bool,
    nodes: u64,
}

impl<O: MarginOracle> Engine for MarginEngine<O> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn open<'a>(
        &'a self,
        question: Question<'a>,
        _budget: &Budget,
    ) -> Result<Box<dyn Search + 'a>, EngineError> {
        let count = question.unsafe_outputs.len();
        let state = State {
            waiting: (0..count).collect(),
            lower: vec![f64::NEG_INFINITY; count],
            proven: vec![false; count],
            nodes: 0,
        };
        Ok(Box::new(MarginSearch { engine: self, question, state: Mutex::new(state) }))
    }
}

impl<O: MarginOracle> Search for MarginSearch<'_, O> {
    fn work(&self, judge: &dyn Judge, budget: &Budget) -> Result<(), EngineError> {
        let mut session = None;
        while !judge.is_satisfied() && !budget.is_exhausted() {
            let Some(conjunction) = self.state().waiting.pop_front() else { break };
            let session = match &mut session {
                Some(session) => session,
                None => session.insert(self.engine.oracle.open(self.question.network, self.question.input)?),
            };
            let settled = self.settle(session.as_mut(), conjunction, judge, budget)?;
            let mut state = self.state();
            state.lower[conjunction] = state.lower[conjunction].max(settled.lower);
            state.proven[conjunction] = settled.proven;
            state.nodes += settled.nodes;
            if !settled.proven && budget.is_exhausted() {
                state.waiting.push_back(conjunction);
            }
        }
        Ok(())
    }

    fn progress(&self) -> Progress {
        let state = self.state();
        let open = || (0..state.proven.len()).filter(|conjunction| !state.proven[*conjunction]);
        Progress {
            proven: open().next().is_none(),
            lower_bound: open().map(|conjunction| state.lower[conjunction]).fold(f64::INFINITY, f64::min),
            nodes: state.nodes,
            open: open().count(),
        }
    }
}

impl<O: MarginOracle> MarginSearch<'_, O> {
    fn settle(
        &self,
        session: &mut dyn MarginSession,
        conjunction: usize,
        judge: &dyn Judge,
        budget: &Budget,
    ) -> Result<Settled, EngineError> {
        let functions = &self.question.unsafe_outputs[conjunction].0;
        let mut settled = Settled { lower: f64::NEG_INFINITY, proven: false, nodes: 0 };
        let order = self.most_promising_first(session, functions, budget)?;
        for (position, function) in order.iter().enumerate() {
            let share = share(budget, order.len() - position);
            self.ask(session, &functions[*function], &mut settled, judge, &share)?;
            if settled.proven || judge.is_satisfied() || budget.is_exhausted() {
                return Ok(settled);
            }
        }
        if functions.len() > 1
            && let Some(answer) = session.minimise_greatest(functions, MarginGoal::Sign, budget)?
        {
            self.take(&answer, &mut settled, judge);
        }
        Ok(settled)
    }

    /// Asks for the least value of one function: first for its sign, and where that is too near to 0, for all that can be
    /// known.
    fn ask(
        &self,
        session: &mut dyn MarginSession,
        function: &LinearFunction,
        settled: &mut Settled,
        judge: &dyn Judge,
        budget: &Budget,
    ) -> Result<(), EngineError> {
        let answer = session.minimise(function, MarginGoal::Sign, budget)?;
        self.take(&answer, settled, judge);
        let value = answer.incumbent.map_or(f64::INFINITY, |incumbent| incumbent.value);
        if !settled.proven && value > 0.0 && !judge.is_satisfied() && !budget.is_exhausted() {
            let answer = session.minimise(function, MarginGoal::Minimum, budget)?;
            self.take(&answer, settled, judge);
        }
        Ok(())
    }

    fn take(&self, answer: &MarginAnswer, settled: &mut Settled, judge: &dyn Judge) {
        settled.nodes += answer.nodes.unwrap_or(0);
        settled.lower = settled.lower.max(answer.lower_bound);
        settled.proven |=
            answer.proof == Proof::EmptyInput || answer.lower_bound > self.engine.positive_above;
        if let Some(incumbent) = &answer.incumbent {
            judge.propose(incumbent.input.view());
        }
    }

    /// A conjunction's functions, that with the highest bound first: one that is positive everywhere is enough.
    fn most_promising_first(
        &self,
        session: &dyn MarginSession,
        functions: &[LinearFunction],
        budget: &Budget,
    ) -> Result<Vec<usize>, EngineError> {
        let mut order: Vec<usize> = (0..functions.len()).collect();
        if functions.len() > 1 {
            let (network, chain) = (self.question.network, BoundChain::crown());
            let bounds = session.bounds();
            let lower = relaxed_minima(network, bounds, &chain, functions, CLEARLY_POSITIVE, budget)?;
            order.sort_by(|a, b| lower[*b].total_cmp(&lower[*a]));
        }
        Ok(order)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of some equal shares of what is left of a budget.
fn share(budget: &Budget, shares: usize) -> Budget {
    match (budget.remaining(), u32::try_from(shares)) {
        (Some(remaining), Ok(shares)) if shares > 1 => budget.limited_to(remaining / shares),
        _ => budget.clone(),
    }
}
