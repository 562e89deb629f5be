//! From a network and images to the program.

use std::collections::HashMap;

use milp_encode::Expression;
use ndarray::{Array1, Axis};
use nn_core::{Network, NodeId, Op};
use solver_api::{Column, ColumnId, Model};

use super::builder::Builder;
use super::linear_parts::linear_part;
use super::max_pool::max_pool;
use super::objective::{ImageLoss, Sparsity, tie_break_cost};
use super::ranges::Ranges;
use super::relu::{ScoreColumns, plain_relu, scored_relu};
use super::{ImportanceConfig, ImportanceError, ImportanceMode, ScoredImage};
use crate::{HiddenLayer, SampleError, hidden_layers};

/// The importance program of a network on some images.
///
/// Names tell columns apart: `s`, the layer's node and the unit: a score; else a letter, the point, the node and the element:
/// `z` a neuron's value, `q` how far below 0 its shifted input is, `v` its phase, `m` a maximum, `a` any other value, `o` an
/// output; `loss` and the image; `sparsity`.
#[derive(Clone)]
pub struct ImportanceModel {
    pub(super) network: Network<f64>,
    pub(super) config: ImportanceConfig,
    pub(super) images: Vec<ScoredImage>,
    pub(super) ranges: Vec<Ranges>,
    pub(super) model: Model,
    pub(super) layers: Vec<(HiddenLayer, Vec<ColumnId>)>,
    pub(super) sparsity: Sparsity,
    pub(super) losses: Vec<ImageLoss>,
}

impl ImportanceModel {
    /// Writes the program.
    ///
    /// # Errors
    /// [`ImportanceError`] where images do not fit the network, the configuration holds impossible numbers, or the network
    /// has no unit to score, or an operator without rows behind one.
    pub fn new(
        network: &Network<f64>,
        images: &[ScoredImage],
        config: &ImportanceConfig,
    ) -> Result<Self, ImportanceError> {
        check(network, images, config)?;
        let hidden = scored_layers(network, config.mode)?;
        let relus: Vec<NodeId> = hidden.iter().map(|layer| layer.relu).collect();
        let ranges = images
            .iter()
            .map(|image| Ranges::new(network, image, &relus, config.mode))
            .collect::<Result<Vec<_>, _>>()?;
        let views: Vec<_> = images.iter().map(|image| image.points.view()).collect();
        let points = ndarray::concatenate(Axis(0), &views).expect("all points have the network's inputs");
        let owner: Vec<usize> =
            images.iter().enumerate().flat_map(|(index, image)| vec![index; image.points.nrows()]).collect();
        let trace = network.trace(points.view());

        let mut builder = Builder::new(network, *config, &ranges, &trace, &owner);
        let layers = add_scores(&mut builder.model, hidden)?;
        write_nodes(&mut builder, &layers)?;
        let outputs = builder.output_columns()?;
        let mut model = builder.model;

        let sparsity = Sparsity::new(config.mode, &layers, |layer| kernel_size(network, layer));
        let sparsity_column = sparsity.add_to(&mut model)?;
        let mut losses = Vec::with_capacity(images.len());
        for (index, image) in images.iter().enumerate() {
            let column = Column::continuous(format!("loss{index}"), 0.0, f64::INFINITY);
            let column = model.add_column(column)?;
            let of_image = |point: &usize| owner[*point] == index;
            let points: Vec<usize> = (0..owner.len()).filter(of_image).collect();
            let own: Vec<Array1<f64>> =
                points.iter().map(|point| trace.output().row(*point).to_owned()).collect();
            let outputs = points.iter().map(|point| outputs[*point].clone()).collect();
            let loss = ImageLoss { column, label: image.label, outputs };
            loss.add_first_cuts(&mut model, index, &own)?;
            losses.push(loss);
        }
        let mean = config.loss_weight / images.len() as f64;
        let ties = layers.iter().flat_map(|(_, columns)| columns).enumerate();
        let terms = ties
            .map(|(unit, column)| (*column, tie_break_cost(config, unit)))
            .chain(losses.iter().map(|loss| (loss.column, mean)))
            .chain([(sparsity_column, 1.0)]);
        let terms: Vec<(ColumnId, f64)> = terms.collect();
        model.set_objective(0.0, terms)?;
        Ok(Self {
            network: network.clone(),
            config: *config,
            images: images.to_vec(),
            ranges,
            model,
            layers,
            sparsity,
            losses,
        })
    }

    /// The program as any solver gets it first: with the cross-entropies replaced by the cuts that are there from the start.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The layers that have scores.
    pub fn layers(&self) -> impl ExactSizeIterator<Item = HiddenLayer> {
        self.layers.iter().map(|(layer, _)| *layer)
    }

    /// The columns of the scores of each layer, in the order of [`ImportanceModel::layers`].
    pub fn score_columns(&self) -> impl ExactSizeIterator<Item = &[ColumnId]> {
        self.layers.iter().map(|(_, columns)| columns.as_slice())
    }

    /// The objective at a point of the model, with true cross-entropies instead of cuts and without the tie-break:
    /// `lambda` times the mean loss, and the sparsity term.
    ///
    /// # Panics
    /// Where the point has not one value a column.
    pub fn objective(&self, point: &[f64]) -> f64 {
        self.config.loss_weight * self.mean_loss(point) + self.sparsity.value(point)
    }

