//! Bounds by linear and mixed-integer programs: sound whatever the solver says, as tight as their programs, and spent
//! where they are wanted.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use milp_encode::bounds::{
    BoundChain, BoundsError, Crown, Elements, Lp, Milp, NetworkBounds, OpenSigns, Phase, Place, Tightening,
    Wanted, compute_bounds, crown_bounds,
};
use milp_encode::property::{InputBox, LinearFunction};
use milp_encode::{Formulation, encode};
use ndarray::Array2;
use nn_core::{Network, NodeId, Op};
use proptest::prelude::*;
use rand::RngExt;
use solver_api::{
    Budget, Cancellation, Capability, Highs, LimitKind, Limits, Model, Options, Outcome, Solver, Verdict,
};

use super::soundness::assert_within;
use crate::support::random::{self, Operators, Scale};
use crate::support::scripted::{Scripted, outcome, scripted};
use crate::support::{brute_force, build, recipes, rng, solve};

/// What tolerances of a solver may cost at scales around 1.
const TOLERANCE: f64 = 1e-6;

fn lp_chain(solver: &dyn Solver) -> BoundChain<'_> {
    BoundChain::crown().then(Lp::new(solver))
}

fn widths(bounds: &NetworkBounds, id: NodeId) -> Vec<f64> {
    (&bounds.node(id).upper() - &bounds.node(id).lower()).to_vec()
}

fn has_max_pool(network: &Network<f64>) -> bool {
    network.nodes().iter().any(|node| matches!(node.op(), Op::MaxPool(_)))
}

/// Bounds by linear programs hold, or the solver refuses the numbers; says whether it took them.
fn check_soundness(seed: u64, scale: Scale) -> bool {
    let mut rng = rng(seed);
    let network = random::network(&mut rng, Operators::PiecewiseLinear, scale, 6);
    let input = random::input_box(&mut rng, network.input_count(), scale);
    let chains = [lp_chain(&Highs), BoundChain::interval().then(Lp::new(&Highs))];
    let mut took_all = true;
    for bounds in chains.map(|chain| compute_bounds(&network, &input, &chain)) {
        match bounds {
            Ok(bounds) => {
                for _ in 0..16 {
                    let point = random::point(&mut rng, &input);
                    assert_within(&network, &[("lp", bounds.clone())], &point);
                }
            }
            Err(BoundsError::Engine { reason, .. })
                if scale == Scale::Adversarial && reason.starts_with("highs cannot express") =>
            {
                took_all = false;
            }
            Err(error) => panic!("{error}"),
        }
    }
    took_all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bounds_by_linear_programs_hold_to_the_last_bit(seed: u64) {
        prop_assert!(check_soundness(seed, Scale::Unit));
    }

    #[test]
    fn bounds_hold_whatever_multipliers_a_solver_makes_up(seed: u64) {
        let mut rng = rng(seed);
        let network = random::network(&mut rng, Operators::PiecewiseLinear, Scale::Unit, 6);
        let input = random::input_box(&mut rng, network.input_count(), Scale::Unit);
        let solver = scripted(move |model: &Model, _: &Limits| {
            let mut rng = crate::support::rng(seed ^ model.row_count() as u64);
            let odd = [f64::NAN, f64::INFINITY, f64::MAX, -1e300, 1e-300, 0.0];
            let mut dual = |_| match rng.random_range(0..24) {
                which @ 0..6 => odd[which],
                _ => rng.random_range(-3.0..3.0),
            };
            // Now and then some are missing.
            let count = model.row_count().saturating_sub(usize::from(seed.is_multiple_of(3)));
            let row_duals = Some((0..count).map(&mut dual).collect());
            Outcome { row_duals, ..outcome(Verdict::Optimal, None, Some(1e9)) }
        });
        let bounds = compute_bounds(&network, &input, &BoundChain::interval().then(Lp::new(&solver))).unwrap();
        for _ in 0..16 {
            assert_within(&network, &[("made up", bounds.clone())], &random::point(&mut rng, &input));
        }
    }

    #[test]
    fn ranges_by_linear_programs_are_no_wider_than_crown_s(seed: u64) {
        let mut rng = rng(seed);
        let network = build::dense_chain(&mut rng, &[4, 6, 5, 4, 3]);
        let input = random::input_box(&mut rng, 4, Scale::Unit);
        let crown = crown_bounds(&network, &input, Elements::OpenSigns).unwrap();
        let lp = compute_bounds(&network, &input, &lp_chain(&Highs)).unwrap();
        for id in network.node_ids() {
            // Of what is settled early nothing more is asked.
            let matters = |element: usize| id == network.output() || lp.node(id).phase(element) == Phase::Unstable;
            let pairs = widths(&lp, id).into_iter().zip(widths(&crown, id)).enumerate();
            for (element, (lp, crown)) in pairs.filter(|(element, _)| matters(*element)) {
                prop_assert!(lp <= crown + TOLERANCE, "{id:?} element {element}: {lp} wider than {crown}");
            }
        }
    }
}

