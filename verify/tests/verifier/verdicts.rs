//! Verdicts against brute force, and the order of the work.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use milp_encode::bounds::BoundChain;
use milp_encode::property::{InputBox, LinearFunction};
use milp_encode::{AGREEMENT_TOLERANCE, Alternatives, Formulation, MilpOracle, SolverStart};
use ndarray::{Array1, ArrayView1, array};
use nn_core::{Network, Op};
use solver_api::{Budget, Highs, Options};
use verify::{
    Alone, BranchAndBound, Engine, EngineError, Judge, MarginEngine, Progress, Question, Report, Search,
    Specification, Verdict, VerifyOptions, verify,
};

use crate::property;
use crate::support::build::{affine, chain, sides};
use crate::support::random::{self, Scale};
use crate::support::{brute_force, recipes, rng};

fn lp_bab() -> MarginEngine<BranchAndBound<'static>> {
    MarginEngine { oracle: BranchAndBound::default(), name: "lp-bab", positive_above: 0.0 }
}

pub(crate) fn milp() -> MarginEngine<MilpOracle<'static>> {
    let oracle = MilpOracle {
        solver: &Highs,
        options: Options::default(),
        bounds: BoundChain::crown(),
        formulation: Formulation::BigM,
        alternatives: Alternatives::InTurn,
        start: SolverStart::None,
    };
    MarginEngine { oracle, name: "milp", positive_above: AGREEMENT_TOLERANCE }
}

pub(crate) fn run(network: &Network<f64>, property: &Specification, engines: &[&dyn Engine]) -> Report {
    let options = VerifyOptions { engines, crew: &Alone, seed: 0 };
    verify(network, property, &options, &Budget::unlimited()).unwrap()
}

pub(crate) fn lifted(function: &LinearFunction, by: f64) -> LinearFunction {
    LinearFunction { coefficients: function.coefficients.clone(), constant: function.constant + by }
}

/// A box with `f32` sides: others may be so narrow that they hold no input of a deployed network.
pub(crate) fn in_f32(sides: &InputBox) -> InputBox {
    #[allow(clippy::cast_possible_truncation)]
    let rounded = |side: ArrayView1<'_, f64>| side.mapv(|value| f64::from(value as f32));
    InputBox::new(rounded(sides.lower()), rounded(sides.upper())).unwrap()
}

/// Holds a report against the property.
pub(crate) fn check(
    name: &str,
    network: &Network<f64>,
    property: &Specification,
    report: &Report,
    expected: Verdict,
) {
    assert_eq!(report.verdict, expected, "{name}: {report:?}");
    assert_eq!(report.counterexample.is_some(), expected == Verdict::Sat, "{name}: {report:?}");
    if let Some(found) = &report.counterexample {
        let input: Array1<f64> = found.input.iter().copied().map(f64::from).collect();
        let output = network.forward_one(input.view());
        assert!(property.is_satisfied_by(input.view(), output.view()), "{name}: {found:?}");
    }
}

#[test]
fn verdicts_are_those_of_brute_force() {
    let mut rng = rng(71);
    for (name, network) in recipes::networks(&mut rng) {
        let input = in_f32(&random::input_box(&mut rng, network.input_count(), Scale::Unit));
        let function = LinearFunction {
            coefficients: Array1::from_shape_simple_fn(network.output_count(), || {
                Scale::Unit.number(&mut rng)
            }),
            constant: 0.0,
        };
        let minimum = brute_force::minimum(&network, &input, &function, 1 << 12).unwrap();
        for (gap, expected) in [(0.01, Verdict::Unsat), (-0.01, Verdict::Sat)] {
            let property = property(&[&input], &[lifted(&function, gap - minimum)]);
            let (own, solver) = (lp_bab(), milp());
            let both: [&dyn Engine; 2] = [&own, &solver];
            check(name, &network, &property, &run(&network, &property, &both), expected);
            check(name, &network, &property, &run(&network, &property, &[&solver]), expected);
        }
    }
}

/// `y = (x, -x)`.
fn mirror() -> Network<f64> {
    chain([1], [affine(&[[1.0], [-1.0]], &[0.0, 0.0])])
}

/// `y_i + constant`.
fn output(index: usize, constant: f64) -> LinearFunction {
    let mut coefficients = array![0.0, 0.0];
    coefficients[index] = 1.0;
    LinearFunction { coefficients, constant }
}

#[test]
fn conditions_that_cannot_hold_together_need_an_engine_that_can_tell() {
    // Each of x + 0.25 <= 0 and -x + 0.25 <= 0 can hold, but never both.
    let network = mirror();
    let property = property(&[&sides(&[(-1.0, 1.0)])], &[output(0, 0.25), output(1, 0.25)]);
    let (own, solver) = (lp_bab(), milp());
    let alone = run(&network, &property, &[&own]);
    check("lp-bab alone", &network, &property, &alone, Verdict::Unknown);
    let nearest = alone.near_miss.expect("an input was tried").margins;
    assert!(nearest.worst() >= 0.25, "{nearest:?}");
    let both = run(&network, &property, &[&own, &solver]);
    check("both", &network, &property, &both, Verdict::Unsat);
    assert_eq!(both.engine, Some("milp"));
}

#[test]
fn a_counterexample_in_one_of_several_boxes_is_enough() {
    let network = mirror();
    let boxes = [sides(&[(0.5, 1.0)]), sides(&[(-1.0, -0.5)]), sides(&[(2.0, 3.0)])];
    let boxes: Vec<&InputBox> = boxes.iter().collect();
    let own = lp_bab();
    let some = property(&boxes, &[output(0, 0.75)]);
    check("x <= -0.75", &network, &some, &run(&network, &some, &[&own]), Verdict::Sat);
    let none = property(&boxes, &[output(0, 1.25)]);
    let report = run(&network, &none, &[&own]);
    check("x <= -1.25", &network, &none, &report, Verdict::Unsat);
    assert_eq!(report.regions.len(), 3);
    assert!(report.regions.iter().all(|region| region.proven));
}

