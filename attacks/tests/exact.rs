//! The exact attack on small networks through HiGHS, and through engines that lie.

use std::time::Duration;

use attacks::{AttackAnswer, AttackError, ExactAttack, Target, Verdict};
use milp_encode::bounds::{BoundChain, NetworkBounds, compute_bounds};
use milp_encode::property::{DataRange, InputBox, InputSet, LinearFunction};
use milp_encode::{
    Alternatives, Formulation, Incumbent, MarginAnswer, MarginError, MarginGoal, MarginOracle, MarginSession,
    MilpOracle, Proof, SolverStart,
};
use ndarray::{Array1, Array2};
use nn_core::{Affine, Network, NetworkBuilder, NodeId, Op};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use solver_api::{Budget, Options, Solver, solver_by_name};

const INPUTS: usize = 6;
const CLASSES: usize = 4;

/// 6-5-5-4 with weights that are `f32` values.
fn random_network(generator: &mut ChaCha8Rng) -> Network<f64> {
    let mut builder = NetworkBuilder::new([INPUTS]);
    let mut node = NodeId::INPUT;
    let widths = [INPUTS, 5, 5, CLASSES];
    for (layer, pair) in widths.windows(2).enumerate() {
        let mut value = || f64::from(generator.random_range(-1.0_f32..1.0));
        let weight = Array2::from_shape_simple_fn((pair[1], pair[0]), &mut value);
        let bias = Array1::from_shape_simple_fn(pair[1], &mut value);
        node = builder
            .add(format!("dense{layer}"), Op::Affine(Affine { weight, bias }), &[node])
            .expect("it fits");
        if layer + 2 < widths.len() {
            node = builder.add(format!("relu{layer}"), Op::Relu, &[node]).expect("it fits");
        }
    }
    builder.finish(node)
}

fn highs() -> Box<dyn Solver> {
    solver_by_name("highs").expect("tests are built with HiGHS")
}

fn milp(solver: &dyn Solver) -> MilpOracle<'_> {
    MilpOracle {
        solver,
        options: Options::default(),
        bounds: BoundChain::crown(),
        formulation: Formulation::BigM,
        alternatives: Alternatives::InTurn,
        start: SolverStart::None,
    }
}

/// Attacks random images of random networks and hands each answer to a check, with the image and its label.
fn for_random_attacks(
    epsilon: f64,
    target: Target,
    goal: MarginGoal,
    mut check: impl FnMut(&Network<f64>, &Array1<f32>, usize, &AttackAnswer),
) {
    let solver = highs();
    let oracle = milp(solver.as_ref());
    for seed in 0..12 {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        let network = random_network(&mut generator);
        let attack = ExactAttack::new(&network, &oracle);
        let image = Array1::from_shape_simple_fn(INPUTS, || generator.random_range(0.0_f32..1.0));
        let label = if target == Target::Class(0) { 1 } else { 0 };
        let mut opened = attack.open(image.view(), label, epsilon, Some(DataRange::UNIT)).expect("it fits");
        let answer = opened.attack(target, goal, &Budget::unlimited()).expect("HiGHS answers");
        check(&network, &image, label, &answer);
    }
}

fn margin(network: &Network<f64>, input: &Array1<f64>, label: usize, target: usize) -> f64 {
    let output = network.forward_one(input.view());
    output[label] - output[target]
}

#[test]
fn no_sampled_input_beats_the_proven_minimum() {
    let mut falsified = 0;
    for_random_attacks(0.2, Target::Class(0), MarginGoal::Minimum, |network, image, label, answer| {
        assert_eq!(answer.verdict, Verdict::Optimal);
        let least = answer.objective.expect("optimal");
        let mut generator = ChaCha8Rng::seed_from_u64(99);
        for _ in 0..2_000 {
            let moved = image.mapv(|value| {
                let step = [-0.2, 0.2, generator.random_range(-0.2..0.2)][generator.random_range(0..3)];
                (f64::from(value) + step).clamp(0.0, 1.0)
            });
            assert!(margin(network, &moved, label, 0) >= least - 1e-5);
        }
        falsified += usize::from(answer.witness.is_some());
    });
    assert!((1..12).contains(&falsified), "some networks are fooled and some are not: {falsified}");
}

