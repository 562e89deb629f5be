use milp_encode::property::DataRange;
use ndarray::{Array2, ArrayView2, Zip};
use nn_core::{Network, NodeId, Op, Scalar};

/// Values between `centre - radius` and `centre + radius`, element by element: (batch, element count) each.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Interval<T> {
    /// The middle.
    pub(crate) centre: Array2<T>,
    /// Half of the width; not negative.
    pub(crate) radius: Array2<T>,
}

/// An interval for the value of every node, from [`propagate`].
#[derive(Clone, Debug, PartialEq)]
pub(super) struct IntervalTrace<T> {
    values: Vec<Interval<T>>,
}

impl<T: Scalar> Interval<T> {
    /// Everything between two corners.
    pub(super) fn between(lower: Array2<T>, upper: Array2<T>) -> Self {
        let half = T::from_f64(0.5);
        let (mut centre, mut radius) = (lower, upper);
        Zip::from(&mut centre).and(&mut radius).for_each(|c, r| {
            let (lower, upper) = (*c, *r);
            (*c, *r) = (half * (lower + upper), half * (upper - lower));
        });
        Self { centre, radius }
    }

    /// The least values.
    pub(super) fn lower(&self) -> Array2<T> {
        &self.centre - &self.radius
    }

    /// The greatest values.
    pub(super) fn upper(&self) -> Array2<T> {
        &self.centre + &self.radius
    }
}

impl<T: Scalar> IntervalTrace<T> {
    /// A node's interval.
    pub(super) fn interval(&self, node: NodeId) -> &Interval<T> {
        &self.values[node.index()]
    }

    pub(super) fn centres(&self, nodes: &[NodeId]) -> Vec<ArrayView2<'_, T>> {
        nodes.iter().map(|node| self.interval(*node).centre.view()).collect()
    }

    pub(super) fn radii(&self, nodes: &[NodeId]) -> Vec<ArrayView2<'_, T>> {
        nodes.iter().map(|node| self.interval(*node).radius.view()).collect()
    }
}

/// The l-infinity balls of radius `epsilon` around inputs, cut to the data's range.
pub(crate) fn ball<T: Scalar>(
    inputs: ArrayView2<'_, T>,
    epsilon: f64,
    range: Option<DataRange>,
) -> Interval<T> {
    let epsilon = T::from_f64(epsilon);
    let (mut lower, mut upper) = (inputs.mapv(|x| x - epsilon), inputs.mapv(|x| x + epsilon));
    if let Some(range) = range {
        let (least, greatest) = (T::from_f64(range.lower), T::from_f64(range.upper));
        lower.mapv_inplace(|x| x.max(least).min(greatest));
        upper.mapv_inplace(|x| x.max(least).min(greatest));
    }
    Interval::between(lower, upper)
}

/// Carries boxes of inputs through a network.
///
/// # Panics
/// Where the inputs do not have the network's width.
pub(super) fn propagate<T: Scalar>(network: &Network<T>, inputs: Interval<T>) -> IntervalTrace<T> {
    let mut trace = IntervalTrace { values: Vec::with_capacity(network.nodes().len()) };
    trace.values.push(inputs);
    for id in network.node_ids().skip(1) {
        let node = network.node(id);
        let value = if node.op().is_affine() {
            Interval {
                centre: network.apply(id, &trace.centres(node.inputs())),
                radius: network.apply_absolute(id, &trace.radii(node.inputs())),
            }
        } else {
            assert_monotone(node.op());
            let input = trace.interval(node.inputs()[0]);
            let through = |values: Array2<T>| network.apply(id, &[values.view()]);
            Interval::between(through(input.lower()), through(input.upper()))
        };
        trace.values.push(value);
    }
    trace
}

/// What is not affine has one input and does not decrease in any of its elements.
fn assert_monotone<T>(op: &Op<T>) {
    let monotone = matches!(op, Op::Relu | Op::LeakyRelu { .. } | Op::Sigmoid | Op::Tanh | Op::MaxPool(_));
    assert!(monotone, "{} is neither affine nor monotone", op.name());
}

/// Gradients with respect to the ends of an interval, from those with respect to its centre and radius.
pub(super) fn to_ends<T: Scalar>(cotangent: &Interval<T>) -> [Array2<T>; 2] {
    let half = T::from_f64(0.5);
    let halved = |sum: Array2<T>| sum.mapv_into(|value| half * value);
    [halved(&cotangent.centre - &cotangent.radius), halved(&cotangent.centre + &cotangent.radius)]
}

/// Gradients with respect to centre and radius, from those with respect to the ends.
pub(super) fn from_ends<T: Scalar>(lower: Array2<T>, upper: &Array2<T>) -> Interval<T> {
    let mut cotangent = Interval { radius: upper - &lower, centre: lower };
    Zip::from(&mut cotangent.centre).and(upper).for_each(|lower, &upper| *lower += upper);
    cotangent
}
