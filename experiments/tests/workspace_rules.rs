//! What the crates of the workspace may depend on, and what they inherit from it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// The rooms, each with those that it may know: the arrows of ARCHITECTURE.md, followed to their ends.
const MAY_KNOW: [(&str, &[&str]); 9] = [
    ("nn-core", &[]),
    ("solver-api", &[]),
    ("milp-encode", &["nn-core", "solver-api"]),
    ("attacks", &["milp-encode", "nn-core", "solver-api"]),
    ("training", &["attacks", "milp-encode", "nn-core", "solver-api"]),
    ("pruning", &["attacks", "milp-encode", "nn-core", "solver-api"]),
    ("verify", &["attacks", "milp-encode", "nn-core", "solver-api"]),
    ("experiments", &["attacks", "milp-encode", "nn-core", "pruning", "solver-api", "training", "verify"]),
    ("xtask", &[]),
];

/// Further rooms that the tests of a room know. Each is used, or this list lies.
///
/// The tests of solver-api switch a feature of its own on.
const TESTS_MAY_ALSO_KNOW: [(&str, &str); 1] = [("solver-api", "solver-api")];

/// Crates with a place of their own: a reader finds all that touches a solver, the network or the terminal there.
const ONLY_IN: [(&str, &[&str]); 15] = [
    ("coin_cbc_sys", &["solver-api"]),
    ("highs", &["solver-api"]),
    ("highs-sys", &["solver-api"]),
    ("libloading", &["solver-api"]),
    ("microlp", &["solver-api"]),
    ("gemm", &["nn-core"]),
    ("prost", &["nn-core"]),
    ("anyhow", &["experiments", "xtask"]),
    ("clap", &["experiments", "xtask"]),
    ("comfy-table", &["experiments"]),
    ("ctrlc", &["experiments", "xtask"]),
    ("indicatif", &["experiments"]),
    ("nix", &["experiments", "solver-api", "xtask"]),
    ("plotters", &["experiments"]),
    ("ureq", &["experiments"]),
];

/// Keys of `[package]` that each crate takes from the workspace.
const INHERITED: [&str; 5] = ["version", "edition", "rust-version", "license", "repository"];

fn workspace() -> Metadata {
    MetadataCommand::new()
        .no_deps()
        .exec()
        .expect("cargo describes the workspace that this test was built from")
}

fn manifest(package: &Package) -> Manifest {
    Manifest::parse(&fs::read_to_string(&package.manifest_path).expect("cargo has just read this file"))
}

/// The tables of a manifest: each table's keys with their values, as text.
struct Manifest(BTreeMap<String, BTreeMap<String, String>>);

impl Manifest {
    /// Reads as much of TOML as our manifests use: one key a line, a value that may go on over further lines.
    fn parse(text: &str) -> Self {
        let mut tables: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        let mut current = String::new();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                name.trim_matches(['[', ']']).clone_into(&mut current);
                tables.entry(current.clone()).or_default();
            } else if let Some((key, value)) = line.split_once('=') {
                let table = tables.entry(current.clone()).or_default();
                table.insert(key.trim().to_owned(), value.trim().to_owned());
            }
        }
        Manifest(tables)
    }

    /// Whether a key of a table is taken from the workspace: `key.workspace = true` or `key = { workspace = true, … }`.
    fn inherits(&self, table: &str, key: &str) -> bool {
        let Some(table) = self.0.get(table) else { return false };
        table.get(&format!("{key}.workspace")).is_some_and(|value| value == "true")
            || table.get(key).is_some_and(|value| value.replace(' ', "").starts_with("{workspace=true"))
    }

    fn keys(&self, table: &str) -> BTreeSet<&str> {
        let keys = self.0.get(table).into_iter().flat_map(BTreeMap::keys);
        keys.map(|key| key.strip_suffix(".workspace").unwrap_or(key)).collect()
    }

    /// The tables of dependencies, those for some platforms or kinds included.
    fn dependency_tables(&self) -> impl Iterator<Item = &str> {
        let is_dependencies = |name: &&str| {
            ["dependencies", "dev-dependencies", "build-dependencies"].iter().any(|kind| name.ends_with(kind))
                && !name.starts_with("workspace.")
        };
        self.0.keys().map(String::as_str).filter(is_dependencies)
    }
}

/// The rooms that a package depends on, by the kind of the dependency.
fn rooms_known<'a>(package: &'a Package, kinds: &'a [DependencyKind]) -> impl Iterator<Item = &'a str> {
    let is_room = |name: &&str| MAY_KNOW.iter().any(|(room, _)| room == name);
    let of_kind = package.dependencies.iter().filter(|dependency| kinds.contains(&dependency.kind));
    of_kind.map(|dependency| dependency.name.as_str()).filter(is_room)
}

