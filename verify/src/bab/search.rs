//! The search tree of one function.

use milp_encode::MarginGoal;
use milp_encode::property::LinearFunction;
use solver_api::Budget;

use super::best::Best;
use super::branching::{Branch, PseudoCosts};
use super::cuts::Cut;
use super::frontier::{Frontier, OpenNode};
use super::relaxation::{Objective, Relaxation};
use super::session::cutoff;
use super::simplex::{DualSimplex, LpStatus, PivotLimits};
use crate::neurons::{Assumed, Neuron};
use crate::proof::{Claim, Prover, Setting};

/// What a search works on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Problem<'p> {
    pub(super) function: &'p LinearFunction,
    pub(super) goal: MarginGoal,
    pub(super) neurons: &'p [Neuron],
    pub(super) cuts: &'p [Cut],
    pub(super) relaxation: &'p Relaxation,
    pub(super) prover: &'p Prover<'p>,
    pub(super) budget: &'p Budget,
}

/// A search under way.
pub(super) struct TreeSearch<'p> {
    pub(super) problem: Problem<'p>,
    objective: Objective,
    pub(super) simplex: DualSimplex<'p>,
    /// A second simplex for programs beside the tree's.
    pub(super) aside: DualSimplex<'p>,
    /// The assumptions that the simplex has as bounds.
    loaded: Vec<Assumed>,
    pub(super) pseudo_costs: PseudoCosts,
    frontier: Frontier,
    /// The least bound of all parts that were closed.
    closed: f64,
    nodes: u64,
}

/// What a search found out.
#[derive(Clone, Copy, Debug)]
pub(super) struct SearchResult {
    /// A proven lower bound of the function.
    pub(super) lower_bound: f64,
    pub(super) nodes: u64,
}

/// What to do with a node whose linear program is solved.
pub(super) enum Choice {
    /// Split it; this side comes first.
    Branch(Branch),
    /// One side of a neuron is closed: the other one is assumed now.
    Tightened,
    /// There is nothing left to decide.
    Leaf,
}

/// How far a node's linear program is to be solved.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    /// Until its objective reaches the cutoff.
    Cutoff,
    /// To its end.
    Optimum,
}

impl<'p> TreeSearch<'p> {
    /// A search that begins with a basis from nearby.
    pub(super) fn new(problem: Problem<'p>, basis: &[usize], room: usize) -> Self {
        let program = &problem.relaxation.program;
        let objective = problem.relaxation.objective(problem.function);
        let mut simplex = DualSimplex::new(program);
        simplex.load_basis(basis);
        simplex.set_cost(&objective.cost);
        Self {
            problem,
            objective,
            simplex,
            aside: DualSimplex::new(program),
            loaded: vec![Assumed::Open; problem.neurons.len()],
            pseudo_costs: PseudoCosts::unknown(problem.neurons.len()),
            frontier: Frontier::with_room(room),
            closed: f64::INFINITY,
            nodes: 0,
        }
    }

    /// Searches until the function is known to be nowhere lower than the best value known, the goal is reached or the
    /// budget is exhausted.
    pub(super) fn run(mut self, root_bound: f64, best: &mut Best<'_>) -> SearchResult {
        let (goal, budget) = (self.problem.goal, self.problem.budget);
        let root = OpenNode {
            bound: root_bound,
            assumed: self.loaded.clone(),
            basis: self.simplex.basis().to_vec(),
            depth: 0,
            branch: None,
        };
        let mut next = Some(root);
        while let Some(node) = next.take().or_else(|| self.frontier.pop()) {
            if node.bound >= cutoff(goal, best.value()) {
                self.close(node.bound);
            } else if goal.is_reached_by(best.value()) || budget.is_exhausted() {
                self.frontier.push(node);
                break;
            } else {
                self.nodes += 1;
                next = self.expand(node, best);
            }
        }
        SearchResult { lower_bound: self.closed.min(self.frontier.least_bound()), nodes: self.nodes }
    }

    /// Bounds a node and closes or splits it; one of its sides is to come next, the other one waits.
    fn expand(&mut self, mut node: OpenNode, best: &mut Best<'_>) -> Option<OpenNode> {
        self.load(&node);
        let goal = self.problem.goal;
        let mut needs = Needs::Cutoff;
        loop {
            let limit = match needs {
                Needs::Cutoff => self.lp_cutoff(best.value()),
                Needs::Optimum => f64::INFINITY,
            };
            let status = self.simplex.solve(&self.limits(limit));
            let duals = self.duals(&self.simplex, &status, limit);
            node.bound = node.bound.max(self.prove(&duals, &node.assumed));
            if let Some(branch) = node.branch.take() {
                self.pseudo_costs.learn(&branch, self.simplex.objective());
            }
            if node.bound >= cutoff(goal, best.value()) {
                self.close(node.bound);
                return None;
            }
            match status {
                LpStatus::OutOfBudget => {
                    self.frontier.push(node);
                    return None;
                }
                // The proof is short of what the program claims: its optimum tells more.
                LpStatus::CutoffReached if needs == Needs::Cutoff => {
                    needs = Needs::Optimum;
                    continue;
                }
                LpStatus::Infeasible { .. } => {
                    let Some(neuron) = node.assumed.iter().position(|assumed| *assumed == Assumed::Open)
                    else {
                        self.close(node.bound);
                        return None;
                    };
                    return Some(self.split(node, self.branch(neuron, Assumed::Active)));
                }
                LpStatus::CutoffReached | LpStatus::Optimal | LpStatus::PivotLimit => {}
            }
            self.look_for_better(&node, best);
            if node.bound >= cutoff(goal, best.value()) {
                self.close(node.bound);
                return None;
            }
            match self.choose(&mut node, best.value()) {
                Choice::Branch(branch) => return Some(self.split(node, branch)),
                Choice::Tightened => needs = Needs::Cutoff,
                Choice::Leaf => {
                    self.close(node.bound);
                    return None;
                }
            }
        }
    }

