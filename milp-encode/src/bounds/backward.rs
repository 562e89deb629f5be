//! Backward substitution: from functions of one node's value to lower bounds over the network's input box.

use ndarray::{Array1, Array2, Axis, Zip, concatenate};
use nn_core::{Network, NodeId, Op};

use super::affine::{constant_part, longest_sum, one_sample};
use super::relaxation::{ElementLines, MaxPoolLines, constant_lines, max_pool_lines, relu_lines};
use super::rounding::{coefficient_underflow, sub_down, sum_error};
use super::slopes::LowerSlopes;
use super::{NetworkBounds, NodeBounds};
use crate::window::pool_windows;

/// Lower bounds of some functions, row by row and valid over the box:
/// `function >= sum over nodes of coefficients · value + constant - error`, in real arithmetic.
///
/// Computed coefficients are taken as they are; `error` is what their rounding, and the constant's, may have changed.
pub(super) struct BackwardPass<'a> {
    network: &'a Network<f64>,
    bounds: &'a NetworkBounds,
    /// Slopes below open ReLUs, where they are not CROWN's.
    lower_slopes: Option<&'a LowerSlopes>,
    /// (functions, element count) of every node that still has coefficients.
    coefficients: Vec<Option<Array2<f64>>>,
    constant: Array1<f64>,
    /// The sum of the absolute values of all that was added to `constant`.
    constant_magnitude: Array1<f64>,
    error: Array1<f64>,
}

impl<'a> BackwardPass<'a> {
    /// Functions of one node's value, (functions, element count).
    pub(super) fn new(
        network: &'a Network<f64>,
        bounds: &'a NetworkBounds,
        node: NodeId,
        functions: Array2<f64>,
    ) -> Self {
        let zeros = || Array1::zeros(functions.nrows());
        let (constant, constant_magnitude, error) = (zeros(), zeros(), zeros());
        let mut coefficients = vec![None; network.nodes().len()];
        coefficients[node.index()] = Some(functions);
        Self { network, bounds, lower_slopes: None, coefficients, constant, constant_magnitude, error }
    }

    /// The pass with other lower slopes of open ReLUs than CROWN's.
    pub(super) fn with_lower_slopes(self, slopes: &'a LowerSlopes) -> Self {
        Self { lower_slopes: Some(slopes), ..self }
    }

    /// The functions, and behind them their negations; before anything but affine nodes was substituted.
    pub(super) fn joined_by_negations(self) -> Self {
        let negated = |values: Array2<f64>| {
            concatenate(Axis(0), &[values.view(), (-&values).view()]).expect("both have the same columns")
        };
        let twice = |values: Array1<f64>| {
            concatenate(Axis(0), &[values.view(), values.view()]).expect("vectors join")
        };
        let constant = concatenate(Axis(0), &[self.constant.view(), (-&self.constant).view()]);
        Self {
            coefficients: self.coefficients.into_iter().map(|values| values.map(negated)).collect(),
            constant: constant.expect("vectors join"),
            constant_magnitude: twice(self.constant_magnitude),
            error: twice(self.error),
            ..self
        }
    }

    /// Substitutes node after node down to the input; `-inf` where numbers overflow.
    pub(super) fn lower_bounds(mut self) -> Array1<f64> {
        for id in self.network.node_ids().rev() {
            self.substitute(id);
        }
        let additions = self.network.nodes().len() + 1;
        Zip::from(&self.constant).and(&self.constant_magnitude).and(&self.error).map_collect(
            |constant, magnitude, error| {
                // The errors were summed in floating point; a relative 1e-9 is far above what that can cost.
                let error = (error + sum_error(additions, *magnitude)) * (1.0 + 1e-9);
                let bound = sub_down(*constant, error);
                if bound.is_nan() { f64::NEG_INFINITY } else { bound }
            },
        )
    }

