use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};
use nn_core::{Network, NodeId, Op};

use super::interval::{check_input, constant_part, interval_node, longest_sum};
use super::relaxation::{ElementLines, MaxPoolLines, constant_lines, max_pool_lines, relu_lines};
use super::rounding::{sub_down, sum_error};
use super::{BoundsError, NetworkBounds, NodeBounds, Phase};
use crate::property::InputBox;
use crate::window::pool_windows;

/// For which neurons CROWN bounds are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CrownRows {
    /// Those whose sign the bounds known so far leave open; the others do not profit.
    OpenSigns,
    /// All of them.
    All,
}

/// CROWN bounds of every pre-activation and of the output, intersected with interval bounds.
///
/// # Errors
/// [`BoundsError`] where the box does not fit the network, or numbers overflow.
pub fn crown_bounds(
    network: &Network<f64>,
    input: &InputBox,
    rows: CrownRows,
) -> Result<NetworkBounds, BoundsError> {
    check_input(network, input)?;
    let profits = nodes_that_profit(network);
    let mut bounds = NetworkBounds { nodes: Vec::with_capacity(network.nodes().len()) };
    for id in network.node_ids() {
        let interval = interval_node(network, input, &bounds, id)?;
        bounds.nodes.push(interval);
        if profits[id.index()] {
            tighten(network, &mut bounds, id, rows)?;
        }
    }
    Ok(bounds)
}

/// A proven lower bound of every row of `functions` applied to a node's value, over the box of `bounds`.
///
/// `functions` has one row a function and one column an element of the node; the bounds of all nodes up to this one
/// must be known.
///
/// # Panics
/// Where `functions` has another number of columns than the node has elements.
pub fn crown_lower_bounds(
    network: &Network<f64>,
    bounds: &NetworkBounds,
    node: NodeId,
    functions: ArrayView2<'_, f64>,
) -> Array1<f64> {
    assert_eq!(functions.ncols(), network.node(node).element_count(), "one column an element of the node");
    let mut pass = BackwardPass::new(network, bounds, node, functions);
    for index in (0..=node.index()).rev() {
        let id = network.node_ids().nth(index).expect("a node's predecessors exist");
        pass.substitute(id);
    }
    pass.lower_bounds()
}

/// Nodes whose bounds matter and for which interval arithmetic is not already exact: inputs of non-linear operators,
/// and the output, behind at least one non-linear operator.
fn nodes_that_profit(network: &Network<f64>) -> Vec<bool> {
    let mut behind_nonlinear = vec![false; network.nodes().len()];
    let mut matters = vec![false; network.nodes().len()];
    matters[network.output().index()] = true;
    for id in network.node_ids() {
        let node = network.node(id);
        let nonlinear = !node.op().is_affine() && !matches!(node.op(), Op::Input);
        behind_nonlinear[id.index()] = nonlinear || node.inputs().iter().any(|i| behind_nonlinear[i.index()]);
        if nonlinear {
            node.inputs().iter().for_each(|input| matters[input.index()] = true);
        }
    }
    let affine = |id: &NodeId| network.node(*id).op().is_affine();
    network.node_ids().map(|id| matters[id.index()] && behind_nonlinear[id.index()] && affine(&id)).collect()
}

/// Intersects the bounds of one node with those of a backward pass over the rows that are wanted.
fn tighten(
    network: &Network<f64>,
    bounds: &mut NetworkBounds,
    id: NodeId,
    rows: CrownRows,
) -> Result<(), BoundsError> {
    let known = bounds.node(id);
    let every = rows == CrownRows::All || id == network.output();
    let wanted: Vec<usize> =
        (0..known.lower.len()).filter(|i| every || known.phase(*i) == Phase::Unstable).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let mut functions = Array2::zeros((2 * wanted.len(), known.lower.len()));
    for (row, element) in wanted.iter().enumerate() {
        functions[[row, *element]] = 1.0;
        functions[[wanted.len() + row, *element]] = -1.0;
    }
    let found = crown_lower_bounds(network, bounds, id, functions.view());
    let mut tightened = bounds.node(id).clone();
    let mut crown = tightened.clone();
    for (row, element) in wanted.iter().enumerate() {
        crown.lower[*element] = found[row];
        crown.upper[*element] = -found[wanted.len() + row];
    }
    tightened.intersect(network.node(id).name(), &crown)?;
    bounds.nodes[id.index()] = tightened;
    Ok(())
}

