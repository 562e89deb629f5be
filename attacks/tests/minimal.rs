//! Least distortions against closed forms, and against linear programs over every activation pattern.

use attacks::{
    AttackError, DISTORTION_TOLERANCE, DistortionAnswer, DistortionQuestion, MinimalDistortion, Target,
    Verdict,
};
use milp_encode::bounds::BoundChain;
use milp_encode::property::{DataRange, Norm};
use milp_encode::{Alternatives, EncodeError, Formulation, MarginError, MilpOracle, SolverStart};
use ndarray::{Array1, Array2, array};
use nn_core::{Affine, Network, NetworkBuilder, NodeId, Op};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use solver_api::{
    Budget, Cancellation, Column, Highs, Limits, Model, Options, Solver, Verdict as SolverVerdict,
    solver_by_name,
};

const NORMS: [Norm; 2] = [Norm::LInf, Norm::L1];

/// One hidden layer of ReLUs.
struct Shallow {
    hidden: Affine<f64>,
    output: Affine<f64>,
}

impl Shallow {
    fn random(generator: &mut ChaCha8Rng, inputs: usize, neurons: usize, classes: usize) -> Self {
        let mut affine = |rows: usize, columns: usize| Affine {
            weight: Array2::from_shape_simple_fn((rows, columns), || {
                f64::from(generator.random_range(-1.0_f32..1.0))
            }),
            bias: Array1::from_shape_simple_fn(rows, || f64::from(generator.random_range(-0.5_f32..0.5))),
        };
        Self { hidden: affine(neurons, inputs), output: affine(classes, neurons) }
    }

    fn network(&self) -> Network<f64> {
        let mut builder = NetworkBuilder::new([self.hidden.weight.ncols()]);
        let hidden = builder.add("hidden", Op::Affine(self.hidden.clone()), &[NodeId::INPUT]).unwrap();
        let relu = builder.add("relu", Op::Relu, &[hidden]).unwrap();
        let output = builder.add("output", Op::Affine(self.output.clone()), &[relu]).unwrap();
        builder.finish(output)
    }

    /// The least distortion over all activation patterns, each a linear program; infinite where there is none.
    fn least_distortion(&self, image: &Array1<f64>, label: usize, target: usize, norm: Norm) -> f64 {
        let patterns = 1_usize << self.hidden.bias.len();
        let least = |pattern| self.least_in_pattern(image, (label, target), norm, pattern);
        (0..patterns).map(least).fold(f64::INFINITY, f64::min)
    }

    fn least_in_pattern(
        &self,
        image: &Array1<f64>,
        (label, target): (usize, usize),
        norm: Norm,
        pattern: usize,
    ) -> f64 {
        let mut model = Model::new("pattern");
        let infinity = f64::INFINITY;
        let x: Vec<_> = (0..image.len())
            .map(|i| model.add_column(Column::continuous(format!("x{i}"), 0.0, 1.0)).unwrap())
            .collect();
        let distances: Vec<_> = (0..image.len())
            .map(|i| model.add_column(Column::continuous(format!("d{i}"), 0.0, infinity)).unwrap())
            .collect();
        for (i, center) in image.iter().enumerate() {
            let distance = if norm == Norm::L1 { distances[i] } else { distances[0] };
            model.add_row(format!("a{i}"), -infinity, *center, [(x[i], 1.0), (distance, -1.0)]).unwrap();
            model.add_row(format!("b{i}"), *center, infinity, [(x[i], 1.0), (distance, 1.0)]).unwrap();
        }
        let difference = &self.output.weight.row(label) - &self.output.weight.row(target);
        let mut margin =
            (Array1::<f64>::zeros(image.len()), self.output.bias[label] - self.output.bias[target]);
        for (neuron, bias) in self.hidden.bias.iter().enumerate() {
            let weights = self.hidden.weight.row(neuron);
            let terms = x.iter().copied().zip(weights.iter().copied());
            let range = if pattern >> neuron & 1 == 1 {
                margin.0 += &(&weights * difference[neuron]);
                margin.1 += bias * difference[neuron];
                (-bias, infinity)
            } else {
                (-infinity, -bias)
            };
            model.add_row(format!("phase{neuron}"), range.0, range.1, terms).unwrap();
        }
        let terms = x.iter().copied().zip(margin.0.iter().copied());
        model.add_row("margin", -infinity, -margin.1, terms).unwrap();
        model.set_objective(0.0, distances.iter().map(|d| (*d, 1.0))).unwrap();
        let options = Options { feasibility_tolerance: 1e-9, ..Options::default() };
        let outcome = Highs.open(&model, &options).unwrap().solve(&Limits::default()).unwrap();
        match outcome.verdict {
            SolverVerdict::Optimal => outcome.incumbent.unwrap().objective,
            SolverVerdict::Infeasible => infinity,
            other => panic!("a linear program ended with {other:?}"),
        }
    }
}

