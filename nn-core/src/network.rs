use crate::{NetworkError, Op, Scalar, Shape, shape_inference};

/// The position of a node in its network; inputs of a node always have smaller ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(usize);

impl NodeId {
    /// The network's input.
    pub const INPUT: NodeId = NodeId(0);

    /// The position, counted from the input, which is 0.
    pub fn index(self) -> usize {
        self.0
    }
}

/// One operator of a network with its inputs and the shape that it produces.
#[derive(Clone, Debug, PartialEq)]
pub struct Node<T> {
    name: String,
    op: Op<T>,
    inputs: Vec<NodeId>,
    shape: Shape,
}

impl<T> Node<T> {
    /// The name, from the file where there was one.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the node computes.
    pub fn op(&self) -> &Op<T> {
        &self.op
    }

    /// Where its inputs come from, in the operator's order.
    pub fn inputs(&self) -> &[NodeId] {
        &self.inputs
    }

    /// The shape of its output, per sample.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// How many elements its output has, per sample.
    pub fn element_count(&self) -> usize {
        self.shape.element_count()
    }
}

/// A feed-forward network: a graph of operators with one input and one output, in topological order.
///
/// Every parameter is finite and every shape fits: [`NetworkBuilder`] admits nothing else.
#[derive(Clone, Debug, PartialEq)]
pub struct Network<T> {
    nodes: Vec<Node<T>>,
    output: NodeId,
}

impl<T: Scalar> Network<T> {
    /// All nodes, inputs before their users; the first is the network's input.
    pub fn nodes(&self) -> &[Node<T>] {
        &self.nodes
    }

    /// The node at a position of this network.
    pub fn node(&self, id: NodeId) -> &Node<T> {
        &self.nodes[id.0]
    }

    /// All positions, in topological order.
    pub fn node_ids(&self) -> impl DoubleEndedIterator<Item = NodeId> + ExactSizeIterator + use<T> {
        (0..self.nodes.len()).map(NodeId)
    }

    /// The node whose value is the network's output.
    pub fn output(&self) -> NodeId {
        self.output
    }

    /// For every node whether `last` depends on it or is it.
    pub fn ancestors(&self, last: NodeId) -> Vec<bool> {
        let mut needed = vec![false; self.nodes.len()];
        needed[last.0] = true;
        for index in (0..=last.0).rev() {
            if needed[index] {
                self.nodes[index].inputs.iter().for_each(|input| needed[input.0] = true);
            }
        }
        needed
    }

    /// The shape of one input sample.
    pub fn input_shape(&self) -> &Shape {
        &self.nodes[0].shape
    }

    /// The shape of one output sample.
    pub fn output_shape(&self) -> &Shape {
        &self.nodes[self.output.0].shape
    }

    /// How many elements one input sample has.
    pub fn input_count(&self) -> usize {
        self.input_shape().element_count()
    }

    /// How many elements one output sample has.
    pub fn output_count(&self) -> usize {
        self.output_shape().element_count()
    }

    /// How many ReLU and leaky ReLU neurons one sample passes through.
    pub fn relu_count(&self) -> usize {
        let relu = |node: &&Node<T>| matches!(node.op, Op::Relu | Op::LeakyRelu { .. });
        self.nodes.iter().filter(relu).map(Node::element_count).sum()
    }

    /// All operators, to be changed; whoever does keeps their shapes.
    pub(crate) fn ops_mut(&mut self) -> impl Iterator<Item = (NodeId, &mut Op<T>)> {
        self.nodes.iter_mut().enumerate().map(|(index, node)| (NodeId(index), &mut node.op))
    }

    /// The same graph with other operators; `map` keeps their shapes.
    pub(crate) fn map_ops<U: Scalar>(&self, map: impl Fn(&Op<T>) -> Op<U>) -> Network<U> {
        let node = |node: &Node<T>| Node {
            name: node.name.clone(),
            op: map(&node.op),
            inputs: node.inputs.clone(),
            shape: node.shape.clone(),
        };
        Network { nodes: self.nodes.iter().map(node).collect(), output: self.output }
    }
}

