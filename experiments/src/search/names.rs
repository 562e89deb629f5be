//! Searches and their choices as the command line and the result rows name them.

use attacks::empirical::{LossKind, Start};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::settings::MethodName;

/// The searches among the methods: fast, and without a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SearchName {
    /// One step along the gradient
    Fgsm,
    /// Projected gradient descent from random starts
    Pgd,
    /// Projected gradient descent that halves its own steps
    Apgd,
    /// The nearest example that linear approximations lead to
    Deepfool,
    /// Random squares, without gradients
    Square,
}

/// What a search along gradients ascends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LossName {
    /// Cross-entropy
    Ce,
    /// The greatest other output less the label's
    Margin,
    /// That margin, divided by differences of the greatest outputs
    Dlr,
}

/// Where a search along gradients begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum BeginName {
    /// At the image
    Clean,
    /// At a random point of the ball
    Random,
    /// At the image, and with further restarts at random points
    CleanThenRandom,
    /// At a random point beside the image
    Near,
}

impl From<SearchName> for MethodName {
    fn from(search: SearchName) -> Self {
        match search {
            SearchName::Fgsm => MethodName::Fgsm,
            SearchName::Pgd => MethodName::Pgd,
            SearchName::Apgd => MethodName::Apgd,
            SearchName::Deepfool => MethodName::Deepfool,
            SearchName::Square => MethodName::Square,
        }
    }
}

impl MethodName {
    /// The search of this name; `None` where a solver answers.
    pub(crate) fn search(self) -> Option<SearchName> {
        SearchName::value_variants().iter().copied().find(|search| MethodName::from(*search) == self)
    }
}

impl From<LossKind> for LossName {
    fn from(loss: LossKind) -> Self {
        match loss {
            LossKind::CrossEntropy => LossName::Ce,
            LossKind::Margin => LossName::Margin,
            LossKind::Dlr => LossName::Dlr,
        }
    }
}

impl From<BeginName> for Start {
    fn from(begin: BeginName) -> Self {
        match begin {
            BeginName::Clean => Start::Clean,
            BeginName::Random => Start::Random,
            BeginName::CleanThenRandom => Start::CleanThenRandom,
            BeginName::Near => Start::Near,
        }
    }
}

impl From<Start> for BeginName {
    fn from(start: Start) -> Self {
        match start {
            Start::Clean => BeginName::Clean,
            Start::Random => BeginName::Random,
            Start::CleanThenRandom => BeginName::CleanThenRandom,
            Start::Near => BeginName::Near,
        }
    }
}

impl From<LossName> for LossKind {
    fn from(loss: LossName) -> Self {
        match loss {
            LossName::Ce => LossKind::CrossEntropy,
            LossName::Margin => LossKind::Margin,
            LossName::Dlr => LossKind::Dlr,
        }
    }
}

/// The name that the command line has for a choice.
pub(crate) fn value_name(value: impl ValueEnum) -> String {
    value.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}
