//! The core crates do no input or output beyond a reader or writer they are handed, read no clock and no environment,
//! and print nothing (ARCHITECTURE.md). Their tests may.

use super::{Finding, TextFile};

/// The folders of the crates that this holds for.
const CORE_ROOMS: [&str; 7] =
    ["nn-core", "solver-api", "milp-encode", "attacks", "training", "pruning", "verify"];

/// What a core crate's code must not contain.
struct Taboo {
    /// Paths and macros, as they stand in code.
    marks: &'static [&'static str],
    message: &'static str,
    /// A path's start where it is allowed: that is what the place is for.
    allowed_below: Option<&'static str>,
}

const TABOOS: [Taboo; 5] = [
    Taboo {
        marks: &["std::env", "env::var", "env::args"],
        message: "a core crate reads the environment: let the caller hand over what it needs",
        // Where a shared library lies is for the environment to say.
        allowed_below: Some("solver-api/src/adapters/scip/library"),
    },
    Taboo {
        marks: &["println!", "eprintln!", "print!", "eprint!", "std::io::stdout", "io::stdout", "io::stderr"],
        message: "a core crate prints: return the text, or write to a writer that the caller hands over",
        allowed_below: None,
    },
    Taboo {
        marks: &["std::fs", "fs::read", "fs::write", "File::open", "File::create"],
        message: "a core crate touches files: take a reader or a writer",
        allowed_below: Some("solver-api/src/adapters"),
    },
    Taboo {
        marks: &["std::process", "process::Command", "Command::new"],
        message: "a core crate starts or ends processes: only a solver's adapter may",
        allowed_below: Some("solver-api/src/adapters"),
    },
    Taboo {
        marks: &["Instant::now", "SystemTime"],
        message: "a core crate reads the clock: take a budget from the caller",
        allowed_below: Some("solver-api/"),
    },
];

/// Core crates keep to their inputs and outputs.
pub(super) fn purity(file: &TextFile) -> Vec<Finding> {
    if !is_core_source(file) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (number, code) in code_lines(file.text) {
        let broken = TABOOS.iter().filter(|taboo| {
            let is_allowed = taboo.allowed_below.is_some_and(|start| file.path.starts_with(start));
            !is_allowed && taboo.marks.iter().any(|mark| holds(&code, mark))
        });
        findings.extend(broken.map(|taboo| Finding::new(number, taboo.message)));
    }
    findings
}

fn is_core_source(file: &TextFile) -> bool {
    let is_source =
        |rest: &str| rest.starts_with("/src/") && !rest.contains("/tests/") && !rest.ends_with("/tests.rs");
    file.is_rust() && CORE_ROOMS.iter().any(|room| file.path.strip_prefix(room).is_some_and(is_source))
}

/// Whether the mark stands in the code as a word of its own: `print!` is not in `println!`, nor in `my_print!`.
fn holds(code: &str, mark: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut places = code.match_indices(mark);
    places.any(|(at, _)| {
        let after = &code[at + mark.len()..];
        !code[..at].ends_with(is_part) && (mark.ends_with('!') || !after.starts_with(is_part))
    })
}

/// The lines that are neither comments nor in a test module, with grouped imports of the standard library written out
/// (`use std::{env, fs::File};` counts as `std::env std::fs`).
fn code_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines = (1..).zip(text.lines()).peekable();
    let mut code = Vec::new();
    while let Some((number, line)) = lines.next() {
        let trimmed = line.trim_start();
        if trimmed.starts_with("#[cfg(test)]") {
            skip_item(&mut lines, &line[..line.len() - trimmed.len()]);
        } else if trimmed.starts_with("use std::{") {
            let mut statement = trimmed.to_owned();
            while !statement.contains(';') {
                let Some((_, next)) = lines.next() else { break };
                statement.push_str(next.trim());
            }
            code.push((number, imported_modules(&statement)));
        } else if !trimmed.starts_with("//") {
            code.push((number, line.split(" // ").next().unwrap_or(line).to_owned()));
        }
    }
    code
}

/// Skips the item behind an attribute: to its closing brace, which rustfmt puts at the attribute's own indentation, or
/// to its semicolon.
fn skip_item<'a>(lines: &mut impl Iterator<Item = (usize, &'a str)>, indentation: &str) {
    let closing = format!("{indentation}}}");
    for (_, line) in lines {
        let ends_here = line.trim_end().ends_with(';') && !line.starts_with(&format!("{indentation} "));
        let one_line = line.trim_end().ends_with('}') && line.starts_with(indentation) && line.contains('{');
        if ends_here || one_line || line.trim_end() == closing {
            return;
        }
    }
}

