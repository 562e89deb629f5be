use ndarray::{Array1, Array2, ArrayRef2, ArrayView1, ArrayView2, Axis};

use crate::kernels::{self, Batch, Part};
use crate::{Network, NodeId, Scalar};

/// The value of every node on a batch of inputs, from [`Network::trace`].
#[derive(Clone, Debug, PartialEq)]
pub struct Trace<T> {
    values: Vec<Array2<T>>,
    output: NodeId,
}

impl<T: Scalar> Trace<T> {
    /// A node's value, (batch, element count).
    pub fn value(&self, node: NodeId) -> ArrayView2<'_, T> {
        self.values[node.index()].view()
    }

    /// The network's output, (batch, output count).
    pub fn output(&self) -> ArrayView2<'_, T> {
        self.value(self.output)
    }

    /// How many samples went through the network.
    pub fn batch_size(&self) -> usize {
        self.values[0].nrows()
    }

    pub(crate) fn values_of(&self, nodes: &[NodeId]) -> Vec<ArrayView2<'_, T>> {
        nodes.iter().map(|node| self.value(*node)).collect()
    }
}

/// Evaluation. Tensors are batches of flattened samples: (batch, element count), elements in row-major order.
///
/// Sums are taken in an order that depends on the size of the batch and on the processor's vector width: the same
/// sample may differ in its last bits from one batch to another.
impl<T: Scalar> Network<T> {
    /// The outputs for a batch of inputs: (batch, input count) to (batch, output count).
    ///
    /// Keeps only values that are still needed; [`Network::trace`] keeps them all.
    ///
    /// # Panics
    /// Where the inputs do not have [`Network::input_count`] columns.
    pub fn forward(&self, input: ArrayView2<'_, T>) -> Array2<T> {
        self.assert_is_input(&input);
        let mut users = self.user_counts();
        let mut values: Vec<Option<Batch<'_, T>>> = self.nodes().iter().map(|_| None).collect();
        values[0] = Some(input.as_standard_layout());
        for id in self.node_ids().skip(1) {
            let node = self.node(id);
            let inputs = match node.inputs() {
                // The last user takes the memory over.
                [input] if users[input.index()] == 1 => values[input.index()].take().into_iter().collect(),
                inputs => inputs.iter().filter_map(|input| view(&values[input.index()])).collect(),
            };
            let value = kernels::apply(self, id, Part::Whole, inputs);
            for input in node.inputs() {
                users[input.index()] -= 1;
                if users[input.index()] == 0 {
                    values[input.index()] = None;
                }
            }
            values[id.index()] = Some(value.into());
        }
        values.swap_remove(self.output().index()).expect("the output has no users that drop it").into_owned()
    }

    /// The output for one input.
    ///
    /// # Panics
    /// Where the input does not have [`Network::input_count`] elements.
    pub fn forward_one(&self, input: ArrayView1<'_, T>) -> Array1<T> {
        self.forward(input.insert_axis(Axis(0))).index_axis_move(Axis(0), 0)
    }

    /// The values of all nodes for a batch of inputs, (batch, input count).
    ///
    /// # Panics
    /// Where the inputs do not have [`Network::input_count`] columns.
    pub fn trace(&self, input: ArrayView2<'_, T>) -> Trace<T> {
        self.assert_is_input(&input);
        let mut values = Vec::with_capacity(self.nodes().len());
        values.push(input.as_standard_layout().into_owned());
        for id in self.node_ids().skip(1) {
            let inputs = self.node(id).inputs().iter();
            let inputs = inputs.map(|input| Batch::from(values[input.index()].view())).collect();
            values.push(kernels::apply(self, id, Part::Whole, inputs));
        }
        Trace { values, output: self.output() }
    }

