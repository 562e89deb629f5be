use ndarray::{Array2, ArrayD};
use nn_core::{Network, NodeId, Scalar};

use super::Interval;
use super::propagation::{IntervalTrace, from_ends, to_ends};

/// The gradient of a function of the intervals of some nodes, on its way back to the parameters.
pub(super) struct IntervalGradient<'a, T> {
    network: &'a Network<T>,
    trace: &'a IntervalTrace<T>,
    /// With respect to each node's centre and radius.
    cotangents: Vec<Option<Interval<T>>>,
    /// In the order of [`Network::parameters`].
    parameters: Vec<ArrayD<T>>,
    /// The position of each node's first parameter.
    positions: Vec<Option<usize>>,
}

impl<'a, T: Scalar> IntervalGradient<'a, T> {
    pub(super) fn new(network: &'a Network<T>, trace: &'a IntervalTrace<T>) -> Self {
        let mut positions = vec![None; network.nodes().len()];
        let parameters = network.parameters();
        for (position, (id, _)) in parameters.iter().enumerate() {
            positions[id.node.index()].get_or_insert(position);
        }
        let parameters = parameters.iter().map(|(_, values)| ArrayD::zeros(values.raw_dim())).collect();
        let cotangents = network.nodes().iter().map(|_| None).collect();
        Self { network, trace, cotangents, parameters, positions }
    }

    /// Adds to the gradient with respect to a node's centre and radius.
    pub(super) fn add(&mut self, node: NodeId, cotangent: Interval<T>) {
        match &mut self.cotangents[node.index()] {
            Some(sum) => {
                sum.centre += &cotangent.centre;
                sum.radius += &cotangent.radius;
            }
            empty => *empty = Some(cotangent),
        }
    }

    /// Adds to the gradient with respect to the ends of a node's interval.
    pub(super) fn add_to_ends(&mut self, node: NodeId, lower: Array2<T>, upper: &Array2<T>) {
        self.add(node, from_ends(lower, upper));
    }

    /// Adds to the gradients of a node's parameters.
    pub(super) fn add_to_parameters(&mut self, node: NodeId, gradients: Vec<ArrayD<T>>) {
        if let Some(position) = self.positions[node.index()] {
            let sums = &mut self.parameters[position..];
            sums.iter_mut().zip(&gradients).for_each(|(sum, gradient)| *sum += gradient);
        }
    }

    /// Carries everything back to the parameters.
    pub(super) fn finish(mut self) -> Vec<ArrayD<T>> {
        for id in self.network.node_ids().skip(1).rev() {
            if let Some(cotangent) = self.cotangents[id.index()].take() {
                self.pull_back(id, &cotangent);
            }
        }
        self.parameters
    }

    fn pull_back(&mut self, id: NodeId, cotangent: &Interval<T>) {
        let (network, trace) = (self.network, self.trace);
        let inputs = network.node(id).inputs();
        if network.node(id).op().is_affine() {
            let (centre, radius) = (cotangent.centre.view(), cotangent.radius.view());
            if self.positions[id.index()].is_some() {
                let of_centre = network.layer_gradients(id, &trace.centres(inputs), centre);
                self.add_to_parameters(id, of_centre);
                let of_radius = network.layer_gradients_absolute(id, &trace.radii(inputs), radius);
                self.add_to_parameters(id, of_radius);
            }
            if inputs.iter().any(|input| self.has_parameters_before(*input)) {
                let centres = network.pullback(id, centre);
                let radii = network.pullback_absolute(id, radius);
                for (input, (centre, radius)) in inputs.iter().zip(centres.into_iter().zip(radii)) {
                    self.add(*input, Interval { centre, radius });
                }
            }
        } else if self.has_parameters_before(inputs[0]) {
            let (input, output) = (trace.interval(inputs[0]), trace.interval(id));
            let [to_lower, to_upper] = to_ends(cotangent);
            let through = |input: Array2<T>, output: Array2<T>, cotangent: &Array2<T>| {
                let pulled = network.pullback_at(id, &[input.view()], output.view(), cotangent.view());
                pulled.into_iter().next().expect("a monotone operator has one input")
            };
            let lower = through(input.lower(), output.lower(), &to_lower);
            let upper = through(input.upper(), output.upper(), &to_upper);
            self.add_to_ends(inputs[0], lower, &upper);
        }
    }

    /// Whether a node or one before it, in the order of nodes, has parameters: if not, nothing is to be carried there.
    fn has_parameters_before(&self, node: NodeId) -> bool {
        self.positions[..=node.index()].iter().any(Option::is_some)
    }
}
