//! Means and maxima over windows and over whole axes.

use super::computed;
use super::index_map::rearranged_computed;
use super::window::{check_positions, image, kernel_shape, window};
use crate::onnx::OnnxError;
use crate::onnx::context::NodeContext;
use crate::onnx::draft::{Computed, Draft, Value};
use crate::{Op, Pool, Window};

pub(super) fn average_pool(node: &NodeContext<'_>, draft: &mut Draft) -> Result<Vec<Value>, OnnxError> {
    let count_padding = node.int("count_include_pad", 0) != 0;
    pool(node, draft, |window| Op::AveragePool(Pool { window, count_padding }))
}

pub(super) fn max_pool(node: &NodeContext<'_>, draft: &mut Draft) -> Result<Vec<Value>, OnnxError> {
    pool(node, draft, |window| Op::MaxPool(Pool { window, count_padding: false }))
}

fn pool(
    node: &NodeContext<'_>,
    draft: &mut Draft,
    operator: impl FnOnce(Window) -> Op<f64>,
) -> Result<Vec<Value>, OnnxError> {
    let kernel = kernel_shape(node)?.ok_or_else(|| node.fail("kernel_shape is missing"))?;
    let x = node.computed(0)?;
    let image = image(node, draft, x)?;
    let window = window(node, kernel, image.height, image.width)?;
    let channels = x.shape[1];
    let [rows, columns] = check_positions(node, &window, channels, &image)?;
    let explicit = !matches!(node.text("auto_pad").as_deref(), Some("SAME_UPPER" | "SAME_LOWER" | "VALID"));
    if explicit && node.int("ceil_mode", 0) != 0 && !covers(&window, image.height, image.width) {
        let size = format!("{} x {}", image.height, image.width);
        let mend = "pad the image explicitly, or pool without ceil_mode";
        return Err(node.fail(format!("ceil_mode adds windows that reach over the edge of {size}; {mend}")));
    }
    let added = draft.add(&node.name, operator(window), &[image.node])?;
    Ok(computed(Computed::new(added, vec![1, channels, rows, columns])))
}

/// Whether whole windows reach the last padded row and column, so that rounding positions up changes nothing.
fn covers(window: &Window, height: usize, width: usize) -> bool {
    [height, width].iter().enumerate().all(|(axis, size)| {
        let padded = size + window.padding[axis] + window.padding[axis + 2];
        let span = window.dilation[axis] * (window.kernel[axis] - 1) + 1;
        (padded - span).is_multiple_of(window.stride[axis])
    })
}

pub(super) fn global_average_pool(
    node: &NodeContext<'_>,
    draft: &mut Draft,
) -> Result<Vec<Value>, OnnxError> {
    over_spatial_axes(node, draft, mean)
}

pub(super) fn global_max_pool(node: &NodeContext<'_>, draft: &mut Draft) -> Result<Vec<Value>, OnnxError> {
    over_spatial_axes(node, draft, |window| Op::MaxPool(Pool { window, count_padding: false }))
}

fn over_spatial_axes(
    node: &NodeContext<'_>,
    draft: &mut Draft,
    operator: impl FnOnce(Window) -> Op<f64>,
) -> Result<Vec<Value>, OnnxError> {
    let rank = node.computed(0)?.shape.len();
    if rank < 3 {
        return Err(node.fail("its input has no spatial axes"));
    }
    reduced(node, draft, &(2..rank).collect::<Vec<_>>(), true, operator)
}

/// A mean over any axes.
pub(super) fn reduce_mean(node: &NodeContext<'_>, draft: &mut Draft) -> Result<Vec<Value>, OnnxError> {
    let x = node.computed(0)?;
    let rank = x.shape.len();
    let axes = match node.integers_from("axes", 1)? {
        Some(axes) if !axes.is_empty() => node.axes(&axes, rank)?,
        _ if node.int("noop_with_empty_axes", 0) != 0 => return Ok(computed(x.clone())),
        _ => (0..rank).collect(),
    };
    reduced(node, draft, &axes, node.int("keepdims", 1) != 0, mean)
}

fn mean(window: Window) -> Op<f64> {
    Op::AveragePool(Pool { window, count_padding: false })
}

/// Pools over whole axes: as an image whose channels are the other axes.
fn reduced(
    node: &NodeContext<'_>,
    draft: &mut Draft,
    axes: &[usize],
    keep_axes: bool,
    operator: impl FnOnce(Window) -> Op<f64>,
) -> Result<Vec<Value>, OnnxError> {
    let x = node.computed(0)?;
    let rank = x.shape.len();
    let (over, kept): (Vec<usize>, Vec<usize>) = (0..rank).partition(|axis| axes.contains(axis));
    let size = |axes: &[usize]| axes.iter().map(|axis| x.shape[*axis]).product::<usize>();
    let order = [kept.as_slice(), over.as_slice()].concat();
    let (height, width) = match over.as_slice() {
        [first @ .., last] => (size(first), x.shape[*last]),
        [] => (1, 1),
    };
    let shape = (0..rank).filter(|axis| keep_axes || kept.contains(axis));
    let shape = shape.map(|axis| if kept.contains(&axis) { x.shape[axis] } else { 1 }).collect();

    let transposing = node.part(draft, "transpose");
    let moved = rearranged_computed(&transposing, draft, x, |sources| Ok(sources.permuted_axes(order)))?;
    // The order is the same where only axes of size 1 moved: a view that deserves no name of its own.
    let moved = if moved.node == x.node { x } else { &moved };
    let image = draft.in_shape(moved, &[size(&kept), height, width])?;
    let added = draft.add(&node.name, operator(Window::new([height, width], 1)), &[image])?;
    Ok(computed(Computed::new(added, shape)))
}