    pub(super) fn mean_loss(&self, point: &[f64]) -> f64 {
        self.losses.iter().map(|loss| loss.value(point)).sum::<f64>() / self.losses.len() as f64
    }

    pub(super) fn tie_break(&self, point: &[f64]) -> f64 {
        let columns = self.layers.iter().flat_map(|(_, columns)| columns).enumerate();
        columns.map(|(unit, column)| tie_break_cost(&self.config, unit) * point[column.index()]).sum()
    }
}

/// The layers that a mode gives scores.
fn scored_layers(network: &Network<f64>, mode: ImportanceMode) -> Result<Vec<HiddenLayer>, ImportanceError> {
    let mut layers = hidden_layers(network);
    if mode == ImportanceMode::V1 {
        let all = layers.len();
        layers.retain(|hidden| matches!(network.node(hidden.layer).op(), Op::Affine(_)));
        if layers.is_empty() && all > 0 {
            let hint = "; mode v1 scores fully connected layers alone";
            return Err(ImportanceError::NoHiddenLayer { hint });
        }
        if layers.len() == 1 {
            return Err(ImportanceError::OneLayer);
        }
    }
    if layers.is_empty() { Err(ImportanceError::NoHiddenLayer { hint: "" }) } else { Ok(layers) }
}

fn add_scores(
    model: &mut Model,
    hidden: Vec<HiddenLayer>,
) -> Result<Vec<(HiddenLayer, Vec<ColumnId>)>, ImportanceError> {
    let mut layers = Vec::with_capacity(hidden.len());
    for layer in hidden {
        let score = |unit| Column::continuous(format!("s{}_{unit}", layer.layer.index()), 0.0, 1.0);
        let columns =
            (0..layer.units).map(|unit| model.add_column(score(unit))).collect::<Result<Vec<_>, _>>()?;
        layers.push((layer, columns));
    }
    Ok(layers)
}

/// Rows and columns of all nodes that scores can change.
fn write_nodes(
    builder: &mut Builder<'_>,
    layers: &[(HiddenLayer, Vec<ColumnId>)],
) -> Result<(), ImportanceError> {
    let network = builder.network;
    let scores: HashMap<NodeId, ScoreColumns> = layers
        .iter()
        .map(|(layer, columns)| {
            let elements_per_unit = layer.elements_per_unit;
            (layer.relu, ScoreColumns { columns: columns.clone(), elements_per_unit })
        })
        .collect();
    for id in network.node_ids() {
        let node = network.node(id);
        let depends = node.inputs().iter().any(|input| builder.depends(*input));
        let values = match (scores.get(&id), node.op()) {
            (Some(scores), _) => Some(scored_relu(builder, id, scores)?),
            (None, _) if !depends => None,
            (None, Op::Relu) => Some(plain_relu(builder, id)?),
            (None, Op::Reshape) => {
                let input = node.inputs()[0];
                Some((0..builder.point_count()).map(|point| builder.values(input, point)).collect())
            }
            (None, Op::MaxPool(pool)) => {
                builder.make_narrow(node.inputs()[0])?;
                Some(max_pool(builder, id, pool)?)
            }
            (None, op) if op.is_affine() => Some(affine(builder, id)?),
            (None, op) => {
                let (node, op) = (node.name().to_owned(), op.name());
                return Err(ImportanceError::Operator { node, op });
            }
        };
        builder.push(values);
    }
    Ok(())
}

/// The values of an affine node, as sums over the columns of its inputs.
fn affine(builder: &mut Builder<'_>, id: NodeId) -> Result<Vec<Vec<Expression>>, ImportanceError> {
    let node = builder.network.node(id);
    if matches!(node.op(), Op::Affine(_) | Op::Conv2d(_) | Op::AveragePool(_)) {
        builder.make_narrow(node.inputs()[0])?;
    }
    let part = linear_part(builder.network, id);
    let value = |point: usize, element: usize| {
        let mut sum = Expression::constant(part.constants[element]);
        for (input, source, coefficient) in &part.rows[element] {
            builder.add_scaled(&mut sum, (node.inputs()[*input], *source), point, *coefficient);
        }
        sum.merged()
    };
    let of_point = |point| (0..node.element_count()).map(|element| value(point, element)).collect();
    Ok((0..builder.point_count()).map(of_point).collect())
}

/// How many elements a feature map's kernel has; 1 for a neuron.
fn kernel_size(network: &Network<f64>, layer: &HiddenLayer) -> usize {
    match network.node(layer.layer).op() {
        Op::Conv2d(conv) => conv.window.kernel.iter().product(),
        _ => 1,
    }
}

fn check(
    network: &Network<f64>,
    images: &[ScoredImage],
    config: &ImportanceConfig,
) -> Result<(), ImportanceError> {
    let numbers = [
        ("the weight of the loss", config.loss_weight),
        ("the tie-break", config.tie_break),
        ("the gap", config.gap),
    ];
    if let Some((what, value)) = numbers.into_iter().find(|(_, value)| !(value.is_finite() && *value >= 0.0))
    {
        return Err(ImportanceError::Configuration { what, value });
    }
    if images.is_empty() {
        return Err(SampleError::None.into());
    }
    images.iter().enumerate().try_for_each(|(index, image)| image.check(index, network))
}