/// The modules of the standard library that `use std::{…};` imports from.
fn imported_modules(statement: &str) -> String {
    let group = statement.split_once('{').map_or("", |(_, rest)| rest);
    let mut modules = Vec::new();
    let (mut depth, mut item) = (0, String::new());
    for character in group.chars() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => modules.push(std::mem::take(&mut item)),
            _ if depth == 0 => item.push(character),
            _ => {}
        }
    }
    modules.push(item);
    let first_part =
        |item: &String| format!("std::{}", item.trim().split([':', ' ', ';']).next().unwrap_or_default());
    modules.iter().map(first_part).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, text: &str, lines: &[usize]) {
        let found: Vec<_> = purity(&TextFile { path, text }).iter().map(|finding| finding.line).collect();
        assert_eq!(found, lines, "{path}:\n{text}");
    }

    #[test]
    fn each_taboo_is_found_in_core_code() {
        for line in [
            "use std::env;",
            "let a = env::var(\"A\");",
            "println!(\"a\");",
            "eprint!(\"a\");",
            "use std::fs;",
            "let file = File::open(path)?;",
            "use std::process::Command;",
            "let start = Instant::now();",
            "use std::time::SystemTime;",
            "use std::{io::Read, env};",
            "use std::{collections::{BTreeMap, BTreeSet}, fs::File};",
        ] {
            check("nn-core/src/lib.rs", &format!("fine();\n{line}\n"), &[2]);
            check("experiments/src/main.rs", line, &[]);
            check("xtask/src/main.rs", line, &[]);
            check("nn-core/tests/onnx.rs", line, &[]);
            check("nn-core/src/onnx/tests.rs", line, &[]);
        }
    }

    #[test]
    fn every_core_room_is_held() {
        for room in CORE_ROOMS {
            check(&format!("{room}/src/a/b.rs"), "println!(\"a\");\n", &[1]);
        }
    }

    #[test]
    fn solver_adapters_may_start_processes_and_read_the_clock_but_not_print() {
        let text =
            "std::process::exit(1);\nstd::fs::read(path);\nInstant::now();\nstd::env::args();\nprintln!();\n";
        check("solver-api/src/adapters/cbc.rs", text, &[4, 5]);
        check("solver-api/src/adapters.rs", text, &[4, 5]);
        check("solver-api/src/budget.rs", text, &[1, 2, 4, 5]);
        check("attacks/src/budget.rs", text, &[1, 2, 3, 4, 5]);
    }

    #[test]
    fn words_that_only_look_alike_are_fine() {
        check(
            "attacks/src/a.rs",
            "use std::time::Instant;\nenvironment::variable();\nmy_println!();\nBudget { deadline: Instant }\nstd::fscale();\nlet blueprint = 1;\n",
            &[],
        );
    }

    #[test]
    fn comments_examples_and_test_modules_are_not_code() {
        check(
            "attacks/src/a.rs",
            "//! ```\n//! println!(\"an example\");\n//! ```\n/// std::env\nlet a = 1; // not std::env\n",
            &[],
        );
        check(
            "attacks/src/a.rs",
            "#[cfg(test)]\nmod tests {\n    #[test]\n    fn a() {\n        println!();\n    }\n}\nprintln!();\n",
            &[8],
        );
        check("attacks/src/a.rs", "#[cfg(test)]\nmod tests;\nprintln!();\n", &[3]);
        check("attacks/src/a.rs", "#[cfg(test)]\nuse std::env;\nprintln!();\n", &[3]);
        check(
            "attacks/src/a.rs",
            "mod a {\n    #[cfg(test)]\n    fn b() {\n        print!();\n    }\n    print!();\n}\n",
            &[6],
        );
    }

    #[test]
    fn imports_over_several_lines_are_read_to_their_end() {
        check(
            "verify/src/a.rs",
            "use std::{\n    collections::{BTreeMap, BTreeSet},\n    process,\n};\nprint!();\n",
            &[1, 5],
        );
        check("verify/src/a.rs", "use std::{\n    collections::BTreeMap,\n    io::Write,\n};\n", &[]);
    }
}
