//! Questions about one network over one box: what is cheap first, then a search for each function that it leaves open.

use std::borrow::Cow;
use std::time::Duration;

use milp_encode::bounds::NetworkBounds;
use milp_encode::descent::{frank_wolfe, momentum_signs};
use milp_encode::property::{InputBox, InputSet, LinearFunction};
use milp_encode::{
    CLEARLY_POSITIVE, MarginAnswer, MarginError, MarginGoal, MarginSession, Proof, relaxed_minima,
};
use ndarray::{Array1, ArrayView1};
use nn_core::Network;
use solver_api::Budget;

use super::BranchAndBound;
use super::best::Best;
use super::cuts::violated_cuts;
use super::forms::{Forms, forms};
use super::relaxation::Relaxation;
use super::search::{Problem, SearchResult, TreeSearch};
use super::simplex::{DualSimplex, PivotLimits};
use crate::neurons::{Neuron, negative_slope, open_neurons};
use crate::proof::Prover;

/// The engine's name.
pub(super) const NAME: &str = "bab";

/// By how much a bound may lie below the best value and still prove it, relative to the greater of 1 and the value.
const GAP: f64 = 1e-6;

pub(super) struct BabSession<'a> {
    engine: &'a BranchAndBound<'a>,
    network: &'a Network<f64>,
    input: InputBox,
    bounds: NetworkBounds,
    neurons: Vec<Neuron>,
    /// Inputs at which values may be low.
    suggestions: Vec<Array1<f64>>,
    /// Made when the first question reaches a search.
    model: Option<Model<'a>>,
}

/// What all searches share.
struct Model<'a> {
    forms: Forms,
    relaxation: Relaxation,
    prover: Prover<'a>,
    /// The basis in which the last question's first linear program ended.
    basis: Vec<usize>,
}

/// The bound from which on a part of the input set needs no search, with the best value known.
pub(super) fn cutoff(goal: MarginGoal, best: f64) -> f64 {
    let cutoff = if best.is_finite() { best - GAP * best.abs().max(1.0) } else { best };
    match goal {
        MarginGoal::Minimum => cutoff,
        MarginGoal::Sign => cutoff.min(CLEARLY_POSITIVE),
    }
}

/// Names what the engine has no relaxation for.
pub(super) fn refuse_unsupported(network: &Network<f64>, input: &InputSet) -> Result<(), MarginError> {
    if !input.constraints().is_empty() {
        return Err(unsupported("the input set has linear constraints beside its box".into()));
    }
    let needed = network.ancestors(network.output());
    let others = network.node_ids().skip(1).filter(|id| needed[id.index()]).map(|id| network.node(id));
    for node in others {
        if !node.op().is_affine() && negative_slope(node.op()).is_none() {
            let reason = format!("node `{}` is {}, neither affine nor a ReLU", node.name(), node.op().name());
            return Err(unsupported(reason));
        }
    }
    Ok(())
}

fn unsupported(reason: String) -> MarginError {
    MarginError::Unsupported { engine: NAME.into(), reason }
}

impl<'a> BabSession<'a> {
    pub(super) fn new(
        engine: &'a BranchAndBound<'a>,
        network: &'a Network<f64>,
        input: InputBox,
        bounds: NetworkBounds,
    ) -> Self {
        let neurons = open_neurons(network, &bounds);
        Self { engine, network, input, bounds, neurons, suggestions: Vec::new(), model: None }
    }
}

impl MarginSession for BabSession<'_> {
    fn bounds(&self) -> &NetworkBounds {
        &self.bounds
    }

    fn binary_count(&self) -> usize {
        self.neurons.len()
    }

    fn suggest(&mut self, input: ArrayView1<'_, f64>) {
        if self.input.contains(input) {
            self.suggestions.push(input.to_owned());
        }
    }

    fn minimise_least(
        &mut self,
        functions: &[LinearFunction],
        goal: MarginGoal,
        budget: &Budget,
    ) -> Result<MarginAnswer, MarginError> {
        assert!(!functions.is_empty(), "a minimum is that of some function");
        self.refuse_unfit(functions)?;
        let mut best = Best::nothing(self.network, functions);
        let center = self.input.center();
        for input in std::iter::once(&center).chain(&self.suggestions) {
            best.try_input(input);
        }
        let enough = match goal {
            MarginGoal::Minimum => best.value(),
            MarginGoal::Sign => CLEARLY_POSITIVE,
        };
        let chain = &self.engine.bounds;
        let mut lower = relaxed_minima(self.network, &self.bounds, chain, functions, enough, budget)?;
        let mut nodes = 0;
        for function in in_order(&lower) {
            if lower[function] >= cutoff(goal, best.value()) {
                continue;
            }
            if goal.is_reached_by(best.value()) || budget.is_exhausted() {
                break;
            }
            if goal == MarginGoal::Sign {
                self.walk_downhill(&functions[function], &center, &mut best);
                if goal.is_reached_by(best.value()) {
                    break;
                }
            }
            let found = self.search(&functions[function], goal, lower[function], &mut best, budget);
            lower[function] = found.lower_bound.max(lower[function]);
            nodes += found.nodes;
        }
        Ok(answer(best, &lower, goal, nodes))
    }
}

