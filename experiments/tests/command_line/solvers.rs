use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::Workspace;

/// Every solver that must be there, with whether its feature is on.
const SOLVERS: [(&str, bool); 6] = [
    ("highs", cfg!(feature = "highs")),
    ("scip", cfg!(feature = "scip")),
    ("cbc", cfg!(feature = "cbc")),
    ("lp:cbc", cfg!(feature = "lp")),
    ("lp:glpsol", cfg!(feature = "lp")),
    ("microlp", cfg!(feature = "microlp")),
];

fn listed() -> Vec<Value> {
    Workspace::new().run("solvers --json").succeeds().json_lines()
}

#[test]
fn every_solver_of_the_build_is_listed_and_says_its_version() {
    let listed = listed();
    for (name, is_built) in SOLVERS {
        let row = listed.iter().find(|row| row["name"] == name);
        assert_eq!(row.is_some(), is_built, "{name}: {listed:?}");
        let version = row.map_or("0", |row| row["version"].as_str().expect("text"));
        assert!(version.contains(|c: char| c.is_ascii_digit()), "{name}: {version}");
    }
}

#[test]
fn every_solver_of_the_build_is_held_to_the_conformance_suite() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../solver-api/tests");
    for row in listed() {
        let name = row["name"].as_str().expect("text");
        let file = tests.join(format!("{}.rs", name.replace(':', "_")));
        let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert!(text.contains("\nsolver_api::conforms!("), "{} does not run the suite", file.display());
    }
}
