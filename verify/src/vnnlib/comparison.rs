//! Comparisons of linear expressions.

use super::constant::{self, Constant, Inexact};
use super::declarations::{Declarations, Variable};
use super::error::{Fault, invalid, unexpected, unsupported};
use super::syntax::{Form, Kind, Node};

/// `terms + constant <= 0`, or `< 0`.
///
/// Coefficients mean the `f64` nearest to what is written.
#[derive(Clone, Debug)]
pub(crate) struct Comparison {
    /// In ascending order of variables, each once, no coefficient 0; all inputs or all outputs.
    pub(crate) terms: Vec<(Variable, f64)>,
    /// What counterexamples are held against.
    pub(crate) constant: f64,
    /// At most `constant` and the decimal that is written: what proofs use.
    pub(crate) constant_lower: f64,
    pub(crate) strict: bool,
    /// Where it stands in the file.
    pub(crate) offset: usize,
}

/// `terms + constant`, in order of variables.
struct Linear {
    terms: Vec<(Variable, f64)>,
    constant: Constant,
}

/// How two sides of a comparison are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Join {
    All,
    Any,
}

impl Comparison {
    /// Whether it speaks of inputs; none where it speaks of no variable at all.
    pub(crate) fn is_about_inputs(&self) -> Option<bool> {
        self.terms.first().map(|(variable, _)| matches!(variable, Variable::Input(_)))
    }
}

/// The comparisons that one operator means, and how they are joined; none where it is no comparison.
///
/// `a = b` is `a <= b` and `a >= b`, `a != b` is `a < b` or `a > b`.
pub(super) fn read(
    form: &Form<'_>,
    list: usize,
    operator: &str,
    constants: &[Option<Constant>],
    declarations: &Declarations,
) -> Result<Option<(Join, Vec<Comparison>)>, Fault> {
    let (join, strict) = match operator {
        "<=" | ">=" | "=" | "==" => (Join::All, false),
        "<" | ">" => (Join::All, true),
        "!=" | "distinct" => (Join::Any, true),
        _ => return Ok(None),
    };
    let difference = difference(form, list, constants, declarations)?;
    let offset = form.node(list).offset;
    let at_most = |linear: Linear| Comparison {
        terms: linear.terms,
        constant: linear.constant.nearest,
        constant_lower: linear.constant.lower,
        strict,
        offset,
    };
    let comparisons = match operator {
        "<=" | "<" => vec![at_most(difference)],
        ">=" | ">" => vec![at_most(difference.negated())],
        _ => vec![at_most(difference.negated()), at_most(difference)],
    };
    Ok(Some((join, comparisons)))
}

/// The values of all numbers in a form, and of all sums and products of nothing but numbers.
pub(super) fn constants(form: &Form<'_>) -> Result<Vec<Option<Constant>>, Fault> {
    let mut constants = vec![None; form.len()];
    for index in (0..form.len()).rev() {
        let node = form.node(index);
        constants[index] = match node.kind {
            Kind::Atom if looks_like_a_number(node.text) => {
                let read = Constant::read(node.text);
                Some(read.map_err(|expected| unexpected(node.offset, expected, node.describe()))?)
            }
            Kind::List => folded(form, index, &constants)?,
            _ => None,
        };
    }
    Ok(constants)
}

fn looks_like_a_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.')
}

/// The value of a list that holds an arithmetic operator and nothing but constants.
fn folded(form: &Form<'_>, list: usize, constants: &[Option<Constant>]) -> Result<Option<Constant>, Fault> {
    let mut items = form.items(list);
    let operator = items.next().map_or("", |head| form.node(head).text);
    if !matches!(operator, "+" | "-" | "*") {
        return Ok(None);
    }
    let Some(values) = items.map(|item| constants[item]).collect::<Option<Vec<Constant>>>() else {
        return Ok(None);
    };
    let value = match (operator, values.split_first()) {
        (_, None) => return Ok(None),
        ("-", Some((only, []))) => Ok(only.negated()),
        (_, Some((first, rest))) => rest.iter().try_fold(*first, |value, next| match operator {
            "+" => value.plus(*next),
            "-" => value.plus(next.negated()),
            _ => value.times(*next),
        }),
    };
    value.map(Some).map_err(|Inexact| inexact(form.node(list)))
}

fn inexact(node: &Node<'_>) -> Fault {
    invalid(
        node.offset,
        "the numbers in this expression combine to one that is no f64; write the combined number instead",
    )
}

