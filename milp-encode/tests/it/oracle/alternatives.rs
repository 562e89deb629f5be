//! The least of several functions, searched for in turn or in one model, and the least value of the greatest one.

use milp_encode::bounds::BoundChain;
use milp_encode::property::LinearFunction;
use milp_encode::{Alternatives, Formulation, MarginGoal, MarginOracle, MilpOracle, Proof, SolverStart};
use ndarray::{Array1, Axis, array};
use nn_core::{Affine, Network, NetworkBuilder, Op};
use solver_api::{Budget, Highs, Options};

use crate::support::build::{affine, chain, sides};
use crate::support::random::{self, Scale};
use crate::support::{brute_force, recipes, rng};

const BOTH: [Alternatives; 2] = [Alternatives::InTurn, Alternatives::OneModel];

fn oracle(alternatives: Alternatives, bounds: BoundChain<'static>) -> MilpOracle<'static> {
    let (options, formulation) = (Options::default(), Formulation::BigM);
    MilpOracle { solver: &Highs, options, bounds, formulation, alternatives, start: SolverStart::None }
}

#[test]
fn the_least_of_several_minima_is_found_either_way() {
    let mut rng = rng(21);
    for (name, network) in recipes::networks(&mut rng) {
        let input = random::input_box(&mut rng, network.input_count(), Scale::Unit);
        let functions: Vec<LinearFunction> = (0..3)
            .map(|_| LinearFunction {
                coefficients: Array1::from_shape_simple_fn(network.output_count(), || {
                    Scale::Unit.number(&mut rng)
                }),
                constant: Scale::Unit.number(&mut rng),
            })
            .collect();
        let minima = functions.iter().map(|f| brute_force::minimum(&network, &input, f, 1 << 12).unwrap());
        let expected = minima.fold(f64::INFINITY, f64::min);
        for alternatives in BOTH {
            // Interval arithmetic leaves everything to the search.
            let oracle = oracle(alternatives, BoundChain::interval());
            let mut session = oracle.open(&network, &input.clone().into()).unwrap();
            let minimum = MarginGoal::Minimum;
            let answer = session.minimise_least(&functions, minimum, &Budget::unlimited()).unwrap();
            let value = answer.incumbent.as_ref().unwrap().value;
            assert_eq!(answer.proof, Proof::Minimum, "{name}, {alternatives:?}: {answer:?}");
            assert!((value - expected).abs() < 1e-5, "{name}, {alternatives:?}: {value} not {expected}");

            for lift in [0.01, -0.01] {
                let lifted = functions.iter().map(|f| LinearFunction {
                    coefficients: f.coefficients.clone(),
                    constant: f.constant - expected + lift,
                });
                let lifted: Vec<LinearFunction> = lifted.collect();
                let sign = session.minimise_least(&lifted, MarginGoal::Sign, &Budget::unlimited()).unwrap();
                let value = sign.incumbent.as_ref().unwrap().value;
                assert_eq!(value > 0.0, lift > 0.0, "{name}, {alternatives:?}: {sign:?}");
                assert_eq!(sign.lower_bound > 0.0, lift > 0.0, "{name}, {alternatives:?}: {sign:?}");
            }
        }
    }
}

#[test]
fn the_model_of_alternatives_has_the_least_value_as_its_optimum() {
    // y = (|x|, 1 - |x|) on -1 .. 2: the least of y1 - 0.25 and y2 is min(-0.25, -1) = -1.
    let network = chain(
        [1],
        [affine(&[[1.0], [-1.0]], &[0.0, 0.0]), Op::Relu, affine(&[[1.0, 1.0], [-1.0, -1.0]], &[0.0, 1.0])],
    );
    let input = sides(&[(-1.0, 2.0)]);
    let functions = [
        LinearFunction { coefficients: array![1.0, 0.0], constant: -0.25 },
        LinearFunction { coefficients: array![0.0, 1.0], constant: 0.0 },
    ];
    let bounds = milp_encode::bounds::compute_bounds(&network, &input, &BoundChain::crown()).unwrap();
    for formulation in [Formulation::BigM, Formulation::BigMPaper] {
        let mut encoding = milp_encode::encode(&network, &input, &bounds, formulation).unwrap();
        encoding.set_least_objective(&functions, &[(-1.0, 3.0), (-3.0, 1.0)]).unwrap();
        assert!((crate::support::optimum(&encoding) + 1.0).abs() < 1e-6, "{formulation:?}");
    }
}

#[test]
fn nothing_is_encoded_where_bounds_decide() {
    let network = chain([1], [affine(&[[1.0]], &[0.0]), Op::Relu, affine(&[[1.0]], &[5.0])]);
    let scripted = crate::support::scripted::scripted(|_: &solver_api::Model, _: &solver_api::Limits| {
        panic!("bounds decide")
    });
    let oracle = MilpOracle {
        solver: &scripted,
        options: Options::default(),
        bounds: BoundChain::crown(),
        formulation: Formulation::BigM,
        alternatives: Alternatives::InTurn,
        start: SolverStart::None,
    };
    let mut session = oracle.open(&network, &sides(&[(-1.0, 2.0)]).into()).unwrap();
    let function = LinearFunction { coefficients: array![1.0], constant: 0.0 };
    let answer = session.minimise(&function, MarginGoal::Sign, &Budget::unlimited()).unwrap();
    assert_eq!((answer.proof, answer.nodes), (Proof::Positive, Some(0)));
    assert_eq!(session.binary_count(), 1, "the choice that the bounds leave open");
}

/// The network with one output more behind it: the greater of two functions of its outputs, `f + relu(g - f)`.
fn with_greater(network: &Network<f64>, [f, g]: &[LinearFunction; 2]) -> Network<f64> {
    let row = |function: &LinearFunction| {
        Op::Affine(Affine {
            weight: function.coefficients.clone().insert_axis(Axis(0)),
            bias: array![function.constant],
        })
    };
    let difference =
        LinearFunction { coefficients: &g.coefficients - &f.coefficients, constant: g.constant - f.constant };
    let mut builder = NetworkBuilder::new(network.input_shape().clone());
    for node in network.nodes().iter().skip(1) {
        builder.add(node.name(), node.op().clone(), node.inputs()).unwrap();
    }
    let first = builder.add("first", row(f), &[network.output()]).unwrap();
    let excess = builder.add("excess", row(&difference), &[network.output()]).unwrap();
    let excess = builder.add("positive excess", Op::Relu, &[excess]).unwrap();
    let greater = builder.add("greater", Op::Add, &[first, excess]).unwrap();
    builder.finish(greater)
}

#[test]
fn the_least_value_of_the_greatest_of_several_functions_is_found() {
    let mut rng = rng(22);
    for (name, network) in recipes::networks(&mut rng) {
        let input = random::input_box(&mut rng, network.input_count(), Scale::Unit);
        let functions = [(); 2].map(|()| LinearFunction {
            coefficients: Array1::from_shape_simple_fn(network.output_count(), || {
                Scale::Unit.number(&mut rng)
            }),
            constant: Scale::Unit.number(&mut rng),
        });
        let output = LinearFunction { coefficients: array![1.0], constant: 0.0 };
        let extended = with_greater(&network, &functions);
        let expected = brute_force::minimum(&extended, &input, &output, 1 << 13).unwrap();
        for bounds in [BoundChain::interval(), BoundChain::crown()] {
            let oracle = oracle(Alternatives::InTurn, bounds);
            let mut session = oracle.open(&network, &input.clone().into()).unwrap();
            let mut least_greatest = |functions: &[LinearFunction], goal| {
                let answer = session.minimise_greatest(functions, goal, &Budget::unlimited()).unwrap();
                answer.expect("a mixed-integer oracle can tell")
            };
            let answer = least_greatest(&functions, MarginGoal::Minimum);
            let value = answer.incumbent.as_ref().unwrap().value;
            assert_eq!(answer.proof, Proof::Minimum, "{name}: {answer:?}");
            assert!((value - expected).abs() < 1e-5, "{name}: {value} not {expected}");
            for lift in [0.01, -0.01] {
                let lifted = functions.clone().map(|f| LinearFunction {
                    constant: f.constant - expected + lift,
                    coefficients: f.coefficients,
                });
                let sign = least_greatest(&lifted, MarginGoal::Sign);
                assert_eq!(sign.lower_bound > 0.0, lift > 0.0, "{name}: {sign:?}");
                assert_eq!(sign.incumbent.unwrap().value > 0.0, lift > 0.0, "{name}");
            }
        }
    }
}