#[test]
fn witnesses_lie_in_the_ball_and_fool_the_network_in_both_precisions() {
    for_random_attacks(0.15, Target::Any, MarginGoal::Minimum, |network, image, label, answer| {
        let Some(witness) = &answer.witness else { return };
        let range = 0.0..=1.0;
        let ball =
            InputBox::around(image.mapv(f64::from).view(), 0.15, Some(DataRange::UNIT)).expect("a ball");
        assert!(ball.contains(witness.input.mapv(f64::from).view()));
        assert!(witness.input.iter().all(|value| range.contains(value)));
        let single = network.cast::<f32>().forward_one(witness.input.view());
        let double = network.forward_one(witness.input.mapv(f64::from).view());
        let others = || (0..CLASSES).filter(|class| *class != label);
        assert!(others().any(|class| single[label] <= single[class] && double[label] <= double[class]));
        let farthest = witness.input.iter().zip(image).map(|(a, b)| (f64::from(*a) - f64::from(*b)).abs());
        assert_eq!(answer.distortion, Some(farthest.fold(0.0, f64::max)));
    });
}

#[test]
fn the_untargeted_minimum_is_the_least_of_all_targets() {
    let solver = highs();
    let oracle = milp(solver.as_ref());
    let network = random_network(&mut ChaCha8Rng::seed_from_u64(5));
    let attack = ExactAttack::new(&network, &oracle);
    let image = Array1::from_elem(INPUTS, 0.5_f32);
    let mut opened = attack.open(image.view(), 2, 0.1, Some(DataRange::UNIT)).expect("it fits");
    let mut ask =
        |target| opened.attack(target, MarginGoal::Minimum, &Budget::unlimited()).expect("an answer");
    let targeted = [0, 1, 3].map(|class| ask(Target::Class(class)));
    let untargeted = ask(Target::Any);
    let least = |value: fn(&AttackAnswer) -> Option<f64>| {
        targeted.iter().map(|answer| value(answer).expect("a number")).fold(f64::INFINITY, f64::min)
    };
    assert_eq!(untargeted.verdict, Verdict::Optimal);
    assert!((untargeted.objective.expect("optimal") - least(|answer| answer.objective)).abs() < 1e-6);
    assert!((untargeted.dual_bound.expect("optimal") - least(|answer| answer.dual_bound)).abs() < 1e-6);
}

#[test]
fn a_radius_of_zero_asks_only_for_the_image_itself() {
    for_random_attacks(0.0, Target::Class(0), MarginGoal::Minimum, |network, image, label, answer| {
        let clean = margin(network, &image.mapv(f64::from), label, 0);
        assert_eq!(answer.verdict, Verdict::Optimal);
        assert!((answer.objective.expect("optimal") - clean).abs() < 1e-12);
        assert_eq!(answer.witness.is_some(), clean <= 0.0);
        assert!(answer.distortion.is_none_or(|distance| distance == 0.0));
    });
}

#[test]
fn the_sign_is_that_of_the_minimum() {
    let mut minima = Vec::new();
    for_random_attacks(0.2, Target::Class(0), MarginGoal::Minimum, |_, _, _, answer| {
        minima.push(answer.objective.expect("optimal"));
    });
    let mut minima = minima.into_iter();
    for_random_attacks(0.2, Target::Class(0), MarginGoal::Sign, |_, _, _, answer| {
        let least = minima.next().expect("as many as before");
        assert_eq!(answer.witness.is_some(), least <= 0.0, "{answer:?}");
        assert_ne!(answer.verdict, Verdict::Unknown);
    });
}

