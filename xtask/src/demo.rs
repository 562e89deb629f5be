//! `cargo xtask demo`: from nothing to an exactly attacked network, in two or three minutes after the build.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::cargo::{cargo, run as run_command, shell_line, workspace_root};
use crate::flags::{DemoFlags, Feature};
use crate::setup::{Consent, Toolchain, ensure_feature};

/// Images that the demo attacks: `0..IMAGES` of the data set.
const IMAGES: usize = 20;
/// Targets of each image: every digit but its own.
const TARGETS: usize = 9;
/// Rows that the attack writes, one per image and target.
pub(crate) const ROWS: usize = IMAGES * TARGETS;

/// How `cargo run` is told to run greymatter: it finds the program wherever the configuration puts builds.
const CARGO_RUN: [&str; 5] = ["run", "--quiet", "--package", "experiments", "--"];

/// The files of a demo, relative to the workspace's root where they lie below it.
pub(crate) struct DemoFolder(PathBuf);

impl DemoFolder {
    fn new(folder: &Path) -> Result<Self> {
        let folder = std::path::absolute(folder).context("cannot make the folder's path absolute")?;
        let below_root = folder.strip_prefix(workspace_root()).map(Path::to_path_buf);
        Ok(DemoFolder(below_root.unwrap_or(folder)))
    }

    fn network(&self) -> PathBuf {
        self.0.join("digits.onnx")
    }

    fn attack(&self) -> PathBuf {
        self.0.join("attack")
    }

    fn rows(&self) -> PathBuf {
        self.attack().join("rows.jsonl")
    }

    /// The attack's rows, one JSON object for each image and target, from wherever the caller stands.
    pub(crate) fn rows_from_anywhere(&self) -> PathBuf {
        workspace_root().join(self.rows())
    }
}

/// A command line of greymatter, with what it is for.
struct Step {
    title: &'static str,
    arguments: Vec<OsString>,
}

/// `cargo xtask demo`.
///
/// # Errors
/// When the set-up, the build or one of the steps fails.
pub(crate) fn run(flags: &DemoFlags, consent: Consent) -> Result<()> {
    let default = || workspace_root().join("greymatter-demo");
    let folder = flags.out.clone().unwrap_or_else(default);
    let toolchain = ensure_feature(Feature::Highs, consent)?;
    let demo = build_and_run(&folder, &toolchain)?;
    println!("{}", guide(&demo));
    Ok(())
}

/// Builds greymatter and runs the demo into a folder.
///
/// # Errors
/// When the build or one of the steps fails.
pub(crate) fn build_and_run(folder: &Path, toolchain: &Toolchain) -> Result<DemoFolder> {
    println!("demo: build greymatter (the first time, HiGHS takes some minutes)");
    run_command(&mut cargo(["build", "--package", "experiments"], toolchain))?;
    let demo = DemoFolder::new(folder)?;
    fs::create_dir_all(folder).with_context(|| format!("cannot create the folder {}", folder.display()))?;
    run_steps(&steps(&demo), toolchain)?;
    Ok(demo)
}

/// Runs what the guide suggests, so that it is not only said to work.
///
/// # Errors
/// When one of the suggestions fails.
pub(crate) fn run_suggestions(demo: &DemoFolder, toolchain: &Toolchain) -> Result<()> {
    run_steps(&suggestions(demo), toolchain)
}

fn run_steps(steps: &[Step], toolchain: &Toolchain) -> Result<()> {
    for step in steps {
        println!("\ndemo: {}", step.title);
        println!("  $ {}", greymatter_line(&step.arguments));
        let arguments = CARGO_RUN.into_iter().map(OsString::from).chain(step.arguments.iter().cloned());
        run_command(&mut cargo(arguments, toolchain))?;
    }
    Ok(())
}

/// What the demo asks of greymatter.
fn steps(demo: &DemoFolder) -> [Step; 3] {
    let images = format!("0..{IMAGES}");
    let attack = ["--data", "digits", "--images", &images, "--targets", "all", "--epsilon", "0.1"];
    [
        Step {
            title: "train a small network on images of digits, 8 x 8 pixels each",
            arguments: Line::new("train --data digits --arch 64-32-16-10 --seed 0 --out")
                .path(demo.network())
                .0,
        },
        Step {
            title: "see how often it is right about images that it has not seen",
            arguments: Line::new("eval").path(demo.network()).words("--data digits").0,
        },
        Step {
            title: "ask of 20 images and 9 wrong digits each: does a change of at most 0.1 per pixel turn the one \
                    into the other?",
            arguments: Line::new("attack")
                .path(demo.network())
                .words(&attack.join(" "))
                .words("--method milp --pictures --out")
                .path(demo.attack())
                .0,
        },
    ]
}

