//! A network's triangle relaxation as a program for the dual simplex.

use milp_encode::property::{InputBox, LinearFunction};
use ndarray::Array1;

use super::cuts::Cut;
use super::forms::{Form, Forms};
use super::simplex::{BoxedProgram, Row};
use crate::neurons::{Assumed, Neuron};

/// The relaxation, every column scaled to 0..1.
///
/// Wide columns are the inputs whose sides have a width. Neuron `k` has two narrow ones, the halves of its
/// pre-activation as shares of the bounds that they have, `h / upper` and `p / -lower`; two rows,
///
/// ```text
/// (pre-activation - h + p) / scale = 0,        h / upper + p / -lower <= 1
/// ```
///
/// of which the second is the triangle; and each assumption fixes one of the halves to 0. Behind these rows come cuts.
#[derive(Clone, Debug)]
pub(super) struct Relaxation {
    pub(super) program: BoxedProgram,
    neurons: Vec<Neuron>,
    free_inputs: Vec<usize>,
    input: InputBox,
    /// What the pre-activations' rows are divided by; infinite where a neuron has no such row.
    scales: Vec<f64>,
    /// The same of the cuts' rows.
    cut_scales: Vec<f64>,
    outputs: Vec<Form>,
}

/// An objective for the columns, and what is to be added to it.
#[derive(Clone, Debug)]
pub(super) struct Objective {
    pub(super) cost: Vec<f64>,
    pub(super) constant: f64,
}

/// What a linear program says of a neuron: the shares of its halves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Halves {
    pub(super) positive: f64,
    pub(super) negative: f64,
}

impl Relaxation {
    pub(super) fn new(forms: &Forms, neurons: &[Neuron], input: &InputBox) -> Self {
        let free_inputs: Vec<usize> =
            (0..input.element_count()).filter(|side| input.lower()[*side] < input.upper()[*side]).collect();
        let unit = [0.0, 1.0];
        let mut relaxation = Self {
            program: BoxedProgram::new(&vec![unit; free_inputs.len()], &vec![unit; 2 * neurons.len()]),
            neurons: neurons.to_vec(),
            free_inputs,
            input: input.clone(),
            scales: Vec::new(),
            cut_scales: Vec::new(),
            outputs: forms.outputs.clone(),
        };
        let rows: Vec<ScaledRow> = forms
            .pre_activations
            .iter()
            .enumerate()
            .map(|(k, form)| relaxation.neuron_row(k, form))
            .collect();
        relaxation.scales = rows.iter().map(|row| row.scale).collect();
        let triangles: Vec<[(usize, f64); 2]> =
            (0..neurons.len()).map(|k| [0, 1].map(|half| (relaxation.column(2 * k + half), 1.0))).collect();
        let triangles = triangles.iter().map(|terms| Row { bounds: unit, wide: &[], narrow: terms });
        relaxation.program.add_rows(rows.iter().map(ScaledRow::as_row).chain(triangles));
        relaxation
    }

    /// The relaxation with a row for each cut behind all others.
    pub(super) fn with_cuts(&self, cuts: &[Cut]) -> Self {
        let mut stronger = self.clone();
        let rows: Vec<ScaledRow> = cuts.iter().map(|cut| self.cut_row(cut)).collect();
        stronger.cut_scales.extend(rows.iter().map(|row| row.scale));
        stronger.program.add_rows(rows.iter().map(ScaledRow::as_row));
        stronger
    }

    /// The objective that a function of the outputs makes.
    pub(super) fn objective(&self, function: &LinearFunction) -> Objective {
        let mut cost = vec![0.0; self.program.column_count()];
        let mut constant = function.constant;
        for (coefficient, form) in function.coefficients.iter().zip(&self.outputs) {
            if *coefficient == 0.0 {
                continue;
            }
            let scaled = self.scaled(form);
            cost.iter_mut().zip(&scaled.wide).for_each(|(cost, value)| *cost += coefficient * value);
            scaled.narrow.iter().for_each(|(column, value)| cost[*column] += coefficient * value);
            constant += coefficient * scaled.constant;
        }
        Objective { cost, constant }
    }

    /// The input that the columns' values stand for, in the box to the last bit.
    pub(super) fn input_at(&self, values: &[f64]) -> Array1<f64> {
        let (lower, upper) = (self.input.lower(), self.input.upper());
        let mut input = lower.to_owned();
        for (share, side) in values.iter().zip(&self.free_inputs) {
            let (lower, upper) = (lower[*side], upper[*side]);
            input[*side] = (lower + share * (upper - lower)).clamp(lower, upper);
        }
        input
    }

