//! Bounds backwards: linear functions of a layer's values, taken back to the inputs.

use pulp::Arch;

use super::chain::Layer;
use super::relax::Relaxed;
use super::rows::{Rows, multiply};

/// Linear functions below functions of a layer's values; the room for them is used again and again.
///
/// Where a function meets a ReLU with a positive coefficient it goes on with the line below, else with the line above.
/// Source: Zhang et al., "Efficient neural network robustness certification with general activation functions", 2018
/// (CROWN).
#[derive(Debug)]
pub(super) struct Backward {
    /// (functions, coefficients of the current layer's inputs and a place for what their biases add).
    coefficients: Rows,
    next: Rows,
    constants: Vec<f64>,
    functions: usize,
}

impl Backward {
    /// Room for so many functions of the values of any of these layers.
    pub(super) fn new(layers: &[Layer], functions: usize) -> Self {
        let widest = layers.iter().map(|layer| layer.inputs + 1).max().unwrap_or(0);
        let coefficients = Rows::zeros(functions, widest);
        Self { next: coefficients.clone(), coefficients, constants: Vec::new(), functions: 0 }
    }

    /// Begins anew, with no function.
    pub(super) fn clear(&mut self) {
        self.functions = 0;
        self.constants.clear();
    }

    /// Adds a function: a sum of a layer's outputs with factors.
    pub(super) fn add(&mut self, layer: &Layer, terms: &[(usize, f64)]) {
        let row = self.coefficients.row_mut(self.functions);
        row.fill(0.0);
        for (output, factor) in terms {
            for (sum, weight) in row.iter_mut().zip(&layer.weight.row(*output)[..=layer.inputs]) {
                *sum += factor * weight;
            }
        }
        self.constants.push(row[layer.inputs]);
        self.functions += 1;
    }

    /// Takes all functions, which are of the layer behind these, back to the inputs.
    pub(super) fn run(&mut self, arch: Arch, before: &[Layer], relaxed: &[Relaxed]) {
        for (layer, relaxed) in before.iter().zip(relaxed).rev() {
            for (function, constant) in self.constants.iter_mut().enumerate() {
                let row = &mut self.coefficients.row_mut(function)[..layer.outputs];
                *constant += arch.dispatch(
                    #[inline(always)]
                    || relax(row, relaxed),
                );
            }
            let left = (&self.coefficients, self.functions);
            multiply(arch, left, &relaxed.live, (&layer.weight, layer.inputs + 1), &mut self.next);
            std::mem::swap(&mut self.coefficients, &mut self.next);
            for (function, constant) in self.constants.iter_mut().enumerate() {
                *constant += self.coefficients.row(function)[layer.inputs];
            }
        }
    }

    /// A function's constant and coefficients, at the inputs after [`Self::run`].
    pub(super) fn function(&self, function: usize, inputs: usize) -> (f64, &[f64]) {
        (self.constants[function], &self.coefficients.row(function)[..inputs])
    }
}

/// From values to pre-activations; the sum of the lines' intercepts.
#[inline(always)]
fn relax(coefficients: &mut [f64], relaxed: &Relaxed) -> f64 {
    const LANES: usize = 8;
    let mut sums = [0.0; LANES];
    let (chunks, rest) = coefficients.as_chunks_mut::<LANES>();
    let (below, below_rest) = relaxed.below.as_chunks::<LANES>();
    let (above, above_rest) = relaxed.above.as_chunks::<LANES>();
    let (intercepts, intercepts_rest) = relaxed.intercepts.as_chunks::<LANES>();
    for (((c, below), above), intercepts) in chunks.iter_mut().zip(below).zip(above).zip(intercepts) {
        for lane in 0..LANES {
            let [positive, negative] = signs(c[lane]);
            sums[lane] += negative * intercepts[lane];
            c[lane] = positive * below[lane] + negative * above[lane];
        }
    }
    let rest = rest.iter_mut().zip(below_rest).zip(above_rest).zip(intercepts_rest).zip(&mut sums);
    for ((((c, below), above), intercept), sum) in rest {
        let [positive, negative] = signs(*c);
        *sum += negative * intercept;
        *c = positive * below + negative * above;
    }
    sums.iter().sum()
}

/// The number in the first place if it is positive, else in the second, beside a zero.
#[inline(always)]
fn signs(c: f64) -> [f64; 2] {
    [if c > 0.0 { c } else { 0.0 }, if c < 0.0 { c } else { 0.0 }]
}
