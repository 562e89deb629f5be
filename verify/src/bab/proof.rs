//! Lower bounds that hold in real arithmetic, from multipliers that need not be right.

use milp_encode::bounds::rounding::{coefficient_underflow, sub_down, sum_error};
use milp_encode::bounds::{NetworkBounds, NodeBounds, Phase};
use milp_encode::property::LinearFunction;
use ndarray::{Array1, ArrayView1, Axis};
use nn_core::{Network, NodeId, Op};

use super::cuts::Cut;
use super::neurons::{Assumed, Neuron, negative_slope};

/// Proves bounds of one network over one box.
///
/// A function is taken back from the outputs to the inputs, node by node. Where it meets the value `f(a)` of a neuron of
/// unknown sign with the coefficient `c`, it goes on with `mu a`, at the price of
///
/// ```text
/// c f(a)  >=  mu a  +  least over a in l..u of (c f(a) - mu a)
/// ```
///
/// whatever `mu` is, with `l..u` cut at 0 by what a node of the search tree assumes of the neuron. With the multipliers of
/// the linear program's rows this is the program's dual objective. Nothing here comes from that program but its
/// multipliers: weights are the network's own, ranges those that bounds have proven, and every rounding is accounted for
/// as in [`milp_encode::bounds`]. Source: Dvijotham et al., "A dual approach to scalable verification of deep networks",
/// 2018; with split constraints, Wang et al., "Beta-CROWN", 2021.
#[derive(Debug)]
pub(super) struct Prover<'a> {
    network: &'a Network<f64>,
    bounds: NetworkBounds,
    /// Of every affine node what its rounding errors depend on.
    facts: Vec<Option<AffineFacts>>,
    /// The magnitude of every node's elements.
    magnitudes: Vec<Array1<f64>>,
    /// For every ReLU node, where its neurons begin among all open ones.
    first_neurons: Vec<usize>,
}

#[derive(Debug)]
struct AffineFacts {
    constant: Array1<f64>,
    /// `|A| |x| + |b|`.
    reach: Array1<f64>,
    /// As many products the longest sum has, at most.
    terms: usize,
    input_magnitude: f64,
}

/// What a bound is computed from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim<'c> {
    pub(super) function: &'c LinearFunction,
    pub(super) neurons: &'c [Neuron],
    /// One assumption a neuron.
    pub(super) assumed: &'c [Assumed],
    /// One multiplier a neuron; one that is not finite counts as 0.
    pub(super) multipliers: &'c [f64],
    pub(super) cuts: &'c [Cut],
    /// One a cut; one that is not positive counts as 0.
    pub(super) cut_multipliers: &'c [f64],
}

/// A sum with what is needed to bound its error.
struct Account {
    constant: f64,
    /// The sum of absolute values of all that was added.
    magnitude: f64,
    additions: usize,
    error: f64,
}

impl<'a> Prover<'a> {
    pub(super) fn new(network: &'a Network<f64>, bounds: &NetworkBounds, neurons: &[Neuron]) -> Self {
        let magnitudes: Vec<Array1<f64>> = network.node_ids().map(|id| magnitude(bounds.node(id))).collect();
        let facts = network
            .node_ids()
            .map(|id| network.node(id).op().is_affine().then(|| affine_facts(network, id, &magnitudes)));
        let first = |id| neurons.partition_point(|neuron| neuron.node < id);
        Self {
            network,
            bounds: bounds.clone(),
            facts: facts.collect(),
            magnitudes,
            first_neurons: network.node_ids().map(first).collect(),
        }
    }

    /// A number that no value of the function is below, at any input of the box that satisfies the assumptions; `-inf`
    /// where numbers overflow.
    pub(super) fn lower_bound(&self, claim: &Claim<'_>) -> f64 {
        let nodes = self.network.nodes().len();
        let mut coefficients: Vec<Option<Array1<f64>>> = vec![None; nodes];
        coefficients[self.network.output().index()] = Some(claim.function.coefficients.clone());
        let mut account = Account { constant: 0.0, magnitude: 0.0, additions: 0, error: 0.0 };
        account.add(claim.function.constant);
        let mut cut_slopes = None;
        let used = claim.cuts.iter().zip(claim.cut_multipliers);
        for (cut, multiplier) in used.filter(|(_, multiplier)| **multiplier > 0.0 && multiplier.is_finite()) {
            self.charge_cut(claim, cut, *multiplier, &mut coefficients, &mut cut_slopes, &mut account);
        }
        for id in self.network.node_ids().rev() {
            let Some(own) = coefficients[id.index()].take() else { continue };
            let op = self.network.node(id).op();
            if id == NodeId::INPUT {
                let own = match &cut_slopes {
                    Some(slopes) => self.joined(own, slopes, id, &mut account),
                    None => own,
                };
                self.minimise_over_box(&own, &mut account);
                cut_slopes = None;
            } else if let Some(slope) = negative_slope(op) {
                let through = self.rectify(claim, id, slope, own, &mut account);
                self.pass_on(self.network.node(id).inputs()[0], through, &mut coefficients, &mut account);
            } else {
                self.substitute(id, own, &mut coefficients, &mut account);
            }
        }
        if let Some(slopes) = cut_slopes {
            self.minimise_over_box(&slopes, &mut account);
        }
        account.least()
    }

