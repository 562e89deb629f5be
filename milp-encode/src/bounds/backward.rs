//! Backward substitution: from functions of one node's value to lower bounds over the network's input box.

use ndarray::{Array1, Array2, ArrayView2, Zip};
use nn_core::{Affine, NodeId, Op, write_product};

use super::coefficients::{Coefficients, NONE, rows_of};
use super::multipliers::{Multipliers, ReluGraph};
use super::relaxation::{Line, MaxPoolLines, max_pool_lines};
use super::rounding::{PRODUCT_REACH, coefficient_underflow, sub_down, sum_error};
use super::slopes::LowerSlopes;
use super::sums::Sums;
use super::surroundings::{AffineFacts, LiveWeight, Surroundings};
use crate::window::pool_windows;

/// Lower bounds of some functions, valid over the box:
/// `function >= sum over nodes of coefficients · value + constant - error`, in real arithmetic.
///
/// Computed coefficients are taken as they are; `error` is what their rounding, and the constant's, may have changed.
pub(super) struct BackwardPass<'a, 'n> {
    surroundings: &'a Surroundings<'n>,
    /// Slopes below open ReLUs, where they are not CROWN's.
    lower_slopes: Option<&'a LowerSlopes>,
    /// What ReLUs' values are exchanged for, where that is given.
    multipliers: Option<&'a Multipliers>,
    /// Of every node that still has some.
    coefficients: Vec<Option<Coefficients>>,
    constant: Array1<f64>,
    /// The sum of the absolute values of all that was added to `constant`.
    constant_magnitude: Array1<f64>,
    error: Array1<f64>,
    /// Of every node whether an earlier step has added its constants and errors; only affine ones have them added early.
    is_added: Vec<bool>,
}

impl<'a, 'n> BackwardPass<'a, 'n> {
    /// Functions of one node's value, (functions, element count).
    pub(super) fn of_functions(
        surroundings: &'a Surroundings<'n>,
        node: NodeId,
        functions: ArrayView2<'_, f64>,
    ) -> Self {
        let coefficients = Coefficients::of_functions(functions, surroundings.live(node));
        Self::with(surroundings, functions.nrows(), node, coefficients)
    }

    /// Some elements of one node's value, and behind them their negations.
    pub(super) fn of_elements(surroundings: &'a Surroundings<'n>, id: NodeId, elements: &[usize]) -> Self {
        let node = surroundings.network.node(id);
        let functions = 2 * elements.len();
        let with_constants = |coefficients, constant: &dyn Fn(usize) -> f64| {
            let mut pass = Self::with(surroundings, functions, node.inputs()[0], coefficients);
            let constants: Array1<f64> = elements.iter().map(|element| constant(*element)).collect();
            pass.add_constant(&constants.iter().copied().chain(constants.iter().map(|c| -c)).collect());
            pass
        };
        // The first step copies weights: nothing is rounded.
        if let Op::Affine(affine) = node.op() {
            let coefficients = weights_of(affine, elements, surroundings.live(node.inputs()[0]));
            with_constants(coefficients, &|element| affine.bias[element])
        } else if let Some(conv) = surroundings.convolution(id) {
            let coefficients = conv.weights_of(elements, surroundings.live(node.inputs()[0]));
            with_constants(coefficients, &|element| conv.bias(element))
        } else {
            Self::with(surroundings, functions, id, Coefficients::of_elements(elements))
        }
    }

    fn with(
        surroundings: &'a Surroundings<'n>,
        functions: usize,
        node: NodeId,
        coefficients: Coefficients,
    ) -> Self {
        let zeros = || Array1::zeros(functions);
        let (constant, constant_magnitude, error) = (zeros(), zeros(), zeros());
        let mut all = vec![None; surroundings.network.nodes().len()];
        all[node.index()] = Some(coefficients);
        Self {
            surroundings,
            lower_slopes: None,
            multipliers: None,
            coefficients: all,
            constant,
            constant_magnitude,
            error,
            is_added: vec![false; surroundings.network.nodes().len()],
        }
    }

    /// The pass with other lower slopes of open ReLUs than CROWN's.
    pub(super) fn with_lower_slopes(self, slopes: &'a LowerSlopes) -> Self {
        Self { lower_slopes: Some(slopes), ..self }
    }

    /// The pass with multipliers for some ReLUs, the same for all functions.
    pub(super) fn with_multipliers(self, multipliers: &'a Multipliers) -> Self {
        Self { multipliers: Some(multipliers), ..self }
    }