#[test]
fn bounds_by_linear_programs_hold_where_magnitudes_differ_by_sixteen_orders() {
    let taken = (0..100).filter(|seed| check_soundness(*seed, Scale::Adversarial)).count();
    assert!(taken >= 60, "{taken}");
}

/// Multipliers of the program's rows prove its very optimum, for every operator but maxima.
#[test]
fn what_is_proven_is_what_the_linear_program_claims() {
    let mut rng = rng(31);
    for (name, network) in recipes::networks(&mut rng).into_iter().filter(|(_, n)| !has_max_pool(n)) {
        for _ in 0..4 {
            let input = random::input_box(&mut rng, network.input_count(), Scale::Unit);
            let bounds = crown_bounds(&network, &input, Elements::OpenSigns).unwrap();
            let coefficients: Vec<f64> =
                (0..network.output_count()).map(|_| Scale::Unit.number(&mut rng)).collect();
            let place = Place { network: &network, bounds: &bounds, node: network.output() };
            let row = Array2::from_shape_vec((1, coefficients.len()), coefficients.clone()).unwrap();
            let proven = Lp::new(&Highs).lower_bounds(place, row.view(), &Budget::unlimited()).unwrap()[0];
            let mut encoding = encode(&network, &input, &bounds, Formulation::BigM).unwrap();
            let function = LinearFunction { coefficients: coefficients.into(), constant: 0.0 };
            encoding.set_objective(&function).unwrap();
            let claimed = solve(&encoding.model().relaxation());
            let slack = TOLERANCE * claimed.abs().max(1.0);
            assert!((proven - claimed).abs() <= slack, "{name}: {proven} for {claimed}");
            let crown = Crown.lower_bounds(place, row.view(), &Budget::unlimited()).unwrap()[0];
            assert!(proven >= crown - slack, "{name}: {proven} below CROWN's {crown}");
        }
    }
}

/// The exact range of an output, by trying all phases.
fn true_range(network: &Network<f64>, input: &InputBox, output: usize) -> Option<(f64, f64)> {
    let end = |sign: f64| {
        let mut coefficients = ndarray::Array1::zeros(network.output_count());
        coefficients[output] = sign;
        let function = LinearFunction { coefficients, constant: 0.0 };
        brute_force::minimum(network, input, &function, 300).map(|minimum| sign * minimum)
    };
    Some((end(1.0)?, end(-1.0)?))
}

#[test]
fn ranges_by_mixed_integer_programs_are_the_true_ones() {
    let mut rng = rng(32);
    let mut compared = 0;
    for (name, network) in recipes::networks(&mut rng) {
        let input = random::input_box(&mut rng, network.input_count(), Scale::Unit);
        let bounds = compute_bounds(&network, &input, &BoundChain::crown().then(Milp::new(&Highs))).unwrap();
        let place = Place { network: &network, bounds: &bounds, node: network.output() };
        let outputs: Vec<usize> = (0..network.output_count()).collect();
        let milp = Milp::new(&Highs);
        let ranges = milp.ranges(place, &outputs, Wanted::Range, &Budget::unlimited()).unwrap();
        for output in outputs {
            let Some((lower, upper)) = true_range(&network, &input, output) else { continue };
            let found = (ranges.lower()[output], ranges.upper()[output]);
            let slack = 3e-5 * lower.abs().max(upper.abs()).max(1.0);
            let encloses = found.0 <= lower + 1e-9 && found.1 >= upper - 1e-9;
            let is_tight = found.0 >= lower - slack && found.1 <= upper + slack;
            assert!(encloses && is_tight, "{name}: {found:?} for {:?}", (lower, upper));
            compared += 1;
        }
    }
    assert!(compared >= 20, "{compared}");
}

