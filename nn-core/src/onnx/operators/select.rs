//! Parts of a tensor along axes: slices, gathered indices, splits.

use ndarray::Axis;

use super::index_map::rearranged;
use crate::onnx::OnnxError;
use crate::onnx::context::NodeContext;
use crate::onnx::draft::{Draft, Value};
use crate::onnx::shapes::{self, admissible_count};
use crate::onnx::tensor::reshaped;

/// Ranges along axes, with steps of either sign.
pub(super) fn slice(node: &NodeContext<'_>, draft: &mut Draft) -> Result<Vec<Value>, OnnxError> {
    let x = node.input(0)?;
    let missing = |what: &str| node.fail(format!("its {what} are missing"));
    let starts = node.integers_from("starts", 1)?.ok_or_else(|| missing("starts"))?;
    let ends = node.integers_from("ends", 2)?.ok_or_else(|| missing("ends"))?;
    let axes = match node.integers_from("axes", 3)? {
        Some(axes) => node.axes(&axes, x.shape().len())?,
        None => (0..starts.len()).collect(),
    };
    let steps = node.integers_from("steps", 4)?.unwrap_or_else(|| vec![1; starts.len()]);
    let lengths = [starts.len(), ends.len(), axes.len(), steps.len()];
    if lengths.iter().any(|length| *length != starts.len())
        || axes.iter().any(|axis| *axis >= x.shape().len())
    {
        return Err(node
            .fail(format!("{lengths:?} starts, ends, axes and steps on a value of shape {:?}", x.shape())));
    }
    if steps.contains(&0) {
        return Err(node.fail("a step is 0"));
    }
    let ranges = axes.iter().zip(starts).zip(ends).zip(steps);
    let ranges: Vec<_> = ranges
        .map(|(((axis, start), end), step)| (Axis(*axis), range(start, end, step, x.shape()[*axis])))
        .collect();
    let sliced = rearranged(node, draft, x, |sources| {
        Ok(ranges.iter().fold(sources, |sources, (axis, indices)| sources.select(*axis, indices)))
    });
    Ok(vec![sliced?])
}

/// The indices that a slice takes of an axis of a given size; ends are clamped as NumPy does.
fn range(start: i64, end: i64, step: i64, size: usize) -> Vec<usize> {
    let size = i64::try_from(size).expect("sizes of axes fit");
    let from_front = |index: i64| if index < 0 { index.saturating_add(size) } else { index };
    let (lowest, highest) = if step > 0 { (0, size) } else { (-1, size - 1) };
    let first = from_front(start).clamp(lowest.max(0).min(highest), highest);
    let end = from_front(end).clamp(lowest, highest);
    let within = |index: &i64| if step > 0 { *index < end } else { *index > end };
    let indices = std::iter::successors(Some(first).filter(within), |index| {
        Some(index.saturating_add(step)).filter(within)
    });
    indices.filter_map(|index| usize::try_from(index).ok()).collect()
}

/// Elements of an axis by constant indices.
pub(super) fn gather(node: &NodeContext<'_>, draft: &mut Draft) -> Result<Vec<Value>, OnnxError> {
    let x = node.input(0)?;
    let axis = node.axis("axis", 0, x.shape().len())?;
    let indices = node.constant(1)?;
    let integers = indices.as_integers().ok_or_else(|| node.fail("its indices are no integers"))?;
    let position = |index: &i64| shapes::axis(*index, x.shape()[axis]);
    let positions = integers.iter().map(position).collect::<Result<Vec<_>, _>>();
    let positions = positions.map_err(|_| {
        node.fail(format!("an index is outside axis {axis} of a value of shape {:?}", x.shape()))
    })?;
    let shape = [&x.shape()[..axis], integers.shape(), &x.shape()[axis + 1..]].concat();
    admissible_count(&shape).map_err(|reason| node.fail(reason))?;
    let gathered = rearranged(node, draft, x, |sources| {
        Ok(reshaped(&sources.select(Axis(axis), &positions).view(), &shape))
    });
    Ok(vec![gathered?])
}

/// Consecutive parts of an axis, one for each output.
pub(super) fn split(node: &NodeContext<'_>, draft: &mut Draft) -> Result<Vec<Value>, OnnxError> {
    let x = node.input(0)?;
    let axis = node.axis("axis", 0, x.shape().len())?;
    let size = x.shape()[axis];
    let parts = node.proto.output.len();
    let sizes = match node.integers_from("split", 1)? {
        Some(sizes) => {
            let sizes: Result<Vec<_>, _> = sizes.iter().map(|size| usize::try_from(*size)).collect();
            sizes.map_err(|_| node.fail("a part has a negative size"))?
        }
        None => {
            let each = size.div_ceil(parts);
            (0..parts).map(|part| each.min(size.saturating_sub(part * each))).collect()
        }
    };
    let total = sizes.iter().try_fold(0_usize, |total, size| total.checked_add(*size));
    if sizes.len() != parts || total != Some(size) {
        return Err(node.fail(format!("parts {sizes:?} for {parts} outputs of an axis of size {size}")));
    }
    let mut start = 0;
    let mut outputs = Vec::new();
    for (part, size) in sizes.into_iter().enumerate() {
        let end = start + size;
        let part = node.part(draft, &part.to_string());
        outputs.push(rearranged(&part, draft, x, |sources| {
            Ok(sources.slice_axis(Axis(axis), (start..end).into()).into_owned())
        })?);
        start = end;
    }
    Ok(outputs)
}

#[cfg(test)]
mod tests {
    use super::range;

    #[test]
    fn ranges_are_numpys() {
        let check = |start, end, step, size, expected: &[usize]| {
            assert_eq!(range(start, end, step, size), expected, "{start}:{end}:{step} of {size}");
        };
        check(1, 3, 1, 5, &[1, 2]);
        check(0, i64::MAX, 2, 5, &[0, 2, 4]);
        check(-2, i64::MAX, 1, 5, &[3, 4]);
        check(-1, i64::MIN, -1, 3, &[2, 1, 0]);
        check(10, -10, -2, 4, &[3, 1]);
        check(3, 1, 1, 5, &[]);
        check(i64::MIN, i64::MAX, i64::MAX, 3, &[0]);
        check(0, 1, 1, 0, &[]);
        check(0, -1, -1, 0, &[]);
        check(5, 9, 1, 5, &[]);
        check(-9, i64::MIN, -1, 4, &[0]);
    }
}