/// The first operand of a comparison less the second.
fn difference(
    form: &Form<'_>,
    comparison: usize,
    constants: &[Option<Constant>],
    declarations: &Declarations,
) -> Result<Linear, Fault> {
    let whole = form.node(comparison);
    let sides = operands(form, comparison);
    let [left, right] = sides[..] else {
        return Err(unexpected(whole.offset, "two expressions to compare", sides.len().to_string()));
    };
    // What each operand counts, by its distance from the comparison.
    let mut factors = vec![0.0; whole.end - comparison];
    factors[left - comparison] = 1.0;
    factors[right - comparison] = -1.0;
    let mut linear = Linear { terms: Vec::new(), constant: Constant::ZERO };
    let mut index = comparison + 2;
    while index < whole.end {
        let node = form.node(index);
        let factor = factors[index - comparison];
        if let Some(value) = constants[index] {
            let counted = value.times(Constant::exact(factor));
            let sum = counted.and_then(|counted| linear.constant.plus(counted));
            linear.constant = sum.map_err(|Inexact| inexact(whole))?;
            index = node.end;
            continue;
        }
        match node.kind {
            Kind::Atom => {
                let behind = (index + 1 < whole.end).then(|| form.node(index + 1));
                let indices = behind.filter(|behind| behind.kind == Kind::Brackets);
                linear.terms.push((declarations.resolve(node, indices)?, factor));
                index += if indices.is_some() { 2 } else { 1 };
            }
            Kind::List => {
                let counts = |operand: usize, counted| factors[operand - comparison] = counted;
                spread(form, index, factor, constants, counts)?;
                index += 2;
            }
            Kind::Brackets | Kind::Quoted => {
                return Err(unexpected(node.offset, "a number or a variable", node.describe()));
            }
        }
    }
    linear.terms = combined(linear.terms).map_err(|Inexact| inexact(whole))?;
    let is_input = |(variable, _): &(Variable, f64)| matches!(variable, Variable::Input(_));
    if linear.terms.iter().any(is_input) && !linear.terms.iter().all(is_input) {
        let reason = "a comparison is about inputs alone or about outputs alone";
        return Err(unsupported(whole.offset, "comparisons of inputs with outputs", reason));
    }
    Ok(linear)
}

/// Hands the factor of an arithmetic expression on to its operands.
fn spread(
    form: &Form<'_>,
    list: usize,
    factor: f64,
    constants: &[Option<Constant>],
    mut counts: impl FnMut(usize, f64),
) -> Result<(), Fault> {
    const EXPECTED: &str = "a number, a variable, or one of the operators `+`, `-`, `*`";
    let head = form.head(list, EXPECTED)?;
    let operands = operands(form, list);
    match head.text {
        "+" | "-" | "*" if operands.is_empty() => {
            return Err(unexpected(head.offset, "an operator with operands", "none"));
        }
        "+" => operands.iter().for_each(|operand| counts(*operand, factor)),
        "-" => {
            for (position, operand) in operands.iter().enumerate() {
                let is_minuend = position == 0 && operands.len() > 1;
                counts(*operand, if is_minuend { factor } else { 0.0 - factor });
            }
        }
        "*" => {
            let mut product = factor;
            let mut variable = None;
            for &operand in &operands {
                match constants[operand] {
                    Some(value) => {
                        product = constant::product(product, value.nearest)
                            .map_err(|Inexact| inexact(form.node(list)))?;
                    }
                    None if variable.is_none() => variable = Some(operand),
                    None => {
                        let reason = "an expression is linear in the variables";
                        return Err(unsupported(head.offset, "products of variables", reason));
                    }
                }
            }
            if let Some(operand) = variable {
                counts(operand, product);
            }
        }
        "/" => {
            let reason = "write the quotient as a number";
            return Err(unsupported(head.offset, "divisions", reason));
        }
        _ => return Err(unexpected(head.offset, EXPECTED, head.describe())),
    }
    Ok(())
}

/// What stands in a list behind its operator; the indices of a variable belong to it.
fn operands(form: &Form<'_>, list: usize) -> Vec<usize> {
    form.items(list).skip(1).filter(|item| form.node(*item).kind != Kind::Brackets).collect()
}

/// Each variable once, with the sum of its coefficients.
fn combined(mut terms: Vec<(Variable, f64)>) -> Result<Vec<(Variable, f64)>, Inexact> {
    terms.sort_by_key(|(variable, _)| *variable);
    let mut sums: Vec<(Variable, f64)> = Vec::with_capacity(terms.len());
    for (variable, coefficient) in terms {
        match sums.last_mut() {
            Some((last, total)) if *last == variable => *total = constant::sum(*total, coefficient)?,
            _ => sums.push((variable, coefficient)),
        }
    }
    sums.retain(|(_, coefficient)| *coefficient != 0.0);
    Ok(sums)
}

impl Linear {
    fn negated(&self) -> Self {
        Self {
            terms: self.terms.iter().map(|(variable, coefficient)| (*variable, -coefficient)).collect(),
            constant: self.constant.negated(),
        }
    }
}
