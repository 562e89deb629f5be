//! VNN-LIB 2.0: a network with typed tensors, whose elements are written `X[0,2]`.

use super::super::error::{Fault, invalid, too_large, unexpected, unsupported};
use super::super::syntax::{Form, Kind, Node};
use super::{MOST_ELEMENTS, NetworkInterface, Variable, undeclared};

/// An input or output as it is declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tensor {
    /// The name in the property.
    pub name: String,
    /// What its elements are.
    pub element_type: ElementType,
    /// Its sizes; none for a single number.
    pub shape: Vec<usize>,
    /// The name in the ONNX file, where it is given.
    pub onnx_name: Option<String>,
}

/// The numbers that a tensor holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ElementType {
    /// Any: an answer for real numbers is asked for.
    Real,
    /// `float32`.
    Float32,
    /// `float64`.
    Float64,
}

impl Tensor {
    /// How many elements it has.
    pub fn element_count(&self) -> usize {
        self.shape.iter().product()
    }

    /// How a property spells the element at a position in row-major order, such as `X[0,2]`.
    pub fn element_name(&self, element: usize) -> String {
        let mut rest = element;
        let mut indices: Vec<String> = Vec::new();
        for size in self.shape.iter().rev() {
            indices.push((rest % size).to_string());
            rest /= size;
        }
        indices.reverse();
        if indices.is_empty() { self.name.clone() } else { format!("{}[{}]", self.name, indices.join(",")) }
    }

    /// The position, in row-major order, that indices mean.
    fn position(&self, name: &Node<'_>, indices: Option<&Node<'_>>) -> Result<usize, Fault> {
        let (offset, indices) = match indices {
            None => (name.offset, Vec::new()),
            Some(node) => (node.offset, whole_numbers(node)?),
        };
        if indices.len() != self.shape.len() {
            let (expected, found) = (self.shape.len(), indices.len());
            return Err(unexpected(
                offset,
                format!("{expected} indices of `{}`", self.name),
                found.to_string(),
            ));
        }
        let mut position = 0;
        for (axis, (index, size)) in indices.iter().zip(&self.shape).enumerate() {
            if index >= size {
                let reason = format!("index {index} is beyond size {size} of axis {axis} of `{}`", self.name);
                return Err(invalid(offset, reason));
            }
            position = position * size + index;
        }
        Ok(position)
    }
}

impl NetworkInterface {
    pub(super) fn resolve(&self, name: &Node<'_>, indices: Option<&Node<'_>>) -> Result<Variable, Fault> {
        if name.text == self.input.name {
            Ok(Variable::Input(self.input.position(name, indices)?))
        } else if name.text == self.output.name {
            Ok(Variable::Output(self.output.position(name, indices)?))
        } else {
            Err(undeclared(name))
        }
    }
}

pub(super) fn several_networks(offset: usize) -> Fault {
    unsupported(offset, "several networks", "a property is answered about one network")
}