#[test]
fn the_rooms_are_the_members_of_the_workspace() {
    let members: BTreeSet<_> = workspace().packages.iter().map(|package| package.name.to_string()).collect();
    let rooms: BTreeSet<_> = MAY_KNOW.iter().map(|(room, _)| (*room).to_owned()).collect();
    assert_eq!(members, rooms, "a new room needs its line in MAY_KNOW");
}

#[test]
fn no_room_may_know_a_room_that_may_know_it() {
    for (room, known) in MAY_KNOW {
        for name in known {
            let (_, back) = MAY_KNOW.iter().find(|(other, _)| other == name).expect("only rooms are known");
            assert!(!back.contains(&room), "{room} and {name} may know each other");
            assert!(
                back.iter().all(|further| known.contains(further)),
                "{room} knows {name}, but not what it knows"
            );
        }
    }
}

#[test]
fn dependencies_follow_the_arrows() {
    for package in &workspace().packages {
        let room = package.name.as_str();
        let (_, allowed) = MAY_KNOW.iter().find(|(name, _)| *name == room).expect("every member is a room");
        for known in rooms_known(package, &[DependencyKind::Normal, DependencyKind::Build]) {
            assert!(
                allowed.contains(&known),
                "{room} depends on {known}, against the arrows of ARCHITECTURE.md"
            );
        }
        for known in rooms_known(package, &[DependencyKind::Development]) {
            let is_listed = TESTS_MAY_ALSO_KNOW.contains(&(room, known));
            assert!(
                allowed.contains(&known) || is_listed,
                "the tests of {room} depend on {known}: list that here"
            );
        }
    }
}

#[test]
fn no_exception_is_listed_that_nobody_uses() {
    let workspace = workspace();
    for (room, known) in TESTS_MAY_ALSO_KNOW {
        let package =
            workspace.packages.iter().find(|package| package.name == room).expect("only rooms are listed");
        let is_used = rooms_known(package, &[DependencyKind::Development]).any(|name| name == known);
        assert!(is_used, "the tests of {room} do not depend on {known} any more");
    }
}

#[test]
fn solvers_terminals_and_downloads_have_their_places() {
    for package in &workspace().packages {
        for dependency in package.dependencies.iter().filter(|one| one.kind == DependencyKind::Normal) {
            let place = ONLY_IN.iter().find(|(name, _)| *name == dependency.name);
            let is_in_place = place.is_none_or(|(_, rooms)| rooms.contains(&package.name.as_str()));
            assert!(is_in_place, "{} depends on {}, which has another place", package.name, dependency.name);
        }
    }
}

#[test]
fn every_crate_inherits_from_the_workspace() {
    for package in &workspace().packages {
        let manifest = manifest(package);
        for key in INHERITED {
            assert!(
                manifest.inherits("package", key),
                "{}: {key} is not the workspace's",
                package.manifest_path
            );
        }
        let lints = manifest.0.get("lints").and_then(|table| table.get("workspace"));
        assert_eq!(lints.map(String::as_str), Some("true"), "{}: lints", package.manifest_path);
    }
}

#[test]
fn versions_of_dependencies_stand_in_the_workspace_only() {
    for package in &workspace().packages {
        let manifest = manifest(package);
        for table in manifest.dependency_tables() {
            for name in manifest.keys(table).into_iter().filter(|name| *name != package.name.as_str()) {
                let inherits = manifest.inherits(table, name);
                assert!(inherits, "{}: [{table}] {name} names its own version", package.manifest_path);
            }
        }
    }
}

#[test]
fn every_dependency_has_its_reason_in_the_architecture() {
    let root = workspace().workspace_root;
    let text = |name| fs::read_to_string(root.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let manifest = Manifest::parse(&text("Cargo.toml"));
    let dependencies: BTreeSet<_> = manifest
        .keys("workspace.dependencies")
        .into_iter()
        .filter(|name| MAY_KNOW.iter().all(|(room, _)| room != name))
        .map(str::to_owned)
        .collect();
    let explained: BTreeSet<_> =
        table_under(&text("ARCHITECTURE.md"), "## Dependencies").into_keys().collect();
    assert_eq!(
        explained, dependencies,
        "left: the table \"Dependencies\" of ARCHITECTURE.md, right: Cargo.toml"
    );
}

/// The first table below a heading: first column, without its backticks, to the rest, which must say something.
fn table_under(text: &str, heading: &str) -> BTreeMap<String, String> {
    let section = text.lines().skip_while(|line| line.trim_end() != heading).skip(1);
    let rows =
        section.take_while(|line| !line.starts_with("## ")).filter_map(|line| line.strip_prefix("| `"));
    let cells = rows.filter_map(|row| row.split_once("` |"));
    let table: BTreeMap<_, _> = cells.map(|(name, why)| (name.to_owned(), why.trim().to_owned())).collect();
    for (name, why) in &table {
        assert!(why.trim_matches(['|', ' ']).len() > 10, "`{name}` has no reason in its row");
    }
    table
}
