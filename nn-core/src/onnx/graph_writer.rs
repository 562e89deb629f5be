//! The graph of a model while it is being written.

use std::collections::{HashMap, HashSet};

use super::proto::{
    AttributeProto, AttributeType, DataType, DimensionProto, GraphProto, NodeProto, TensorProto,
    TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto,
};
use crate::{Network, NodeId, Shape};

pub(super) struct GraphWriter<'a> {
    pub(super) network: &'a Network<f32>,
    graph: GraphProto,
    names: HashSet<String>,
    values: Vec<String>,
    flattened: HashMap<NodeId, String>,
}

impl<'a> GraphWriter<'a> {
    pub(super) fn new(network: &'a Network<f32>) -> Self {
        let mut writer = Self {
            network,
            graph: GraphProto { name: Some("network".to_owned()), ..GraphProto::default() },
            names: HashSet::new(),
            values: Vec::new(),
            flattened: HashMap::new(),
        };
        for node in network.nodes() {
            let name = writer.unused_name(node.name());
            writer.values.push(name);
        }
        writer
    }

    /// The value of a node of the network.
    pub(super) fn value(&self, id: NodeId) -> String {
        self.values[id.index()].clone()
    }

    /// The value of a node as `[N, element count]`.
    pub(super) fn flattened(&mut self, id: NodeId) -> String {
        if self.network.node(id).shape().dimensions().len() == 1 {
            return self.value(id);
        }
        if let Some(name) = self.flattened.get(&id) {
            return name.clone();
        }
        let value = self.value(id);
        let name = self.unused_name(&format!("{value}/flatten"));
        self.node("Flatten", vec![value], &name, vec![int("axis", 1)]);
        self.flattened.insert(id, name.clone());
        name
    }

    /// Adds a node that is called like its one output.
    pub(super) fn node(
        &mut self,
        operator: &str,
        input: Vec<String>,
        output: &str,
        attribute: Vec<AttributeProto>,
    ) {
        self.graph.node.push(NodeProto {
            input,
            output: vec![output.to_owned()],
            name: Some(output.to_owned()),
            op_type: Some(operator.to_owned()),
            attribute,
            domain: None,
        });
    }

    /// Stores a tensor of numbers; its name.
    pub(super) fn floats(
        &mut self,
        name: &str,
        shape: &[usize],
        values: impl Iterator<Item = f32>,
    ) -> String {
        let raw = values.flat_map(f32::to_le_bytes).collect();
        self.stored(name, shape, DataType::Float, raw)
    }

    /// Stores a vector of integers; its name.
    pub(super) fn integers(&mut self, name: &str, values: &[i64]) -> String {
        let raw = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.stored(name, &[values.len()], DataType::Int64, raw)
    }

    fn stored(&mut self, name: &str, shape: &[usize], data_type: DataType, raw: Vec<u8>) -> String {
        let name = self.unused_name(name);
        self.graph.initializer.push(TensorProto {
            dims: shape.iter().copied().map(to_i64).collect(),
            data_type: Some(data_type.into()),
            name: Some(name.clone()),
            raw_data: Some(raw),
            ..TensorProto::default()
        });
        name
    }

    /// A name that nothing has yet: this one, or with a number.
    pub(super) fn unused_name(&mut self, wanted: &str) -> String {
        let wanted = if wanted.is_empty() { "node" } else { wanted };
        let numbered = (2_usize..).map(|number| format!("{wanted}_{number}"));
        let name = std::iter::once(wanted.to_owned()).chain(numbered).find(|name| !self.names.contains(name));
        let name = name.expect("finitely many names are taken");
        self.names.insert(name.clone());
        name
    }

    /// The graph with its input and output declared.
    pub(super) fn finish(mut self) -> GraphProto {
        let (input, output) = (self.value(NodeId::INPUT), self.network.output());
        let mut result = self.value(output);
        if output == NodeId::INPUT {
            result = self.unused_name("output");
            self.node("Identity", vec![input.clone()], &result, Vec::new());
        }
        self.graph.input = vec![declared(input, self.network.input_shape())];
        self.graph.output = vec![declared(result, self.network.output_shape())];
        self.graph
    }
}

/// A batch of samples of this shape.
fn declared(name: String, shape: &Shape) -> ValueInfoProto {
    let fixed = |size: &usize| DimensionProto { dim_value: Some(to_i64(*size)), dim_param: None };
    let batch = DimensionProto { dim_value: None, dim_param: Some("N".to_owned()) };
    let dim = std::iter::once(batch).chain(shape.dimensions().iter().map(fixed)).collect();
    let tensor_type =
        TensorTypeProto { elem_type: Some(DataType::Float.into()), shape: Some(TensorShapeProto { dim }) };
    ValueInfoProto { name: Some(name), r#type: Some(TypeProto { tensor_type: Some(tensor_type) }) }
}

pub(super) fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto { i: Some(value), ..attribute(name, AttributeType::Int) }
}

pub(super) fn ints(name: &str, values: &[usize]) -> AttributeProto {
    AttributeProto {
        ints: values.iter().copied().map(to_i64).collect(),
        ..attribute(name, AttributeType::Ints)
    }
}

pub(super) fn float(name: &str, value: f32) -> AttributeProto {
    AttributeProto { f: Some(value), ..attribute(name, AttributeType::Float) }
}

fn attribute(name: &str, kind: AttributeType) -> AttributeProto {
    AttributeProto { name: Some(name.to_owned()), r#type: Some(kind.into()), ..AttributeProto::default() }
}

pub(super) fn to_i64(size: usize) -> i64 {
    i64::try_from(size).expect("sizes in memory fit")
}