/// Neurons that any method calls stable are so at every sampled point, and stronger methods find more of them.
#[test]
fn stronger_programs_settle_more_signs() {
    let mut rng = rng(33);
    let mut open = [0; 3];
    for _ in 0..12 {
        let network = build::dense_chain(&mut rng, &[3, 8, 8, 8, 2]);
        let input = random::input_box(&mut rng, 3, Scale::Unit);
        let milp = Milp { open_signs: OpenSigns::Settle, ..Milp::new(&Highs) };
        let chains = [BoundChain::crown(), lp_chain(&Highs), lp_chain(&Highs).then(milp)];
        for (open, chain) in open.iter_mut().zip(&chains) {
            let bounds = compute_bounds(&network, &input, chain).unwrap();
            for _ in 0..64 {
                assert_within_tolerance(&network, &bounds, &random::point(&mut rng, &input));
            }
            *open += network.node_ids().map(|id| bounds.phase_counts(&network, id).unstable).sum::<usize>();
        }
    }
    assert!(open[0] > open[1] && open[1] > open[2], "{open:?}");
}

fn assert_within_tolerance(network: &Network<f64>, bounds: &NetworkBounds, point: &[f64]) {
    let trace = network.trace(ndarray::ArrayView2::from_shape((1, point.len()), point).unwrap());
    for id in network.node_ids() {
        let node = bounds.node(id);
        for (value, (l, u)) in trace.value(id).iter().zip(node.lower().into_iter().zip(node.upper())) {
            assert!(l - TOLERANCE <= *value && *value <= u + TOLERANCE, "{id:?}: {value} not in {l} .. {u}");
        }
    }
}

/// HiGHS behind a counter that cancels a budget at its limit.
fn counted(
    limit: usize,
) -> (Scripted<impl Fn(&Model, &Limits) -> Outcome + Clone + Send + Sync>, Arc<AtomicUsize>, Budget) {
    let (count, cancellation) = (Arc::new(AtomicUsize::new(0)), Cancellation::new());
    let budget = Budget::unlimited().with_cancellation(cancellation.clone());
    let counter = Arc::clone(&count);
    let answer = move |model: &Model, limits: &Limits| {
        if counter.fetch_add(1, Ordering::Relaxed) + 1 >= limit {
            cancellation.cancel();
        }
        let limits = Limits { cancellation: Cancellation::new(), ..limits.clone() };
        Highs.open(model, &Options::default()).unwrap().solve(&limits).unwrap()
    };
    let capabilities = vec![Capability::Duals, Capability::Target, Capability::BoundStop];
    (Scripted { capabilities, ..scripted(answer) }, count, budget)
}

fn two_layers() -> (Network<f64>, InputBox) {
    let mut rng = rng(34);
    (build::dense_chain(&mut rng, &[3, 8, 8, 2]), build::sides(&[(-1.0, 1.0); 3]))
}

#[test]
fn an_exhausted_budget_ends_the_solves_and_keeps_what_was_found() {
    let (network, input) = two_layers();
    let crown = compute_bounds(&network, &input, &BoundChain::crown()).unwrap();
    let second = network.node_ids().nth(3).unwrap();
    let narrower = |limit: usize| {
        let (solver, count, budget) = counted(limit);
        let place = Place { network: &network, bounds: &crown, node: second };
        let elements: Vec<usize> =
            (0..8).filter(|e| crown.node(second).phase(*e) == Phase::Unstable).collect();
        let found = Lp::new(&solver).ranges(place, &elements, Wanted::Range, &budget).unwrap();
        assert_eq!(count.load(Ordering::Relaxed), limit.min(2 * elements.len()));
        let finite = found.lower().iter().chain(&found.upper()).filter(|bound| bound.is_finite()).count();
        assert_eq!(finite, limit.min(2 * elements.len()));
        finite
    };
    assert!(narrower(3) < narrower(usize::MAX));

    let (solver, count, budget) = counted(0);
    budget.cancellation().cancel();
    let late = lp_chain(&solver).compute(&network, &input, &budget).unwrap();
    assert_eq!(count.load(Ordering::Relaxed), 0);
    assert_eq!(late, compute_bounds(&network, &input, &BoundChain::interval()).unwrap());
}

#[test]
fn a_chain_without_time_asks_its_first_method_alone() {
    let (network, input) = two_layers();
    let (solver, count, budget) = counted(usize::MAX);
    let hurried = lp_chain(&solver).within(Duration::ZERO).compute(&network, &input, &budget).unwrap();
    assert_eq!(count.load(Ordering::Relaxed), 0);
    assert_eq!(hurried, compute_bounds(&network, &input, &BoundChain::crown()).unwrap());
    lp_chain(&solver).within(Duration::MAX).compute(&network, &input, &budget).unwrap();
    assert!(count.load(Ordering::Relaxed) > 0);
}