    /// The halves of a neuron.
    pub(super) fn halves(&self, values: &[f64], neuron: usize) -> Halves {
        let column = self.column(2 * neuron);
        Halves { positive: values[column], negative: values[column + 1] }
    }

    /// Bounds of the columns of a neuron under an assumption.
    pub(super) fn bounds(&self, neuron: usize, assumed: Assumed) -> [(usize, [f64; 2]); 2] {
        let column = self.column(2 * neuron);
        let (positive, negative) = match assumed {
            Assumed::Open => (1.0, 1.0),
            Assumed::Active => (1.0, 0.0),
            Assumed::Inactive => (0.0, 1.0),
        };
        [(column, [0.0, positive]), (column + 1, [0.0, negative])]
    }

    /// From the rows' multipliers those of the neurons' pre-activations, and those of the cuts.
    pub(super) fn multipliers(&self, row_duals: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let unscaled = |duals: &[f64], scales: &[f64]| -> Vec<f64> {
            duals.iter().zip(scales).map(|(dual, scale)| -dual / scale).collect()
        };
        let cuts = &row_duals[2 * self.neurons.len()..];
        (unscaled(row_duals, &self.scales), unscaled(cuts, &self.cut_scales))
    }

    fn column(&self, variable: usize) -> usize {
        self.program.wide_count() + variable
    }

    /// A form in the columns' scale.
    fn scaled(&self, form: &Form) -> ScaledRow {
        let (lower, upper) = (self.input.lower(), self.input.upper());
        let width = |side: &usize| form.inputs[*side] * (upper[*side] - lower[*side]);
        let at_lower: f64 =
            form.inputs.iter().zip(&lower).map(|(coefficient, lower)| coefficient * lower).sum();
        let narrow = form.variables.iter().map(|(variable, coefficient)| {
            let neuron = &self.neurons[variable / 2];
            let reach = if variable % 2 == 0 { neuron.upper } else { -neuron.lower };
            (self.column(*variable), coefficient * reach)
        });
        ScaledRow {
            bounds: [0.0; 2],
            wide: self.free_inputs.iter().map(width).collect(),
            narrow: narrow.collect(),
            constant: form.constant + at_lower,
            scale: 1.0,
        }
    }

    fn neuron_row(&self, k: usize, pre_activation: &Form) -> ScaledRow {
        let mut row = self.scaled(pre_activation);
        let neuron = &self.neurons[k];
        row.narrow.extend([(self.column(2 * k), -neuron.upper), (self.column(2 * k + 1), -neuron.lower)]);
        row.bounds = [-row.constant; 2];
        row.rescaled()
    }

    /// `value - slopes · x <= constant` of a cut; from below it has the bound that its columns give it.
    fn cut_row(&self, cut: &Cut) -> ScaledRow {
        let form = Form {
            inputs: cut.slopes.mapv(|slope| -slope),
            variables: vec![(2 * cut.neuron, 1.0)],
            constant: -cut.constant,
        };
        let mut row = self.scaled(&form);
        let least: f64 = row.wide.iter().map(|coefficient| coefficient.min(0.0)).sum();
        row.bounds = [least.min(-row.constant), -row.constant];
        row.rescaled()
    }
}

/// A row in the making.
struct ScaledRow {
    bounds: [f64; 2],
    wide: Vec<f64>,
    narrow: Vec<(usize, f64)>,
    constant: f64,
    /// What it was divided by.
    scale: f64,
}

impl ScaledRow {
    /// The row divided by its greatest coefficient. One whose numbers are so small or so large that this fails becomes a
    /// row that says nothing: fewer rows make a weaker relaxation, never a wrong one.
    fn rescaled(mut self) -> Self {
        let coefficients = self.wide.iter().chain(self.narrow.iter().map(|(_, coefficient)| coefficient));
        let scale = coefficients.fold(0.0_f64, |greatest, coefficient| greatest.max(coefficient.abs()));
        let bounds = self.bounds.map(|bound| bound / scale);
        if !(MOST_SCALE.recip()..=MOST_SCALE).contains(&scale)
            || bounds.iter().any(|bound| !bound.is_finite())
        {
            return Self {
                bounds: [0.0; 2],
                wide: Vec::new(),
                narrow: Vec::new(),
                scale: f64::INFINITY,
                ..self
            };
        }
        self.wide.iter_mut().for_each(|coefficient| *coefficient /= scale);
        self.narrow.iter_mut().for_each(|(_, coefficient)| *coefficient /= scale);
        Self { bounds, scale, ..self }
    }

    fn as_row(&self) -> Row<'_> {
        Row { bounds: self.bounds, wide: &self.wide, narrow: &self.narrow }
    }
}

/// Rows with greater coefficients, or only with ones smaller than its inverse, are left out.
const MOST_SCALE: f64 = 1e150;
