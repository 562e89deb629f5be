//! One node of the file while it is being read: its inputs and attributes, with messages that name it.

use ndarray::ArrayD;

use super::OnnxError;
use super::draft::{Computed, Draft, Value};
use super::proto::{AttributeProto, NodeProto};
use super::shapes;
use super::tensor::Constant;

/// A node with its inputs resolved.
pub(super) struct NodeContext<'a> {
    pub(super) proto: &'a NodeProto,
    /// A name that no other node has.
    pub(super) name: String,
    /// `None` for an optional input that is left out.
    pub(super) inputs: Vec<Option<&'a Value>>,
}

impl<'a> NodeContext<'a> {
    pub(super) fn operator(&self) -> &'a str {
        self.proto.op_type()
    }

    /// An error that names this node.
    pub(super) fn fail(&self, reason: impl Into<String>) -> OnnxError {
        let operator = self.operator().to_owned();
        OnnxError::Node { node: self.name.clone(), operator, reason: reason.into() }
    }

    /// The same node under a name for a part of what it does.
    pub(super) fn part(&self, draft: &mut Draft, part: &str) -> Self {
        let name = draft.unused_name(&[&format!("{}/{part}", self.name)]);
        Self { proto: self.proto, name, inputs: self.inputs.clone() }
    }

    pub(super) fn optional_input(&self, position: usize) -> Option<&'a Value> {
        self.inputs.get(position).copied().flatten()
    }

    pub(super) fn input(&self, position: usize) -> Result<&'a Value, OnnxError> {
        self.optional_input(position).ok_or_else(|| self.fail(format!("input {position} is missing")))
    }

    /// An input that depends on the network's input.
    pub(super) fn computed(&self, position: usize) -> Result<&'a Computed, OnnxError> {
        match self.input(position)? {
            Value::Computed(computed) => Ok(computed),
            Value::Constant(_) => {
                Err(self.fail(format!("input {position} is a constant, which is not supported here")))
            }
        }
    }

    /// An input that must be known when the file is read.
    pub(super) fn optional_constant(&self, position: usize) -> Result<Option<&'a Constant>, OnnxError> {
        match self.optional_input(position) {
            None => Ok(None),
            Some(Value::Constant(constant)) => Ok(Some(constant)),
            Some(Value::Computed(_)) => Err(self.fail(format!(
                "input {position} (`{}`) depends on the network's input, but must be a constant",
                self.proto.input[position]
            ))),
        }
    }

    pub(super) fn constant(&self, position: usize) -> Result<&'a Constant, OnnxError> {
        let missing = || self.fail(format!("input {position} is missing"));
        self.optional_constant(position)?.ok_or_else(missing)
    }

    /// A constant input of numbers.
    pub(super) fn numbers(&self, position: usize) -> Result<ArrayD<f64>, OnnxError> {
        Ok(self.constant(position)?.to_float())
    }

    /// A constant input of integers, flattened.
    pub(super) fn optional_integers(&self, position: usize) -> Result<Option<Vec<i64>>, OnnxError> {
        let Some(constant) = self.optional_constant(position)? else { return Ok(None) };
        let integers = constant.as_integers();
        let integers =
            integers.ok_or_else(|| self.fail(format!("input {position} does not hold integers")))?;
        Ok(Some(integers.iter().copied().collect()))
    }

    /// Integers that stand in an attribute in early opsets and in an input in later ones.
    pub(super) fn integers_from(
        &self,
        attribute: &str,
        position: usize,
    ) -> Result<Option<Vec<i64>>, OnnxError> {
        match self.ints(attribute) {
            Some(values) => Ok(Some(values.to_vec())),
            None => self.optional_integers(position),
        }
    }

    /// A constant number in an input, if there is one.
    pub(super) fn optional_scalar(&self, position: usize) -> Result<Option<f64>, OnnxError> {
        let Some(constant) = self.optional_constant(position)? else { return Ok(None) };
        let values = constant.to_float();
        match values.len() {
            1 => Ok(values.first().copied()),
            count => Err(self.fail(format!("input {position} holds {count} values, but must hold one"))),
        }
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&'a AttributeProto> {
        self.proto.attribute.iter().find(|attribute| attribute.name() == name)
    }

    pub(super) fn int(&self, name: &str, default: i64) -> i64 {
        self.attribute(name).map_or(default, AttributeProto::i)
    }

    /// An attribute of several integers; absent and empty are the same.
    pub(super) fn ints(&self, name: &str) -> Option<&'a [i64]> {
        self.attribute(name).map(|attribute| attribute.ints.as_slice()).filter(|ints| !ints.is_empty())
    }

    pub(super) fn float(&self, name: &str, default: f32) -> f64 {
        f64::from(self.attribute(name).map_or(default, AttributeProto::f))
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.attribute(name).map(|attribute| String::from_utf8_lossy(attribute.s()).into_owned())
    }

    /// An axis of a tensor with `rank` axes, from an attribute.
    pub(super) fn axis(&self, name: &str, default: i64, rank: usize) -> Result<usize, OnnxError> {
        shapes::axis(self.int(name, default), rank).map_err(|reason| self.fail(reason))
    }

    /// Distinct axes of a tensor with `rank` axes.
    pub(super) fn axes(&self, axes: &[i64], rank: usize) -> Result<Vec<usize>, OnnxError> {
        let resolved = axes.iter().map(|axis| shapes::axis(*axis, rank)).collect::<Result<Vec<_>, _>>();
        let resolved = resolved.map_err(|reason| self.fail(reason))?;
        let repeated = (1..resolved.len()).any(|i| resolved[..i].contains(&resolved[i]));
        if repeated { Err(self.fail(format!("axes {axes:?} repeat one"))) } else { Ok(resolved) }
    }
}