    /// One side of a branch; the other one goes to the frontier.
    fn split(&mut self, node: OpenNode, branch: Branch) -> OpenNode {
        let basis = self.simplex.basis().to_vec();
        let side = |branch: Branch| {
            let mut assumed = node.assumed.clone();
            assumed[branch.neuron] = branch.assumed;
            OpenNode { assumed, basis: basis.clone(), depth: node.depth + 1, branch: Some(branch), ..node }
        };
        let other = match branch.assumed {
            Assumed::Active => Assumed::Inactive,
            _ => Assumed::Active,
        };
        self.frontier.push(side(self.branch(branch.neuron, other)));
        side(branch)
    }

    /// A branch at the linear program's point.
    pub(super) fn branch(&self, neuron: usize, assumed: Assumed) -> Branch {
        let halves = self.problem.relaxation.halves(self.simplex.values(), neuron);
        let violation = if assumed == Assumed::Active { halves.negative } else { halves.positive };
        Branch { neuron, assumed, violation, objective: self.simplex.objective() }
    }

    /// Gives the simplex a node's assumptions and, unless it comes from the node's parent, its basis.
    fn load(&mut self, node: &OpenNode) {
        let relaxation = self.problem.relaxation;
        let changed = (0..node.assumed.len()).filter(|k| node.assumed[*k] != self.loaded[*k]);
        self.simplex.set_bounds(changed.flat_map(|k| relaxation.bounds(k, node.assumed[k])));
        self.loaded.clone_from(&node.assumed);
        if self.simplex.basis() != node.basis {
            self.simplex.load_basis(&node.basis);
        }
    }

    /// Assumes one more thing of a node and of its linear program.
    pub(super) fn assume(&mut self, node: &mut OpenNode, neuron: usize, assumed: Assumed) {
        node.assumed[neuron] = assumed;
        self.loaded[neuron] = assumed;
        self.simplex.set_bounds(self.problem.relaxation.bounds(neuron, assumed));
    }

    /// Notes a part of the input set as done, with a proven bound over it.
    pub(super) fn close(&mut self, bound: f64) {
        self.closed = self.closed.min(bound);
    }

    /// The objective at which a linear program needs to go no further.
    pub(super) fn lp_cutoff(&self, best: f64) -> f64 {
        let cutoff = cutoff(self.problem.goal, best);
        // Room for what the proof loses to rounding.
        cutoff + 1e-9 * cutoff.abs().max(1.0) - self.objective.constant
    }

    pub(super) fn limits(&self, cutoff: f64) -> PivotLimits<'p> {
        let pivots = PIVOTS_A_ROW * (self.problem.relaxation.program.row_count() + 10);
        PivotLimits { cutoff, pivots, budget: self.problem.budget }
    }

    /// The rows' multipliers at the end of a solve; where it proved that there is no point, so far along the direction in
    /// which the bound rises that it reaches the cutoff.
    pub(super) fn duals(&self, simplex: &DualSimplex<'_>, status: &LpStatus, cutoff: f64) -> Vec<f64> {
        let duals = simplex.row_duals();
        let LpStatus::Infeasible { direction, slope, step } = status else { return duals.to_vec() };
        let goal = if cutoff.is_finite() { cutoff } else { simplex.objective() };
        let rise = (goal - simplex.objective()).max(0.0) + goal.abs().max(1.0);
        let along = step + 2.0 * rise / slope;
        duals.iter().zip(direction).map(|(dual, direction)| dual + along * direction).collect()
    }

    /// A proven lower bound under some assumptions.
    pub(super) fn prove(&self, row_duals: &[f64], assumed: &[Assumed]) -> f64 {
        let (multipliers, cut_multipliers) = self.problem.relaxation.multipliers(row_duals);
        let setting = Setting {
            neurons: self.problem.neurons,
            assumed,
            multipliers: &multipliers,
            cuts: self.problem.cuts,
            cut_multipliers: &cut_multipliers,
        };
        self.problem.prover.lower_bound(&Claim { function: self.problem.function, setting })
    }

    /// Runs the network on the linear program's input.
    fn look_for_better(&mut self, node: &OpenNode, best: &mut Best<'_>) {
        let input = self.problem.relaxation.input_at(self.simplex.values());
        if best.try_input(&input) || node.depth == 0 {
            self.polish(input, best);
        }
    }
}

/// A linear program that takes more pivots a row than this is left as it is: its objective is a bound all the same.
const PIVOTS_A_ROW: usize = 50;
