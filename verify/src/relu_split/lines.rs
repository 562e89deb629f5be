//! The lines around the neurons of a network, and what a split puts in their place.

use std::ops::Range;

use milp_encode::bounds::{NetworkBounds, Phase};
use nn_core::{Network, NodeId, Op};

use crate::neurons::{Neuron, open_neurons};

/// All (leaky) ReLUs of a network, in its order.
///
/// Arrays have one element a neuron, those of known sign included: then a layer is one stretch of memory.
pub(super) struct Neurons {
    layers: Vec<Layer>,
    /// The slope below 0: 0 for a plain ReLU.
    leak: Vec<f32>,
    /// The unit of a split's multiplier: how great coefficients in its layer are.
    scale: Vec<f32>,
    /// The neurons whose sign is open on the whole box: their positions among all.
    open: Vec<usize>,
}

/// A node with neurons.
#[derive(Clone, Debug)]
struct Layer {
    /// The ReLU.
    node: NodeId,
    /// Its neurons among all.
    neurons: Range<usize>,
}

/// What is known of neurons on the box, and the lines that follow from it.
#[derive(Debug)]
pub(super) struct Lines {
    /// The neurons whose sign is open on the whole box, with their proven ranges.
    pub(super) ranges: Vec<Neuron>,
    /// The line above an open neuron; for others the neuron itself.
    upper_slope: Vec<f32>,
    upper_intercept: Vec<f32>,
    /// The least and the greatest slope of lines through the origin below: one number where the sign is known.
    pub(super) least_slope: Vec<f32>,
    pub(super) greatest_slope: Vec<f32>,
}

/// A neuron whose sign a part of the box assumes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Split {
    /// Its position among all neurons.
    pub(super) neuron: u32,
    pub(super) sign: Sign,
}

/// What is assumed of a pre-activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sign {
    /// At least 0.
    Active,
    /// At most 0.
    Inactive,
}

impl Split {
    pub(super) fn new(neuron: usize, sign: Sign) -> Self {
        Self { neuron: u32::try_from(neuron).expect("a network has less than 2^32 neurons"), sign }
    }

    /// The factor that makes what is assumed "at least 0".
    fn direction(self) -> f32 {
        match self.sign {
            Sign::Active => 1.0,
            Sign::Inactive => -1.0,
        }
    }
}

impl Neurons {
    /// The neurons of a network, and what is known of them on the whole box.
    #[allow(clippy::cast_possible_truncation)]
    pub(super) fn new(network: &Network<f64>, bounds: &NetworkBounds) -> (Self, Lines) {
        let mut neurons = Self { layers: Vec::new(), leak: Vec::new(), scale: Vec::new(), open: Vec::new() };
        let mut slopes = Vec::new();
        for id in network.node_ids() {
            let node = network.node(id);
            let leak = match node.op() {
                Op::Relu => 0.0,
                Op::LeakyRelu { slope } => *slope as f32,
                _ => continue,
            };
            let first = neurons.leak.len();
            let ranges = bounds.node(node.inputs()[0]);
            for element in 0..node.element_count() {
                match ranges.phase(element) {
                    Phase::Active => slopes.push(1.0),
                    Phase::Inactive => slopes.push(leak),
                    Phase::Unstable => {
                        slopes.push(1.0);
                        neurons.open.push(neurons.leak.len());
                    }
                }
                neurons.leak.push(leak);
            }
            let all = first..neurons.leak.len();
            neurons.layers.push(Layer { node: id, neurons: all });
        }
        neurons.scale = vec![1.0; neurons.leak.len()];
        let lines = Lines::new(slopes, &neurons.open, open_neurons(network, bounds));
        (neurons, lines)
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.leak.len()
    }

    /// The position of a node's first neuron.
    pub(super) fn first(&self, node: NodeId) -> usize {
        let layer = self.layers.iter().find(|layer| layer.node == node);
        layer.expect("the node has neurons").neurons.start
    }

    /// Those whose sign is not known on the whole box, by their positions among all.
    pub(super) fn open(&self) -> &[usize] {
        &self.open
    }

    /// Measures multipliers of splits in the mean absolute values of coefficients that meet their layer.
    pub(super) fn set_scales(&mut self, met: &[f32]) {
        for layer in &self.layers {
            let sum: f32 = met[layer.neurons.clone()].iter().sum();
            #[allow(clippy::cast_precision_loss)]
            let mean = sum / layer.neurons.len().max(1) as f32;
            let scale = if mean > 0.0 && mean.is_finite() { mean } else { 1.0 };
            self.scale[layer.neurons.clone()].fill(scale);
        }
    }

