//! The network while its file is being read.

use std::collections::{HashMap, HashSet};

use super::OnnxError;
use super::shapes::{computed_count, per_sample};
use super::tensor::Constant;
use crate::{Network, NetworkBuilder, NodeId, Op, Rearrange, Shape};

/// What a name in the file stands for.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// A tensor that is known now.
    Constant(Constant),
    /// A tensor that depends on the network's input.
    Computed(Computed),
}

/// The elements of a node, in row-major order, under the shape that the file gives them.
///
/// The node's own shape may be another one: views (flatten, reshape, squeeze) make no node. A reshape is added only
/// where an operator needs another shape than its input's node has.
#[derive(Clone, Debug)]
pub(super) struct Computed {
    pub(super) node: NodeId,
    /// The ONNX shape, with a batch of one.
    pub(super) shape: Vec<usize>,
    /// The ONNX node that gave the present shape, if that was a view.
    pub(super) view: Option<String>,
    /// Whether nothing else reads the node, so that a constant operation may be folded into it.
    pub(super) single_use: bool,
}

impl Value {
    pub(super) fn shape(&self) -> &[usize] {
        match self {
            Value::Constant(constant) => constant.shape(),
            Value::Computed(computed) => &computed.shape,
        }
    }
}

impl Computed {
    pub(super) fn new(node: NodeId, shape: Vec<usize>) -> Self {
        Self { node, shape, view: None, single_use: true }
    }

    pub(super) fn element_count(&self) -> usize {
        self.shape.iter().product()
    }
}

/// Nodes that were read so far.
pub(super) struct Draft {
    builder: NetworkBuilder<f64>,
    names: HashSet<String>,
    materialised_views: HashSet<String>,
    reshaped: HashMap<(NodeId, Shape), NodeId>,
    unbiased: HashSet<NodeId>,
}

impl Draft {
    /// A network of an input of this ONNX shape and nothing else.
    pub(super) fn new(input: &[usize]) -> Self {
        Self {
            builder: NetworkBuilder::new(per_sample(input)),
            names: HashSet::from(["input".to_owned()]),
            materialised_views: HashSet::new(),
            reshaped: HashMap::new(),
            unbiased: HashSet::new(),
        }
    }

    /// The network that computes `output`, in the output's shape; a single output may keep its axis.
    pub(super) fn finish(mut self, output: &Computed) -> Result<Network<f64>, OnnxError> {
        let as_it_is = self.shape(output.node).dimensions() == output.shape;
        let node = if as_it_is { output.node } else { self.in_shape(output, per_sample(&output.shape))? };
        Ok(self.builder.finish(node))
    }

    /// The first of these names that no node has yet, or one made from the last.
    pub(super) fn unused_name(&mut self, candidates: &[&str]) -> String {
        let last = candidates.last().copied().unwrap_or_default();
        let named = candidates.iter().copied().filter(|name| !name.is_empty()).map(str::to_owned);
        let mut numbered = (2_usize..).map(|number| format!("{last}_{number}"));
        let name = named
            .chain(std::iter::from_fn(|| numbered.next()))
            .find(|name| !self.names.contains(name))
            .expect("finitely many names are taken");
        self.names.insert(name.clone());
        name
    }

    pub(super) fn shape(&self, node: NodeId) -> &Shape {
        self.builder.shape(node)
    }

    pub(super) fn op(&self, node: NodeId) -> &Op<f64> {
        self.builder.node(node).op()
    }

    /// Whether a node is a layer whose file states no bias.
    pub(super) fn is_unbiased(&self, node: NodeId) -> bool {
        self.unbiased.contains(&node)
    }

    /// Notes that the file states no bias for a layer.
    pub(super) fn mark_unbiased(&mut self, node: NodeId) {
        self.unbiased.insert(node);
    }

    /// Adds an operator.
    pub(super) fn add(&mut self, name: &str, op: Op<f64>, inputs: &[NodeId]) -> Result<NodeId, OnnxError> {
        let operator = op.name();
        let node = self.builder.add(name, op, inputs)?;
        match computed_count(self.shape(node).dimensions()) {
            Ok(_) => Ok(node),
            Err(reason) => Err(OnnxError::Node { node: name.to_owned(), operator: operator.into(), reason }),
        }
    }

    /// A layer like `node`, with its name and input, that replaces it; the old one vanishes if nothing else reads it.
    pub(super) fn replace(&mut self, node: NodeId, op: Op<f64>) -> Result<NodeId, OnnxError> {
        let (name, inputs) = {
            let old = self.builder.node(node);
            (old.name().to_owned(), old.inputs().to_vec())
        };
        self.add(&name, op, &inputs)
    }

    /// The same elements under the shape that a node named `view` gives them. A rearrangement takes the shape over,
    /// which costs nothing.
    pub(super) fn viewed(
        &mut self,
        value: &Computed,
        view: &str,
        shape: Vec<usize>,
    ) -> Result<Computed, OnnxError> {
        let mut viewed = Computed { shape, view: Some(view.to_owned()), ..value.clone() };
        if let Op::Rearrange(_) = self.op(value.node) {
            viewed.node = self.in_shape(&viewed, per_sample(&viewed.shape))?;
        }
        Ok(viewed)
    }

    /// A node with these elements in this shape, which has as many.
    pub(super) fn in_shape(&mut self, value: &Computed, shape: &[usize]) -> Result<NodeId, OnnxError> {
        let shape = Shape::new(shape);
        if *self.shape(value.node) == shape {
            return Ok(value.node);
        }
        if let Some(node) = self.reshaped.get(&(value.node, shape.clone())) {
            return Ok(*node);
        }
        let made_from = format!("{}/reshape", self.builder.node(value.node).name());
        let name = match &value.view {
            Some(view) if self.materialised_views.insert(view.clone()) => view.clone(),
            _ => self.unused_name(&[&made_from]),
        };
        let node = match self.op(value.node) {
            Op::Rearrange(rearrange) => {
                let op = Rearrange { sources: rearrange.sources.clone(), shape: shape.clone() };
                let inputs = self.builder.node(value.node).inputs().to_vec();
                self.builder.add(name, Op::Rearrange(op), &inputs)?
            }
            _ => self.builder.reshape(name, value.node, shape.clone())?,
        };
        self.reshaped.insert((value.node, shape), node);
        Ok(node)
    }

    /// The input of a node that has one.
    pub(super) fn input_of(&self, node: NodeId) -> NodeId {
        self.builder.node(node).inputs()[0]
    }
}