#[test]
fn a_sign_that_no_bound_can_settle_costs_no_solve_where_only_signs_matter() {
    let (network, input) = two_layers();
    let crown = compute_bounds(&network, &input, &BoundChain::crown()).unwrap();
    let second = network.node_ids().nth(3).unwrap();
    let place = Place { network: &network, bounds: &crown, node: second };
    let open: Vec<usize> = (0..8).filter(|e| crown.node(second).phase(*e) == Phase::Unstable).collect();
    let solves = |open_signs, wanted| {
        let (solver, count, budget) = counted(usize::MAX);
        let lp = Lp { open_signs, ..Lp::new(&solver) };
        lp.ranges(place, &open, wanted, &budget).unwrap();
        count.load(Ordering::Relaxed)
    };
    let settle = solves(OpenSigns::Settle, Wanted::Sign);
    let tighten = solves(OpenSigns::Tighten, Wanted::Sign);
    assert!(settle < tighten && settle <= open.len() + 1, "{settle} {tighten} {}", open.len());
    assert_eq!(solves(OpenSigns::Settle, Wanted::Range), 2 * open.len());
}

#[test]
fn a_search_for_a_sign_is_told_where_it_may_end() {
    let (network, input) = two_layers();
    let crown = compute_bounds(&network, &input, &BoundChain::crown()).unwrap();
    let second = network.node_ids().nth(3).unwrap();
    let place = Place { network: &network, bounds: &crown, node: second };
    let asked = |open_signs, wanted| {
        let solver = scripted(move |_: &Model, limits: &Limits| {
            let stops = [limits.bound_stop.is_some(), limits.target.is_some()];
            let expected = match (wanted, open_signs) {
                (Wanted::Range, _) => [[false, false]; 2],
                (Wanted::Sign, OpenSigns::Settle) => [[true, true]; 2],
                (Wanted::Sign, OpenSigns::Tighten) => [[true, false], [false, false]],
            };
            assert!(expected.contains(&stops), "{limits:?}");
            assert!(limits.time.is_some(), "a search for one bound has a time limit");
            outcome(Verdict::Limit(LimitKind::Time), None, None)
        });
        let milp = Milp { open_signs, ..Milp::new(&solver) };
        let found = milp.ranges(place, &[0, 1, 2], wanted, &Budget::unlimited()).unwrap();
        assert!(found.lower().iter().all(|bound| *bound == f64::NEG_INFINITY));
    };
    asked(OpenSigns::Settle, Wanted::Sign);
    asked(OpenSigns::Tighten, Wanted::Sign);
    asked(OpenSigns::Settle, Wanted::Range);
}

#[test]
fn what_the_network_refutes_is_an_error() {
    let (network, input) = two_layers();
    for (answer, expected) in [
        (outcome(Verdict::Optimal, None, Some(1e3)), "takes the value"),
        (outcome(Verdict::Infeasible, None, None), "of a network over a box"),
        (outcome(Verdict::Unbounded, None, None), "of a network over a box"),
    ] {
        let solver = scripted(move |_: &Model, _: &Limits| answer.clone());
        let chain = BoundChain::crown().then(Milp::new(&solver));
        let error = compute_bounds(&network, &input, &chain).unwrap_err();
        let is_engine = matches!(&error, BoundsError::Engine { method: "milp", .. });
        assert!(is_engine && error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn a_program_that_is_not_solved_leaves_the_bounds_as_they_were() {
    let (network, input) = two_layers();
    for verdict in [Verdict::Numerical, Verdict::Infeasible, Verdict::Limit(LimitKind::Time)] {
        let solver = scripted(move |_: &Model, _: &Limits| outcome(verdict, None, None));
        let bounds = compute_bounds(&network, &input, &lp_chain(&solver)).unwrap();
        assert_eq!(bounds, compute_bounds(&network, &input, &BoundChain::crown()).unwrap());
    }
}

#[test]
fn networks_that_are_not_piecewise_linear_are_refused_by_name() {
    let network = build::chain(
        [2],
        [build::affine(&[[1.0, -1.0]], &[0.0]), Op::Sigmoid, build::affine(&[[1.0]], &[0.0])],
    );
    let input = build::sides(&[(-1.0, 1.0); 2]);
    let error = compute_bounds(&network, &input, &lp_chain(&Highs)).unwrap_err();
    let expected = "lp bounds of node `n3`: node `n2` (Sigmoid) is not piecewise linear";
    assert!(error.to_string().starts_with(expected), "{error}");
}
