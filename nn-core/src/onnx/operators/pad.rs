//! Constant padding.

use ndarray::{Axis, IxDyn, concatenate};

use super::index_map::{Sources, rearranged};
use crate::Source;
use crate::onnx::OnnxError;
use crate::onnx::context::NodeContext;
use crate::onnx::draft::{Draft, Value};
use crate::onnx::shapes::computed_count;

/// Adds a constant around a tensor; negative amounts remove.
pub(super) fn pad(node: &NodeContext<'_>, draft: &mut Draft) -> Result<Vec<Value>, OnnxError> {
    let x = node.input(0)?;
    let mode = node.text("mode").unwrap_or_else(|| "constant".into());
    if mode != "constant" {
        return Err(node.fail(format!("mode `{mode}` is not supported; constant is")));
    }
    let rank = x.shape().len();
    let amounts = node.integers_from("pads", 1)?.ok_or_else(|| node.fail("its pads are missing"))?;
    let fill = match node.attribute("value") {
        Some(value) => f64::from(value.f()),
        None => node.optional_scalar(2)?.unwrap_or(0.0),
    };
    let axes = match node.optional_integers(3)? {
        Some(axes) => node.axes(&axes, rank)?,
        None => (0..rank).collect(),
    };
    if amounts.len() != 2 * axes.len() {
        return Err(node.fail(format!("{} pads for {} axes", amounts.len(), axes.len())));
    }
    let (before, after) = amounts.split_at(axes.len());
    let mut shape = x.shape().to_vec();
    for ((axis, before), after) in axes.iter().zip(before).zip(after) {
        shape[*axis] = padded_size(shape[*axis], *before, *after)
            .ok_or_else(|| node.fail(format!("pads {amounts:?} on a value of shape {:?}", x.shape())))?;
    }
    computed_count(&shape).map_err(|reason| node.fail(reason))?;
    let padded = rearranged(node, draft, x, |mut sources| {
        for ((axis, before), after) in axes.iter().zip(before).zip(after) {
            sources = padded_along(Axis(*axis), &sources, [*before, *after], fill);
        }
        Ok(sources)
    });
    Ok(vec![padded?])
}

/// The size of an axis after padding, if both ends leave something of it.
fn padded_size(size: usize, before: i64, after: i64) -> Option<usize> {
    let removed = [before, after].map(|amount| amount.min(0).unsigned_abs());
    let removed = usize::try_from(removed[0].checked_add(removed[1])?).ok()?;
    let added = [before, after].map(|amount| usize::try_from(amount.max(0)));
    let [Ok(before), Ok(after)] = added else { return None };
    size.checked_sub(removed)?.checked_add(before)?.checked_add(after)
}

fn padded_along(axis: Axis, sources: &Sources, [before, after]: [i64; 2], fill: f64) -> Sources {
    let amount = |signed: i64| usize::try_from(signed).unwrap_or(0);
    let kept = amount(-before)..sources.len_of(axis) - amount(-after);
    let kept = sources.slice_axis(axis, kept.into());
    let block = |size: usize| {
        let mut shape = sources.shape().to_vec();
        shape[axis.index()] = size;
        Sources::from_elem(IxDyn(&shape), Source::Constant(fill))
    };
    let (first, last) = (block(amount(before)), block(amount(after)));
    concatenate(axis, &[first.view(), kept, last.view()]).expect("the blocks differ along the axis only")
}