    /// Adds `multiplier (f(a) - slopes · x - constant)`, which is at most 0 at every input.
    fn charge_cut(
        &self,
        claim: &Claim<'_>,
        cut: &Cut,
        multiplier: f64,
        coefficients: &mut [Option<Array1<f64>>],
        cut_slopes: &mut Option<Array1<f64>>,
        account: &mut Account,
    ) {
        let neuron = &claim.neurons[cut.neuron];
        let value = coefficients[neuron.node.index()]
            .get_or_insert_with(|| Array1::zeros(self.network.node(neuron.node).element_count()));
        value[neuron.element] += multiplier;
        account.charge(2, value[neuron.element].abs() * self.magnitudes[neuron.node.index()][neuron.element]);
        let slopes = cut_slopes.get_or_insert_with(|| Array1::zeros(cut.slopes.len()));
        let mut absolute = 0.0;
        let sides = &self.magnitudes[NodeId::INPUT.index()];
        for ((sum, slope), side) in slopes.iter_mut().zip(&cut.slopes).zip(sides) {
            *sum -= multiplier * slope;
            absolute += (sum.abs() + (multiplier * slope).abs()) * side;
        }
        account.charge(slopes.len() + 2, absolute);
        account.add(-multiplier * cut.constant);
        account.charge(1, (multiplier * cut.constant).abs());
    }

    /// From a ReLU's value to its pre-activation.
    fn rectify(
        &self,
        claim: &Claim<'_>,
        id: NodeId,
        slope: f64,
        mut own: Array1<f64>,
        account: &mut Account,
    ) -> Array1<f64> {
        let input = self.network.node(id).inputs()[0];
        let ranges = self.bounds.node(input);
        let (input_reach, value_reach) = (&self.magnitudes[input.index()], &self.magnitudes[id.index()]);
        let mut next = self.first_neurons[id.index()];
        let mut sum = 0.0;
        let mut absolute = 0.0;
        for (element, c) in own.iter_mut().enumerate() {
            match ranges.phase(element) {
                Phase::Active => {}
                Phase::Inactive => {
                    absolute += c.abs() * slope * input_reach[element];
                    *c *= slope;
                }
                Phase::Unstable => {
                    let k = next;
                    next += 1;
                    let multiplier = Some(claim.multipliers[k]).filter(|m| m.is_finite()).unwrap_or(0.0);
                    let (lower, upper) = claim.neurons[k].range(claim.assumed[k]);
                    sum += least_difference((lower, upper), slope, *c, multiplier);
                    absolute += c.abs() * value_reach[element].max(slope * input_reach[element])
                        + multiplier.abs() * input_reach[element];
                    *c = multiplier;
                }
            }
        }
        account.add(sum);
        account.charge(own.len() + 2, absolute);
        account.error += coefficient_underflow(1, input_reach.sum());
        own
    }

    /// `c · (A x + b) = (A^T c) · x + c · b`.
    fn substitute(
        &self,
        id: NodeId,
        own: Array1<f64>,
        coefficients: &mut [Option<Array1<f64>>],
        account: &mut Account,
    ) {
        let facts = self.facts[id.index()].as_ref().expect("operators are affine or ReLUs");
        account.add(own.dot(&facts.constant));
        let absolute: f64 = own.iter().zip(&facts.reach).map(|(c, reach)| c.abs() * reach).sum();
        account.charge(facts.terms, absolute);
        account.error += coefficient_underflow(facts.terms, facts.input_magnitude);
        let node = self.network.node(id);
        if let Op::Affine(affine) = node.op() {
            let mut pulled = Array1::zeros(affine.weight.ncols());
            for (c, row) in own.iter().zip(affine.weight.rows()) {
                if *c != 0.0 {
                    pulled.scaled_add(*c, &row);
                }
            }
            self.pass_on(node.inputs()[0], pulled, coefficients, account);
        } else {
            let pulled = self.network.pullback(id, own.view().insert_axis(Axis(0)));
            for (input, pulled) in node.inputs().iter().zip(pulled) {
                self.pass_on(*input, pulled.remove_axis(Axis(0)), coefficients, account);
            }
        }
    }

