//! Text as trees: lists in parentheses, and what stands in them.

use super::error::{Fault, invalid, unexpected};
use super::tree::children;

/// One list at the top level of a file with all that it holds, in the order of the text.
///
/// A node comes before what it holds, so that the nodes from one on to its `end` are its tree. Nothing that walks a form
/// calls itself: depth costs no stack.
pub(super) struct Form<'a> {
    nodes: Vec<Node<'a>>,
}

/// A list or something that holds nothing.
#[derive(Clone, Copy)]
pub(super) struct Node<'a> {
    pub(super) kind: Kind,
    /// Where its text starts in the file, in bytes.
    pub(super) offset: usize,
    /// Its text; of a list the parenthesis alone.
    pub(super) text: &'a str,
    /// The first node behind its tree.
    pub(super) end: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `( ... )`
    List,
    /// A name, an operator or a number.
    Atom,
    /// `[ ... ]`, sizes or indices: one text.
    Brackets,
    /// `" ... "`
    Quoted,
}

/// Reads the forms of a file one after the other.
pub(super) struct FormReader<'a> {
    source: &'a [u8],
    offset: usize,
}

impl<'a> Form<'a> {
    /// The node at a position; the form's own list is at 0.
    pub(super) fn node(&self, index: usize) -> &Node<'a> {
        &self.nodes[index]
    }

    /// How many nodes there are.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The positions of what a list holds.
    pub(super) fn items(&self, list: usize) -> impl Iterator<Item = usize> + '_ {
        children(list, |node| self.nodes[node].end)
    }

    /// The first thing in a list, which says what the list is.
    ///
    /// # Errors
    /// Where there is none, or where it is a list itself; `expected` says what may stand there.
    pub(super) fn head(&self, list: usize, expected: &str) -> Result<&Node<'a>, Fault> {
        let node = &self.nodes[list];
        if node.kind != Kind::List {
            return Err(unexpected(node.offset, expected, node.describe()));
        }
        match self.items(list).next().map(|head| &self.nodes[head]) {
            Some(head) if head.kind == Kind::Atom => Ok(head),
            Some(head) => Err(unexpected(head.offset, expected, head.describe())),
            None => Err(unexpected(node.offset, expected, "`()`")),
        }
    }
}

impl Node<'_> {
    /// The node in an error's words.
    pub(super) fn describe(&self) -> String {
        const LONGEST: usize = 40;
        match self.text.char_indices().nth(LONGEST) {
            Some((cut, _)) => format!("`{}...`", &self.text[..cut]),
            None => format!("`{}`", self.text),
        }
    }
}

impl<'a> FormReader<'a> {
    pub(super) fn new(source: &'a [u8]) -> Self {
        Self { source, offset: 0 }
    }

    /// The next form; none at the end of the file.
    ///
    /// # Errors
    /// Where something else than a list stands there, or where the list does not end.
    pub(super) fn next_form(&mut self) -> Result<Option<Form<'a>>, Fault> {
        let mut nodes: Vec<Node<'a>> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        loop {
            self.skip_blanks();
            let offset = self.offset;
            let Some(&byte) = self.source.get(offset) else {
                return match open.last() {
                    None => Ok(None),
                    Some(&list) => {
                        Err(unexpected(nodes[list].offset, "a `)` for this `(`", "the end of the file"))
                    }
                };
            };
            let node = match byte {
                b'(' => self.token(Kind::List, 1)?,
                b')' => {
                    self.offset += 1;
                    let list = open.pop().ok_or_else(|| unexpected(offset, "`(` or the end", "`)`"))?;
                    nodes[list].end = nodes.len();
                    if open.is_empty() {
                        return Ok(Some(Form { nodes }));
                    }
                    continue;
                }
                b'[' => self.token(Kind::Brackets, self.enclosed(b']')?)?,
                b'"' => self.token(Kind::Quoted, self.enclosed(b'"')?)?,
                b']' | b',' => {
                    let found = format!("`{}`", char::from(byte));
                    return Err(unexpected(offset, "a list, a name or a number", found));
                }
                _ => {
                    let rest = &self.source[offset..];
                    let length = rest.iter().position(|byte| ends_atom(*byte)).unwrap_or(rest.len());
                    self.token(Kind::Atom, length)?
                }
            };
            match (node.kind, open.is_empty()) {
                (Kind::List, _) => open.push(nodes.len()),
                (_, false) => {}
                (_, true) => return Err(unexpected(offset, "`(`", node.describe())),
            }
            nodes.push(Node { end: nodes.len() + 1, ..node });
        }
    }

    fn token(&mut self, kind: Kind, length: usize) -> Result<Node<'a>, Fault> {
        let offset = self.offset;
        let bytes = &self.source[offset..offset + length];
        let text = std::str::from_utf8(bytes).map_err(|_| invalid(offset, "this is no UTF-8 text"))?;
        self.offset += length;
        Ok(Node { kind, offset, text, end: 0 })
    }

    /// The length of a token that starts here and ends with `last`.
    fn enclosed(&self, last: u8) -> Result<usize, Fault> {
        let rest = &self.source[self.offset..];
        let breaks = |byte: u8| byte == last || (last == b']' && matches!(byte, b'(' | b')' | b';'));
        match rest.iter().skip(1).position(|byte| breaks(*byte)) {
            Some(inside) if rest[inside + 1] == last => Ok(inside + 2),
            _ => {
                let first = char::from(rest[0]);
                Err(invalid(self.offset, format!("this `{first}` is not closed by `{}`", char::from(last))))
            }
        }
    }

    /// Goes past white space and comments.
    fn skip_blanks(&mut self) {
        while let Some(&byte) = self.source.get(self.offset) {
            match byte {
                b';' => {
                    let rest = &self.source[self.offset..];
                    self.offset += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
                }
                _ if byte.is_ascii_whitespace() => self.offset += 1,
                _ => break,
            }
        }
    }
}

fn ends_atom(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'(' | b')' | b'[' | b']' | b',' | b'"' | b';')
}
