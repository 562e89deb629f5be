//! Shapes as ONNX counts them: with the batch axis, of size 1, where the file has one.

/// More elements than any value of a network that this crate can answer questions about. Files that ask for more are
/// refused rather than given the memory.
const MAX_ELEMENTS: usize = 1 << 22;

/// The shape of one sample: without a leading batch axis.
pub(super) fn per_sample(shape: &[usize]) -> &[usize] {
    match shape {
        [1, rest @ ..] => rest,
        _ => shape,
    }
}

/// How many elements a stored tensor of this shape has, if memory can hold such a shape at all.
pub(super) fn addressable_count(shape: &[usize]) -> Option<usize> {
    let product = shape.iter().try_fold(1_usize, |count, dim| count.checked_mul(*dim.max(&1)))?;
    isize::try_from(product).ok()?;
    Some(shape.iter().product())
}

/// How many elements a tensor of this shape has that is computed while reading, or why that is not admissible.
pub(super) fn admissible_count(shape: &[usize]) -> Result<usize, String> {
    let admissible = addressable_count(shape).filter(|count| *count <= MAX_ELEMENTS);
    admissible.ok_or_else(|| format!("a value of shape {shape:?} has more than {MAX_ELEMENTS} elements"))
}

/// The same for a tensor that depends on the network's input, which is never empty.
pub(super) fn computed_count(shape: &[usize]) -> Result<usize, String> {
    match admissible_count(shape)? {
        0 => Err(format!("a value of shape {shape:?} has no elements")),
        count => Ok(count),
    }
}

/// The shape of an element-wise operation of two tensors, as NumPy and ONNX broadcast them.
pub(super) fn broadcast(a: &[usize], b: &[usize]) -> Result<Vec<usize>, String> {
    let rank = a.len().max(b.len());
    let dimension =
        |shape: &[usize], axis: usize| (axis + shape.len()).checked_sub(rank).map_or(1, |i| shape[i]);
    let join = |axis| match (dimension(a, axis), dimension(b, axis)) {
        (x, y) if x == y => Ok(x),
        (1, y) => Ok(y),
        (x, 1) => Ok(x),
        _ => Err(format!("shapes {a:?} and {b:?} do not broadcast")),
    };
    (0..rank).map(join).collect()
}

/// An axis as ONNX gives it, where negative ones count from the end.
pub(super) fn axis(axis: i64, rank: usize) -> Result<usize, String> {
    let outside = || format!("axis {axis} is outside a tensor of {rank} axes");
    let signed_rank = i64::try_from(rank).map_err(|_| outside())?;
    let counted = if axis < 0 { axis.checked_add(signed_rank).ok_or_else(outside)? } else { axis };
    usize::try_from(counted).ok().filter(|axis| *axis < rank).ok_or_else(outside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broadcasting_aligns_trailing_axes() {
        assert_eq!(broadcast(&[1, 3, 4], &[3, 1]), Ok(vec![1, 3, 4]));
        assert_eq!(broadcast(&[2], &[1, 5, 1]), Ok(vec![1, 5, 2]));
        assert_eq!(broadcast(&[], &[7]), Ok(vec![7]));
        assert!(broadcast(&[2, 3], &[2]).is_err());
    }

    #[test]
    fn only_one_leading_one_is_the_batch() {
        assert_eq!(per_sample(&[1, 1, 28, 28]), [1, 28, 28]);
        assert_eq!(per_sample(&[784, 1]), [784, 1]);
        assert_eq!(per_sample(&[1]), [0_usize; 0]);
    }

    #[test]
    fn counts_that_overflow_are_none() {
        assert_eq!(addressable_count(&[usize::MAX, 2]), None);
        assert_eq!(addressable_count(&[0, usize::MAX]), None);
        assert_eq!(addressable_count(&[0, 3]), Some(0));
        assert!(computed_count(&[MAX_ELEMENTS + 1]).is_err());
    }

    #[test]
    fn axes_count_from_either_end() {
        assert_eq!(axis(-1, 3), Ok(2));
        assert!(axis(3, 3).is_err());
        assert!(axis(i64::MIN, 3).is_err());
    }
}