/// `(declare-network NAME (declare-input ...) (declare-output ...))`.
pub(super) fn read(form: &Form<'_>) -> Result<NetworkInterface, Fault> {
    let offset = form.node(0).offset;
    let mut items = form.items(0).skip(1);
    let name = items.next().map(|item| form.node(item));
    let name = match name {
        Some(name) if is_name(name) => name.text.to_owned(),
        Some(other) => return Err(unexpected(other.offset, "the network's name", other.describe())),
        None => return Err(unexpected(offset, "`(declare-network NAME ...)`", "no name")),
    };
    let (mut input, mut output) = (None, None);
    for item in items {
        let head = form.head(item, "`declare-input` or `declare-output`")?;
        match head.text {
            "declare-input" if output.is_some() => {
                return Err(invalid(head.offset, "inputs are declared before outputs"));
            }
            "declare-input" if input.is_some() => {
                return Err(unsupported(head.offset, "several inputs", "a network has one input tensor"));
            }
            "declare-output" if output.is_some() => {
                return Err(unsupported(head.offset, "several outputs", "a network has one output tensor"));
            }
            "declare-input" => input = Some(tensor(form, item)?),
            "declare-output" => output = Some(tensor(form, item)?),
            "declare-hidden" => {
                let reason = "a property speaks of inputs and outputs only";
                return Err(unsupported(head.offset, "hidden nodes", reason));
            }
            "isomorphic-to" | "equal-to" => return Err(several_networks(head.offset)),
            _ => {
                return Err(unexpected(head.offset, "`declare-input` or `declare-output`", head.describe()));
            }
        }
    }
    match (input, output) {
        (Some(input), Some(output)) if input.name == output.name => {
            Err(invalid(offset, format!("input and output are both called `{}`", input.name)))
        }
        (Some(input), Some(output)) => Ok(NetworkInterface { offset, name, input, output }),
        (None, _) => Err(unexpected(offset, "a network with `(declare-input ...)`", "none")),
        (_, None) => Err(unexpected(offset, "a network with `(declare-output ...)`", "none")),
    }
}

/// `(declare-input NAME TYPE [SIZES])`, with the name in the ONNX file behind it where there is one.
fn tensor(form: &Form<'_>, list: usize) -> Result<Tensor, Fault> {
    let items: Vec<&Node<'_>> = form.items(list).skip(1).map(|item| form.node(item)).collect();
    let (name, element_type, shape, onnx_name) = match items[..] {
        [name, element_type, shape] => (name, element_type, shape, None),
        [name, element_type, shape, onnx_name] => (name, element_type, shape, Some(onnx_name)),
        _ => {
            let found = format!("{} words", items.len() + 1);
            return Err(unexpected(form.node(list).offset, "a name, a type and sizes such as [1,5]", found));
        }
    };
    if !is_name(name) {
        return Err(unexpected(name.offset, "a name of letters, digits and `_`", name.describe()));
    }
    let shape_offset = shape.offset;
    let shape = whole_numbers(shape)?;
    let count = shape.iter().try_fold(1_usize, |product, size| product.checked_mul(*size));
    match count {
        Some(0) => return Err(invalid(shape_offset, "no size is 0")),
        Some(count) if count <= MOST_ELEMENTS => {}
        _ => {
            let reason = format!("a tensor of more than {MOST_ELEMENTS} elements is not read");
            return Err(too_large(shape_offset, reason));
        }
    }
    let onnx_name = match onnx_name {
        Some(node) if node.kind != Kind::Quoted => {
            return Err(unexpected(node.offset, "an ONNX name in double quotes", node.describe()));
        }
        other => other.map(|node| node.text.trim_matches('"').to_owned()),
    };
    Ok(Tensor { name: name.text.to_owned(), element_type: read_type(element_type)?, shape, onnx_name })
}

fn read_type(node: &Node<'_>) -> Result<ElementType, Fault> {
    match node.text.to_ascii_lowercase().as_str() {
        "real" => Ok(ElementType::Real),
        "float32" => Ok(ElementType::Float32),
        "float64" => Ok(ElementType::Float64),
        _ => Err(unexpected(node.offset, "the type real, float32 or float64", node.describe())),
    }
}

fn is_name(node: &Node<'_>) -> bool {
    let mut characters = node.text.chars();
    node.kind == Kind::Atom
        && characters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && characters.all(|character| character.is_ascii_alphanumeric() || character == '_')
}

/// The numbers in brackets.
fn whole_numbers(node: &Node<'_>) -> Result<Vec<usize>, Fault> {
    let wrong = || unexpected(node.offset, "whole numbers such as [0,2]", node.describe());
    let inside = node.text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).ok_or_else(wrong)?;
    if inside.trim().is_empty() {
        return Ok(Vec::new());
    }
    inside.split(',').map(|number| number.trim().parse().map_err(|_| wrong())).collect()
}
