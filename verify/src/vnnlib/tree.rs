//! Trees in one list, each node before what it holds.

/// The positions of what a node holds, where `end_of` is the first position behind a node's tree.
pub(super) fn children(node: usize, end_of: impl Fn(usize) -> usize) -> impl Iterator<Item = usize> {
    let end = end_of(node);
    let first = (node + 1 < end).then_some(node + 1);
    std::iter::successors(first, move |child| Some(end_of(*child)).filter(|next| *next < end))
}