/// The functions, that with the lowest bound first.
fn in_order(lower: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..lower.len()).collect();
    order.sort_by(|a, b| lower[*a].total_cmp(&lower[*b]));
    order
}

fn answer(best: Best<'_>, lower: &[f64], goal: MarginGoal, nodes: u64) -> MarginAnswer {
    let value = best.value();
    let lower_bound = lower.iter().copied().fold(f64::INFINITY, f64::min);
    let status = match (nodes, goal.is_decided_by(value, lower_bound)) {
        (0, true) => "decided before the search",
        (_, true) => "searched",
        (_, false) if lower_bound >= cutoff(goal, value) => "searched",
        (_, false) => "not decided",
    };
    MarginAnswer {
        proof: Proof::of(value, lower_bound),
        lower_bound: lower_bound.min(value),
        incumbent: best.into_incumbent(),
        nodes: Some(nodes),
        // No clock is read here; who asks may measure.
        wall_time: Duration::ZERO,
        raw_status: status.to_owned(),
    }
}

impl BabSession<'_> {
    fn refuse_unfit(&self, functions: &[LinearFunction]) -> Result<(), MarginError> {
        let outputs = self.network.output_count();
        for function in functions {
            let coefficients = function.coefficients.len();
            if coefficients != outputs {
                return Err(MarginError::FunctionLength { coefficients, outputs });
            }
            let mut numbers = function.coefficients.iter().chain([&function.constant]);
            if let Some(value) = numbers.find(|value| !value.is_finite()) {
                return Err(unsupported(format!("a function's coefficient is {value}")));
            }
        }
        Ok(())
    }

    /// Descents by gradients: where only signs matter they cost less than a search.
    fn walk_downhill(&self, function: &LinearFunction, start: &Array1<f64>, best: &mut Best<'_>) {
        let visit = &mut |point: &Array1<f64>, output: ArrayView1<'_, f64>| {
            best.meet(point, output);
        };
        frank_wolfe(self.network, &self.input, function, start.clone(), visit);
        momentum_signs(self.network, &self.input, function, start.clone(), visit);
    }

    /// Bounds one function from below, starting from a bound that is proven already.
    fn search(
        &mut self,
        function: &LinearFunction,
        goal: MarginGoal,
        known: f64,
        best: &mut Best<'_>,
        budget: &Budget,
    ) -> SearchResult {
        let Self { network, input, bounds, neurons, .. } = self;
        let model = self.model.get_or_insert_with(|| Model::new(network, bounds, neurons, input));
        let objective = model.relaxation.objective(function);
        let mut simplex = DualSimplex::new(&model.relaxation.program);
        simplex.load_basis(&model.basis);
        simplex.set_cost(&objective.cost);
        let limits = PivotLimits { cutoff: f64::INFINITY, pivots: usize::MAX, budget };
        simplex.solve(&limits);
        let cuts = violated_cuts(network, input, neurons, &model.forms, &model.relaxation, simplex.values());
        let stronger = model.relaxation.with_cuts(&cuts);
        model.basis = simplex.basis().to_vec();
        let problem = Problem {
            function,
            goal,
            neurons,
            cuts: &cuts,
            relaxation: &stronger,
            prover: &model.prover,
            budget,
        };
        TreeSearch::new(problem, &model.basis, self.engine.most_open_nodes).run(known, best)
    }
}

impl<'a> Model<'a> {
    fn new(network: &'a Network<f64>, bounds: &NetworkBounds, neurons: &[Neuron], input: &InputBox) -> Self {
        let forms = forms(network, bounds, neurons);
        let relaxation = Relaxation::new(&forms, neurons, input);
        let basis = DualSimplex::new(&relaxation.program).basis().to_vec();
        Self { forms, relaxation, prover: Prover::new(Cow::Borrowed(network), bounds, neurons), basis }
    }
}
