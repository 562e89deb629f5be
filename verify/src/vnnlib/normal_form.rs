//! Formulas as alternatives.

use super::comparison::Join;
use super::error::{Fault, too_large};
use super::formula::{Formula, FormulaNode};

/// Comparisons in all alternatives together at most.
const MOST_COMPARISONS: usize = 1 << 24;

/// A disjunctive normal form: all of `common`, and all of one of `alternatives`. Numbers of comparisons.
pub(super) struct NormalForm {
    pub(super) common: Vec<usize>,
    pub(super) alternatives: Vec<Vec<usize>>,
}

/// Turns a formula into alternatives.
///
/// # Errors
/// Where they hold more comparisons than can be kept: `and` over several `or` multiplies.
pub(super) fn normal_form(formula: &Formula) -> Result<NormalForm, Fault> {
    let nodes = formula.nodes();
    let mut forms: Vec<Option<NormalForm>> = nodes.iter().map(|_| None).collect();
    let mut work = Work { formula, made: 0 };
    for node in (0..nodes.len()).rev() {
        forms[node] = match nodes[node] {
            FormulaNode::Comparison(_) => None,
            FormulaNode::Join { join, .. } => {
                let mut form = NormalForm { common: Vec::new(), alternatives: vec![Vec::new()] };
                if join == Join::Any {
                    form.alternatives.clear();
                }
                for item in formula.items(node) {
                    match (nodes[item], forms[item].take(), join) {
                        (FormulaNode::Comparison(number), _, Join::All) => form.common.push(number),
                        (FormulaNode::Comparison(number), _, Join::Any) => {
                            form.alternatives.push(vec![number]);
                        }
                        (_, None, _) => unreachable!("what a join holds comes behind it"),
                        (_, Some(item), Join::All) => {
                            // An `or` has nothing in common.
                            form.alternatives = work.product(form.alternatives, item.alternatives)?;
                        }
                        (_, Some(item), Join::Any) => form.alternatives.extend(work.spelt_out(item)?),
                    }
                }
                Some(form)
            }
        };
    }
    Ok(forms[0].take().expect("the root is a join"))
}

/// Counts the comparisons that are written.
struct Work<'a> {
    formula: &'a Formula,
    made: usize,
}

impl Work<'_> {
    /// Each alternative with what all have in common.
    fn spelt_out(&mut self, form: NormalForm) -> Result<Vec<Vec<usize>>, Fault> {
        self.count(form.common.len().saturating_mul(form.alternatives.len()))?;
        Ok(each_with(form.alternatives, &form.common))
    }

    /// Every alternative of one list with every one of another.
    fn product(&mut self, left: Vec<Vec<usize>>, right: Vec<Vec<usize>>) -> Result<Vec<Vec<usize>>, Fault> {
        let is_one = |list: &[Vec<usize>]| list.len() == 1;
        // Of two lists of one the shorter alternative is copied: a chain of such products costs no more than its length.
        let copies_right = is_one(&right) && !(is_one(&left) && left[0].len() < right[0].len());
        if copies_right || is_one(&left) {
            let (kept, copied) = if copies_right { (left, right) } else { (right, left) };
            self.count(copied[0].len().saturating_mul(kept.len()))?;
            return Ok(each_with(kept, &copied[0]));
        }
        let total = |list: &[Vec<usize>]| list.iter().map(Vec::len).sum::<usize>();
        let (from_left, from_right) =
            (total(&left).saturating_mul(right.len()), total(&right).saturating_mul(left.len()));
        self.count(from_left.saturating_add(from_right))?;
        let pairs = left.iter().flat_map(|left| right.iter().map(move |right| (left, right)));
        Ok(pairs.map(|(left, right)| [left.as_slice(), right].concat()).collect())
    }

    fn count(&mut self, comparisons: usize) -> Result<(), Fault> {
        self.made = self.made.saturating_add(comparisons);
        if self.made <= MOST_COMPARISONS {
            return Ok(());
        }
        let offset = self.formula.comparisons().first().map_or(0, |first| first.offset);
        let reason = format!(
            "the assertions from here on, written as alternatives, hold more than {MOST_COMPARISONS} comparisons; \
             `or`s that are asserted together multiply: join them, or split the property"
        );
        Err(too_large(offset, reason))
    }
}

/// Alternatives, each with more comparisons; those that it had are not copied.
fn each_with(mut alternatives: Vec<Vec<usize>>, more: &[usize]) -> Vec<Vec<usize>> {
    for alternative in &mut alternatives {
        alternative.extend(more);
    }
    alternatives
}