    fn pass_on(
        &self,
        node: NodeId,
        added: Array1<f64>,
        coefficients: &mut [Option<Array1<f64>>],
        account: &mut Account,
    ) {
        let joined = match coefficients[node.index()].take() {
            Some(earlier) => self.joined(earlier, &added, node, account),
            None => added,
        };
        coefficients[node.index()] = Some(joined);
    }

    /// The sum of two coefficients of a node's elements each.
    fn joined(&self, a: Array1<f64>, b: &Array1<f64>, node: NodeId, account: &mut Account) -> Array1<f64> {
        let sum = a + b;
        account.charge(1, absolute_dot(sum.view(), &self.magnitudes[node.index()]));
        sum
    }

    fn minimise_over_box(&self, own: &Array1<f64>, account: &mut Account) {
        let sides = self.bounds.node(NodeId::INPUT);
        let mut least = 0.0;
        for ((c, lower), upper) in own.iter().zip(sides.lower()).zip(sides.upper()) {
            least += if *c >= 0.0 { c * lower } else { c * upper };
        }
        account.add(least);
        account.charge(own.len(), absolute_dot(own.view(), &self.magnitudes[NodeId::INPUT.index()]));
    }
}

impl Account {
    fn add(&mut self, value: f64) {
        self.constant += value;
        self.magnitude += value.abs();
        self.additions += 1;
    }

    /// Allows for the error of a sum of so many products whose absolute values have this sum.
    fn charge(&mut self, terms: usize, absolute: f64) {
        self.error += sum_error(terms, absolute);
    }

    fn least(&self) -> f64 {
        // The errors were summed in floating point; a relative 1e-9 is far above what that can cost.
        let error = (self.error + sum_error(self.additions, self.magnitude)) * (1.0 + 1e-9);
        let bound = sub_down(self.constant, error);
        if bound.is_nan() { f64::NEG_INFINITY } else { bound }
    }
}

/// The least of `c f(a) - multiplier a` over a range, as computed; linear between the ends and the kink.
fn least_difference((lower, upper): (f64, f64), slope: f64, c: f64, multiplier: f64) -> f64 {
    let at = |a: f64| c * (if a < 0.0 { slope * a } else { a }) - multiplier * a;
    // A NaN must not get lost.
    let least = |a: f64, b: f64| if a < b || a.is_nan() { a } else { b };
    least(least(at(lower), at(upper)), at(0.0_f64.clamp(lower, upper)))
}

fn magnitude(bounds: &NodeBounds) -> Array1<f64> {
    bounds.lower().iter().zip(bounds.upper()).map(|(lower, upper)| lower.abs().max(upper.abs())).collect()
}

fn absolute_dot(values: ArrayView1<'_, f64>, reach: &Array1<f64>) -> f64 {
    values.iter().zip(reach).map(|(value, reach)| value.abs() * reach).sum()
}

fn affine_facts(network: &Network<f64>, id: NodeId, magnitudes: &[Array1<f64>]) -> AffineFacts {
    let node = network.node(id);
    let zeros: Vec<_> = node
        .inputs()
        .iter()
        .map(|input| Array1::zeros(magnitudes[input.index()].len()).insert_axis(Axis(0)))
        .collect();
    let views: Vec<_> = zeros.iter().map(|zeros| zeros.view()).collect();
    let constant = network.apply(id, &views).remove_axis(Axis(0));
    let inputs: Vec<_> =
        node.inputs().iter().map(|input| magnitudes[input.index()].view().insert_axis(Axis(0))).collect();
    let reach = network.apply_absolute(id, &inputs).remove_axis(Axis(0)) + constant.mapv(f64::abs);
    let input_magnitude = node.inputs().iter().map(|input| magnitudes[input.index()].sum()).sum();
    let input_count: usize = node.inputs().iter().map(|input| magnitudes[input.index()].len()).sum();
    AffineFacts { constant, reach, terms: 2 * input_count.max(node.element_count()), input_magnitude }
}