    /// The splits, which are sorted, of some neurons.
    pub(super) fn in_layer<'s>(&self, splits: &'s [Split], neurons: Range<usize>) -> &'s [Split] {
        let before = |end: usize| splits.partition_point(|split| (split.neuron as usize) < end);
        &splits[before(neurons.start)..before(neurons.end)]
    }

    /// Coefficients of pre-activations, from those that meet the values of neurons from `first` on, and what the intercepts
    /// add.
    pub(super) fn substitute(
        &self,
        lines: &Lines,
        first: usize,
        met: &[f32],
        variables: &[f32],
        splits: &[Split],
        passed: &mut [f32],
    ) -> f32 {
        let range = first..first + met.len();
        let (slopes, intercepts) = (&lines.upper_slope[range.clone()], &lines.upper_intercept[range]);
        let mut added = substitute_lines(met, variables, slopes, intercepts, passed);
        for split in splits {
            let neuron = split.neuron as usize;
            let place = neuron - first;
            let c = met[place];
            added -= c.min(0.0) * lines.upper_intercept[neuron];
            passed[place] =
                self.slope_on(*split) * c - split.direction() * self.scale[neuron] * variables[place];
        }
        added
    }

    /// From pre-activations on a pass's way forward to values; and the derivatives of the bound by the variables.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn apply(
        &self,
        lines: &Lines,
        first: usize,
        met: &[f32],
        variables: &[f32],
        splits: &[Split],
        values: &mut [f32],
        derivatives: &mut [f32],
    ) {
        let of_split = |split: &Split, values: &[f32]| {
            let value = values[split.neuron as usize - first];
            (self.slope_on(*split) * value, -split.direction() * self.scale[split.neuron as usize] * value)
        };
        let on_splits: Vec<(f32, f32)> = splits.iter().map(|split| of_split(split, values)).collect();
        let range = first..first + met.len();
        let (slopes, intercepts) = (&lines.upper_slope[range.clone()], &lines.upper_intercept[range]);
        apply_lines(met, variables, slopes, intercepts, values, derivatives);
        for (split, (value, derivative)) in splits.iter().zip(on_splits) {
            values[split.neuron as usize - first] = value;
            derivatives[split.neuron as usize - first] = derivative;
        }
    }

    /// The slope of a neuron where a split's assumption holds.
    fn slope_on(&self, split: Split) -> f32 {
        match split.sign {
            Sign::Active => 1.0,
            Sign::Inactive => self.leak[split.neuron as usize],
        }
    }
}

impl Lines {
    /// Those of neurons of known sign, by their slopes, and of the `open` ones, by their ranges.
    #[allow(clippy::cast_possible_truncation)]
    fn new(slopes: Vec<f32>, open: &[usize], ranges: Vec<Neuron>) -> Self {
        let mut lines = Self {
            ranges,
            upper_intercept: vec![0.0; slopes.len()],
            least_slope: slopes.clone(),
            greatest_slope: slopes.clone(),
            upper_slope: slopes,
        };
        for (place, range) in open.iter().zip(&lines.ranges) {
            let Neuron { lower, upper, slope: leak, .. } = *range;
            let slope = (upper - leak * lower) / (upper - lower);
            lines.least_slope[*place] = leak as f32;
            lines.greatest_slope[*place] = 1.0;
            lines.upper_slope[*place] = slope as f32;
            lines.upper_intercept[*place] = (upper - slope * upper) as f32;
        }
        lines
    }

    /// For every neuron the slope below it that leaves the smaller area.
    pub(super) fn start(&self, neurons: &Neurons) -> Vec<f32> {
        let mut start = self.least_slope.clone();
        for (place, range) in neurons.open.iter().zip(&self.ranges) {
            if range.upper > -range.lower {
                start[*place] = self.greatest_slope[*place];
            }
        }
        start
    }
}

/// The inner loop of [`Neurons::substitute`], without splits.
fn substitute_lines(
    met: &[f32],
    variables: &[f32],
    slopes: &[f32],
    intercepts: &[f32],
    passed: &mut [f32],
) -> f32 {
    pulp::Arch::new().dispatch(|| {
        let count = met.len();
        let (variables, slopes, intercepts) = (&variables[..count], &slopes[..count], &intercepts[..count]);
        let passed = &mut passed[..count];
        let mut added = 0.0;
        for i in 0..count {
            let (positive, negative) = (met[i].max(0.0), met[i].min(0.0));
            passed[i] = positive * variables[i] + negative * slopes[i];
            added += negative * intercepts[i];
        }
        added
    })
}

/// The inner loop of [`Neurons::apply`], without splits.
fn apply_lines(
    met: &[f32],
    variables: &[f32],
    slopes: &[f32],
    intercepts: &[f32],
    values: &mut [f32],
    derivatives: &mut [f32],
) {
    pulp::Arch::new().dispatch(|| {
        let count = met.len();
        let (variables, slopes, intercepts) = (&variables[..count], &slopes[..count], &intercepts[..count]);
        let (values, derivatives) = (&mut values[..count], &mut derivatives[..count]);
        for i in 0..count {
            let value = values[i];
            let below = met[i] >= 0.0;
            derivatives[i] = met[i].max(0.0) * value;
            values[i] = if below { variables[i] * value } else { slopes[i] * value + intercepts[i] };
        }
    });
}

/// The corner of a box where a function with these coefficients is least, and its value there.
pub(super) fn least_corner(coefficients: &[f32], [lower, upper]: [&[f32]; 2], corner: &mut [f32]) -> f32 {
    pulp::Arch::new().dispatch(|| {
        let count = coefficients.len();
        let (lower, upper, corner) = (&lower[..count], &upper[..count], &mut corner[..count]);
        let mut least = [0.0_f32; 16];
        for i in 0..count {
            corner[i] = if coefficients[i] >= 0.0 { lower[i] } else { upper[i] };
        }
        for (coefficients, corner) in coefficients.chunks(16).zip(corner.chunks(16)) {
            for (sum, (c, x)) in least.iter_mut().zip(coefficients.iter().zip(corner)) {
                *sum += c * x;
            }
        }
        least.iter().sum()
    })
}
