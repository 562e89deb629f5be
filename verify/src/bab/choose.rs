//! Decisions at a node of the search tree: the neuron to split on, and inputs better than the linear program's.

use ndarray::{Array1, Axis};

use super::best::Best;
use super::branching::score;
use super::frontier::OpenNode;
use super::search::{Choice, TreeSearch};
use super::session::cutoff;
use super::simplex::{LpStatus, PivotLimits};
use crate::neurons::{Assumed, Neuron};

/// Halves of which the smaller one is below this count as decided.
const DECIDED: f64 = 1e-9;

/// A probe ends after so many pivots.
const PIVOTS_A_PROBE: usize = 8;

/// So many neurons in a row that are no better than the best one end the probing.
const MOST_FAILURES: usize = 4;

/// How often the linear program of an input's own phases is solved in a row.
const MOST_POLISHES: usize = 20;

impl TreeSearch<'_> {
    /// The neuron to branch on.
    pub(super) fn choose(&mut self, node: &mut OpenNode, best_value: f64) -> Choice {
        let relaxation = self.problem.relaxation;
        let halves = |k: usize| relaxation.halves(self.simplex.values(), k);
        let open = (0..node.assumed.len()).filter(|k| node.assumed[*k] == Assumed::Open);
        let mut candidates: Vec<(usize, [f64; 2])> = open
            .filter(|k| halves(*k).positive.min(halves(*k).negative) > DECIDED)
            .map(|k| (k, self.pseudo_costs.expected(k, halves(k))))
            .collect();
        candidates.sort_by(|a, b| score(b.1).total_cmp(&score(a.1)));
        let mut best: Option<(usize, [f64; 2])> = None;
        let mut failures = 0;
        for (neuron, expected) in candidates {
            if failures >= MOST_FAILURES {
                break;
            }
            let mut rises = expected;
            if !self.pseudo_costs.is_reliable(neuron) {
                for (rise, assumed) in rises.iter_mut().zip([Assumed::Active, Assumed::Inactive]) {
                    match self.probe(node, neuron, assumed, best_value) {
                        Probe::Rise(found) => *rise = found,
                        Probe::Closed(bound) => {
                            self.close(bound);
                            let other =
                                if assumed == Assumed::Active { Assumed::Inactive } else { Assumed::Active };
                            self.assume(node, neuron, other);
                            return Choice::Tightened;
                        }
                    }
                }
            }
            if best.is_none_or(|(_, found)| score(rises) > score(found)) {
                best = Some((neuron, rises));
                failures = 0;
            } else {
                failures += 1;
            }
        }
        let Some((neuron, [active, inactive])) = best else { return Choice::Leaf };
        // The side that promises lower values comes first.
        let first = if active <= inactive { Assumed::Active } else { Assumed::Inactive };
        Choice::Branch(self.branch(neuron, first))
    }

    /// Tries an assumption for a few pivots.
    fn probe(&mut self, node: &OpenNode, neuron: usize, assumed: Assumed, best_value: f64) -> Probe {
        let branch = self.branch(neuron, assumed);
        self.aside.copy_from(&self.simplex);
        self.aside.set_bounds(self.problem.relaxation.bounds(neuron, assumed));
        let limit = self.lp_cutoff(best_value);
        let status = self.aside.solve(&PivotLimits { pivots: PIVOTS_A_PROBE, ..self.limits(limit) });
        self.pseudo_costs.learn(&branch, self.aside.objective());
        if matches!(status, LpStatus::CutoffReached | LpStatus::Infeasible { .. }) {
            let duals = self.duals(&self.aside, &status, limit);
            let mut under = node.assumed.clone();
            under[neuron] = assumed;
            let bound = self.prove(&duals, &under);
            if bound >= cutoff(self.problem.goal, best_value) {
                return Probe::Closed(bound);
            }
        }
        Probe::Rise((self.aside.objective() - branch.objective).max(0.0))
    }

    /// Walks downhill from an input: finds the best one where all neurons have the signs that they have there, again and
    /// again, as long as the network's own value gets better.
    pub(super) fn polish(&mut self, mut input: Array1<f64>, best: &mut Best<'_>) {
        let relaxation = self.problem.relaxation;
        self.aside.copy_from(&self.simplex);
        for _ in 0..MOST_POLISHES {
            let signs = best.signs(&input, self.problem.neurons);
            let bounds = signs.iter().enumerate().flat_map(|(k, assumed)| relaxation.bounds(k, *assumed));
            self.aside.set_bounds(bounds);
            let status = self.aside.solve(&self.limits(f64::INFINITY));
            if status != LpStatus::Optimal {
                return;
            }
            input = relaxation.input_at(self.aside.values());
            if !best.try_input(&input) {
                return;
            }
        }
    }
}

enum Probe {
    /// By how much the objective rose.
    Rise(f64),
    /// The assumption leads nowhere: a proven bound over that part reaches the cutoff.
    Closed(f64),
}

impl Best<'_> {
    /// The signs that some neurons' pre-activations have at an input.
    fn signs(&self, input: &Array1<f64>, neurons: &[Neuron]) -> Vec<Assumed> {
        let network = self.network();
        let trace = network.trace(input.view().insert_axis(Axis(0)));
        let sign = |neuron: &Neuron| {
            let value = trace.value(network.node(neuron.node).inputs()[0])[[0, neuron.element]];
            if value >= 0.0 { Assumed::Active } else { Assumed::Inactive }
        };
        neurons.iter().map(sign).collect()
    }
}
