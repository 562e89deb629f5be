//! `cargo xtask demo`: from nothing to an exactly attacked network, in two or three minutes after the build.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::cargo::{cargo, run as run_command, workspace_root};
use crate::flags::{DemoFlags, Feature};
use crate::setup::{Consent, Toolchain, ensure_feature};

/// Images that the demo attacks: `0..IMAGES` of the data set.
const IMAGES: usize = 20;
/// Targets of each image: every digit but its own.
const TARGETS: usize = 9;
/// Rows that the attack writes, one per image and target.
pub(crate) const ROWS: usize = IMAGES * TARGETS;

/// The files of a demo.
pub(crate) struct DemoFolder(PathBuf);

impl DemoFolder {
    fn network(&self) -> PathBuf {
        self.0.join("digits.onnx")
    }

    fn attack(&self) -> PathBuf {
        self.0.join("attack")
    }

    /// One JSON object a line, for each image and target.
    pub(crate) fn rows(&self) -> PathBuf {
        self.attack().join("rows.jsonl")
    }
}

/// `cargo xtask demo`.
///
/// # Errors
/// When the set-up, the build or one of the steps fails.
pub(crate) fn run(flags: &DemoFlags, consent: Consent) -> Result<()> {
    let folder = match &flags.out {
        Some(folder) => std::path::absolute(folder).context("cannot make the folder's path absolute")?,
        None => workspace_root().join("greymatter-demo"),
    };
    let toolchain = ensure_feature(Feature::Highs, consent)?;
    let demo = build_and_run(folder, &toolchain)?;
    println!("{}", guide(&demo));
    Ok(())
}

/// Builds greymatter and runs the demo into a folder.
///
/// # Errors
/// When the build or one of the steps fails.
pub(crate) fn build_and_run(folder: PathBuf, toolchain: &Toolchain) -> Result<DemoFolder> {
    println!("demo: build greymatter (the first time, HiGHS takes some minutes)");
    run_command(&mut cargo(["build", "--package", "experiments"], toolchain))?;
    fs::create_dir_all(&folder).with_context(|| format!("cannot create the folder {}", folder.display()))?;
    let demo = DemoFolder(folder);
    for (title, arguments) in steps(&demo) {
        println!("\ndemo: {title}");
        println!("  $ {}", greymatter_line(&arguments));
        run_command(&mut cargo(cargo_run(&arguments), toolchain))?;
    }
    Ok(demo)
}

/// What the demo asks of greymatter, each step with its title.
fn steps(demo: &DemoFolder) -> [(&'static str, Vec<OsString>); 3] {
    let network = demo.network();
    let words = |line: &str| line.split_whitespace().map(OsString::from).collect::<Vec<_>>();
    let path = |path: &Path| vec![path.as_os_str().to_owned()];
    [
        (
            "train a small network on images of digits, 8 x 8 pixels each",
            [words("train --data digits --arch 64-32-16-10 --seed 0 --out"), path(&network)].concat(),
        ),
        (
            "see how often it is right about images that it has not seen",
            [words("eval"), path(&network), words("--data digits")].concat(),
        ),
        (
            "ask of 20 images and 9 wrong digits each: does a change of at most 0.1 per pixel turn the one into the other?",
            [
                words("attack"),
                path(&network),
                words(&format!(
                    "--data digits --images 0..{IMAGES} --targets all --epsilon 0.1 --method milp"
                )),
                words("--pictures --out"),
                path(&demo.attack()),
            ]
            .concat(),
        ),
    ]
}

/// `cargo run` finds the program wherever the configuration puts builds.
fn cargo_run(arguments: &[OsString]) -> Vec<OsString> {
    let run = ["run", "--quiet", "--package", "experiments", "--bin", "greymatter", "--"];
    run.into_iter().map(OsString::from).chain(arguments.iter().cloned()).collect()
}

fn greymatter_line(arguments: &[OsString]) -> String {
    let words: Vec<_> = arguments.iter().map(|word| word.to_string_lossy()).collect();
    format!("greymatter {}", words.join(" "))
}

/// What lies where, and what to try next.
fn guide(demo: &DemoFolder) -> String {
    let (network, attack, rows) = (demo.network(), demo.attack(), demo.rows());
    format!(
        "
demo: done. What lies where:
  {network}   the network, as ONNX
  {rows}   one JSON object for each image and target; its \"objective\" is the least margin of the true digit over
      the target that any such change leaves: 0 or less is an adversarial example, more is a proof that there is none
  {attack}   beside them a picture of each adversarial example

What to try next:
  cargo install --path experiments          puts `greymatter` into your PATH
  greymatter info {network}
  greymatter attack {network} --data digits --images 0..5 --epsilon 0.05 --method milp --minimal
  greymatter train --data digits --arch 64-32-16-10 --adversarial pgd --epsilon 0.1 --out robust.onnx
  greymatter --help",
        network = network.display(),
        rows = rows.display(),
        attack = attack.display(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_are_the_contract_with_the_command_line() {
        let demo = DemoFolder(PathBuf::from("demo"));
        let lines: Vec<_> = steps(&demo).iter().map(|(_, arguments)| greymatter_line(arguments)).collect();
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
    fn the_guide_names_every_file() {
        let demo = DemoFolder(PathBuf::from("demo"));
        let guide = guide(&demo);
        for path in ["demo/digits.onnx", "demo/attack/rows.jsonl", "demo/attack "] {
            assert!(guide.contains(path), "{path} in {guide}");
        }
    }
}
