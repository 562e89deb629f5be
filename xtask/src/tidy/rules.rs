//! Rules for all files. None of them may name what it looks for in one piece, or it would find itself.

use super::{Finding, TextFile};

/// The most bytes of a file: data sets and builds do not belong into the repository.
const MOST_BYTES: usize = 1_000_000;
/// The most lines of a Rust file.
const MOST_LINES: usize = 400;
/// The most lines of a Rust file that holds only tests.
const MOST_LINES_OF_TESTS: usize = 600;

const UNFINISHED: [(&str, &str); 4] = [
    (concat!("to", "do!("), "a stub: finish it, or leave it out"),
    (concat!("unimpl", "emented!("), "a stub: finish it, or leave it out"),
    (concat!("#[ig", "nore"), "a test that never runs: mend it, or remove it"),
    (concat!("```ig", "nore"), "an example that is never compiled: mend it, or mark it as `text`"),
];

/// Words that promise work, and so must name an issue: WORD(#12).
const PROMISES: [&str; 2] = [concat!("TO", "DO"), concat!("FIX", "ME")];

/// Starts of paths that exist on one machine only.
const MACHINE_PATHS: [&str; 5] = [
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("/ro", "ot/"),
    concat!("/wo", "rk/"),
    concat!("C:\\Us", "ers\\"),
];

/// Nobody's account.
const MADE_UP_ACCOUNTS: [&str; 2] = ["a", "user"];

/// Folders of files that other programs wrote, byte for byte: snapshots and golden files.
const VERBATIM_FOLDERS: [&str; 3] = ["golden", "snapshots", "fixtures"];

fn is_verbatim(path: &str) -> bool {
    let folders: Vec<_> = path.split('/').collect();
    path.ends_with(".snap")
        || folders.iter().any(|folder| VERBATIM_FOLDERS.contains(folder))
        || folders.windows(2).any(|pair| pair == ["tests", "data"])
}

fn is_test(path: &str) -> bool {
    path.split('/').any(|part| part == "tests" || part == "benches") || path.ends_with("/tests.rs")
}

/// No large file.
pub(super) fn size(bytes: &[u8]) -> Vec<Finding> {
    if bytes.len() <= MOST_BYTES {
        return Vec::new();
    }
    vec![Finding::new(
        1,
        format!("{} bytes, more than {MOST_BYTES}: fetch or generate it instead", bytes.len()),
    )]
}

/// A Rust file holds one idea, and few enough lines for it.
pub(super) fn length(file: &TextFile) -> Vec<Finding> {
    let most = if is_test(file.path) { MOST_LINES_OF_TESTS } else { MOST_LINES };
    let lines = file.text.lines().count();
    if !file.is_rust() || lines <= most {
        return Vec::new();
    }
    vec![Finding::new(lines, format!("{lines} lines, more than {most}: split the file by its ideas"))]
}

/// No white space at the ends of lines.
pub(super) fn white_space(file: &TextFile) -> Vec<Finding> {
    if is_verbatim(file.path) {
        return Vec::new();
    }
    lines_where(file, "white space at the end of the line", |line| line.trim_end() != line)
}

/// A text ends with exactly one newline.
pub(super) fn final_newline(file: &TextFile) -> Vec<Finding> {
    let last = file.text.lines().count();
    if is_verbatim(file.path) || file.text.is_empty() {
        Vec::new()
    } else if !file.text.ends_with('\n') {
        vec![Finding::new(last, "no newline at the end of the file")]
    } else if file.text.ends_with("\n\n") {
        vec![Finding::new(last, "an empty line at the end of the file")]
    } else {
        Vec::new()
    }
}

/// Rust is indented with blanks.
pub(super) fn tabs(file: &TextFile) -> Vec<Finding> {
    if !file.is_rust() {
        return Vec::new();
    }
    lines_where(file, "a tab in Rust code", |line| line.contains('\t'))
}

