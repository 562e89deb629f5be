//! Networks without the units that a mask takes out.
//!
//! A silenced unit emits a constant, `max(bias, 0)`. Wherever that constant goes it is taken along beside the values that
//! are left, until a layer takes it into its bias; the function of the network stays the same, up to the order of sums.

use ndarray::{Array1, Array2, ArrayD, Axis};
use nn_core::{
    Affine, ConstantOp, Conv2d, Network, NetworkBuilder, NetworkError, NodeId, Op, Rearrange, Scalar, Shape,
    Source,
};
use thiserror::Error;

use crate::{MaskError, NeuronMask, Silencing};

/// Why units could not be removed.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum RemovalError {
    /// The mask does not fit the network.
    #[error(transparent)]
    Mask(#[from] MaskError),
    /// The smaller network is none: sums of what was removed left the range of the network's numbers.
    #[error(transparent)]
    Network(#[from] NetworkError),
}

/// The network without the units that go: smaller, and the same function as with them silenced.
///
/// Layers that do not follow weights alone (sums of branches, joins, moved elements, grouped convolutions) get the constants
/// of what was removed inserted again, so that every network has a smaller form. A layer of which nothing is left keeps its
/// first unit, silenced: network files know no empty layers.
///
/// # Errors
/// [`RemovalError`] where the mask does not fit the network.
pub fn remove_units<T: Scalar>(
    network: &Network<T>,
    mask: &NeuronMask,
    silencing: Silencing,
) -> Result<Network<T>, RemovalError> {
    let mut silenced = network.clone();
    mask.silence(&mut silenced, silencing)?;
    let mut removal = Removal {
        network: &silenced,
        mask,
        builder: NetworkBuilder::new(silenced.input_shape().clone()),
        places: vec![Place { id: NodeId::INPUT, removed: None }],
    };
    for id in silenced.node_ids().skip(1) {
        let place = removal.place(id)?;
        removal.places.push(place);
    }
    let output = removal.whole(silenced.output())?;
    Ok(removal.builder.finish(output))
}

/// A smaller network in the making.
struct Removal<'a, T> {
    /// The network with its units silenced.
    network: &'a Network<T>,
    mask: &'a NeuronMask,
    builder: NetworkBuilder<T>,
    places: Vec<Place<T>>,
}

/// What became of a node.
#[derive(Clone)]
struct Place<T> {
    /// The node of the smaller network that has the elements that are left.
    id: NodeId,
    removed: Option<Removed<T>>,
}

/// Elements of a node's value that are constants.
#[derive(Clone)]
struct Removed<T> {
    /// Which elements are left; whole channels of an image.
    kept: Vec<bool>,
    /// The value of each element that is not, 0 for the others.
    constants: Array1<T>,
}

