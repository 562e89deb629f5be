//! The ways to write a ReLU into a model, and their names.

use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroUsize;
use std::str::FromStr;

use thiserror::Error;

/// How ReLUs become rows; each is described in the crate's front page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Formulation {
    /// `a = h - p`, `0 <= h <= u v`, `0 <= p <= -l (1 - v)`: big-M with a bound of its own for either sign and one
    /// dense row a neuron; neurons of known sign get neither a binary nor big-M rows.
    ///
    /// Source: the split into halves is in Fischetti & Jo; the rest in Tjeng et al.
    #[default]
    BigM,
    /// The rows of Fischetti & Jo and of Kolter & Madry to the letter: `z >= a`, `z >= 0`, `z <= u v`,
    /// `z <= a - l (1 - v)` for every neuron, stable or not, and the input box as rows.
    BigMPaper,
    /// `a = h - p`, `h / u + p / -l <= 1`: the linear relaxation of [`Formulation::BigM`] without its binaries. A minimum
    /// over it is a lower bound of the network's.
    ///
    /// Source: Ehlers, "Formal verification of piece-wise linear feed-forward neural networks", 2017.
    Triangle,
    /// [`Formulation::BigM`] with `v = 0` implying `h <= 0` and `v = 1` implying `p <= 0` in place of the rows with big-Ms.
    /// The solver must have [`solver_api::Capability::Indicators`].
    Indicator,
    /// No binaries: `h` and `p` are a special ordered set, of which at most one is not zero. The solver must have
    /// [`solver_api::Capability::Sos1`]. Max pooling has its binaries nevertheless.
    Sos1,
    /// [`Formulation::BigM`] and the inequalities of [`crate::SharpCuts`], which solvers get as they need them.
    Sharp,
    /// The terms of `a` in parts of about equal size, sorted by coefficient; for each part its share of `h` and of `-p`.
    /// One part is big-M, and a part for each term is the convex hull of the neuron over the box of its inputs.
    ///
    /// Source: Tsay, Kronqvist, Thebelt and Misener, "Partition-based formulations for mixed-integer optimization of
    /// trained ReLU neural networks", 2021.
    Partition {
        /// How many parts; neurons with fewer terms have one for each term.
        parts: NonZeroUsize,
    },
}

/// A name that no formulation has.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no formulation `{0}`; there are {list}", list = Formulation::NAMES.join(", "))]
pub struct UnknownFormulation(pub String);

/// Parts of `partition` where the name gives no number.
const DEFAULT_PARTS: NonZeroUsize = NonZeroUsize::new(2).expect("two is not zero");

impl Formulation {
    /// All names, as the command line and results spell them; `partition` may be followed by `:` and a number of parts.
    pub const NAMES: [&'static str; 7] =
        ["big-m", "big-m-paper", "triangle", "indicator", "sos1", "sharp", "partition"];

    /// The formulation of this name.
    ///
    /// # Errors
    /// [`UnknownFormulation`], which lists those that there are.
    pub fn by_name(name: &str) -> Result<Self, UnknownFormulation> {
        let unknown = || UnknownFormulation(name.to_owned());
        Ok(match name.split_once(':') {
            Some(("partition", parts)) => Self::Partition { parts: parts.parse().map_err(|_| unknown())? },
            Some(_) => return Err(unknown()),
            None => match name {
                "big-m" => Self::BigM,
                "big-m-paper" => Self::BigMPaper,
                "triangle" => Self::Triangle,
                "indicator" => Self::Indicator,
                "sos1" => Self::Sos1,
                "sharp" => Self::Sharp,
                "partition" => Self::Partition { parts: DEFAULT_PARTS },
                _ => return Err(unknown()),
            },
        })
    }

    /// The name by which [`Formulation::by_name`] finds it.
    pub fn name(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::BigM => "big-m",
            Self::BigMPaper => "big-m-paper",
            Self::Triangle => "triangle",
            Self::Indicator => "indicator",
            Self::Sos1 => "sos1",
            Self::Sharp => "sharp",
            Self::Partition { parts } => return Cow::Owned(format!("partition:{parts}")),
        })
    }
}

impl FromStr for Formulation {
    type Err = UnknownFormulation;

    fn from_str(name: &str) -> Result<Self, UnknownFormulation> {
        Self::by_name(name)
    }
}

impl fmt::Display for Formulation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}
