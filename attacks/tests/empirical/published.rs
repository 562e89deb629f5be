//! Published verdicts on a trained network: attacks find no example where there is none, and most of those that there are (some of which are just within the radius).
//!
//! MNIST, the network and the verdicts lie in the folder that `GREYMATTER_DATA` names, else in `../shared/data` beside the
//! checkout.

use std::path::{Path, PathBuf};

use attacks::Target;
use attacks::empirical::{Apgd, DeepFool, EmpiricalAnswer, EmpiricalAttack, LossKind, Pgd, Start};
use milp_encode::MarginGoal;
use milp_encode::property::Norm;
use ndarray::Array2;
use nn_core::{Network, read_onnx};

use super::support::digits::read_idx;
use super::support::{Questions, within};

/// One image with what MIPVerify.jl's nightly runs say of it.
struct Published {
    image: usize,
    label: u8,
    has_example: Option<bool>,
    /// No example is nearer than this.
    bound: f64,
}

fn published(folder: &Path) -> Option<(Network<f64>, Questions, Vec<Published>)> {
    let text = std::fs::read_to_string(folder.join("truth/wk17a_eps0.1.csv")).ok()?;
    let network =
        read_onnx(&std::fs::read(folder.join("nets/WK17a_linf0.1_mnist.onnx")).ok()?).expect("a network");
    let pixels = read_idx(&folder.join("mnist/t10k-images-idx3-ubyte.gz"), 16)?;
    let verdicts: Vec<Published> = text
        .lines()
        .skip(1)
        .map(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            let has_example = match fields[3] {
                "sat" | "misclassified" => Some(true),
                "unsat" => Some(false),
                _ => None,
            };
            let bound = fields[5].parse().unwrap_or(0.0);
            let [image, label] = [0, 1].map(|field| fields[field].parse::<usize>().expect("a number"));
            Published { image, label: label as u8, has_example, bound }
        })
        .collect();
    let pixel = |row: usize, i: usize| f32::from(pixels[verdicts[row].image * 784 + i]) / 255.0;
    let images = Array2::from_shape_fn((verdicts.len(), 784), |(row, i)| pixel(row, i));
    let labels = verdicts.iter().map(|verdict| verdict.label).collect();
    Some((network, Questions::new(images, labels, Target::Any), verdicts))
}

/// What there is in the folder, or a line that says what is missing.
#[expect(clippy::print_stdout, reason = "says what was skipped")]
fn published_or_skipped() -> Option<(Network<f64>, Questions, Vec<Published>)> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folder = std::env::var_os("GREYMATTER_DATA").map_or_else(beside, PathBuf::from);
    let found = published(&folder);
    if found.is_none() {
        println!("skipped: MNIST, WK17a or its verdicts are not in {}", folder.display());
    }
    found
}

/// The network was trained against l-infinity, which misleads plain ascents in l1.
#[test]
fn steps_that_follow_sparsity_matter_in_l1() {
    let Some((network, questions, _)) = published_or_skipped() else { return };
    let fooled = |attack: &dyn EmpiricalAttack| {
        let answers = questions.ask(attack, &network, &within(Norm::L1, 6.0));
        answers.iter().filter(|answer| answer.is_adversarial()).count()
    };
    let goal = MarginGoal::Sign;
    let apgd = fooled(&Apgd { steps: 50, goal, ..Apgd::default() });
    let pgd = fooled(&Pgd { steps: 50, goal, ..Pgd::default() });
    assert!(apgd > 2 * pgd, "{apgd} {pgd}");
}

#[test]
fn attacks_agree_with_published_verdicts() {
    let Some((network, questions, verdicts)) = published_or_skipped() else { return };
    let (goal, start) = (MarginGoal::Sign, Start::CleanThenRandom);
    let attacks: [Box<dyn EmpiricalAttack>; 3] = [
        Box::new(Pgd { steps: 20, restarts: 2, goal, start, loss: LossKind::Margin, ..Pgd::default() }),
        Box::new(Apgd { steps: 20, goal, start, ..Apgd::default() }),
        Box::new(DeepFool { refinements: 2, ..DeepFool::default() }),
    ];
    for attack in attacks {
        let answers = questions.ask(attack.as_ref(), &network, &within(Norm::LInf, 0.1));
        let found = |answer: &EmpiricalAnswer| answer.is_adversarial();
        for (answer, verdict) in answers.iter().zip(&verdicts) {
            let context = || format!("{} on image {}: {}", attack.name(), verdict.image, answer.margin);
            assert!(verdict.has_example != Some(false) || !found(answer), "{}", context());
            assert!(!found(answer) || answer.distortion >= verdict.bound - 1e-6, "{}", context());
        }
        let known: Vec<_> =
            answers.iter().zip(&verdicts).filter(|(_, verdict)| verdict.has_example == Some(true)).collect();
        let met = known.iter().filter(|(answer, _)| found(answer)).count();
        assert!(
            !known.is_empty() && 2 * met > known.len(),
            "{} finds {met} of {}",
            attack.name(),
            known.len()
        );
    }
}