impl<T: Scalar> Removal<'_, T> {
    fn place(&mut self, id: NodeId) -> Result<Place<T>, NetworkError> {
        let node = self.network.node(id);
        let inputs: Vec<NodeId> = node.inputs().to_vec();
        let first = self.places[inputs[0].index()].clone();
        match (node.op(), &first.removed) {
            (Op::Affine(affine), _) => self.affine(id, affine, first),
            (Op::Conv2d(conv), _) if conv.groups == 1 => self.convolution(id, conv, first),
            (Op::Relu | Op::LeakyRelu { .. } | Op::Sigmoid | Op::Tanh, Some(removed))
            | (Op::AveragePool(_) | Op::MaxPool(_), Some(removed)) => {
                self.follow(id, node.op().clone(), first.id, removed)
            }
            (Op::Constant { kind, value }, Some(removed)) => {
                let shape = self.builder.shape(first.id).dimensions().to_vec();
                let left = selected(value.iter().copied(), &removed.kept);
                let value =
                    ArrayD::from_shape_vec(shape, left).expect("as many constants as elements are left");
                self.follow(id, Op::Constant { kind: *kind, value }, first.id, removed)
            }
            (Op::Reshape, Some(removed)) if node.shape().dimensions().len() == 1 => {
                let left = removed.kept.iter().filter(|kept| **kept).count();
                let reshaped = self.builder.reshape(node.name(), first.id, [left])?;
                Ok(Place { id: reshaped, removed: Some(removed.clone()) })
            }
            _ => {
                let whole = inputs.iter().map(|input| self.whole(*input)).collect::<Result<Vec<_>, _>>()?;
                let node = self.network.node(id);
                let id = match node.op() {
                    Op::Reshape => self.builder.reshape(node.name(), whole[0], node.shape().clone())?,
                    op => self.builder.add(node.name(), op.clone(), &whole)?,
                };
                Ok(Place { id, removed: None })
            }
        }
    }

    /// An operator that treats elements, or channels, apart from each other.
    fn follow(
        &mut self,
        id: NodeId,
        op: Op<T>,
        input: NodeId,
        removed: &Removed<T>,
    ) -> Result<Place<T>, NetworkError> {
        let network = self.network;
        let all = self.network.apply(id, &[removed.constants.view().insert_axis(Axis(0))]);
        let kept = units_as_elements(network.node(id).shape(), &channels_kept(network, id, &removed.kept));
        let constants = all.iter().zip(&kept).map(|(value, kept)| if *kept { T::zero() } else { *value });
        let removed = Removed { constants: constants.collect(), kept };
        let placed = self.builder.add(network.node(id).name(), op, &[input])?;
        Ok(Place { id: placed, removed: Some(removed) })
    }

    fn affine(&mut self, id: NodeId, affine: &Affine<T>, input: Place<T>) -> Result<Place<T>, NetworkError> {
        let mut weight = affine.weight.clone();
        let mut bias = affine.bias.clone();
        if let Some(removed) = &input.removed {
            bias += &self.constant_part(id, removed);
            weight = weight.select(Axis(1), &positions(&removed.kept));
        }
        let (kept, removed) = self.own_units(id, &bias);
        let op = Op::Affine(Affine {
            weight: weight.select(Axis(0), &positions(&kept)),
            bias: bias.select(Axis(0), &positions(&kept)),
        });
        let placed = self.builder.add(self.network.node(id).name(), op, &[input.id])?;
        Ok(Place { id: placed, removed })
    }

    fn convolution(
        &mut self,
        id: NodeId,
        conv: &Conv2d<T>,
        input: Place<T>,
    ) -> Result<Place<T>, NetworkError> {
        let node = self.network.node(id);
        let mut weight = conv.weight.clone();
        let mut bias = conv.bias.clone();
        // Where padding meets a constant other than 0, it adds less at the border.
        let mut uneven = None;
        if let Some(removed) = &input.removed {
            let added = self.constant_part(id, removed);
            let added = Array2::from_shape_vec((bias.len(), added.len() / bias.len()), added.to_vec())
                .expect("maps are equally large");
            if added.rows().into_iter().all(|map| map.iter().all(|value| *value == map[0])) {
                bias += &added.column(0);
            } else {
                uneven = Some(added);
            }
            let input_shape = self.network.node(node.inputs()[0]).shape();
            weight = weight.select(Axis(1), &positions(&channels(input_shape, &removed.kept)));
        }
        let (kept, removed) = self.own_units(id, &bias);
        let kept = positions(&kept);
        let op = Op::Conv2d(Conv2d {
            weight: weight.select(Axis(0), &kept),
            bias: bias.select(Axis(0), &kept),
            window: conv.window.clone(),
            groups: 1,
        });
        let mut placed = self.builder.add(node.name(), op, &[input.id])?;
        if let Some(added) = uneven {
            let shape = self.builder.shape(placed).dimensions().to_vec();
            let value = added.select(Axis(0), &kept).into_iter().collect();
            let value = ArrayD::from_shape_vec(shape, value).expect("the maps that are left");
            let op = Op::Constant { kind: ConstantOp::Add, value };
            placed = self.builder.add(format!("{}_removed", node.name()), op, &[placed])?;
        }
        Ok(Place { id: placed, removed })
    }

    /// What the removed elements of the input add to a layer's value.
    fn constant_part(&self, id: NodeId, removed: &Removed<T>) -> Array1<T> {
        let constants = removed.constants.view().insert_axis(Axis(0));
        self.network.apply_linear(id, &[constants]).index_axis_move(Axis(0), 0)
    }

    /// Which units of a layer stay, and the constants of those that go: their biases, since their weights are 0.
    fn own_units(&self, id: NodeId, bias: &Array1<T>) -> (Vec<bool>, Option<Removed<T>>) {
        let mut kept = self.mask.kept_of(id).map_or_else(|| vec![true; bias.len()], <[bool]>::to_vec);
        if let Some(first) = kept.first_mut()
            && !*first
            && self.mask.kept_of(id).is_some_and(|kept| kept.iter().all(|kept| !*kept))
        {
            *first = true;
        }
        if kept.iter().all(|kept| *kept) {
            return (kept, None);
        }
        let units: Array1<T> =
            bias.iter().zip(&kept).map(|(bias, kept)| if *kept { T::zero() } else { *bias }).collect();
        let shape = self.network.node(id).shape();
        let per_unit = shape.element_count() / kept.len();
        let constants = units.iter().flat_map(|value| std::iter::repeat_n(*value, per_unit)).collect();
        let removed = Removed { kept: units_as_elements(shape, &kept), constants };
        (kept, Some(removed))
    }

    /// The node of the smaller network that has all elements of a node of the old one.
    fn whole(&mut self, id: NodeId) -> Result<NodeId, NetworkError> {
        let Place { id: placed, removed } = &self.places[id.index()];
        let placed = *placed;
        let Some(removed) = removed else { return Ok(placed) };
        let mut next = 0;
        let mut source = |(kept, constant): (&bool, &T)| {
            if !*kept {
                return Source::Constant(*constant);
            }
            next += 1;
            Source::Element(next - 1)
        };
        let sources = removed.kept.iter().zip(&removed.constants).map(&mut source).collect();
        let node = self.network.node(id);
        let op = Op::Rearrange(Rearrange { sources, shape: node.shape().clone() });
        let whole = self.builder.add(format!("{}_whole", node.name()), op, &[placed])?;
        self.places[id.index()] = Place { id: whole, removed: None };
        Ok(whole)
    }
}

/// Which channels of an image, or elements of anything else, are left.
fn channels(shape: &Shape, kept: &[bool]) -> Vec<bool> {
    match shape.as_image() {
        Some([_, height, width]) => kept.iter().step_by((height * width).max(1)).copied().collect(),
        None => kept.to_vec(),
    }
}

/// The channels, or elements, of a node that are left where these elements of its input are.
fn channels_kept<T: Scalar>(network: &Network<T>, id: NodeId, kept: &[bool]) -> Vec<bool> {
    channels(network.node(network.node(id).inputs()[0]).shape(), kept)
}

fn units_as_elements(shape: &Shape, units: &[bool]) -> Vec<bool> {
    let per_unit = shape.element_count() / units.len().max(1);
    units.iter().flat_map(|kept| std::iter::repeat_n(*kept, per_unit)).collect()
}

fn positions(kept: &[bool]) -> Vec<usize> {
    kept.iter().enumerate().filter(|(_, kept)| **kept).map(|(position, _)| position).collect()
}

fn selected<V>(values: impl Iterator<Item = V>, kept: &[bool]) -> Vec<V> {
    values.zip(kept).filter(|(_, kept)| **kept).map(|(value, _)| value).collect()
}
