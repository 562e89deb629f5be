//! Linear relaxation <= exact minimum <= what attacks find <= the unchanged input's margin.

use attacks::empirical::{Apgd, DeepFool, EmpiricalAttack, LossKind, Pgd, Square, Start};
use attacks::{DistortionQuestion, ExactAttack, MinimalDistortion, Target, Verdict};
use milp_encode::bounds::{BoundChain, Lp, compute_bounds};
use milp_encode::property::{DataRange, InputBox, LinearFunction, Norm};
use milp_encode::{Alternatives, Formulation, MarginGoal, MilpOracle, SolverStart, relaxed_minima};
use ndarray::{Array2, s};
use nn_core::Network;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use solver_api::{Budget, Options, Solver, solver_by_name};

use super::support::digits::{CONVOLUTIONAL, FULLY_CONNECTED, TEST};
use super::support::{Questions, random_network, within};

fn oracle(solver: &dyn Solver) -> MilpOracle<'_> {
    MilpOracle {
        solver,
        options: Options::default(),
        bounds: BoundChain::crown(),
        formulation: Formulation::BigM,
        alternatives: Alternatives::InTurn,
        start: SolverStart::None,
    }
}

fn attacks() -> Vec<Box<dyn EmpiricalAttack>> {
    let (loss, start) = (LossKind::Margin, Start::CleanThenRandom);
    vec![
        Box::new(Pgd { steps: 60, restarts: 4, loss, start, ..Pgd::default() }),
        Box::new(Apgd { steps: 60, restarts: 2, loss, start, ..Apgd::default() }),
        Box::new(DeepFool::default()),
        Box::new(Square { queries: 300, ..Square::default() }),
    ]
}

/// Holds the chain on some rows; in how many of them PGD found the exact minimum.
fn check_chain(network: &Network<f64>, inputs: &Array2<f32>, labels: &[u8], epsilon: f64) -> usize {
    let solver = solver_by_name("highs").expect("tests are built with HiGHS");
    let oracle = oracle(solver.as_ref());
    let exact = ExactAttack::new(network, &oracle);
    let classes = network.output_count();
    let targets: Vec<Target> =
        labels.iter().map(|label| Target::Class((usize::from(*label) + 1) % classes)).collect();
    let questions = Questions {
        targets: targets.clone(),
        ..Questions::new(inputs.clone(), labels.to_vec(), Target::Any)
    };
    let found: Vec<_> = attacks()
        .iter()
        .map(|attack| questions.ask(attack.as_ref(), network, &within(Norm::LInf, epsilon)))
        .collect();
    let mut met = 0;
    for (row, input) in inputs.outer_iter().enumerate() {
        let label = usize::from(labels[row]);
        let mut image = exact.open(input, label, epsilon, Some(DataRange::UNIT)).expect("it fits");
        let answer =
            image.attack(targets[row], MarginGoal::Minimum, &Budget::unlimited()).expect("HiGHS answers");
        assert_eq!(answer.verdict, Verdict::Optimal);
        let least = answer.objective.expect("optimal");
        let ball =
            InputBox::around(input.mapv(f64::from).view(), epsilon, Some(DataRange::UNIT)).expect("a ball");
        let chain = BoundChain::crown().then(Lp::new(solver.as_ref()));
        let bounds = compute_bounds(network, &ball, &chain).expect("bounds");
        let Target::Class(class) = targets[row] else { unreachable!() };
        let margin = LinearFunction::margin(classes, label, class);
        let relaxed =
            relaxed_minima(network, &bounds, &chain, &[margin], f64::MIN_POSITIVE, &Budget::unlimited());
        assert!(relaxed.expect("bounds")[0] <= least + 1e-9);
        let clean = image.clean_margin(targets[row]);
        for answers in &found {
            let margin = answers[row].margin;
            assert!(margin >= least - 1e-5, "{margin} below the proven {least}");
            assert!(margin <= clean + 1e-5 || clean <= 0.0, "{margin} above the unchanged {clean}");
        }
        met += usize::from(found[0][row].margin < least + 0.01);
    }
    met
}

#[test]
fn it_holds_on_random_networks() {
    let mut generator = ChaCha8Rng::seed_from_u64(3);
    let mut met = 0;
    for _ in 0..12 {
        let network = random_network(&[6, 6, 5, 4], &mut generator);
        let inputs = Array2::from_shape_simple_fn((3, 6), || generator.random_range(0.0_f32..1.0));
        met += check_chain(&network, &inputs, &[0, 1, 2], 0.2);
    }
    assert!(met >= 24, "PGD with restarts finds most minima: {met} of 36");
}

#[test]
fn it_holds_on_trained_networks() {
    let (images, labels) = (TEST.images.slice(s![..4, ..]).to_owned(), &TEST.labels[..4]);
    assert!(check_chain(&FULLY_CONNECTED, &images, labels, 0.05) >= 3);
    assert!(check_chain(&CONVOLUTIONAL, &images, labels, 0.02) >= 3);
}

#[test]
fn deepfool_is_never_nearer_than_the_least_distortion() {
    let solver = solver_by_name("highs").expect("tests are built with HiGHS");
    let oracle = oracle(solver.as_ref());
    let network = &*FULLY_CONNECTED;
    let chosen = TEST.first_right(network, 3);
    let questions = Questions::new(chosen.images.clone(), chosen.labels.clone(), Target::Any);
    let answers = questions.ask(&DeepFool::default(), network, &within(Norm::LInf, 1.0));
    let search = MinimalDistortion::new(network, &oracle);
    let (mut exact, mut found) = (0.0, 0.0);
    for (row, answer) in answers.iter().enumerate() {
        let question = DistortionQuestion {
            target: Target::Any,
            norm: Norm::LInf,
            range: Some(DataRange::UNIT),
            limit: None,
        };
        let label = usize::from(chosen.labels[row]);
        let least =
            search.find(chosen.images.row(row), label, &question, &Budget::unlimited()).expect("an answer");
        assert!(
            answer.is_adversarial() && answer.distortion >= least.lower_bound - 1e-6,
            "{answer:?} {least:?}"
        );
        exact += least.distortion.expect("there is one");
        found += answer.distortion;
    }
    assert!(found < 1.2 * exact, "{found} {exact}");
}
