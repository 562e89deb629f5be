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
    let listed = listed();
    let names = listed.iter().map(|row| row["name"].as_str().expect("text"));
    // Which of the further command line programs are there is up to the machine.
    let required = names.filter(|name| !name.starts_with("lp:") || SOLVERS.contains(&(*name, true)));
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../solver-api/tests");
    for name in required {
        let file = tests.join(format!("{}.rs", name.replace(':', "_")));
        let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert!(
            text.contains(
                "
solver_api::conforms!("
            ),
            "{} does not run the suite",
            file.display()
        );
    }
}

#[test]
fn a_solver_that_is_not_on_the_machine_is_listed_with_the_reason() {
    let workspace = Workspace::new();
    let mut command = workspace.command("solvers --json");
    let output = command.env("PATH", workspace.path("no-programs")).output().expect("the program starts");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("text");
    let rows = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("an object a line"));
    let of_programs = |row: &Value| row["name"].as_str().is_some_and(|name| name.starts_with("lp:"));
    let rows: Vec<_> = rows.filter(of_programs).collect();
    assert_eq!(rows.is_empty(), cfg!(not(feature = "lp")));
    for row in rows {
        assert!(row["version"].is_null() && row["missing"].is_string(), "{row}");
    }
}