/// Nothing that compiles and does not work, no test that does not run.
pub(super) fn unfinished(file: &TextFile) -> Vec<Finding> {
    if !file.is_rust() {
        return Vec::new();
    }
    UNFINISHED
        .iter()
        .flat_map(|(mark, message)| lines_where(file, message, |line| line.contains(mark)))
        .collect()
}

/// A promise of work names its issue.
pub(super) fn open_questions(file: &TextFile) -> Vec<Finding> {
    let breaks = |line: &str| {
        let promises =
            PROMISES.iter().flat_map(|word| line.match_indices(word).map(|(at, _)| (at, at + word.len())));
        promises.into_iter().any(|(start, end)| is_word(line, start, end) && !names_issue(&line[end..]))
    };
    lines_where(file, "a promise of work without its issue: write (#number) behind the word", breaks)
}

/// Whether `line[start..end]` has no letter, digit or underscore beside it.
fn is_word(line: &str, start: usize, end: usize) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    !line[..start].ends_with(is_part) && !line[end..].starts_with(is_part)
}

/// Whether a text starts with `(#12)`.
fn names_issue(text: &str) -> bool {
    let number = text.strip_prefix("(#").and_then(|rest| rest.split_once(')')).map(|(number, _)| number);
    number.is_some_and(|number| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()))
}

/// No path of the machine that a file was written on.
pub(super) fn machine_paths(file: &TextFile) -> Vec<Finding> {
    // Within a longer path, or an address on the web, the same letters mean something else.
    let starts_path =
        |line: &str, at: usize| !line[..at].ends_with(|c: char| c.is_alphanumeric() || "._-/*~}".contains(c));
    let names_machine =
        |line: &str, path: &str, at: usize| starts_path(line, at) && !is_made_up(&line[at + path.len()..]);
    let breaks = |line: &str| {
        MACHINE_PATHS.iter().any(|path| line.match_indices(path).any(|(at, _)| names_machine(line, path, at)))
    };
    lines_where(file, "a path that exists on one machine only", breaks)
}

/// Whether the rest of a path starts with a made-up account, as tests and examples need.
fn is_made_up(rest: &str) -> bool {
    let account = rest.split(|c: char| !c.is_alphanumeric()).next();
    account.is_some_and(|account| MADE_UP_ACCOUNTS.contains(&account))
}

/// No character that looks like a blank, or like nothing, and is something else.
pub(super) fn confusable_characters(file: &TextFile) -> Vec<Finding> {
    let confusable = |line: &str| line.chars().find(|&c| is_confusable(c));
    let finding = |(number, line)| {
        let character = confusable(line)?;
        Some(Finding::new(
            number,
            format!("U+{:04X} looks like a blank or like nothing", u32::from(character)),
        ))
    };
    file.lines().filter_map(finding).collect()
}

fn is_confusable(character: char) -> bool {
    matches!(
        character,
        '\u{a0}' | '\u{ad}' | '\u{1680}' | '\u{180e}' | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}'
            | '\u{205f}'..='\u{206f}' | '\u{3000}' | '\u{feff}'
    )
}