    /// Substitutes node after node down to the input; `-inf` where numbers overflow.
    pub(super) fn lower_bounds(mut self) -> Array1<f64> {
        for id in self.surroundings.network.node_ids().rev() {
            self.substitute(id);
        }
        let additions = self.surroundings.network.nodes().len() + 1;
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
    fn substitute(&mut self, id: NodeId) {
        let Some(coefficients) = self.coefficients[id.index()].take() else { return };
        let node = self.surroundings.network.node(id);
        match node.op() {
            Op::Input => self.minimise_over_box(coefficients),
            Op::Relu | Op::LeakyRelu { .. } | Op::Sigmoid | Op::Tanh => self.relax(id, coefficients),
            Op::MaxPool(pool) => {
                let windows = pool_windows(pool, self.surroundings.network.node(node.inputs()[0]).shape());
                let lines = max_pool_lines(self.surroundings.input_bounds(id), &windows);
                self.relax_max_pool(id, &coefficients, &lines);
            }
            Op::Reshape => self.pass_on(node.inputs()[0], coefficients),
            Op::Affine(_)
            | Op::Conv2d(_)
            | Op::AveragePool(_)
            | Op::Constant { .. }
            | Op::Rearrange(_)
            | Op::Concat { .. }
            | Op::Add => self.substitute_affine(id, coefficients),
        }
    }

    fn minimise_over_box(&mut self, coefficients: Coefficients) {
        let sides = self.surroundings.bounds.node(NodeId::INPUT);
        let mut sums = Sums::new(self.constant.len());
        for (element, row) in coefficients.rows() {
            let (lower, upper) = (sides.lower[element], sides.upper[element]);
            sums.minimise(row, [lower, upper], lower.abs().max(upper.abs()));
        }
        self.add(sums, coefficients.elements.len());
        self.surroundings.recycle(coefficients.values);
    }

    /// `c · (A x + b) = (A^T c) · x + c · b`; every coefficient and the constant err by a share of `|c| · (|A| |x| + |b|)`.
    fn substitute_affine(&mut self, id: NodeId, coefficients: Coefficients) {
        let facts = self.surroundings.affine(id, &coefficients.elements);
        if !self.is_added[id.index()] {
            let mut sums = Sums::new(self.constant.len());
            for (element, row) in coefficients.rows() {
                sums.add(row, facts.constant[element], facts.reach[element]);
            }
            self.add_affine(&facts, sums, coefficients.elements.len());
        }
        self.pull_back(id, coefficients, &facts);
    }

    fn add_affine(&mut self, facts: &AffineFacts, sums: Sums, outputs: usize) {
        let terms = facts.longest_sum + outputs;
        self.add(sums, terms);
        self.error += coefficient_underflow(terms, facts.input_magnitude);
    }

    fn pull_back(&mut self, id: NodeId, coefficients: Coefficients, facts: &AffineFacts) {
        let surroundings = self.surroundings;
        let node = surroundings.network.node(id);
        if let Some(LiveWeight { weight, .. }) = &facts.live_weight {
            let live = surroundings.live(node.inputs()[0]);
            let mut values = surroundings.room(live.len(), coefficients.values.ncols());
            write_product(&weight.t(), &coefficients.values, &mut values);
            surroundings.recycle(coefficients.values);
            self.pass_on(node.inputs()[0], Coefficients { elements: live.to_vec(), values });
        } else if let Some(conv) = surroundings.convolution(id) {
            self.pass_on(node.inputs()[0], conv.pullback(&coefficients, surroundings.live(node.inputs()[0])));
        } else if let Op::Add = node.op() {
            for input in node.inputs() {
                self.pass_on(*input, coefficients.clone());
            }
        } else {
            let functions = coefficients.to_functions(node.element_count());
            let pulled = surroundings.network.pullback(id, functions.view());
            for (input, pulled) in node.inputs().iter().zip(pulled) {
                self.pass_on(*input, Coefficients::of_functions(pulled.view(), surroundings.live(*input)));
            }
        }
    }

    /// Replaces an element-wise function by the line that bounds it on the side that the coefficient's sign asks for.
    ///
    /// Where an affine node `A x + b` comes next, its constant is put into the lines: one sweep over the coefficients
    /// instead of two.
    fn relax(&mut self, id: NodeId, mut coefficients: Coefficients) {
        let surroundings = self.surroundings;
        let input = surroundings.network.node(id).inputs()[0];
        let relaxation = surroundings.relaxation(id);
        let next =
            surroundings.is_substituted_after(id).then(|| surroundings.affine(input, &coefficients.elements));
        let mut sums = Sums::new(self.constant.len());
        for (element, row) in coefficients.rows_mut() {
            let lines = relaxation.lines.at(element);
            let (constant, reach) = match &next {
                Some(facts) if surroundings.is_live(input, element) => {
                    (facts.constant[element], facts.reach[element])
                }
                _ => (0.0, 0.0),
            };
            if let Some(multiplier) = self.multipliers.and_then(|multipliers| multipliers.of(id, element)) {
                let graph = ReluGraph::new(
                    surroundings.input_bounds(id),
                    element,
                    surroundings.network.node(id).op(),
                );
                sums.exchange(row, multiplier, &graph);
                sums.add(row, constant, reach);
            } else if let Some(slopes) = self.lower_slopes.and_then(|slopes| slopes.of(id, element)) {
                let [_, upper] = lines;
                let open = surroundings.input_bounds(id);
                let greatest = open.lower[element].abs().max(open.upper[element]) + upper.intercept;
                sums.relax_with_slopes(row, slopes, upper, relaxation.reach[element].max(greatest));
                sums.add(row, constant, reach);
            } else if lines == [Line::IDENTITY; 2] {
                // The line itself rounds nothing.
                sums.add(row, constant, reach);
            } else {
                let steepest = lines[0].slope.abs().max(lines[1].slope.abs());
                let reach = relaxation.reach[element] + steepest * reach + PRODUCT_REACH;
                sums.relax(row, lines.map(|line| line.of_shifted(constant)), reach);
            }
        }
        let held = coefficients.elements.len();
        match &next {
            Some(facts) => {
                self.add_affine(facts, sums, held);
                self.is_added[input.index()] = true;
            }
            None => self.add(sums, held),
        }
        self.error += coefficient_underflow(1, relaxation.input_magnitude);
        self.pass_on(input, coefficients);
    }

    fn relax_max_pool(&mut self, id: NodeId, coefficients: &Coefficients, lines: &MaxPoolLines) {
        let input = self.surroundings.network.node(id).inputs()[0];
        let live = self.surroundings.live(input);
        let row_of = rows_of(live, self.surroundings.network.node(input).element_count());
        let reach = lines.magnitude(self.surroundings.input_bounds(id));
        let mut through = Array2::zeros((live.len(), self.constant.len()));
        let mut sums = Sums::new(self.constant.len());
        for (window, row) in coefficients.rows() {
            sums.charge(row, reach[window]);
            let constant_upper = lines.constant_upper[window];
            let through_source = |c: f64| if c < 0.0 && constant_upper.is_some() { 0.0 } else { c };
            if let Some(upper) = constant_upper {
                for (c, sum) in row.iter().zip(&mut sums.constant) {
                    *sum += (c - through_source(*c)) * upper;
                }
            }
            let source = row_of[lines.lower_source[window]];
            if source != NONE {
                through.row_mut(source).iter_mut().zip(row).for_each(|(to, c)| *to += through_source(*c));
            }
        }
        self.add(sums, coefficients.elements.len());
        self.pass_on(input, Coefficients { elements: live.to_vec(), values: through });
    }

    /// Adds coefficients to those that other users of the node have already passed on.
    fn pass_on(&mut self, node: NodeId, coefficients: Coefficients) {
        let surroundings = self.surroundings;
        let coefficients = coefficients.retain(|element| surroundings.is_live(node, element));
        let sum = match self.coefficients[node.index()].take() {
            None => coefficients,
            Some(earlier) => {
                let sum = earlier.plus(&coefficients, surroundings.network.node(node).element_count());
                let magnitude = surroundings.bounds.node(node).magnitude();
                let mut sums = Sums::new(self.constant.len());
                for (element, row) in sum.rows() {
                    sums.charge(row, magnitude[element]);
                }
                self.add(sums, 1);
                sum
            }
        };
        self.coefficients[node.index()] = Some(sum);
    }

    /// Adds to the constants what a step gave, and charges the error of its sums, which had up to `terms` products each.
    fn add(&mut self, sums: Sums, terms: usize) {
        self.add_constant(&sums.constant.into());
        self.error.iter_mut().zip(sums.absolute).for_each(|(error, sum)| *error += sum_error(terms, sum));
    }

    fn add_constant(&mut self, added: &Array1<f64>) {
        self.constant += added;
        self.constant_magnitude.zip_mut_with(added, |sum, value| *sum += value.abs());
    }
}

/// The functions that are some outputs of a fully connected layer without their constants, and behind them their
/// negations, in the layer's live inputs.
fn weights_of(affine: &Affine<f64>, outputs: &[usize], live: &[usize]) -> Coefficients {
    /// As many rows of the weight are read at the same time.
    const ROWS: usize = 16;
    let count = outputs.len();
    let mut values = Array2::zeros((live.len(), 2 * count));
    for (block, outputs) in outputs.chunks(ROWS).enumerate() {
        let rows: Vec<_> = outputs.iter().map(|output| affine.weight.row(*output)).collect();
        for (mut to, input) in values.rows_mut().into_iter().zip(live) {
            for (function, row) in (block * ROWS..).zip(&rows) {
                to[function] = row[*input];
                to[count + function] = -row[*input];
            }
        }
    }
    Coefficients { elements: live.to_vec(), values }
}