/// Adds nodes one after the other and checks each.
///
/// ```
/// use ndarray::array;
/// use nn_core::{Affine, NetworkBuilder, NodeId, Op};
///
/// let mut builder = NetworkBuilder::<f64>::new([2]);
/// let hidden = Affine { weight: array![[1.0, -1.0]], bias: array![0.5] };
/// let hidden = builder.add("hidden", Op::Affine(hidden), &[NodeId::INPUT])?;
/// let relu = builder.add("relu", Op::Relu, &[hidden])?;
/// let network = builder.finish(relu);
/// assert_eq!(network.output_count(), 1);
/// # Ok::<(), nn_core::NetworkError>(())
/// ```
#[derive(Clone, Debug)]
pub struct NetworkBuilder<T> {
    nodes: Vec<Node<T>>,
}

impl<T: Scalar> NetworkBuilder<T> {
    /// A network of nothing but an input of this shape (per sample).
    pub fn new(input_shape: impl Into<Shape>) -> Self {
        let input =
            Node { name: "input".into(), op: Op::Input, inputs: Vec::new(), shape: input_shape.into() };
        Self { nodes: vec![input] }
    }

    /// The shape of a node that was added.
    pub fn shape(&self, id: NodeId) -> &Shape {
        &self.nodes[id.0].shape
    }

    /// A node that was added.
    pub(crate) fn node(&self, id: NodeId) -> &Node<T> {
        &self.nodes[id.0]
    }

    /// Adds an operator whose output shape follows from its inputs.
    ///
    /// # Errors
    /// [`NetworkError`], naming the node, where shapes do not fit, a parameter is not finite, or an input is unknown.
    pub fn add(
        &mut self,
        name: impl Into<String>,
        op: Op<T>,
        inputs: &[NodeId],
    ) -> Result<NodeId, NetworkError> {
        let name = name.into();
        let shapes = self.input_shapes(&name, inputs)?;
        shape_inference::check_finite(&name, &op)?;
        let shape = shape_inference::output_shape(&name, &op, &shapes)?;
        Ok(self.push(name, op, inputs, shape))
    }

    /// Adds a node that gives its input another shape with as many elements.
    ///
    /// # Errors
    /// [`NetworkError`] where the numbers of elements differ.
    pub fn reshape(
        &mut self,
        name: impl Into<String>,
        input: NodeId,
        shape: impl Into<Shape>,
    ) -> Result<NodeId, NetworkError> {
        let (name, shape) = (name.into(), shape.into());
        let from = self.input_shapes(&name, &[input])?[0];
        if from.element_count() != shape.element_count() {
            let reason = format!("cannot reshape {from} into {shape}: the numbers of elements differ");
            return Err(NetworkError::Shape { node: name, op: "Reshape", reason });
        }
        Ok(self.push(name, Op::Reshape, &[input], shape))
    }

    /// The network whose output is the node given; nodes that it does not need are dropped.
    pub fn finish(self, output: NodeId) -> Network<T> {
        let mut needed = vec![false; self.nodes.len()];
        needed[0] = true;
        needed[output.0] = true;
        for index in (0..self.nodes.len()).rev() {
            if needed[index] {
                self.nodes[index].inputs.iter().for_each(|input| needed[input.0] = true);
            }
        }
        let mut position = vec![NodeId(0); self.nodes.len()];
        let mut nodes: Vec<Node<T>> = Vec::new();
        for (index, mut node) in self.nodes.into_iter().enumerate() {
            if needed[index] {
                position[index] = NodeId(nodes.len());
                node.inputs.iter_mut().for_each(|input| *input = position[input.0]);
                nodes.push(node);
            }
        }
        Network { nodes, output: position[output.0] }
    }

    fn input_shapes(&self, name: &str, inputs: &[NodeId]) -> Result<Vec<&Shape>, NetworkError> {
        let shape = |input: &NodeId| {
            let node = self.nodes.get(input.0).map(|node| &node.shape);
            node.ok_or_else(|| NetworkError::UnknownInput { node: name.to_owned(), input: input.0 })
        };
        inputs.iter().map(shape).collect()
    }

    fn push(&mut self, name: String, op: Op<T>, inputs: &[NodeId], shape: Shape) -> NodeId {
        self.nodes.push(Node { name, op, inputs: inputs.to_vec(), shape });
        NodeId(self.nodes.len() - 1)
    }
}
