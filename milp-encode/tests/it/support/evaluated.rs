//! The point of an encoding that a network's values make, column by column.

use std::collections::HashMap;

use nn_core::{Network, NodeId, Op};
use solver_api::{Model, Row};

use super::reference;
use super::wide::Wide;

/// A network's values, and the rows of its encoding by name.
pub(crate) struct Evaluated<'a> {
    network: &'a Network<f64>,
    pub(crate) values: Vec<Vec<Wide>>,
    model: &'a Model,
    rows: HashMap<&'a str, Row<'a>>,
}

impl<'a> Evaluated<'a> {
    pub(crate) fn new(network: &'a Network<f64>, model: &'a Model, point: &[f64]) -> Self {
        let rows = model.rows().map(|row| (row.name, row)).collect();
        Self { network, values: reference::evaluate(network, point), model, rows }
    }

    /// The value that the network gives each column, by the columns' names.
    pub(crate) fn solution(&self) -> Vec<f64> {
        self.model.columns().iter().map(|column| self.column(&column.name)).collect()
    }

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
