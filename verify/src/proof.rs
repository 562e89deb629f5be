//! Lower bounds that hold in real arithmetic, from multipliers that need not be right.

use std::borrow::Cow;

use milp_encode::bounds::rounding::{coefficient_underflow, sub_down, sum_error};
use milp_encode::bounds::{NetworkBounds, NodeBounds, Phase};
use milp_encode::property::LinearFunction;
use ndarray::{Array1, Array2, ArrayView1, ArrayViewMut1, Axis};
use nn_core::{Network, NodeId, Op};

use crate::bab::Cut;
use crate::neurons::{Assumed, Neuron, negative_slope};

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
pub(crate) struct Prover<'a> {
    network: Cow<'a, Network<f64>>,
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
pub(crate) struct Claim<'c> {
    pub(crate) function: &'c LinearFunction,
    pub(crate) setting: Setting<'c>,
}

/// What holds of the neurons, and hints.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting<'c> {
    /// The open neurons, with ranges that are proven under the assumptions.
    pub(crate) neurons: &'c [Neuron],
    /// One assumption a neuron.
    pub(crate) assumed: &'c [Assumed],
    /// One a neuron, by which its pre-activation goes on; one that is not finite counts as 0.
    pub(crate) multipliers: &'c [f64],
    pub(crate) cuts: &'c [Cut],
    /// One a cut; one that is not positive counts as 0.
    pub(crate) cut_multipliers: &'c [f64],
}

/// What has been taken back so far, one row a claim.
struct Sums {
    /// Of every node's elements, where any function depends on them.
    coefficients: Vec<Option<Array2<f64>>>,
    /// What cuts add to the coefficients of the input.
    cut_slopes: Option<Array2<f64>>,
    accounts: Vec<Account>,
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
    pub(crate) fn new(network: Cow<'a, Network<f64>>, bounds: &NetworkBounds, neurons: &[Neuron]) -> Self {
        let magnitudes: Vec<Array1<f64>> = network.node_ids().map(|id| magnitude(bounds.node(id))).collect();
        let facts = network
            .node_ids()
            .map(|id| network.node(id).op().is_affine().then(|| affine_facts(&network, id, &magnitudes)))
            .collect();
        let first = |id| neurons.partition_point(|neuron| neuron.node < id);
        Self {
            bounds: bounds.clone(),
            facts,
            magnitudes,
            first_neurons: network.node_ids().map(first).collect(),
            network,
        }
    }

    /// A number that no value of the function is below, at any input of the box that satisfies the assumptions; `-inf`
    /// where numbers overflow.
    pub(crate) fn lower_bound(&self, claim: &Claim<'_>) -> f64 {
        self.lower_bounds(std::slice::from_ref(claim))[0]
    }