/// An engine without any answer.
struct Refuses;

impl Engine for Refuses {
    fn name(&self) -> &'static str {
        "input-split"
    }

    fn open<'a>(&'a self, _: Question<'a>, _: &Budget) -> Result<Box<dyn Search + 'a>, EngineError> {
        Err(EngineError::Unsupported { engine: "input-split", reason: "it is lazy".to_owned() })
    }
}

/// `|x| - 0.5 + slack`, which CROWN alone does not bound well enough.
fn kink() -> Network<f64> {
    chain(
        [1],
        [affine(&[[1.0], [-1.0]], &[0.0, 0.0]), Op::Relu, affine(&[[1.0, 1.0], [0.0, 0.0]], &[0.25, 0.0])],
    )
}

#[test]
fn what_one_engine_refuses_the_next_one_gets() {
    let network = kink();
    let minus_one_to_one = sides(&[(-1.0, 2.0)]);
    let condition = LinearFunction { coefficients: array![1.0, 0.0], constant: -0.2 };
    let property = property(&[&minus_one_to_one], &[condition]);
    let (own, solver) = (lp_bab(), milp());
    let report = run(&network, &property, &[&solver, &Refuses, &own]);
    check("three engines", &network, &property, &report, Verdict::Unsat);
    assert_eq!(
        report.engine,
        Some("lp-bab"),
        "few inputs speak for the first, few open neurons for the second"
    );
    assert_eq!(report.refusals, ["input-split cannot answer this: it is lazy"]);
    let nobody = run(&network, &property, &[&Refuses]);
    check("nobody", &network, &property, &nobody, Verdict::Unknown);
}

#[test]
fn a_box_without_any_f32_input_is_named() {
    // One third is no f32, and the box holds nothing else.
    let network = mirror();
    let third = 1.0 / 3.0;
    let property = property(&[&sides(&[(third, third)])], &[output(1, 0.25)]);
    let report = run(&network, &property, &[&lp_bab()]);
    check("one third", &network, &property, &report, Verdict::Unknown);
    assert!(
        report.refusals.iter().any(|refusal| refusal.contains("no input with f32 elements")),
        "{report:?}"
    );
}

/// An engine that takes all the time it gets: it refutes boxes that begin at -0.5 when it is called again, and no others.
struct Slow {
    calls: AtomicU32,
}

struct SlowSearch<'a> {
    calls: &'a AtomicU32,
    can: bool,
}

impl Engine for Slow {
    fn name(&self) -> &'static str {
        "slow"
    }

    fn open<'a>(&'a self, question: Question<'a>, _: &Budget) -> Result<Box<dyn Search + 'a>, EngineError> {
        let can = question.input.sides().lower()[0] == -0.5;
        Ok(Box::new(SlowSearch { calls: &self.calls, can }))
    }
}

impl Search for SlowSearch<'_> {
    fn work(&self, _: &dyn Judge, budget: &Budget) -> Result<(), EngineError> {
        let calls = if self.can { 1 + self.calls.fetch_add(1, Ordering::Relaxed) } else { 0 };
        while calls < 2 && !budget.is_exhausted() {
            std::thread::yield_now();
        }
        Ok(())
    }

    fn progress(&self) -> Progress {
        let proven = self.can && self.calls.load(Ordering::Relaxed) >= 2;
        let lower_bound = if proven { f64::INFINITY } else { f64::NEG_INFINITY };
        Progress { proven, lower_bound, nodes: 1, open: usize::from(!proven) }
    }
}

#[test]
fn regions_take_turns_and_engines_go_on_where_they_were() {
    let network = kink();
    let boxes = [sides(&[(-0.5, 2.0)]), sides(&[(-1.0, 2.0)])];
    let condition = LinearFunction { coefficients: array![1.0, 0.0], constant: -0.2 };
    let both = property(&[&boxes[0], &boxes[1]], &[condition]);
    let slow = Slow { calls: AtomicU32::new(0) };
    let options = VerifyOptions { engines: &[&slow, &Refuses], crew: &Alone, seed: 0 };
    let report = verify(&network, &both, &options, &Budget::lasting(Duration::from_millis(400))).unwrap();
    check("slow", &network, &both, &report, Verdict::Timeout);
    let proven: Vec<bool> = report.regions.iter().map(|region| region.proven).collect();
    assert_eq!(proven, [true, false], "{report:?}");
    assert_eq!(slow.calls.into_inner(), 2, "it was not begun anew");
}

#[test]
fn without_time_the_verdict_is_timeout() {
    let network = kink();
    let condition = LinearFunction { coefficients: array![1.0, 0.0], constant: -0.2 };
    let property = property(&[&sides(&[(-1.0, 2.0)])], &[condition]);
    let own = lp_bab();
    let options = VerifyOptions { engines: &[&own], crew: &Alone, seed: 0 };
    let spent = Budget::lasting(Duration::ZERO);
    let report = verify(&network, &property, &options, &spent).unwrap();
    check("no time", &network, &property, &report, Verdict::Timeout);
}

#[test]
fn a_property_of_another_network_is_refused() {
    let property = property(&[&sides(&[(-1.0, 2.0)])], &[output(0, 0.0)]);
    let network = chain([1], [affine(&[[1.0]], &[0.0])]);
    let options = VerifyOptions { engines: &[], crew: &Alone, seed: 0 };
    let error = verify(&network, &property, &options, &Budget::unlimited()).unwrap_err();
    assert_eq!(error.to_string(), "the network has 1 outputs, but the property declares 2");
}
