//! The ways to write a ReLU into a model, and their names.

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
    pub const NAMES: [&'static str; 4] = ["big-m", "big-m-paper", "triangle", "partition"];

    /// The formulation of this name.
    ///
    /// # Errors
    /// [`UnknownFormulation`], which lists those that there are.
    pub fn by_name(name: &str) -> Result<Self, UnknownFormulation> {
        let unknown = || UnknownFormulation(name.to_owned());
        let parts = match name.split_once(':') {
            Some(("partition", parts)) => parts.parse().map_err(|_| unknown())?,
            _ => DEFAULT_PARTS,
        };
        match name.split(':').next().unwrap_or(name) {
            "partition" => Ok(Self::Partition { parts }),
            _ => match name {
                "big-m" => Ok(Self::BigM),
                "big-m-paper" => Ok(Self::BigMPaper),
                "triangle" => Ok(Self::Triangle),
                _ => Err(unknown()),
            },
        }
    }

    /// The name by which [`Formulation::by_name`] finds it.
    pub fn name(self) -> String {
        match self {
            Self::BigM => "big-m".to_owned(),
            Self::BigMPaper => "big-m-paper".to_owned(),
            Self::Triangle => "triangle".to_owned(),
            Self::Partition { parts } => format!("partition:{parts}"),
        }
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