    /// A node's operator on values for its inputs: each (batch, element count of that input) to
    /// (batch, element count of the node).
    ///
    /// # Panics
    /// Where the inputs do not fit the node in number, width or batch size, and for [`NodeId::INPUT`].
    pub fn apply(&self, node: NodeId, inputs: &[ArrayView2<'_, T>]) -> Array2<T> {
        self.apply_part(node, Part::Whole, inputs)
    }

    /// An affine operator without its constant: `A x` of `A x + b`. Shapes are those of [`Network::apply`].
    ///
    /// # Panics
    /// As [`Network::apply`], and where the operator is not affine.
    pub fn apply_linear(&self, node: NodeId, inputs: &[ArrayView2<'_, T>]) -> Array2<T> {
        self.assert_is_affine(node);
        self.apply_part(node, Part::Linear, inputs)
    }

    /// An affine operator without its constant and with every coefficient replaced by its absolute value: `|A| r` of
    /// `A x + b`, which is how far the output moves when input `i` moves by up to `r[i]`.
    /// Shapes are those of [`Network::apply`].
    ///
    /// # Panics
    /// As [`Network::apply`], and where the operator is not affine.
    pub fn apply_absolute(&self, node: NodeId, inputs: &[ArrayView2<'_, T>]) -> Array2<T> {
        self.assert_is_affine(node);
        self.apply_part(node, Part::Absolute, inputs)
    }

    /// The transposed linear map of an affine operator: `A^T y` of `A x + b`, one result for every input of the node.
    /// (batch, element count of the node) to (batch, element count of the input).
    ///
    /// # Panics
    /// Where the cotangent has another width than the node, or the operator is not affine.
    pub fn pullback(&self, node: NodeId, cotangent: ArrayView2<'_, T>) -> Vec<Array2<T>> {
        self.pullback_part(node, Part::Linear, cotangent)
    }

    /// The transpose of [`Network::apply_absolute`]: `|A|^T y` of `A x + b`. Shapes are those of [`Network::pullback`].
    ///
    /// # Panics
    /// As [`Network::pullback`].
    pub fn pullback_absolute(&self, node: NodeId, cotangent: ArrayView2<'_, T>) -> Vec<Array2<T>> {
        self.pullback_part(node, Part::Absolute, cotangent)
    }

    fn pullback_part(&self, node: NodeId, part: Part, cotangent: ArrayView2<'_, T>) -> Vec<Array2<T>> {
        self.assert_is_affine(node);
        self.assert_fits(node, &cotangent, "the cotangent");
        kernels::pullback(self, node, part, cotangent.as_standard_layout())
    }

    fn apply_part(&self, node: NodeId, part: Part, inputs: &[ArrayView2<'_, T>]) -> Array2<T> {
        self.assert_are_inputs(node, inputs);
        kernels::apply(self, node, part, inputs.iter().map(|input| input.as_standard_layout()).collect())
    }

    pub(crate) fn assert_are_inputs(&self, node: NodeId, inputs: &[ArrayView2<'_, T>]) {
        let name = self.node(node).name();
        let expected = self.node(node).inputs();
        assert!(node != NodeId::INPUT, "the network's input is no operator to apply");
        assert!(
            expected.len() == inputs.len(),
            "`{name}` has {} inputs, not {}",
            expected.len(),
            inputs.len()
        );
        for (id, input) in expected.iter().zip(inputs) {
            self.assert_fits(*id, input, "the input");
            assert!(input.nrows() == inputs[0].nrows(), "the inputs of `{name}` differ in batch size");
        }
    }

    /// How often each node is an input of another one; the network's output never is.
    fn user_counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.nodes().len()];
        self.nodes().iter().flat_map(|node| node.inputs()).for_each(|input| counts[input.index()] += 1);
        counts
    }

    fn assert_is_input(&self, input: &ArrayRef2<T>) {
        self.assert_fits(NodeId::INPUT, input, "a batch of inputs");
    }

    fn assert_is_affine(&self, node: NodeId) {
        let node = self.node(node);
        assert!(node.op().is_affine(), "`{}` is {}, which is not affine", node.name(), node.op().name());
    }

    pub(crate) fn assert_fits(&self, node: NodeId, values: &ArrayRef2<T>, what: &str) {
        let (node, width) = (self.node(node), values.ncols());
        let expected = node.element_count();
        assert!(
            width == expected,
            "{what} has {width} columns, but `{}` has {expected} elements",
            node.name()
        );
    }
}

fn view<'a, T>(value: &'a Option<Batch<'_, T>>) -> Option<Batch<'a, T>> {
    value.as_ref().map(|value| value.view().into())
}
