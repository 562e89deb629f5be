//! Bounds forwards: all neurons as affine forms of the inputs and of what ReLUs add to them.

use pulp::Arch;

use super::chain::Layer;
use super::part::Sides;
use super::relax::Relaxed;
use super::rows::{Rows, absolute_sums, multiply};

/// Affine forms of a layer's neurons over a part of the input box.
///
/// A neuron is `center + sum of generator · e` with every `e` in -1..1: first one for each input, `x = center + radius e`,
/// then one for each neuron of unknown sign before, `relu(a) = chord a + half (1 + e)`. Source: Singh et al., "Fast and
/// effective robustness certification", 2018 (DeepZ).
#[derive(Debug)]
pub(super) struct Zonotope {
    inputs: usize,
    /// (neurons, center and generators).
    forms: Rows,
    next: Rows,
    /// Columns in use.
    width: usize,
    /// For each generator of a neuron, how much of it comes from the width of each input: (neurons, inputs).
    origins: Vec<f64>,
    /// Generators that the last ReLUs added, from `fresh_from` on: their neurons and halves.
    fresh: Vec<(usize, f64)>,
    radii: Vec<f64>,
}

impl Zonotope {
    /// Room for the forms of any of these layers.
    pub(super) fn new(layers: &[Layer]) -> Self {
        let widest = layers.iter().map(|layer| layer.outputs).max().unwrap_or(0);
        Self {
            inputs: layers[0].inputs,
            forms: Rows::zeros(0, 0),
            next: Rows::zeros(0, 0),
            width: 0,
            origins: Vec::new(),
            fresh: Vec::new(),
            radii: vec![0.0; widest],
        }
    }

    /// The first layer's forms.
    pub(super) fn enter(&mut self, layer: &Layer, sides: &Sides) {
        self.width = 1 + self.inputs;
        self.forms.reshape(layer.outputs, self.width);
        self.origins.clear();
        for output in 0..layer.outputs {
            let weight = &layer.weight.row(output)[..self.inputs];
            let form = self.forms.row_mut(output);
            form[self.width..].fill(0.0);
            let products = weight.iter().zip(&sides.center).map(|(weight, center)| weight * center);
            form[0] = layer.bias[output] + products.sum::<f64>();
            for ((place, weight), radius) in form[1..].iter_mut().zip(weight).zip(&sides.radius) {
                *place = weight * radius;
            }
        }
    }

    /// The ranges of the forms, with their slack.
    pub(super) fn write_ranges(&mut self, arch: Arch, layer: &Layer, relaxed: &mut Relaxed) {
        absolute_sums(arch, &self.forms, &mut self.radii[..layer.outputs]);
        for output in 0..layer.outputs {
            let reach = self.radii[output] + layer.slack[output];
            let center = self.forms.row(output)[0];
            (relaxed.lower[output], relaxed.upper[output]) = (center - reach, center + reach);
        }
    }

    /// From pre-activations to values.
    pub(super) fn rectify(&mut self, relaxed: &Relaxed) {
        self.fresh.clear();
        for neuron in &relaxed.live {
            let (chord, half) = (relaxed.above[*neuron], 0.5 * relaxed.intercepts[*neuron]);
            if chord != 1.0 {
                self.forms.row_mut(*neuron)[..self.width].iter_mut().for_each(|value| *value *= chord);
            }
            if half != 0.0 {
                self.forms.row_mut(*neuron)[0] += half;
                self.fresh.push((*neuron, half));
            }
        }
    }

    /// Through the next layer.
    pub(super) fn pass(&mut self, arch: Arch, layer: &Layer, live: &[usize]) {
        let first = self.width;
        self.width += self.fresh.len();
        self.next.reshape(layer.outputs, self.width);
        multiply(arch, (&layer.weight, layer.outputs), live, (&self.forms, first), &mut self.next);
        for output in 0..layer.outputs {
            let weight = layer.weight.row(output);
            let form = self.next.row_mut(output);
            form[0] += layer.bias[output];
            form[first..].fill(0.0);
            for (place, (neuron, half)) in form[first..].iter_mut().zip(&self.fresh) {
                *place = weight[*neuron] * half;
            }
        }
        std::mem::swap(&mut self.forms, &mut self.next);
    }

    /// A form: its center, then its generators, those of the inputs first.
    pub(super) fn form(&self, output: usize) -> &[f64] {
        &self.forms.row(output)[..self.width]
    }

    /// Adds to every input's account what the generators of ReLUs do to a form and owe to that input.
    pub(super) fn charge_origins(&self, output: usize, account: &mut [f64]) {
        let errors = &self.form(output)[1 + self.inputs..];
        for (error, origins) in errors.iter().zip(self.origins.chunks_exact(self.inputs)) {
            for (sum, share) in account.iter_mut().zip(origins) {
                *sum += error.abs() * share;
            }
        }
    }

    /// Says of the neurons of unknown sign, before they are rectified, how much of their widths comes from each input.
    pub(super) fn trace_origins(&mut self, relaxed: &Relaxed) {
        relaxed.unstable.iter().for_each(|neuron| self.trace_back(*neuron));
    }

    /// What share each input has in a neuron's width, by way of earlier neurons, too.
    fn trace_back(&mut self, neuron: usize) {
        let form = &self.forms.row(neuron)[1..self.width];
        let (own, errors) = form.split_at(self.inputs);
        let total: f64 = form.iter().map(|value| value.abs()).sum();
        let start = self.origins.len();
        self.origins.extend(own.iter().map(|value| value.abs()));
        let (earlier, account) = self.origins.split_at_mut(start);
        for (error, origins) in errors.iter().zip(earlier.chunks_exact(self.inputs)) {
            for (sum, share) in account.iter_mut().zip(origins) {
                *sum += error.abs() * share;
            }
        }
        if total > 0.0 {
            account.iter_mut().for_each(|sum| *sum /= total);
        }
    }
}
