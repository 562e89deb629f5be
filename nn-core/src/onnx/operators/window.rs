//! The attributes of sliding windows, common to convolutions and pools.

use crate::onnx::OnnxError;
use crate::onnx::context::NodeContext;
use crate::onnx::draft::{Computed, Draft};
use crate::onnx::shapes::computed_count;
use crate::{NodeId, Window};

/// Windows beyond this are a damaged file; it keeps sums of sizes and pads far from overflow.
pub(super) const MAX_WINDOW: usize = 1 << 24;

/// A value as an image `[channels, height, width]`.
pub(super) struct Image {
    pub(super) node: NodeId,
    pub(super) height: usize,
    pub(super) width: usize,
}

/// The image that a value is, whose ONNX shape is `[1, channels, height, width]`.
pub(super) fn image(node: &NodeContext<'_>, draft: &mut Draft, x: &Computed) -> Result<Image, OnnxError> {
    match x.shape.as_slice() {
        [1, channels, height, width] => {
            let node = draft.in_shape(x, &[*channels, *height, *width])?;
            Ok(Image { node, height: *height, width: *width })
        }
        other => Err(node.fail(format!(
            "its input {other:?} is no batch of one two-dimensional image [1, channels, height, width]"
        ))),
    }
}

/// The window that a node's attributes describe on an image.
pub(super) fn window(
    node: &NodeContext<'_>,
    kernel: [usize; 2],
    height: usize,
    width: usize,
) -> Result<Window, OnnxError> {
    let stride = pair(node, "strides")?;
    let dilation = pair(node, "dilations")?;
    let padding = match node.text("auto_pad").as_deref() {
        None | Some("" | "NOTSET") => explicit_padding(node)?,
        Some("VALID") => [0; 4],
        Some("SAME_UPPER") => same_padding([height, width], kernel, stride, dilation),
        Some("SAME_LOWER") => {
            let [top, left, bottom, right] = same_padding([height, width], kernel, stride, dilation);
            [bottom, right, top, left]
        }
        Some(other) => return Err(node.fail(format!("auto_pad `{other}` is unknown"))),
    };
    Ok(Window { kernel, stride, padding, dilation })
}

/// The kernel's height and width, from an attribute.
pub(super) fn kernel_shape(node: &NodeContext<'_>) -> Result<Option<[usize; 2]>, OnnxError> {
    node.ints("kernel_shape").map(|_| pair(node, "kernel_shape")).transpose()
}

/// Refuses windows that do not fit once, or that make an image too large, before anything is computed from them.
pub(super) fn check_positions(
    node: &NodeContext<'_>,
    window: &Window,
    channels: usize,
    image: &Image,
) -> Result<[usize; 2], OnnxError> {
    let (height, width) = (image.height, image.width);
    let positions = window.positions(height, width);
    let [rows, columns] = positions.ok_or_else(|| {
        node.fail(format!("a window {:?} does not fit an image of {height} x {width}", window.kernel))
    })?;
    computed_count(&[channels, rows, columns]).map_err(|reason| node.fail(reason))?;
    Ok([rows, columns])
}

/// Two positive integers; 1 where the attribute is absent.
fn pair(node: &NodeContext<'_>, name: &str) -> Result<[usize; 2], OnnxError> {
    let Some(given) = node.ints(name) else { return Ok([1; 2]) };
    let size = |value: &i64| usize::try_from(*value).ok().filter(|size| (1..=MAX_WINDOW).contains(size));
    match given {
        [height, width] => size(height).zip(size(width)).map(|(height, width)| [height, width]),
        _ => None,
    }
    .ok_or_else(|| node.fail(format!("{name} {given:?} are not two positive sizes, of rows and columns")))
}

fn explicit_padding(node: &NodeContext<'_>) -> Result<[usize; 4], OnnxError> {
    let Some(given) = node.ints("pads") else { return Ok([0; 4]) };
    let amount = |value: &i64| usize::try_from(*value).ok().filter(|amount| *amount <= MAX_WINDOW);
    let amounts: Option<Vec<usize>> = given.iter().map(amount).collect();
    let amounts = amounts.and_then(|amounts| <[usize; 4]>::try_from(amounts).ok());
    amounts.ok_or_else(|| node.fail(format!("pads {given:?} are not four sizes: top, left, bottom, right")))
}

/// Padding that gives `size / stride` positions, rounded up, with the odd one at the end.
fn same_padding(
    size: [usize; 2],
    kernel: [usize; 2],
    stride: [usize; 2],
    dilation: [usize; 2],
) -> [usize; 4] {
    let total = |axis: usize| {
        let positions = size[axis].div_ceil(stride[axis]);
        let covered = (positions - 1) * stride[axis] + (kernel[axis] - 1) * dilation[axis] + 1;
        covered.saturating_sub(size[axis])
    };
    let (rows, columns) = (total(0), total(1));
    [rows / 2, columns / 2, rows - rows / 2, columns - columns / 2]
}