fn oracle(solver: &dyn Solver, alternatives: Alternatives) -> MilpOracle<'_> {
    MilpOracle {
        solver,
        options: Options::default(),
        bounds: BoundChain::crown(),
        formulation: Formulation::BigM,
        alternatives,
        start: SolverStart::None,
    }
}

#[allow(clippy::print_stdout)]
fn solvers() -> Vec<Box<dyn Solver>> {
    let named = ["highs", "scip"].map(|name| (name, solver_by_name(name).expect("tests are built with it")));
    let installed = named.into_iter().filter(|(name, solver)| {
        let is_here = solver.version().is_ok();
        if !is_here {
            println!("skipped: {name} is not installed");
        }
        is_here
    });
    installed.map(|(_, solver)| solver).collect()
}

fn question(target: Target, norm: Norm) -> DistortionQuestion {
    DistortionQuestion { target, norm, range: Some(DataRange::UNIT), limit: None }
}

fn find(network: &Network<f64>, image: &Array1<f32>, question: &DistortionQuestion) -> DistortionAnswer {
    let oracle = oracle(&Highs, Alternatives::InTurn);
    let search = MinimalDistortion::new(network, &oracle);
    search.find(image.view(), 0, question, &Budget::unlimited()).unwrap()
}

fn assert_is_witness(network: &Network<f64>, image: &Array1<f32>, norm: Norm, answer: &DistortionAnswer) {
    let witness = answer.witness.as_ref().expect("there is a distortion");
    let double = network.forward_one(witness.input.mapv(f64::from).view());
    let single = network.cast::<f32>().forward_one(witness.input.view());
    let classes = match answer.target {
        Target::Class(class) => vec![class],
        Target::Any => (1..double.len()).collect(),
    };
    assert!(classes.iter().any(|class| double[0] <= double[*class] && single[0] <= single[*class]));
    assert!(witness.input.iter().all(|value| (0.0..=1.0).contains(value)));
    let differences = witness.input.iter().zip(image).map(|(a, b)| (f64::from(*a) - f64::from(*b)).abs());
    let distance = match norm {
        Norm::LInf => differences.fold(0.0, f64::max),
        Norm::L1 => differences.sum(),
        Norm::L2 => differences.map(|difference| difference * difference).sum::<f64>().sqrt(),
    };
    assert!((answer.distortion.unwrap() - distance).abs() <= 1e-14);
}

#[test]
fn the_least_distortion_is_that_of_the_best_activation_pattern() {
    let (mut found, mut none) = (0, 0);
    for seed in 0..8 {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        let shallow = Shallow::random(&mut generator, 2, 5, 3);
        let network = shallow.network();
        let image = Array1::from_shape_simple_fn(2, || generator.random_range(0.0_f32..1.0));
        let exact = image.mapv(f64::from);
        for norm in NORMS {
            let targeted = [1, 2].map(|target| shallow.least_distortion(&exact, 0, target, norm));
            let cases = [
                (Target::Class(1), targeted[0]),
                (Target::Class(2), targeted[1]),
                (Target::Any, targeted[0].min(targeted[1])),
            ];
            for solver in solvers() {
                for alternatives in [Alternatives::InTurn, Alternatives::OneModel] {
                    let oracle = oracle(solver.as_ref(), alternatives);
                    let search = MinimalDistortion::new(&network, &oracle);
                    for (target, expected) in cases {
                        let asked = question(target, norm);
                        let answer = search.find(image.view(), 0, &asked, &Budget::unlimited()).unwrap();
                        let place =
                            format!("{seed}, {norm:?}, {}, {alternatives:?}: {answer:?}", solver.name());
                        if expected == f64::INFINITY {
                            assert_eq!(
                                (answer.verdict, answer.distortion),
                                (Verdict::Certified, None),
                                "{place}"
                            );
                            none += 1;
                            continue;
                        }
                        assert_eq!(answer.verdict, Verdict::Optimal, "{place}");
                        let distortion = answer.distortion.unwrap();
                        assert!((distortion - expected).abs() <= 1.1e-6, "{place}: not {expected}");
                        assert!(answer.lower_bound <= expected + 1e-7, "{place}: above {expected}");
                        assert!(distortion - answer.lower_bound <= DISTORTION_TOLERANCE, "{place}");
                        assert_is_witness(&network, &image, norm, &answer);
                        found += 1;
                    }
                }
            }
        }
    }
    assert!(found > 0 && none > 0, "both kinds of networks were met: {found}, {none}");
}

