//! Bounds of functions over a relaxed network, and their derivatives by lower slopes; no rounding is accounted for.
//!
//! For given slopes, a function's bound is its value where the box's least corner is sent forward through the lines that
//! backward substitution chose: the lower one where a coefficient is not negative, else the upper. So it is linear in
//! each slope as long as no sign changes, and its derivative is the coefficient that met the ReLU times the
//! pre-activation on that way. One pass backward and one forward give all bounds and all derivatives.

use ndarray::{Array1, Array2, ArrayView2, Axis};
use nn_core::{Network, NodeId, Scalar};

use super::super::slopes::OpenNeurons;
use super::super::tightening::Place;
use super::lines::{Step, least_corner};

/// A network up to a node, over a box, with lines around everything that is not affine.
pub(super) struct RelaxedNetwork<T> {
    network: Network<T>,
    node: NodeId,
    /// `None` for nodes that the last one does not depend on.
    steps: Vec<Option<Step<T>>>,
    neurons: OpenNeurons,
}

/// Functions of nodes' values, row by row, that have not been bounded yet.
#[derive(Clone)]
pub(super) struct Functions<T> {
    coefficients: Vec<Option<Array2<T>>>,
    constant: Array1<T>,
}

/// Bounds of functions, and how they came about.
pub(super) struct Minima<T> {
    pub(super) bounds: Array1<T>,
    /// The coefficients that met each node that is not affine.
    met: Vec<Option<Array2<T>>>,
}

impl<T: Scalar> RelaxedNetwork<T> {
    pub(super) fn new(place: Place<'_>, neurons: OpenNeurons) -> Self {
        let needed = place.network.ancestors(place.node);
        let step = |id: NodeId| needed[id.index()].then(|| Step::new(place, id, &neurons.layer(id).elements));
        let steps = place.network.node_ids().take(place.node.index() + 1).map(step).collect();
        Self { network: place.network.cast(), node: place.node, steps, neurons }
    }

    /// The neurons whose lower slopes are free.
    pub(super) fn neurons(&self) -> &OpenNeurons {
        &self.neurons
    }

    /// Functions of the node's value, (functions, element count), substituted as far as no slope comes in.
    pub(super) fn functions(&self, functions: ArrayView2<'_, f64>) -> Functions<T> {
        let mut coefficients = vec![None; self.steps.len()];
        let constant = Array1::zeros(functions.nrows());
        coefficients[self.node.index()] = Some(functions.mapv(T::from_f64));
        let mut functions = Functions { coefficients, constant };
        for (id, step) in self.needed_steps().rev() {
            match step {
                Step::Affine { constant } => functions.substitute_affine(&self.network, id, constant),
                Step::Box { .. } | Step::Lines(_) | Step::MaxPool(_) => break,
            }
        }
        functions
    }

    /// Lower bounds of functions, the slopes below open neurons given as (functions, open neurons).
    pub(super) fn minima(&self, mut functions: Functions<T>, slopes: &Array2<T>) -> Minima<T> {
        let mut met = vec![None; self.steps.len()];
        for (id, step) in self.needed_steps().rev() {
            if let Step::Affine { constant } = step {
                functions.substitute_affine(&self.network, id, constant);
                continue;
            }
            let Some(coefficients) = functions.coefficients[id.index()].take() else { continue };
            let added = match step {
                Step::Box { lower, upper } => {
                    (least_corner(&coefficients, lower, upper) * &coefficients).sum_axis(Axis(1))
                }
                Step::Lines(lines) => {
                    let (mut passed, added) = lines.substitute(&coefficients);
                    self.multiply_by_slopes(id, slopes, &coefficients, &mut passed);
                    functions.pass_on(self.only_input(id), passed);
                    added
                }
                Step::MaxPool(maxima) => {
                    let input = self.only_input(id);
                    let (passed, added) =
                        maxima.substitute(&coefficients, self.network.node(input).element_count());
                    functions.pass_on(input, passed);
                    added
                }
                Step::Affine { .. } => unreachable!("substituted above"),
            };
            functions.constant += &added;
            met[id.index()] = Some(coefficients);
        }
        Minima { bounds: functions.constant, met }
    }