/// What to try next; each takes seconds.
fn suggestions(demo: &DemoFolder) -> [Step; 4] {
    let on_network = |command: &str| Line::new(command).path(demo.network());
    [
        Step { title: "the layers of the network", arguments: on_network("info").0 },
        Step {
            title: "what is proven of each layer around one image",
            arguments: on_network("bounds").words("--data digits --image 0 --epsilon 0.1").0,
        },
        Step {
            title: "only whether there are adversarial examples, for two radii and other images",
            arguments: on_network("attack")
                .words("--data digits --images 20..22 --epsilon 0.05,0.1 --goal sign")
                .0,
        },
        Step {
            title: "the model of one attack, as a file for any solver",
            arguments: on_network("encode")
                .words("--data digits --image 0 --target 3 --epsilon 0.1 --format lp -o")
                .path(demo.0.join("model.lp"))
                .0,
        },
    ]
}

/// Words of a command line; paths may hold blanks.
struct Line(Vec<OsString>);

impl Line {
    fn new(words: &str) -> Self {
        Line(Vec::new()).words(words)
    }

    fn words(mut self, words: &str) -> Self {
        self.0.extend(words.split_whitespace().map(OsString::from));
        self
    }

    fn path(mut self, path: PathBuf) -> Self {
        self.0.push(path.into_os_string());
        self
    }
}

fn greymatter_line(arguments: &[OsString]) -> String {
    shell_line(std::process::Command::new("greymatter").args(arguments))
}

/// What lies where, and what to try next.
fn guide(demo: &DemoFolder) -> String {
    let suggestion = |step: Step| {
        let line = shell_line(std::process::Command::new("cargo").args(CARGO_RUN).args(&step.arguments));
        format!("  # {}\n  {line}\n", step.title)
    };
    let suggestions: Vec<_> = suggestions(demo).into_iter().map(suggestion).collect();
    format!(
        "
demo: done. What lies where:
  {}
      the network, as ONNX
  {}
      one JSON object for each image and target; its \"objective\" is the least margin of the true digit over the
      target that any such change leaves: 0 or less is an adversarial example, more is a proof that there is none
  {}
      each adversarial example as a picture

What to try next, in the folder {}:
{}  # `greymatter` as a program of its own, in your PATH
  cargo install --path experiments",
        demo.network().display(),
        demo.rows().display(),
        demo.attack().join("pictures").display(),
        workspace_root().display(),
        suggestions.concat(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_are_the_contract_with_the_command_line() {
        let demo = DemoFolder(PathBuf::from("demo"));
        let lines: Vec<_> = steps(&demo).iter().map(|step| greymatter_line(&step.arguments)).collect();
        assert_eq!(
            lines,
            [
                "greymatter train --data digits --arch 64-32-16-10 --seed 0 --out demo/digits.onnx",
                "greymatter eval demo/digits.onnx --data digits",
                "greymatter attack demo/digits.onnx --data digits --images 0..20 --targets all --epsilon 0.1 \
                 --method milp --pictures --out demo/attack",
            ]
        );
    }

    #[test]
    fn the_guide_names_every_file_and_quotes_what_a_shell_would_split() {
        let guide = guide(&DemoFolder(PathBuf::from("my demo")));
        for part in [
            "  my demo/digits.onnx\n",
            "  my demo/attack/rows.jsonl\n",
            "  my demo/attack/pictures\n",
            "  cargo run --quiet --package experiments -- info 'my demo/digits.onnx'\n",
        ] {
            assert!(guide.contains(part), "{part} in {guide}");
        }
    }

    #[test]
    fn paths_below_the_workspace_are_shown_from_there() {
        let below = workspace_root().join("some/demo");
        let demo = DemoFolder::new(&below).expect("an absolute path");
        assert_eq!(demo.0, Path::new("some/demo"));
        assert_eq!(demo.rows_from_anywhere(), below.join("attack/rows.jsonl"));
        let elsewhere = DemoFolder::new(Path::new("/elsewhere")).expect("an absolute path");
        assert_eq!(elsewhere.0, Path::new("/elsewhere"));
        assert_eq!(elsewhere.rows_from_anywhere(), Path::new("/elsewhere/attack/rows.jsonl"));
    }
}