#[test]
fn what_does_not_fit_is_refused() {
    let solver = highs();
    let oracle = milp(solver.as_ref());
    let network = random_network(&mut ChaCha8Rng::seed_from_u64(1));
    let attack = ExactAttack::new(&network, &oracle);
    let open = |pixels: usize, label: usize, epsilon: f64| {
        attack.open(Array1::from_elem(pixels, 0.5).view(), label, epsilon, None).err()
    };
    assert!(matches!(open(5, 0, 0.1), Some(AttackError::ImageSize { pixels: 5, inputs: 6, .. })));
    assert!(matches!(open(6, 4, 0.1), Some(AttackError::Class { class: 4, classes: 4 })));
    assert!(matches!(open(6, 0, -0.1), Some(AttackError::Input(_))));
    let mut image = attack.open(Array1::from_elem(6, 0.5).view(), 0, 0.1, None).expect("it fits");
    let answer = image.attack(Target::Class(9), MarginGoal::Minimum, &Budget::unlimited());
    assert!(matches!(answer, Err(AttackError::Class { class: 9, .. })));
}

/// An engine that claims a bound and a point without having looked for either.
struct Liar {
    lower_bound: f64,
    proof: Proof,
}

struct LyingSession {
    bounds: NetworkBounds,
    answer: MarginAnswer,
}

impl MarginOracle for Liar {
    fn name(&self) -> &str {
        "liar"
    }

    fn open<'a>(
        &'a self,
        network: &'a Network<f64>,
        input: &InputSet,
    ) -> Result<Box<dyn MarginSession + 'a>, MarginError> {
        let incumbent = Incumbent { input: input.sides().lower().to_owned(), value: self.lower_bound };
        let answer = MarginAnswer {
            incumbent: Some(incumbent),
            lower_bound: self.lower_bound,
            proof: self.proof,
            nodes: None,
            wall_time: Duration::ZERO,
            raw_status: "trust me".into(),
        };
        Ok(Box::new(LyingSession {
            bounds: compute_bounds(network, input.sides(), &BoundChain::interval())?,
            answer,
        }))
    }
}

impl MarginSession for LyingSession {
    fn bounds(&self) -> &NetworkBounds {
        &self.bounds
    }

    fn binary_count(&self) -> usize {
        0
    }

    fn minimise_least(
        &mut self,
        _: &[LinearFunction],
        _: MarginGoal,
        _: &Budget,
    ) -> Result<MarginAnswer, MarginError> {
        Ok(self.answer.clone())
    }
}

#[test]
fn a_bound_above_a_value_is_a_contradiction() {
    let network = random_network(&mut ChaCha8Rng::seed_from_u64(1));
    let liar = Liar { lower_bound: 1e3, proof: Proof::Minimum };
    let attack = ExactAttack::new(&network, &liar);
    let mut image = attack.open(Array1::from_elem(6, 0.5).view(), 0, 0.1, None).expect("it fits");
    let answer = image.attack(Target::Class(1), MarginGoal::Minimum, &Budget::unlimited());
    assert!(matches!(answer, Err(AttackError::Margin(MarginError::Contradiction { .. }))), "{answer:?}");
}

#[test]
fn a_claimed_value_that_its_point_does_not_have_is_a_contradiction() {
    let network = random_network(&mut ChaCha8Rng::seed_from_u64(1));
    let liar = Liar { lower_bound: -1e3, proof: Proof::Open };
    let attack = ExactAttack::new(&network, &liar);
    let mut image = attack.open(Array1::from_elem(6, 0.5).view(), 0, 0.1, None).expect("it fits");
    let answer = image.attack(Target::Class(1), MarginGoal::Sign, &Budget::unlimited());
    assert!(matches!(answer, Err(AttackError::Margin(MarginError::Contradiction { .. }))), "{answer:?}");
}