    /// [`Prover::lower_bound`] of many claims, by products of matrices.
    pub(crate) fn lower_bounds(&self, claims: &[Claim<'_>]) -> Vec<f64> {
        let output = self.network.output();
        let mut functions = Array2::zeros((claims.len(), self.network.node(output).element_count()));
        for (claim, mut row) in claims.iter().zip(functions.rows_mut()) {
            row.assign(&claim.function.coefficients);
        }
        let constants: Vec<f64> = claims.iter().map(|claim| claim.function.constant).collect();
        let settings: Vec<Setting<'_>> = claims.iter().map(|claim| claim.setting).collect();
        self.lower_bounds_at(output, functions, &constants, &settings)
    }

    /// Lower bounds of functions of one node's elements, one a setting.
    fn lower_bounds_at(
        &self,
        node: NodeId,
        functions: Array2<f64>,
        constants: &[f64],
        settings: &[Setting<'_>],
    ) -> Vec<f64> {
        let mut sums = Sums::new(node, functions, constants, &self.network);
        for (row, setting) in settings.iter().enumerate() {
            let used = setting.cuts.iter().zip(setting.cut_multipliers);
            for (cut, multiplier) in
                used.filter(|(_, multiplier)| **multiplier > 0.0 && multiplier.is_finite())
            {
                self.charge_cut(row, setting, cut, *multiplier, &mut sums);
            }
        }
        for id in self.network.node_ids().skip(1).rev() {
            let Some(mut own) = sums.coefficients[id.index()].take() else { continue };
            if let Some(slope) = negative_slope(self.network.node(id).op()) {
                let rows = settings.iter().zip(own.rows_mut()).zip(&mut sums.accounts);
                rows.for_each(|((setting, row), account)| self.rectify(setting, id, slope, row, account));
                self.pass_on(self.network.node(id).inputs()[0], own, &mut sums);
            } else {
                self.substitute(id, own, &mut sums);
            }
        }
        let own = match (sums.coefficients[NodeId::INPUT.index()].take(), sums.cut_slopes.take()) {
            (Some(own), Some(slopes)) => Some(self.joined(own, &slopes, NodeId::INPUT, &mut sums.accounts)),
            (own, slopes) => own.or(slopes),
        };
        if let Some(own) = own {
            let rows = own.rows().into_iter().zip(&mut sums.accounts);
            rows.for_each(|(row, account)| self.minimise_over_box(row, account));
        }
        sums.accounts.iter().map(Account::least).collect()
    }

    /// Adds `multiplier (f(a) - slopes · x - constant)`, which is at most 0 at every input.
    fn charge_cut(&self, row: usize, setting: &Setting<'_>, cut: &Cut, multiplier: f64, sums: &mut Sums) {
        let neuron = &setting.neurons[cut.neuron];
        let rows = sums.accounts.len();
        let account = &mut sums.accounts[row];
        let value = sums.coefficients[neuron.node.index()]
            .get_or_insert_with(|| Array2::zeros((rows, self.network.node(neuron.node).element_count())));
        let value = &mut value[[row, neuron.element]];
        *value += multiplier;
        account.charge(2, value.abs() * self.magnitudes[neuron.node.index()][neuron.element]);
        let slopes = sums.cut_slopes.get_or_insert_with(|| Array2::zeros((rows, cut.slopes.len())));
        let mut absolute = 0.0;
        let sides = &self.magnitudes[NodeId::INPUT.index()];
        for ((sum, slope), side) in slopes.row_mut(row).iter_mut().zip(&cut.slopes).zip(sides) {
            *sum -= multiplier * slope;
            absolute += (sum.abs() + (multiplier * slope).abs()) * side;
        }
        account.charge(cut.slopes.len() + 2, absolute);
        account.add(-multiplier * cut.constant);
        account.charge(1, (multiplier * cut.constant).abs());
    }

    /// From a ReLU's value to its pre-activation.
    fn rectify(
        &self,
        setting: &Setting<'_>,
        id: NodeId,
        slope: f64,
        mut own: ArrayViewMut1<'_, f64>,
        account: &mut Account,
    ) {
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
                    let (lower, upper) = setting.neurons[k].range(setting.assumed[k]);
                    let multiplier = Some(setting.multipliers[k]).filter(|m| m.is_finite()).unwrap_or(0.0);
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
    }

    /// `c · (A x + b) = (A^T c) · x + c · b`.
    fn substitute(&self, id: NodeId, own: Array2<f64>, sums: &mut Sums) {
        let facts = self.facts[id.index()].as_ref().expect("operators are affine or ReLUs");
        for (row, account) in own.rows().into_iter().zip(&mut sums.accounts) {
            account.add(row.dot(&facts.constant));
            account.charge(facts.terms, absolute_dot(row, &facts.reach));
            account.error += coefficient_underflow(facts.terms, facts.input_magnitude);
        }
        let node = self.network.node(id);
        if let (Op::Affine(affine), 1) = (node.op(), own.nrows()) {
            // Few of a single function's coefficients may differ from 0.
            let mut pulled = Array1::zeros(affine.weight.ncols());
            for (c, row) in own.iter().zip(affine.weight.rows()) {
                if *c != 0.0 {
                    pulled.scaled_add(*c, &row);
                }
            }
            self.pass_on(node.inputs()[0], pulled.insert_axis(Axis(0)), sums);
        } else {
            let pulled = self.network.pullback(id, own.view());
            for (input, pulled) in node.inputs().iter().zip(pulled) {
                self.pass_on(*input, pulled, sums);
            }
        }
    }

    fn pass_on(&self, node: NodeId, added: Array2<f64>, sums: &mut Sums) {
        let joined = match sums.coefficients[node.index()].take() {
            Some(earlier) => self.joined(earlier, &added, node, &mut sums.accounts),
            None => added,
        };
        sums.coefficients[node.index()] = Some(joined);
    }

    /// The sums of two coefficients of a node's elements each, row by row.
    fn joined(&self, a: Array2<f64>, b: &Array2<f64>, node: NodeId, accounts: &mut [Account]) -> Array2<f64> {
        let sum = a + b;
        for (row, account) in sum.rows().into_iter().zip(accounts) {
            account.charge(1, absolute_dot(row, &self.magnitudes[node.index()]));
        }
        sum
    }

    fn minimise_over_box(&self, own: ArrayView1<'_, f64>, account: &mut Account) {
        let sides = self.bounds.node(NodeId::INPUT);
        let mut least = 0.0;
        for ((c, lower), upper) in own.iter().zip(sides.lower()).zip(sides.upper()) {
            least += if *c >= 0.0 { c * lower } else { c * upper };
        }
        account.add(least);
        account.charge(own.len(), absolute_dot(own, &self.magnitudes[NodeId::INPUT.index()]));
    }
}

impl Sums {
    fn new(node: NodeId, functions: Array2<f64>, constants: &[f64], network: &Network<f64>) -> Self {
        let account = |constant: &f64| {
            let mut account = Account { constant: 0.0, magnitude: 0.0, additions: 0, error: 0.0 };
            account.add(*constant);
            account
        };
        let mut coefficients = vec![None; network.nodes().len()];
        coefficients[node.index()] = Some(functions);
        Self { coefficients, cut_slopes: None, accounts: constants.iter().map(account).collect() }
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
