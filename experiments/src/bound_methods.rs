//! Chains of bound methods, as the command line, jobs and rows name them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, ensure};
use clap::ValueEnum;
use milp_encode::bounds::{AlphaCrown, BoundChain, Crown, Lp, Milp, Zonotope};
use serde::{Deserialize, Serialize};
use solver_api::{Capability, Solver, solver_by_name, solver_names};

use crate::settings::fastest_solver;

/// Methods that tighten interval arithmetic, in their order: `crown`, or `crown,lp`.
///
/// `interval` stands for none. Where commas have another meaning, `+` may stand for them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct BoundMethods(Vec<BoundMethod>);

/// How bounds of neurons are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BoundMethod {
    /// Interval arithmetic, with which every chain begins
    Interval,
    /// Backward substitution of linear relaxations
    Crown,
    /// The same, with slopes that are optimised for every neuron
    AlphaCrown,
    /// Forward propagation of zonotopes
    Zonotope,
    /// A linear program for each bound that is open
    Lp,
    /// A mixed-integer program for each sign that is open
    Milp,
}

/// Who solves the programs of bound methods.
pub(crate) struct BoundSolvers {
    linear: Option<Box<dyn Solver>>,
    integer: Option<Box<dyn Solver>>,
}

impl BoundMethods {
    /// The methods to apply.
    ///
    /// All behind the first share a time limit, where there is one. `solvers` are those found for these methods, or for more.
    pub(crate) fn chain<'s>(
        &self,
        solvers: &'s BoundSolvers,
        time_limit: Option<Duration>,
    ) -> BoundChain<'s> {
        let start = BoundChain::interval();
        let start = if let Some(limit) = time_limit { start.within(limit) } else { start };
        let found = |solver: &'s Option<Box<dyn Solver>>| {
            solver.as_deref().expect("the solvers were found for these methods")
        };
        self.0.iter().fold(start, |chain, method| match method {
            BoundMethod::Interval => chain,
            BoundMethod::Crown => chain.then(Crown),
            BoundMethod::AlphaCrown => chain.then(AlphaCrown::default()),
            BoundMethod::Zonotope => chain.then(Zonotope),
            BoundMethod::Lp => chain.then(Lp::new(found(&solvers.linear))),
            BoundMethod::Milp => chain.then(Milp::new(found(&solvers.integer))),
        })
    }

    /// The chains that this one grows through, from interval arithmetic to itself, each with its last method's name.
    pub(crate) fn growing(&self) -> impl Iterator<Item = (String, Self)> {
        (0..=self.0.len()).map(|length| {
            let last = length.checked_sub(1).map_or(BoundMethod::Interval, |last| self.0[last]);
            (last.to_string(), Self(self.0[..length].to_vec()))
        })
    }
}

impl BoundSolvers {
    /// Those that some methods need: for linear programs the first solver here that tells multipliers, for mixed-integer ones
    /// the solver named, or else the fastest.
    pub(crate) fn find(methods: &BoundMethods, integer: Option<&str>) -> anyhow::Result<Self> {
        let needs = |method| methods.0.contains(&method);
        let linear = needs(BoundMethod::Lp).then(linear_solver).transpose()?;
        let integer = needs(BoundMethod::Milp)
            .then(|| solver_by_name(integer.unwrap_or_else(|| fastest_solver())))
            .transpose()?;
        Ok(Self { linear, integer })
    }
}

fn linear_solver() -> anyhow::Result<Box<dyn Solver>> {
    let mut here = solver_names().into_iter().filter_map(|name| solver_by_name(name).ok());
    here.find(|solver| solver.capabilities().has(Capability::Duals) && solver.version().is_ok())
        .context("the bound method lp needs a solver that tells multipliers: build with `--features highs`")
}

impl fmt::Display for BoundMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value().expect("no method is hidden from the command line");
        f.write_str(value.get_name())
    }
}

impl fmt::Display for BoundMethods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return BoundMethod::Interval.fmt(f);
        }
        let names: Vec<String> = self.0.iter().map(BoundMethod::to_string).collect();
        f.write_str(&names.join(","))
    }
}

impl FromStr for BoundMethods {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let mut methods = Vec::new();
        for name in text.split([',', '+']).map(str::trim) {
            let names = || {
                let known: Vec<String> =
                    BoundMethod::value_variants().iter().map(BoundMethod::to_string).collect();
                format!("`{name}` is no bound method: choose from {}", known.join(", "))
            };
            let method = BoundMethod::from_str(name, false).ok().with_context(names)?;
            ensure!(!methods.contains(&method), "the bound method `{name}` stands twice in `{text}`");
            if method != BoundMethod::Interval {
                methods.push(method);
            }
        }
        Ok(Self(methods))
    }
}

impl TryFrom<String> for BoundMethods {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map_err(|error: anyhow::Error| error.to_string())
    }
}

impl From<BoundMethods> for String {
    fn from(methods: BoundMethods) -> Self {
        methods.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_are_read_as_they_are_written() {
        let check = |text: &str, expected: Option<&str>| {
            let methods = text.parse::<BoundMethods>().ok();
            assert_eq!(methods.map(|methods| methods.to_string()).as_deref(), expected, "{text}");
        };
        check("crown", Some("crown"));
        check("interval", Some("interval"));
        check("interval, crown", Some("crown"));
        check("interval+crown", Some("crown"));
        check("crown,alpha-crown", Some("crown,alpha-crown"));
        check("crown,crown", None);
        check("crow", None);
        check("", None);
    }

    #[test]
    fn a_chain_grows_from_intervals_to_itself() {
        let chain: BoundMethods = "crown".parse().unwrap();
        let grown: Vec<(String, String)> =
            chain.growing().map(|(last, methods)| (last, methods.to_string())).collect();
        let pair = |name: &str| (name.to_owned(), name.to_owned());
        assert_eq!(grown, [pair("interval"), pair("crown")]);
    }
}