    /// Replaces a node's value by linear bounds in terms of its inputs, or the input's by its least contribution.
    pub(super) fn substitute(&mut self, id: NodeId) {
        let Some(coefficients) = self.coefficients[id.index()].take() else { return };
        let node = self.network.node(id);
        match node.op() {
            Op::Input => self.minimise_over_box(&coefficients),
            Op::Relu => self.relax_relu(id, coefficients, 0.0),
            Op::LeakyRelu { slope } => self.relax_relu(id, coefficients, *slope),
            Op::Sigmoid | Op::Tanh => self.relax(id, coefficients, &constant_lines(self.bounds.node(id))),
            Op::MaxPool(pool) => {
                let windows = pool_windows(pool, self.network.node(node.inputs()[0]).shape());
                self.relax_max_pool(id, &coefficients, &max_pool_lines(self.input_bounds(id), &windows));
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

    fn input_bounds(&self, id: NodeId) -> &'a NodeBounds {
        self.bounds.node(self.network.node(id).inputs()[0])
    }

    fn minimise_over_box(&mut self, coefficients: &Array2<f64>) {
        let sides = self.bounds.node(NodeId::INPUT);
        let corner = |(a, (l, u)): (&f64, (&f64, &f64))| a * if *a >= 0.0 { l } else { u };
        let least = coefficients
            .rows()
            .into_iter()
            .map(|row| row.iter().zip(sides.lower.iter().zip(&sides.upper)).map(corner).sum());
        self.add_constant(&least.collect());
        self.charge(coefficients, &sides.magnitude(), coefficients.ncols());
    }

    /// `c · (A x + b) = (A^T c) · x + c · b`; every coefficient and the constant err by a share of `|c| · (|A| |x| + |b|)`.
    fn substitute_affine(&mut self, id: NodeId, coefficients: &Array2<f64>) {
        let inputs = self.network.node(id).inputs();
        let constant = constant_part(self.network, id);
        self.add_constant(&coefficients.dot(&constant));
        let magnitude = |input: &NodeId| self.bounds.node(*input).magnitude();
        let reach = one_sample(inputs.iter().map(magnitude), |x| self.network.apply_absolute(id, x));
        let terms = longest_sum(self.network, id) + coefficients.ncols();
        self.charge(coefficients, &(reach + constant.mapv(f64::abs)), terms);
        self.error += coefficient_underflow(terms, inputs.iter().map(|input| magnitude(input).sum()).sum());
        for (input, pulled) in inputs.iter().zip(self.network.pullback(id, coefficients.view())) {
            self.pass_on(*input, pulled);
        }
    }

    fn relax_relu(&mut self, id: NodeId, coefficients: Array2<f64>, negative_slope: f64) {
        let mut lines = relu_lines(self.input_bounds(id), negative_slope);
        if let Some(slopes) = self.lower_slopes {
            slopes.make_steepest(id, &mut lines);
        }
        self.relax(id, coefficients, &lines);
    }

    /// Replaces an element-wise function by the line that bounds it on the side that the coefficient's sign asks for.
    fn relax(&mut self, id: NodeId, mut coefficients: Array2<f64>, lines: &ElementLines) {
        let input_magnitude = self.input_bounds(id).magnitude();
        self.charge(&coefficients, &lines.magnitude(&input_magnitude), coefficients.ncols());
        self.error += coefficient_underflow(1, input_magnitude.sum());
        let mut added = Array1::zeros(coefficients.nrows());
        for (mut row, sum) in coefficients.rows_mut().into_iter().zip(&mut added) {
            for (coefficient, (lower, upper)) in row.iter_mut().zip(lines.lower.iter().zip(&lines.upper)) {
                let line = if *coefficient >= 0.0 { lower } else { upper };
                *sum += *coefficient * line.intercept;
                *coefficient *= line.slope;
            }
        }
        if let Some(slopes) = self.lower_slopes {
            slopes.multiply(id, &mut coefficients);
        }
        self.add_constant(&added);
        self.pass_on(self.network.node(id).inputs()[0], coefficients);
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
        self.charge(coefficients, &lines.magnitude(self.input_bounds(id)), coefficients.ncols());
        self.pass_on(input, through);
    }

    /// Adds coefficients to those that other users of the node have already passed on.
    fn pass_on(&mut self, node: NodeId, coefficients: Array2<f64>) {
        let sum = match self.coefficients[node.index()].take() {
            None => coefficients,
            Some(earlier) => {
                let sum = earlier + coefficients;
                self.charge(&sum, &self.bounds.node(node).magnitude(), 1);
                sum
            }
        };
        self.coefficients[node.index()] = Some(sum);
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
