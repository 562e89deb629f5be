//! The names of inputs and outputs.

mod constants;
mod network;

use super::error::{Fault, invalid, unexpected};
use super::syntax::{Form, Kind, Node};

pub use network::{ElementType, Tensor};

use constants::Constants;

/// Inputs or outputs of a network at most.
const MOST_ELEMENTS: usize = 1 << 24;

/// An element of the network's input or output, in row-major order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Variable {
    Input(usize),
    Output(usize),
}

/// What a file has declared so far.
#[derive(Default)]
pub(super) enum Declarations {
    #[default]
    Nothing,
    /// VNN-LIB 1.0.
    Constants(Constants),
    /// VNN-LIB 2.0.
    Network(NetworkInterface),
}

/// The only network of a property in VNN-LIB 2.0.
pub(super) struct NetworkInterface {
    pub(super) offset: usize,
    pub(super) name: String,
    pub(super) input: Tensor,
    pub(super) output: Tensor,
}

impl Declarations {
    /// `(declare-const X_0 Real)` and `(declare-fun X_0 () Real)`.
    pub(super) fn declare_constant(&mut self, form: &Form<'_>) -> Result<(), Fault> {
        if matches!(self, Declarations::Nothing) {
            *self = Declarations::Constants(Constants::default());
        }
        match self {
            Declarations::Constants(constants) => constants.declare(form),
            _ => Err(invalid(
                form.node(0).offset,
                "a property in VNN-LIB 2.0 declares a network, and no constants beside it",
            )),
        }
    }

    /// `(declare-network ...)`.
    pub(super) fn declare_network(&mut self, form: &Form<'_>) -> Result<(), Fault> {
        match self {
            Declarations::Nothing => {
                *self = Declarations::Network(network::read(form)?);
                Ok(())
            }
            Declarations::Constants(_) => Err(invalid(
                form.node(0).offset,
                "a property in VNN-LIB 1.0 declares constants such as X_0, and no network beside them",
            )),
            Declarations::Network(_) => Err(network::several_networks(form.node(0).offset)),
        }
    }

    /// Says at the latest when the first assertion comes whether the declarations are complete.
    pub(super) fn check_complete(&self, offset: usize) -> Result<(), Fault> {
        match self {
            Declarations::Nothing => Err(unexpected(
                offset,
                "declarations such as `(declare-const X_0 Real)` or `(declare-network ...)`",
                "none before this",
            )),
            Declarations::Constants(constants) => constants.check_complete(offset),
            Declarations::Network(_) => Ok(()),
        }
    }

    /// The element that a name means, with the indices behind it where there are any.
    pub(super) fn resolve(&self, name: &Node<'_>, indices: Option<&Node<'_>>) -> Result<Variable, Fault> {
        match (self, indices) {
            (Declarations::Network(network), _) => network.resolve(name, indices),
            (Declarations::Constants(constants), None) => constants.resolve(name),
            (_, Some(indices)) => Err(unexpected(indices.offset, "names such as X_0", indices.describe())),
            (Declarations::Nothing, None) => Err(undeclared(name)),
        }
    }

    pub(super) fn input_count(&self) -> usize {
        match self {
            Declarations::Nothing => 0,
            Declarations::Constants(constants) => constants.input_count(),
            Declarations::Network(network) => network.input.element_count(),
        }
    }

    pub(super) fn output_count(&self) -> usize {
        match self {
            Declarations::Nothing => 0,
            Declarations::Constants(constants) => constants.output_count(),
            Declarations::Network(network) => network.output.element_count(),
        }
    }

    /// How the file spells an input.
    pub(super) fn input_name(&self, element: usize) -> String {
        match self {
            Declarations::Network(network) => network.input.element_name(element),
            _ => format!("X_{element}"),
        }
    }

    /// Where an input is declared.
    pub(super) fn input_offset(&self, element: usize) -> usize {
        match self {
            Declarations::Nothing => 0,
            Declarations::Constants(constants) => constants.input_offset(element),
            Declarations::Network(network) => network.offset,
        }
    }
}

fn undeclared(name: &Node<'_>) -> Fault {
    if name.kind == Kind::Atom && name.text.starts_with(|first: char| first.is_ascii_alphabetic()) {
        invalid(name.offset, format!("{} is not declared before this", name.describe()))
    } else {
        unexpected(name.offset, "a number or a variable", name.describe())
    }
}
