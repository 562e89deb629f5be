//! No point of a network is left out: what it computes, written into the columns by their names, satisfies every row.

use std::collections::HashMap;

use milp_encode::bounds::{BoundChain, compute_bounds};
use milp_encode::property::InputBox;
use milp_encode::{Formulation, encode};
use ndarray::Array1;
use nn_core::{Network, NodeId, Op};
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use solver_api::{Model, Row};

use crate::support::random::{self, Operators, Scale};
use crate::support::wide::Wide;
use crate::support::{formulations, reference, rng, shared};

/// A network's values, and the rows of its encoding by name.
struct Evaluated<'a> {
    network: &'a Network<f64>,
    values: Vec<Vec<Wide>>,
    model: &'a Model,
    rows: HashMap<&'a str, Row<'a>>,
}

impl<'a> Evaluated<'a> {
    fn new(network: &'a Network<f64>, model: &'a Model, point: &[f64]) -> Self {
        let rows = model.rows().map(|row| (row.name, row)).collect();
        Self { network, values: reference::evaluate(network, point), model, rows }
    }

    /// The value that the network gives the column of this name.
    fn column(&self, name: &str) -> f64 {
        let (letter, rest) = name.split_at(1);
        let numbers: Vec<usize> = rest.split('_').map(|number| number.parse().unwrap()).collect();
        let value = |id: NodeId, element: usize| self.values[id.index()][element].to_f64();
        let [node, element, ..] = numbers[..] else { return value(NodeId::INPUT, numbers[0]) };
        let id = self.network.node_ids().nth(node).unwrap();
        let node = self.network.node(id);
        let is_relu = matches!(node.op(), Op::Relu | Op::LeakyRelu { .. });
        let before = || value(node.inputs()[0], element);
        match letter {
            "h" => before().max(0.0),
            "p" => (-before()).max(0.0),
            "v" => f64::from(u8::from(before() > 0.0)),
            "a" if is_relu => before(),
            "a" | "z" => value(id, element),
            "r" if before() > 0.0 => self.part(rest),
            "q" if before() <= 0.0 => self.part(rest),
            "r" | "q" => 0.0,
            _ => panic!("no column has the name {name}"),
        }
    }

    /// What a part of a neuron's terms sums to: all of its row but the two shares.
    fn part(&self, part: &str) -> f64 {
        let row = self.rows[format!("part{part}").as_str()];
        let names = row.columns.iter().map(|id| self.model.column(*id).name.as_str());
        let terms = names.zip(row.coefficients).filter(|(name, _)| !name.starts_with(['r', 'q']));
        terms.map(|(name, c)| c * self.column(name)).sum()
    }
}

/// Whether a sum lies between its bounds, up to rounding; coefficients were rounded too, where columns repeated.
fn holds(lower: f64, terms: impl Iterator<Item = f64> + Clone, upper: f64) -> bool {
    let slack = 1e-9 * terms.clone().map(f64::abs).sum::<f64>().max(1.0);
    let sum: f64 = terms.sum();
    lower - slack <= sum && sum <= upper + slack
}

fn assert_holds_point(network: &Network<f64>, input: &InputBox, point: &[f64], formulation: Formulation) {
    let bounds = compute_bounds(network, input, &BoundChain::crown()).unwrap();
    let encoding = encode(network, input, &bounds, formulation).unwrap();
    let model = encoding.model();
    let evaluated = Evaluated::new(network, model, point);
    let solution: Vec<f64> = model.columns().iter().map(|column| evaluated.column(&column.name)).collect();
    for (column, value) in model.columns().iter().zip(&solution) {
        let inside = holds(column.lower, std::iter::once(*value), column.upper);
        assert!(inside, "{formulation:?}: {value:e} in {column:?}");
    }
    for row in model.rows() {
        let terms = row.columns.iter().zip(row.coefficients).map(|(column, c)| c * solution[column.index()]);
        assert!(holds(row.lower, terms, row.upper), "{formulation:?}: {row:?}");
    }
    let decoded = encoding.decode_output(&solution);
    for (claimed, real) in decoded.iter().zip(&evaluated.values[network.output().index()]) {
        let (claimed, real) = (*claimed, real.to_f64());
        assert!((claimed - real).abs() <= 1e-9 * real.abs().max(1.0), "{claimed} instead of {real}");
    }
}

fn assert_holds_points(rng: &mut ChaCha8Rng, network: &Network<f64>, input: &InputBox) {
    for _ in 0..3 {
        let point = random::point(rng, input);
        for formulation in formulations(["big-m", "big-m-paper", "triangle", "partition:3"]) {
            assert_holds_point(network, input, &point, formulation);
        }
    }
}

fn pools(network: &Network<f64>) -> bool {
    network.nodes().iter().any(|node| matches!(node.op(), Op::MaxPool(_)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_networks_hold_all_their_points(seed: u64) {
        let mut rng = rng(seed);
        let network = random::network(&mut rng, Operators::PiecewiseLinear, Scale::Unit, 6);
        // The choice of a maximum has no value of its own in the network.
        prop_assume!(!pools(&network));
        let input = random::input_box(&mut rng, network.input_count(), Scale::Unit);
        assert_holds_points(&mut rng, &network, &input);
        let point = random::point(&mut rng, &input);
        assert_holds_point(&network, &input, &point, Formulation::by_name("partition:1000").unwrap());
    }
}

#[test]
fn trained_networks_hold_all_their_points() {
    let mut rng = rng(21);
    for (_, network) in shared::networks() {
        if pools(&network) {
            continue;
        }
        let center =
            Array1::from_shape_simple_fn(network.input_count(), || Scale::Unit.number(&mut rng).abs());
        let input = InputBox::around(center.view(), 0.02, None).unwrap();
        assert_holds_points(&mut rng, &network, &input);
    }
}