/// The state of a backward substitution: `sum over nodes of coefficients · value + constant`, a lower bound of every
/// function, and the rounding error made so far.
struct BackwardPass<'a> {
    network: &'a Network<f64>,
    bounds: &'a NetworkBounds,
    coefficients: Vec<Option<Array2<f64>>>,
    constant: Array1<f64>,
    /// The sum of the absolute values of all that was added to `constant`.
    constant_magnitude: Array1<f64>,
    error: Array1<f64>,
}

impl<'a> BackwardPass<'a> {
    fn new(
        network: &'a Network<f64>,
        bounds: &'a NetworkBounds,
        node: NodeId,
        functions: ArrayView2<'_, f64>,
    ) -> Self {
        let mut coefficients = vec![None; network.nodes().len()];
        coefficients[node.index()] = Some(functions.to_owned());
        let zeros = Array1::zeros(functions.nrows());
        Self {
            network,
            bounds,
            coefficients,
            constant: zeros.clone(),
            constant_magnitude: zeros.clone(),
            error: zeros,
        }
    }

    /// Replaces a node's value by linear bounds in terms of its inputs.
    fn substitute(&mut self, id: NodeId) {
        let Some(coefficients) = self.coefficients[id.index()].take() else { return };
        let node = self.network.node(id);
        match node.op() {
            Op::Input => self.minimise_over_box(&coefficients),
            Op::Relu => self.relax(id, &coefficients, &relu_lines(self.pre_activation(id), 0.0)),
            Op::LeakyRelu { slope } => {
                self.relax(id, &coefficients, &relu_lines(self.pre_activation(id), *slope));
            }
            Op::Sigmoid | Op::Tanh => self.relax(id, &coefficients, &constant_lines(self.bounds.node(id))),
            Op::MaxPool(pool) => {
                let windows = pool_windows(pool, self.network.node(node.inputs()[0]).shape());
                self.relax_max_pool(id, &coefficients, &max_pool_lines(self.pre_activation(id), &windows));
            }
            Op::Reshape => self.pass_on(node.inputs()[0], coefficients),
            Op::Affine(_)
            | Op::Conv2d(_)
            | Op::AveragePool(_)
            | Op::Constant { .. }
            | Op::Rearrange(_)
            | Op::Concat { .. }
            | Op::Add => self.substitute_affine(id, &coefficients),
        }
    }

    fn lower_bounds(self) -> Array1<f64> {
        let steps = self.network.nodes().len() + 1;
        let error = self.error + self.constant_magnitude.mapv(|magnitude| sum_error(steps, magnitude));
        // The errors themselves were summed in floating point; a relative 1e-9 is far above what that can cost.
        ndarray::Zip::from(&self.constant).and(&error).map_collect(|c, e| sub_down(*c, *e * (1.0 + 1e-9)))
    }

