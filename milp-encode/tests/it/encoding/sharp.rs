//! The inequalities of the sharp formulation: no point of the network violates any, and they do their work.

use milp_encode::bounds::{BoundChain, compute_bounds};
use milp_encode::property::{InputBox, LinearFunction};
use milp_encode::{Encoding, Formulation, encode, strengthen};
use ndarray::Array1;
use nn_core::{Network, Op};
use proptest::prelude::*;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use solver_api::{Budget, Cut, Highs, Options, Solver};

use crate::support::build::{affine, chain, dense_chain, sides};
use crate::support::evaluated::Evaluated;
use crate::support::random::{self, Operators, Scale};
use crate::support::{optimum, rng, solve};

fn sharp(network: &Network<f64>, input: &InputBox) -> Encoding {
    let bounds = compute_bounds(network, input, &BoundChain::crown()).unwrap();
    encode(network, input, &bounds, Formulation::Sharp).unwrap()
}

/// The inequalities that random points violate, most of them points that no network has.
fn random_cuts(rng: &mut ChaCha8Rng, encoding: &Encoding, points: usize) -> Vec<Cut> {
    let family = encoding.sharp_cuts();
    let mut between = |lower: f64, upper: f64| match rng.random_range(0..4) {
        0 => lower,
        1 => upper,
        _ => lower + (upper - lower) * rng.random_range(0.0..=1.0),
    };
    let mut point =
        || encoding.model().columns().iter().map(|c| between(c.lower, c.upper)).collect::<Vec<f64>>();
    (0..points).flat_map(|_| family.violated(&point())).collect()
}

/// By how much the point violates the inequality, whose right side is relaxed by 1e-9 of its greatest number.
fn excess(cut: &Cut, solution: &[f64]) -> f64 {
    cut.terms.iter().map(|(column, c)| c * solution[column.index()]).sum::<f64>() - cut.upper
}

fn assert_no_point_violates(rng: &mut ChaCha8Rng, network: &Network<f64>, input: &InputBox, points: usize) {
    let encoding = sharp(network, input);
    let cuts = random_cuts(rng, &encoding, 20);
    let family = encoding.sharp_cuts();
    for _ in 0..points {
        let point = random::point(rng, input);
        let solution = Evaluated::new(network, encoding.model(), &point).solution();
        assert_eq!(family.violated(&solution), []);
        for cut in &cuts {
            assert!(excess(cut, &solution) <= 0.0, "{cut:?} at {point:?}");
        }
    }
}

#[test]
fn ten_thousand_points_of_a_network_violate_no_inequality() {
    let mut rng = rng(11);
    let network = dense_chain(&mut rng, &[6, 8, 5, 2]);
    let input = random::input_box(&mut rng, 6, Scale::Unit);
    assert!(!random_cuts(&mut rng, &sharp(&network, &input), 20).is_empty());
    assert_no_point_violates(&mut rng, &network, &input, 10_000);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn points_of_random_networks_violate_no_inequality(seed: u64) {
        let mut rng = rng(seed);
        let network = random::network(&mut rng, Operators::PiecewiseLinear, Scale::Unit, 6);
        // The choice of a maximum has no value of its own in the network.
        prop_assume!(network.nodes().iter().all(|node| !matches!(node.op(), Op::MaxPool(_))));
        let input = random::input_box(&mut rng, network.input_count(), Scale::Unit);
        assert_no_point_violates(&mut rng, &network, &input, 20);
    }

    #[test]
    fn coefficients_stay_within_six_orders_of_magnitude(seed: u64) {
        let mut rng = rng(seed);
        let weight = std::array::from_fn::<f64, 6, _>(|_| Scale::Adversarial.number(&mut rng));
        let network = chain([6], [affine(&[weight], &[0.1]), Op::Relu]);
        let input = sides(&[(-1.0, 1.0); 6]);
        for cut in random_cuts(&mut rng, &sharp(&network, &input), 20) {
            let sizes = cut.terms.iter().map(|(_, c)| c.abs()).filter(|c| *c > 0.0);
            let (least, most) = sizes.fold((f64::INFINITY, 0.0_f64), |(l, m), c| (l.min(c), m.max(c)));
            prop_assert!(most <= 1.0001e6 * least, "{cut:?}");
        }
    }
}

#[test]
fn a_loop_at_the_root_raises_the_relaxation_with_the_rows_it_keeps_and_leaves_the_optimum() {
    let mut rng = rng(12);
    for _ in 0..4 {
        let network = dense_chain(&mut rng, &[8, 10, 6, 2]);
        let input = sides(&[(-1.0, 1.0); 8]);
        let mut encoding = sharp(&network, &input);
        let function = LinearFunction { coefficients: Array1::from(vec![1.0, -1.0]), constant: 0.0 };
        encoding.set_objective(&function).unwrap();
        let (before, exact) = (solve(&encoding.model().relaxation()), optimum(&encoding));
        let mut session = Highs.open(&encoding.model().relaxation(), &Options::default()).unwrap();
        let found = strengthen(session.as_mut(), &encoding.sharp_cuts(), 50, &Budget::unlimited()).unwrap();
        let last = *found.minima.last().unwrap();
        assert!((found.minima[0] - before).abs() < 1e-6, "{:?} after {before}", found.minima);
        assert!(found.minima.windows(2).all(|pair| pair[1] >= pair[0] - 1e-6), "{:?}", found.minima);
        assert!(last > before + 1e-3 && last <= exact + 1e-6, "{before}, {last}, {exact}");
        encoding.add_cuts(&found.cuts).unwrap();
        assert!((solve(&encoding.model().relaxation()) - last).abs() < 1e-5, "the rows kept suffice");
        assert!((optimum(&encoding) - exact).abs() < 1e-6);
    }
}

#[test]
fn a_loop_without_rounds_or_inequalities_only_solves_the_relaxation() {
    let network = chain([2], [affine(&[[1.0, 2.0]], &[0.5]), Op::Relu]);
    let input = sides(&[(-1.0, 1.0); 2]);
    let bounds = compute_bounds(&network, &input, &BoundChain::crown()).unwrap();
    for (formulation, rounds) in [(Formulation::Sharp, 0), (Formulation::BigM, 50)] {
        let mut encoding = encode(&network, &input, &bounds, formulation).unwrap();
        let function = LinearFunction { coefficients: Array1::from(vec![-1.0]), constant: 0.0 };
        encoding.set_objective(&function).unwrap();
        let family = encoding.sharp_cuts();
        assert_eq!(family.is_empty(), formulation == Formulation::BigM);
        let mut session = Highs.open(&encoding.model().relaxation(), &Options::default()).unwrap();
        let found = strengthen(session.as_mut(), &family, rounds, &Budget::unlimited()).unwrap();
        assert_eq!((found.cuts.len(), found.minima.len()), (0, 1));
    }
}
