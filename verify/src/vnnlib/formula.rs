//! Comparisons joined by `and` and `or`.

use std::collections::HashMap;

use super::comparison::{self, Comparison, Join};
use super::declarations::{Declarations, Variable};
use super::error::{Fault, unexpected, unsupported};
use super::syntax::Form;
use super::tree::children;

/// All assertions of a file together.
///
/// A tree in one list: a node comes before what it joins, and the root, which joins the assertions, before all others.
/// A join never directly holds one of its own kind.
#[derive(Clone, Debug)]
pub(crate) struct Formula {
    nodes: Vec<FormulaNode>,
    comparisons: Vec<Comparison>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FormulaNode {
    /// `and` or `or` over what follows, up to `end`.
    Join { join: Join, end: usize },
    /// A comparison by its number; equal ones have the same.
    Comparison(usize),
}

/// A formula that grows by assertions.
pub(super) struct FormulaBuilder {
    nodes: Vec<FormulaNode>,
    comparisons: Vec<Comparison>,
    numbers: HashMap<Key, usize>,
    open: Vec<OpenJoin>,
}

/// A join whose items are still to come.
struct OpenJoin {
    join: Join,
    /// Its node, unless it is part of the join around it.
    node: Option<usize>,
    /// The position in the form where it ends.
    end: usize,
}

/// What makes two comparisons the same.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    terms: Vec<(Variable, u64)>,
    constant: u64,
    constant_lower: u64,
    strict: bool,
}

const ROOT: OpenJoin = OpenJoin { join: Join::All, node: Some(0), end: usize::MAX };

impl FormulaBuilder {
    pub(super) fn new() -> Self {
        Self {
            nodes: vec![FormulaNode::Join { join: Join::All, end: 1 }],
            comparisons: Vec::new(),
            numbers: HashMap::new(),
            open: vec![ROOT],
        }
    }

    /// Adds `(assert ...)`.
    pub(super) fn assert(&mut self, form: &Form<'_>, declarations: &Declarations) -> Result<(), Fault> {
        const EXPECTED: &str = "`and`, `or` or a comparison such as `<=`";
        let items: Vec<usize> = form.items(0).collect();
        let [_, condition] = items[..] else {
            let found = format!("{} conditions", items.len() - 1);
            return Err(unexpected(form.node(0).offset, "one condition in `assert`", found));
        };
        let constants = comparison::constants(form)?;
        let mut index = condition;
        while index < form.len() {
            self.close(index);
            let head = form.head(index, EXPECTED)?;
            let end = form.node(index).end;
            let join = match head.text {
                "and" => Some(Join::All),
                "or" => Some(Join::Any),
                _ => None,
            };
            if let Some(join) = join {
                if index + 2 == end {
                    let expected = format!("`{}` with conditions", head.text);
                    return Err(unexpected(form.node(index).offset, expected, "none"));
                }
                self.open(join, end);
                index += 2;
                continue;
            }
            match comparison::read(form, index, head.text, &constants, declarations)? {
                Some((join, comparisons)) => {
                    self.open(join, end);
                    comparisons.into_iter().for_each(|comparison| self.push(comparison));
                }
                None if matches!(head.text, "not" | "=>" | "xor" | "ite" | "let" | "forall" | "exists") => {
                    let reason = "conditions are joined by `and` and `or` alone";
                    return Err(unsupported(
                        head.offset,
                        "`not`, `=>`, `ite`, `let` and quantifiers",
                        reason,
                    ));
                }
                None => return Err(unexpected(head.offset, EXPECTED, head.describe())),
            }
            index = end;
        }
        self.close(usize::MAX - 1);
        Ok(())
    }

    pub(super) fn finish(mut self) -> Formula {
        self.close(usize::MAX);
        Formula { nodes: self.nodes, comparisons: self.comparisons }
    }

    fn open(&mut self, join: Join, end: usize) {
        let is_new = self.open.last().is_none_or(|around| around.join != join);
        let node = is_new.then_some(self.nodes.len());
        if is_new {
            self.nodes.push(FormulaNode::Join { join, end: 0 });
        }
        self.open.push(OpenJoin { join, node, end });
    }

    /// Ends the joins that end before a position of the form.
    fn close(&mut self, position: usize) {
        while let Some(OpenJoin { join, node, .. }) = self.open.pop_if(|last| last.end <= position) {
            if let Some(node) = node {
                self.nodes[node] = FormulaNode::Join { join, end: self.nodes.len() };
            }
        }
    }

    fn push(&mut self, comparison: Comparison) {
        let key = Key {
            terms: comparison.terms.iter().map(|(variable, c)| (*variable, c.to_bits())).collect(),
            constant: comparison.constant.to_bits(),
            constant_lower: comparison.constant_lower.to_bits(),
            strict: comparison.strict,
        };
        let number = *self.numbers.entry(key).or_insert_with(|| {
            self.comparisons.push(comparison);
            self.comparisons.len() - 1
        });
        self.nodes.push(FormulaNode::Comparison(number));
    }
}

impl Formula {
    pub(crate) fn comparisons(&self) -> &[Comparison] {
        &self.comparisons
    }

    pub(super) fn nodes(&self) -> &[FormulaNode] {
        &self.nodes
    }

    /// The positions of what a join holds.
    pub(super) fn items(&self, join: usize) -> impl Iterator<Item = usize> + '_ {
        children(join, |node| self.end(node))
    }

    fn end(&self, node: usize) -> usize {
        match self.nodes[node] {
            FormulaNode::Join { end, .. } => end,
            FormulaNode::Comparison(_) => node + 1,
        }
    }

    /// Whether the formula is true where `holds` says which comparisons are.
    pub(crate) fn is_true(&self, holds: impl Fn(&Comparison) -> bool) -> bool {
        let holds: Vec<bool> = self.comparisons.iter().map(holds).collect();
        let mut truth = vec![false; self.nodes.len()];
        for node in (0..self.nodes.len()).rev() {
            truth[node] = match self.nodes[node] {
                FormulaNode::Comparison(number) => holds[number],
                FormulaNode::Join { join: Join::All, .. } => self.items(node).all(|item| truth[item]),
                FormulaNode::Join { join: Join::Any, .. } => self.items(node).any(|item| truth[item]),
            };
        }
        truth[0]
    }
}