    fn pre_activation(&self, id: NodeId) -> &'a NodeBounds {
        self.bounds.node(self.network.node(id).inputs()[0])
    }

    fn minimise_over_box(&mut self, coefficients: &Array2<f64>) {
        let sides = self.bounds.node(NodeId::INPUT);
        let least = |row: ArrayView1<'_, f64>| -> f64 {
            let corner = |((a, l), u): ((&f64, &f64), &f64)| if *a >= 0.0 { a * l } else { a * u };
            row.iter().zip(&sides.lower).zip(&sides.upper).map(corner).sum()
        };
        let added: Array1<f64> = coefficients.rows().into_iter().map(least).collect();
        self.add_constant(&added);
        self.charge(coefficients, &sides.magnitude(), sides.lower.len());
    }

    fn substitute_affine(&mut self, id: NodeId, coefficients: &Array2<f64>) {
        let node = self.network.node(id);
        let constant = constant_part(self.network, id);
        self.add_constant(&coefficients.dot(&constant));
        let magnitudes: Vec<Array2<f64>> = node
            .inputs()
            .iter()
            .map(|input| self.bounds.node(*input).magnitude().insert_axis(Axis(0)))
            .collect();
        let views: Vec<ArrayView2<'_, f64>> = magnitudes.iter().map(|array| array.view()).collect();
        let reach = self.network.apply_absolute(id, &views).remove_axis(Axis(0)) + constant.mapv(f64::abs);
        let terms = longest_sum(self.network, id) + coefficients.ncols();
        self.charge(coefficients, &reach, terms);
        let pulled = self.network.pullback(id, coefficients.view());
        for (input, coefficients) in node.inputs().iter().zip(pulled) {
            self.pass_on(*input, coefficients);
        }
    }

    /// Replaces an element-wise function by the line that bounds it on the side that the coefficient's sign asks for.
    fn relax(&mut self, id: NodeId, coefficients: &Array2<f64>, lines: &ElementLines) {
        let mut through = coefficients.clone();
        let mut added = Array1::zeros(coefficients.nrows());
        for (mut row, sum) in through.rows_mut().into_iter().zip(&mut added) {
            for (element, coefficient) in row.iter_mut().enumerate() {
                let (slope, intercept) = if *coefficient >= 0.0 {
                    (lines.lower_slope[element], lines.lower_intercept[element])
                } else {
                    (lines.upper_slope[element], lines.upper_intercept[element])
                };
                *sum += *coefficient * intercept;
                *coefficient *= slope;
            }
        }
        self.add_constant(&added);
        let input_magnitude = self.pre_activation(id).magnitude();
        self.charge(coefficients, &lines.magnitude(&input_magnitude), coefficients.ncols());
        self.pass_on(self.network.node(id).inputs()[0], through);
    }

    fn relax_max_pool(&mut self, id: NodeId, coefficients: &Array2<f64>, lines: &MaxPoolLines) {
        let input = self.network.node(id).inputs()[0];
        let mut through = Array2::zeros((coefficients.nrows(), self.network.node(input).element_count()));
        let mut added = Array1::zeros(coefficients.nrows());
        for ((row, mut target), sum) in
            coefficients.rows().into_iter().zip(through.rows_mut()).zip(&mut added)
        {
            for (element, coefficient) in row.iter().enumerate() {
                match lines.constant_upper[element] {
                    Some(upper) if *coefficient < 0.0 => *sum += coefficient * upper,
                    _ => target[lines.lower_source[element]] += coefficient,
                }
            }
        }
        self.add_constant(&added);
        let magnitude = self.bounds.node(id).magnitude();
        let sources = lines.lower_source.iter().map(|i| self.pre_activation(id).magnitude_of(*i));
        let reach = sources.zip(&magnitude).map(|(source, value)| source.max(*value)).collect();
        self.charge(coefficients, &reach, coefficients.ncols());
        self.pass_on(input, through);
    }

    /// Adds coefficients to those that other users of the node have already passed on.
    fn pass_on(&mut self, node: NodeId, coefficients: Array2<f64>) {
        match self.coefficients[node.index()].take() {
            None => self.coefficients[node.index()] = Some(coefficients),
            Some(earlier) => {
                let sum = earlier + coefficients;
                let magnitude = self.bounds.node(node).magnitude();
                self.charge(&sum, &magnitude, 1);
                self.coefficients[node.index()] = Some(sum);
            }
        }
    }

    fn add_constant(&mut self, added: &Array1<f64>) {
        self.constant += added;
        self.constant_magnitude.zip_mut_with(added, |sum, value| *sum += value.abs());
    }

    /// Charges the rounding error of sums of `terms` products in which the coefficients meet values up to `reach`.
    fn charge(&mut self, coefficients: &Array2<f64>, reach: &Array1<f64>, terms: usize) {
        for (row, error) in coefficients.rows().into_iter().zip(&mut self.error) {
            let absolute: f64 = row.iter().zip(reach).map(|(a, r)| a.abs() * r).sum();
            *error += sum_error(terms, absolute);
        }
    }
}
