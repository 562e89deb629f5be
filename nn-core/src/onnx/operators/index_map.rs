//! Operators whose output elements are input elements or constants.
//!
//! Such an operator is applied to the tensor of its input's element positions; the result says where every output
//! element comes from. So one piece of code serves constants and computed tensors alike, and several such operators in
//! a row become one [`Rearrange`].

use ndarray::{ArrayD, IxDyn};

use crate::onnx::OnnxError;
use crate::onnx::context::NodeContext;
use crate::onnx::draft::{Computed, Draft, Value};
use crate::onnx::shapes::{broadcast, computed_count, per_sample};
use crate::onnx::tensor::Constant;
use crate::{NodeId, Op, Rearrange, Shape, Source};

/// Where every element of a tensor comes from.
pub(super) type Sources = ArrayD<Source<f64>>;

/// Reorders axes.
pub(super) fn transpose(node: &NodeContext<'_>, draft: &mut Draft) -> Result<Vec<Value>, OnnxError> {
    let x = node.input(0)?;
    let rank = x.shape().len();
    let order = match node.ints("perm") {
        None => (0..rank).rev().collect(),
        Some(axes) if axes.len() == rank => node.axes(axes, rank)?,
        Some(axes) => return Err(node.fail(format!("perm {axes:?} for a tensor of {rank} axes"))),
    };
    Ok(vec![rearranged(node, draft, x, |sources| Ok(sources.permuted_axes(order)))?])
}

/// Repeats a tensor along axes of size 1.
pub(super) fn expand(node: &NodeContext<'_>, draft: &mut Draft) -> Result<Vec<Value>, OnnxError> {
    let x = node.input(0)?;
    let target = node.optional_integers(1)?.ok_or_else(|| node.fail("its shape is missing"))?;
    let target: Result<Vec<_>, _> = target.iter().map(|size| usize::try_from(*size)).collect();
    let target = target.map_err(|_| node.fail("its shape holds a negative size"))?;
    let shape = broadcast(x.shape(), &target).map_err(|reason| node.fail(reason))?;
    computed_count(&shape).map_err(|reason| node.fail(reason))?;
    Ok(vec![rearranged(node, draft, x, |sources| Ok(repeated(&sources, &shape)))?])
}

/// The same value repeated to a shape that it broadcasts to.
pub(super) fn broadcast_to(
    node: &NodeContext<'_>,
    draft: &mut Draft,
    x: &Computed,
    shape: Vec<usize>,
) -> Result<Computed, OnnxError> {
    if x.element_count() == shape.iter().product::<usize>() {
        return Ok(Computed { shape, ..x.clone() });
    }
    let expanding = node.part(draft, "expand");
    rearranged_computed(&expanding, draft, x, |sources| Ok(repeated(&sources, &shape)))
}

fn repeated(sources: &Sources, shape: &[usize]) -> Sources {
    sources.broadcast(shape).expect("the caller broadcast the shapes").into_owned()
}

/// The value that holds `rearrange(positions of x)`.
pub(super) fn rearranged(
    node: &NodeContext<'_>,
    draft: &mut Draft,
    x: &Value,
    rearrange: impl FnOnce(Sources) -> Result<Sources, OnnxError>,
) -> Result<Value, OnnxError> {
    match x {
        Value::Constant(constant) => {
            let sources = rearrange(positions(constant.shape()))?;
            Ok(Value::Constant(look_up(constant, &sources)))
        }
        Value::Computed(x) => rearranged_computed(node, draft, x, rearrange).map(Value::Computed),
    }
}

/// The same for a value that is computed.
pub(super) fn rearranged_computed(
    node: &NodeContext<'_>,
    draft: &mut Draft,
    x: &Computed,
    rearrange: impl FnOnce(Sources) -> Result<Sources, OnnxError>,
) -> Result<Computed, OnnxError> {
    let sources = rearrange(positions(&x.shape))?;
    add_rearrange(node, draft, x, &sources)
}

/// The positions of a tensor's elements in row-major order, in its shape.
pub(super) fn positions(shape: &[usize]) -> Sources {
    let count = shape.iter().product::<usize>();
    let positions = (0..count).map(Source::Element).collect();
    ArrayD::from_shape_vec(IxDyn(shape), positions).expect("one position for each element")
}

/// Adds the operator that takes its elements from the positions of `x` given.
pub(super) fn add_rearrange(
    node: &NodeContext<'_>,
    draft: &mut Draft,
    x: &Computed,
    sources: &Sources,
) -> Result<Computed, OnnxError> {
    let shape = sources.shape().to_vec();
    computed_count(&shape).map_err(|reason| node.fail(reason))?;
    if is_identity(sources, x.element_count()) {
        return draft.viewed(x, &node.name, shape);
    }
    let (input, sources) = composed(draft, x.node, sources);
    let rearrange = Rearrange { sources, shape: Shape::new(per_sample(&shape)) };
    let added = draft.add(&node.name, Op::Rearrange(rearrange), &[input])?;
    Ok(Computed::new(added, shape))
}

fn is_identity(sources: &Sources, count: usize) -> bool {
    let in_place = |(position, source): (usize, &Source<f64>)| matches!(source, Source::Element(from) if *from == position);
    sources.len() == count && sources.iter().enumerate().all(in_place)
}

/// The sources in terms of the node below one that rearranges itself.
fn composed(draft: &Draft, node: NodeId, sources: &Sources) -> (NodeId, Vec<Source<f64>>) {
    match draft.op(node) {
        Op::Rearrange(below) => {
            let through = |source: &Source<f64>| match source {
                Source::Element(position) => below.sources[*position],
                constant => *constant,
            };
            (draft.input_of(node), sources.iter().map(through).collect())
        }
        _ => (node, sources.iter().copied().collect()),
    }
}

#[allow(clippy::cast_possible_truncation)] // fill values among integers are integers
fn look_up(constant: &Constant, sources: &Sources) -> Constant {
    match constant {
        Constant::Float(values) => Constant::Float(picked(values, sources, |fill| fill)),
        Constant::Integer(values) => Constant::Integer(picked(values, sources, |fill| fill as i64)),
    }
}

fn picked<E: Copy>(values: &ArrayD<E>, sources: &Sources, fill: impl Fn(f64) -> E) -> ArrayD<E> {
    let flat: Vec<E> = values.iter().copied().collect();
    sources.map(|source| match source {
        Source::Element(position) => flat[*position],
        Source::Constant(value) => fill(*value),
    })
}
