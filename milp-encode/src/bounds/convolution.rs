//! Backward substitution of convolutions, window by window.
//!
//! A function that depends on few positions of the output depends on few patches of the input: only these are computed.

use ndarray::Array2;
use nn_core::{Conv2d, Network, NodeId};

use super::coefficients::{Coefficients, NONE, rows_of};
use crate::window::axis_positions;

/// A convolution on images of one size, its weight in the order in which elements of a patch lie in memory here.
pub(super) struct Convolution<'a> {
    conv: &'a Conv2d<f64>,
    /// Channels, height and width of the input.
    image: [usize; 3],
    /// Rows and columns of window positions.
    positions: [usize; 2],
    /// (Kernel elements x input channels of a group) x output channels.
    weight: Array2<f64>,
}

/// The elements under a window, as far as they are held.
#[derive(Default)]
struct Patch {
    /// Where their weights lie within an output channel's.
    offsets: Vec<usize>,
    /// In which rows they are held.
    rows: Vec<usize>,
}

/// Neighbouring rows of coefficients that share a window and a group of channels.
struct Run {
    start: usize,
    end: usize,
    position: usize,
    group: usize,
}

impl<'a> Convolution<'a> {
    pub(super) fn new(network: &Network<f64>, id: NodeId, conv: &'a Conv2d<f64>) -> Self {
        let input = network.node(id).inputs()[0];
        let image = network.node(input).shape().as_image().expect("a convolution reads images");
        let [_, rows, columns] = network.node(id).shape().as_image().expect("a convolution makes images");
        let (outputs, inputs, height, width) = conv.weight.dim();
        let by_channel = conv.weight.view().permuted_axes([2, 3, 1, 0]);
        let weight = by_channel.as_standard_layout().into_owned();
        let weight =
            weight.into_shape_with_order((height * width * inputs, outputs)).expect("as many elements");
        Self { conv, image, positions: [rows, columns], weight }
    }

    /// The bias of an output element.
    pub(super) fn bias(&self, element: usize) -> f64 {
        self.conv.bias[self.channel(element)]
    }

    /// The functions that are some output elements without their constants, and behind them their negations, in the
    /// live ones of the input's elements: copies of weights.
    pub(super) fn weights_of(&self, elements: &[usize], live: &[usize]) -> Coefficients {
        let (under, row_of) = self.held_under(elements.iter().map(|element| self.window_of(*element)), live);
        let count = elements.len();
        let mut values = Array2::zeros((under.len(), 2 * count));
        let mut patch = Patch::default();
        for run in self.runs(elements) {
            self.patch(run.position, run.group, &row_of, &mut patch);
            for (offset, row) in patch.offsets.iter().zip(&patch.rows) {
                let mut row = values.row_mut(*row);
                for function in run.start..run.end {
                    let weight = self.weight[[*offset, self.channel(elements[function])]];
                    row[function] = weight;
                    row[count + function] = -weight;
                }
            }
        }
        Coefficients { elements: under, values }
    }

    /// Coefficients in the live ones of the input's elements.
    pub(super) fn pullback(&self, coefficients: &Coefficients, live: &[usize]) -> Coefficients {
        let functions = coefficients.values.ncols();
        let elements = &coefficients.elements;
        let runs = self.runs(elements);
        let (under, row_of) = self.held_under(runs.iter().map(|run| (run.position, run.group)), live);
        let mut values = Array2::zeros((under.len(), functions));
        let (mut patch, mut channels, mut weights) = (Patch::default(), Vec::new(), Vec::new());
        let (weight, outputs) =
            (self.weight.as_slice().expect("a fresh array is contiguous"), self.weight.ncols());
        let from = coefficients.values.as_slice().expect("coefficients lie in row-major order");
        let to = values.as_slice_mut().expect("a fresh array lies in row-major order");
        for run in &runs {
            self.patch(run.position, run.group, &row_of, &mut patch);
            let from = &from[run.start * functions..run.end * functions];
            channels.clear();
            channels.extend(elements[run.start..run.end].iter().map(|element| self.channel(*element)));
            for (offset, row) in patch.offsets.iter().zip(&patch.rows) {
                let by_channel = &weight[offset * outputs..][..outputs];
                weights.clear();
                weights.extend(channels.iter().map(|channel| by_channel[*channel]));
                add_combination(&weights, from, &mut to[row * functions..][..functions]);
            }
        }
        Coefficients { elements: under, values }
    }