/// Margins of class 0 against 1: `x0 + 2 x1 - x2 - 0.5`; against 2: always 1.
fn linear() -> Network<f64> {
    let weight = array![[1.0, 2.0, -1.0], [0.0, 0.0, 0.0], [1.0, 2.0, -1.0]];
    let affine = Affine { weight, bias: array![0.0, 0.5, -1.0] };
    let mut builder = NetworkBuilder::new([3]);
    let output = builder.add("output", Op::Affine(affine), &[NodeId::INPUT]).unwrap();
    builder.finish(output)
}

#[test]
fn a_linear_margin_has_a_closed_form() {
    let image = array![0.5_f32, 0.5, 0.25];
    // The margin is 0.75; the dual norms of its gradient are 4 and 2.
    for (norm, expected) in [(Norm::LInf, 0.75 / 4.0), (Norm::L1, 0.75 / 2.0)] {
        let answer = find(&linear(), &image, &question(Target::Any, norm));
        assert_eq!(answer.verdict, Verdict::Optimal, "{answer:?}");
        assert!((answer.distortion.unwrap() - expected).abs() < 1e-6, "{norm:?}: {answer:?}");
        assert_is_witness(&linear(), &image, norm, &answer);
    }
}

#[test]
fn a_misclassified_image_is_no_distance_away() {
    for norm in NORMS {
        let answer = find(&linear(), &array![0.0, 0.0, 1.0], &question(Target::Any, norm));
        assert_eq!(
            (answer.verdict, answer.distortion, answer.lower_bound),
            (Verdict::Optimal, Some(0.0), 0.0)
        );
    }
}

#[test]
fn where_there_is_none_the_whole_radius_is_certified() {
    let image = array![0.5_f32, 0.5, 0.25];
    let answer = find(&linear(), &image, &question(Target::Class(2), Norm::LInf));
    assert_eq!((answer.verdict, answer.lower_bound, answer.distortion), (Verdict::Certified, 0.75, None));
    let limited = DistortionQuestion { limit: Some(0.125), ..question(Target::Any, Norm::LInf) };
    let answer = find(&linear(), &image, &limited);
    assert_eq!((answer.verdict, answer.lower_bound), (Verdict::Certified, 0.125));
}

#[test]
fn without_time_what_was_found_is_told() {
    let mut generator = ChaCha8Rng::seed_from_u64(3);
    let network = Shallow::random(&mut generator, 2, 5, 3).network();
    let cancelled = Cancellation::new();
    cancelled.cancel();
    let oracle = oracle(&Highs, Alternatives::InTurn);
    let search = MinimalDistortion::new(&network, &oracle);
    let image = array![0.5_f32, 0.5];
    let budget = Budget::unlimited().with_cancellation(cancelled);
    let answer = search.find(image.view(), 0, &question(Target::Any, Norm::LInf), &budget).unwrap();
    assert!(answer.distortion.is_none_or(|distortion| answer.lower_bound <= distortion));
    assert_eq!(answer.wall_time, std::time::Duration::ZERO);
}

#[test]
fn questions_that_do_not_fit_are_refused() {
    let oracle = oracle(&Highs, Alternatives::InTurn);
    let network = linear();
    let search = MinimalDistortion::new(&network, &oracle);
    let ask = |image: Array1<f32>, question: DistortionQuestion| {
        search.find(image.view(), 0, &question, &Budget::unlimited()).unwrap_err()
    };
    let usual = question(Target::Any, Norm::LInf);
    let inside = array![0.5_f32, 0.5, 0.5];
    assert!(matches!(ask(array![0.5], usual), AttackError::ImageSize { .. }));
    assert!(matches!(
        ask(inside.clone(), DistortionQuestion { target: Target::Class(3), ..usual }),
        AttackError::Class { .. }
    ));
    let round = DistortionQuestion { norm: Norm::L2, ..usual };
    assert!(matches!(
        ask(inside.clone(), round),
        AttackError::Margin(MarginError::Encode(EncodeError::Distance(Norm::L2)))
    ));
    let unlimited = DistortionQuestion { range: None, ..usual };
    assert!(matches!(ask(inside.clone(), unlimited), AttackError::Unlimited));
    assert!(matches!(ask(inside, DistortionQuestion { limit: Some(-1.0), ..usual }), AttackError::Input(_)));
    assert!(matches!(ask(array![0.5, 0.5, 2.0], usual), AttackError::Input(_)));
}
