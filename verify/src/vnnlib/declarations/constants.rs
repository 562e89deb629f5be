//! VNN-LIB 1.0: a constant of its own for each element, `X_0`, `X_1`, ... of the input and `Y_0`, `Y_1`, ... of the output.

use std::collections::BTreeMap;

use super::super::error::{Fault, invalid, unexpected, unsupported};
use super::super::syntax::{Form, Kind, Node};
use super::{MOST_ELEMENTS, Variable, undeclared};

/// The declared elements, each with the offset of its name.
#[derive(Default)]
pub(in super::super) struct Constants {
    inputs: BTreeMap<usize, usize>,
    outputs: BTreeMap<usize, usize>,
}

impl Constants {
    pub(super) fn declare(&mut self, form: &Form<'_>) -> Result<(), Fault> {
        const FORM: &str = "`(declare-const NAME Real)`";
        let items: Vec<usize> = form.items(0).skip(1).collect();
        let (name, element_type) = match items[..] {
            [name, element_type] => (form.node(name), form.node(element_type)),
            [name, parameters, element_type] if form.node(parameters).kind == Kind::List => {
                if let Some(parameter) = form.items(parameters).next() {
                    let reason = "an element has no parameters";
                    return Err(unsupported(form.node(parameter).offset, "functions", reason));
                }
                (form.node(name), form.node(element_type))
            }
            _ => return Err(unexpected(form.node(0).offset, FORM, format!("{} words", items.len() + 1))),
        };
        if element_type.text != "Real" {
            return Err(unexpected(element_type.offset, "`Real`", element_type.describe()));
        }
        let variable = parse_name(name.text).ok_or_else(|| {
            unexpected(name.offset, "a name such as X_0 (an input) or Y_0 (an output)", name.describe())
        })?;
        let earlier = match variable {
            Variable::Input(index) => self.inputs.insert(index, name.offset),
            Variable::Output(index) => self.outputs.insert(index, name.offset),
        };
        match earlier {
            Some(_) => Err(invalid(name.offset, format!("{} is declared twice", name.describe()))),
            None => Ok(()),
        }
    }

    pub(super) fn check_complete(&self, offset: usize) -> Result<(), Fault> {
        for (letter, declared) in [('X', &self.inputs), ('Y', &self.outputs)] {
            if declared.is_empty() {
                return Err(invalid(offset, format!("no {letter}_0 is declared before this")));
            }
            let gap = declared.iter().enumerate().find(|(position, (index, _))| position != *index);
            if let Some((missing, (index, offset))) = gap {
                let reason = format!("{letter}_{index} is declared, but {letter}_{missing} is not");
                return Err(invalid(*offset, reason));
            }
        }
        Ok(())
    }

    pub(super) fn resolve(&self, name: &Node<'_>) -> Result<Variable, Fault> {
        let is_declared = |variable: &Variable| match variable {
            Variable::Input(index) => self.inputs.contains_key(index),
            Variable::Output(index) => self.outputs.contains_key(index),
        };
        parse_name(name.text).filter(is_declared).ok_or_else(|| undeclared(name))
    }

    pub(super) fn input_count(&self) -> usize {
        self.inputs.len()
    }

    pub(super) fn output_count(&self) -> usize {
        self.outputs.len()
    }

    pub(super) fn input_offset(&self, element: usize) -> usize {
        self.inputs.get(&element).copied().unwrap_or(0)
    }
}

fn parse_name(name: &str) -> Option<Variable> {
    let (letter, index) = name.split_once('_')?;
    let is_plain =
        index.bytes().all(|byte| byte.is_ascii_digit()) && (index == "0" || !index.starts_with('0'));
    let index = index.parse().ok().filter(|index| is_plain && *index < MOST_ELEMENTS)?;
    match letter {
        "X" => Some(Variable::Input(index)),
        "Y" => Some(Variable::Output(index)),
        _ => None,
    }
}