fn lines_where(file: &TextFile, message: &str, breaks: impl Fn(&str) -> bool) -> Vec<Finding> {
    file.lines().filter(|(_, line)| breaks(line)).map(|(number, _)| Finding::new(number, message)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Rule;
    use super::*;

    #[track_caller]
    fn check(rule: Rule, path: &str, text: &str, lines: &[usize]) {
        let found: Vec<_> = rule(&TextFile { path, text }).iter().map(|finding| finding.line).collect();
        assert_eq!(found, lines, "{path}: {text:?}");
    }

    #[test]
    fn large_files_are_found() {
        assert_eq!(size(&vec![b'x'; MOST_BYTES]), []);
        assert_eq!(size(&vec![b'x'; MOST_BYTES + 1])[0].line, 1);
    }

    #[test]
    fn long_rust_files_are_found_and_tests_may_be_longer() {
        let (fits, long, too_long) = ("\n".repeat(400), "\n".repeat(401), "\n".repeat(601));
        check(length, "a/src/lib.rs", &fits, &[]);
        check(length, "a/src/lib.rs", &long, &[401]);
        check(length, "a/tests/all.rs", &long, &[]);
        check(length, "a/src/parser/tests.rs", &long, &[]);
        check(length, "a/tests/all.rs", &too_long, &[601]);
        check(length, "a/README.md", &too_long, &[]);
    }

    #[test]
    fn white_space_at_the_ends_of_lines_is_found() {
        check(white_space, "a.md", "one\ntwo \n\n three\nfour\t\n", &[2, 5]);
        check(white_space, "a.rs", "one\r\n", &[]);
        check(white_space, "a/tests/golden/cbc.sol", "two \n", &[]);
        check(white_space, "a/src/snapshots/x.snap", "two \n", &[]);
        check(white_space, "a/tests/data/x.json", "two \n", &[]);
        check(white_space, "a/src/data/x.rs", "two \n", &[1]);
    }

    #[test]
    fn the_last_line_ends_and_is_not_empty() {
        check(final_newline, "a.toml", "one\ntwo\n", &[]);
        check(final_newline, "a.toml", "one\ntwo", &[2]);
        check(final_newline, "a.toml", "one\n\n", &[2]);
        check(final_newline, "a.toml", "", &[]);
        check(final_newline, "tests/golden/a.lp", "one", &[]);
    }

    #[test]
    fn tabs_are_found_in_rust_only() {
        check(tabs, "a.rs", "fn a() {\n\tb();\n}\n", &[2]);
        check(tabs, "Makefile", "all:\n\tcargo build\n", &[]);
    }

    #[test]
    fn stubs_and_tests_that_never_run_are_found() {
        for (mark, _) in UNFINISHED {
            check(unfinished, "a.rs", &format!("ok\n    {mark}\n"), &[2]);
            check(unfinished, "a.md", mark, &[]);
        }
        check(unfinished, "a.rs", "let list = todo(1);\n#[test]\n", &[]);
    }

    #[test]
    fn promises_name_their_issue() {
        for word in PROMISES {
            check(open_questions, "a.rs", &format!("// {word}: later\n"), &[1]);
            check(open_questions, "a.md", &format!("{word}\n"), &[1]);
            check(open_questions, "a.rs", &format!("// {word}(#): later\n"), &[1]);
            check(open_questions, "a.rs", &format!("// {word}(me): later\n"), &[1]);
            check(open_questions, "a.rs", &format!("// {word}(#12): later\n"), &[]);
            check(open_questions, "a.rs", &format!("const MY_{word}: u8 = 1; {word}S\n"), &[]);
        }
    }

    #[test]
    fn paths_of_one_machine_are_found() {
        for path in MACHINE_PATHS {
            check(machine_paths, "a.md", &format!("see {path}someone/data\n"), &[1]);
            check(machine_paths, "a.sh", &format!("DATA={path}data\n"), &[1]);
            check(machine_paths, "a.rs", &format!("let a = \"{path}a/data\"; // {path}user\n"), &[]);
            check(machine_paths, "a.rs", &format!("let a = \"{path}data\";\n"), &[1]);
            check(machine_paths, "a.md", &format!("https://example.org{path}page, data{path}\n"), &[]);
        }
        check(machine_paths, "a.sh", "/usr/lib and ~/data and $HOME/data\n", &[]);
    }

    #[test]
    fn blanks_that_are_none_are_found() {
        check(
            confusable_characters,
            "a.md",
            "plain\nno\u{a0}break\nzero\u{200b}width\n\u{feff}mark\n",
            &[2, 3, 4],
        );
        check(confusable_characters, "a.md", "Gödel, 1 ≤ 2, naïve – fine\n", &[]);
    }
}
