//! Constant padding.

use ndarray::{AxisDescription, IxDyn, Slice};

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
    let mut amount_at = vec![[0, 0]; rank];
    let (before, after) = amounts.split_at(axes.len());
    for ((axis, before), after) in axes.iter().zip(before).zip(after) {
        amount_at[*axis] = [*before, *after];
    }
    let sizes = x.shape().iter().zip(&amount_at).map(|(size, amount)| padded_size(*size, *amount));
    let sizes: Option<Vec<usize>> = sizes.collect();
    let sizes =
        sizes.ok_or_else(|| node.fail(format!("pads {amounts:?} on a value of shape {:?}", x.shape())))?;
    computed_count(&sizes).map_err(|reason| node.fail(reason))?;
    let padded = rearranged(node, draft, x, |sources| {
        let mut padded = Sources::from_elem(IxDyn(&sizes), Source::Constant(fill));
        let kept =
            sources.slice_each_axis(|axis| without_ends(&axis, amount_at[axis.axis.index()].map(|a| -a)));
        padded.slice_each_axis_mut(|axis| without_ends(&axis, amount_at[axis.axis.index()])).assign(&kept);
        Ok(padded)
    });
    Ok(vec![padded?])
}

/// The size of an axis after padding, if both ends leave something of it.
fn padded_size(size: usize, [before, after]: [i64; 2]) -> Option<usize> {
    let removed = usize::try_from(removed(before).checked_add(removed(after))?).ok()?;
    let added = usize::try_from(before.max(0)).ok()?.checked_add(usize::try_from(after.max(0)).ok()?)?;
    size.checked_sub(removed)?.checked_add(added)
}

/// An axis without as many elements at its ends, where these are positive.
fn without_ends(axis: &AxisDescription, [before, after]: [i64; 2]) -> Slice {
    let amount = |signed: i64| usize::try_from(signed).unwrap_or(0);
    Slice::from(amount(before)..axis.len - amount(after))
}

fn removed(amount: i64) -> u64 {
    amount.min(0).unsigned_abs()
}