    /// The derivative of every bound by every slope, (functions, open neurons).
    pub(super) fn derivatives(&self, minima: &Minima<T>, slopes: &Array2<T>) -> Array2<T> {
        let mut derivatives = Array2::zeros(slopes.dim());
        let has_slopes = |id: &NodeId| !self.neurons.layer(*id).elements.is_empty();
        let last = self.needed_steps().map(|(id, _)| id).rfind(has_slopes);
        let mut values: Vec<Option<Array2<T>>> = vec![None; self.steps.len()];
        for (id, step) in self.needed_steps().take_while(|(id, _)| Some(*id) <= last) {
            let inputs = self.network.node(id).inputs().iter();
            let inputs: Vec<ArrayView2<'_, T>> =
                inputs.filter_map(|input| Some(values[input.index()].as_ref()?.view())).collect();
            let met = minima.met[id.index()].as_ref();
            let value = match (step, met) {
                (Step::Affine { .. }, _) => self.network.apply(id, &inputs),
                (Step::Box { lower, upper }, Some(met)) => least_corner(met, lower, upper),
                (Step::Lines(lines), Some(met)) => {
                    let pre_activation = values[self.only_input(id).index()].as_ref();
                    let pre_activation = pre_activation.expect("inputs come before their users");
                    self.differentiate(id, met, pre_activation, &mut derivatives);
                    let mut value = lines.apply(met, inputs[0]);
                    self.multiply_by_slopes(id, slopes, met, &mut value);
                    value
                }
                (Step::MaxPool(maxima), Some(met)) => maxima.apply(met, inputs[0]),
                (_, None) => unreachable!("coefficients meet every node that the last one depends on"),
            };
            values[id.index()] = Some(value);
        }
        derivatives
    }

    /// Multiplies what went through lower lines of open neurons, with slope 1, by the slopes that were meant.
    fn multiply_by_slopes(&self, id: NodeId, slopes: &Array2<T>, met: &Array2<T>, values: &mut Array2<T>) {
        let layer = self.neurons.layer(id);
        for ((values, met), slopes) in rows_mut(values).zip(rows(met)).zip(rows(slopes)) {
            for (element, slope) in layer.elements.iter().zip(&slopes[layer.columns.clone()]) {
                values[*element] *= if met[*element] >= T::zero() { *slope } else { T::one() };
            }
        }
    }

    fn differentiate(
        &self,
        id: NodeId,
        met: &Array2<T>,
        pre_activation: &Array2<T>,
        derivatives: &mut Array2<T>,
    ) {
        let layer = self.neurons.layer(id);
        for ((met, values), derivatives) in rows(met).zip(rows(pre_activation)).zip(rows_mut(derivatives)) {
            for (element, derivative) in layer.elements.iter().zip(&mut derivatives[layer.columns.clone()]) {
                *derivative = met[*element].max(T::zero()) * values[*element];
            }
        }
    }

    fn needed_steps(&self) -> impl DoubleEndedIterator<Item = (NodeId, &Step<T>)> {
        let steps = self.network.node_ids().take(self.steps.len()).zip(&self.steps);
        steps.filter_map(|(id, step)| Some((id, step.as_ref()?)))
    }

    fn only_input(&self, id: NodeId) -> NodeId {
        self.network.node(id).inputs()[0]
    }
}

fn rows<T>(values: &Array2<T>) -> impl Iterator<Item = &[T]> {
    values.rows().into_iter().map(|row| row.to_slice().expect("computed in row-major order"))
}

fn rows_mut<T>(values: &mut Array2<T>) -> impl Iterator<Item = &mut [T]> {
    values.rows_mut().into_iter().map(|row| row.into_slice().expect("computed in row-major order"))
}

impl<T: Scalar> Functions<T> {
    /// The functions in some rows.
    pub(super) fn select(&self, rows: &[usize]) -> Self {
        let select = |values: &Option<Array2<T>>| values.as_ref().map(|values| values.select(Axis(0), rows));
        Self {
            coefficients: self.coefficients.iter().map(select).collect(),
            constant: self.constant.select(Axis(0), rows),
        }
    }

    fn substitute_affine(&mut self, network: &Network<T>, id: NodeId, constant: &Array1<T>) {
        let Some(coefficients) = self.coefficients[id.index()].take() else { return };
        self.constant += &coefficients.dot(constant);
        for (input, passed) in network.node(id).inputs().iter().zip(network.pullback(id, coefficients.view()))
        {
            self.pass_on(*input, passed);
        }
    }

    fn pass_on(&mut self, node: NodeId, coefficients: Array2<T>) {
        let slot = &mut self.coefficients[node.index()];
        *slot = Some(match slot.take() {
            None => coefficients,
            Some(earlier) => earlier + coefficients,
        });
    }
}

impl<T: Scalar> Minima<T> {
    /// Those of the functions in some rows.
    pub(super) fn select(&self, rows: &[usize]) -> Self {
        let select = |values: &Option<Array2<T>>| values.as_ref().map(|values| values.select(Axis(0), rows));
        Self { bounds: self.bounds.select(Axis(0), rows), met: self.met.iter().map(select).collect() }
    }
}