    fn channel(&self, element: usize) -> usize {
        element / (self.positions[0] * self.positions[1])
    }

    /// Position and group of an output element.
    fn window_of(&self, element: usize) -> (usize, usize) {
        let outputs_per_group = self.conv.bias.len() / self.conv.groups;
        (element % (self.positions[0] * self.positions[1]), self.channel(element) / outputs_per_group)
    }

    fn runs(&self, elements: &[usize]) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        for (row, element) in elements.iter().enumerate() {
            let (position, group) = self.window_of(*element);
            match runs.last_mut() {
                Some(run) if (run.position, run.group) == (position, group) => run.end = row + 1,
                _ => runs.push(Run { start: row, end: row + 1, position, group }),
            }
        }
        runs
    }

    /// Those live elements that lie under one of the windows, and in which row each is held.
    fn held_under(
        &self,
        windows: impl Iterator<Item = (usize, usize)>,
        live: &[usize],
    ) -> (Vec<usize>, Vec<usize>) {
        let count = self.image.iter().product();
        let mut reached = vec![false; count];
        let mut last = None;
        for window in windows {
            if last != Some(window) {
                self.under(window.0, window.1, |_, element| reached[element] = true);
                last = Some(window);
            }
        }
        let under: Vec<usize> = live.iter().copied().filter(|element| reached[*element]).collect();
        let row_of = rows_of(&under, count);
        (under, row_of)
    }

    fn patch(&self, position: usize, group: usize, row_of: &[usize], patch: &mut Patch) {
        patch.offsets.clear();
        patch.rows.clear();
        self.under(position, group, |offset, element| {
            if row_of[element] != NONE {
                patch.offsets.push(offset);
                patch.rows.push(row_of[element]);
            }
        });
    }

    /// Calls back with each input element under a window, and where its weight lies within an output channel's.
    fn under(&self, position: usize, group: usize, mut visit: impl FnMut(usize, usize)) {
        let [_, height, width] = self.image;
        let (_, channels, _, kernel_width) = self.conv.weight.dim();
        let (window, columns) = (&self.conv.window, self.positions[1]);
        for (down, y) in axis_positions(window, 0, position / columns, height) {
            for (across, x) in axis_positions(window, 1, position % columns, width) {
                let offset = (down * kernel_width + across) * channels;
                for channel in 0..channels {
                    visit(offset + channel, ((group * channels + channel) * height + y) * width + x);
                }
            }
        }
    }
}

/// Adds to a row the combination of other rows, one behind the other in memory, with these weights.
fn add_combination(weights: &[f64], rows: &[f64], to: &mut [f64]) {
    /// As many rows are read at the same time.
    const TOGETHER: usize = 8;
    for (weights, rows) in weights.chunks(TOGETHER).zip(rows.chunks(TOGETHER * to.len().max(1))) {
        match weights.len() {
            1 => add_rows::<1>(weights, rows, to),
            2 => add_rows::<2>(weights, rows, to),
            3 => add_rows::<3>(weights, rows, to),
            4 => add_rows::<4>(weights, rows, to),
            5 => add_rows::<5>(weights, rows, to),
            6 => add_rows::<6>(weights, rows, to),
            7 => add_rows::<7>(weights, rows, to),
            _ => add_rows::<TOGETHER>(weights, rows, to),
        }
    }
}

/// [`add_combination`] of as many rows as the compiler knows of.
fn add_rows<const N: usize>(weights: &[f64], rows: &[f64], to: &mut [f64]) {
    let length = to.len();
    let weight: [f64; N] = std::array::from_fn(|index| weights[index]);
    let row: [&[f64]; N] = std::array::from_fn(|index| &rows[index * length..][..length]);
    for (index, to) in to.iter_mut().enumerate() {
        let mut sum = *to;
        for (weight, row) in weight.iter().zip(&row) {
            sum += weight * row[index];
        }
        *to = sum;
    }
}
