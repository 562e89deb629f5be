use thiserror::Error;

use crate::Solver;

/// A solver that this crate knows: compiled in or not.
struct Entry {
    name: &'static str,
    /// The cargo feature of this crate that compiles it in.
    feature: &'static str,
    /// `None` where the feature is off.
    make: Option<fn() -> Box<dyn Solver>>,
}

/// A line of the table below: a name, the feature that compiles the adapter in, the adapter.
macro_rules! entries {
    ($($name:literal, $feature:literal: $solver:expr;)*) => {
        &[$(Entry {
            name: $name,
            feature: $feature,
            #[cfg(feature = $feature)]
            make: Some(|| Box::new($solver)),
            #[cfg(not(feature = $feature))]
            make: None,
        }),*]
    };
}

/// Every solver that this crate has an adapter for, the default first.
const ENTRIES: &[Entry] = entries! {
    "highs", "highs": crate::Highs;
    "scip", "scip": crate::Scip;
    "cbc", "cbc": crate::Cbc;
    "lp:cbc", "lp": crate::CommandLine::cbc();
    "lp:glpsol", "lp": crate::CommandLine::glpsol();
    "lp:highs", "lp": crate::CommandLine::highs();
    "lp:scip", "lp": crate::CommandLine::scip();
    "lp:gurobi_cl", "lp": crate::CommandLine::gurobi_cl();
    "lp:cplex", "lp": crate::CommandLine::cplex();
    "microlp", "microlp": crate::Microlp;
};

/// A solver was asked for that this build does not have.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UnknownSolver {
    /// There is an adapter, but it was not compiled in.
    #[error("solver {name} is not part of this build: build with `--features {feature}`")]
    NotBuilt {
        /// The name asked for.
        name: String,
        /// The feature that compiles it in.
        feature: String,
    },
    /// There is no such adapter.
    #[error("there is no solver {name}; this build has {}", list(.available))]
    NoSuchName {
        /// The name asked for.
        name: String,
        /// The names of the solvers in this build.
        available: Vec<String>,
    },
}

/// The names of the solvers in this build, the default first.
pub fn solver_names() -> Vec<&'static str> {
    ENTRIES.iter().filter(|entry| entry.make.is_some()).map(|entry| entry.name).collect()
}

/// The solver of this name; nothing is chosen in its place where this build does not have it.
///
/// # Errors
/// [`UnknownSolver`], which says how to build with it or which names there are.
pub fn solver_by_name(name: &str) -> Result<Box<dyn Solver>, UnknownSolver> {
    match ENTRIES.iter().find(|entry| entry.name == name) {
        Some(Entry { make: Some(make), .. }) => Ok(make()),
        Some(Entry { feature, .. }) => {
            Err(UnknownSolver::NotBuilt { name: name.to_owned(), feature: (*feature).to_owned() })
        }
        None => Err(UnknownSolver::NoSuchName {
            name: name.to_owned(),
            available: solver_names().into_iter().map(str::to_owned).collect(),
        }),
    }
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_solver_answers_to_its_name() {
        for name in solver_names() {
            assert_eq!(solver_by_name(name).expect("it is listed").name(), name);
        }
    }

    #[test]
    fn the_message_for_an_unknown_name_lists_the_known_ones() {
        let Err(error) = solver_by_name("gurobi") else { panic!("there is no such adapter") };
        let names = solver_names();
        let available = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        assert_eq!(error.to_string(), format!("there is no solver gurobi; this build has {available}"));
    }

    #[cfg(not(feature = "highs"))]
    #[test]
    fn the_message_for_a_solver_left_out_names_its_feature() {
        let Err(error) = solver_by_name("highs") else { panic!("its feature is off") };
        assert_eq!(
            error.to_string(),
            "solver highs is not part of this build: build with `--features highs`"
        );
    }
}
