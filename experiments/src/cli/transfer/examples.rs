//! Examples that attacks found, and what all networks make of them.

use std::collections::BTreeMap;

use attacks::{Target, TriedAttack, react};
use milp_encode::Replayer;
use ndarray::{Array2, Axis};
use nn_core::predicted_class;
use solver_api::Cancellation;

use crate::attack_run::{AttackRow, WitnessRow};
use crate::data::Dataset;
use crate::network_file::NetworkFile;
use crate::search::{in_order, pieces};
use crate::settings::MethodName;

/// A network and how the command line calls it.
pub(super) struct Network {
    pub(super) name: String,
    pub(super) file: NetworkFile,
}

/// The attacks on one of the networks.
pub(super) struct Source {
    /// Its position.
    pub(super) network: usize,
    pub(super) method: MethodName,
    pub(super) norm: String,
    pub(super) rows: Vec<(AttackRow, Option<WitnessRow>)>,
}

/// What all networks make of the images and of what was made of them.
pub(super) struct Tried {
    /// For every image that was attacked, whether each network classifies it rightly when it is unchanged.
    pub(super) right: BTreeMap<usize, Vec<bool>>,
    /// For every source, one entry a row.
    pub(super) attacks: Vec<Vec<TriedAttack>>,
}

/// Runs all images and all examples through all networks; `None` where that was cancelled.
pub(super) fn try_all(
    networks: &[Network],
    dataset: &Dataset,
    sources: &[Source],
    threads: usize,
    cancellation: &Cancellation,
) -> anyhow::Result<Option<Tried>> {
    let replayers: Vec<Replayer<'_>> =
        networks.iter().map(|network| Replayer::new(&network.file.network)).collect();
    let mut attacks = Vec::with_capacity(sources.len());
    for source in sources {
        let pieces = pieces(&source.rows);
        let mut tried = Vec::with_capacity(source.rows.len());
        let work = |piece: usize| try_piece(&replayers, pieces[piece]);
        in_order(pieces.len(), threads, cancellation, work, |piece| {
            tried.extend(piece);
            Ok(())
        })?;
        attacks.push(tried);
    }
    let all_rows = sources.iter().flat_map(|source| &source.rows);
    let mut images: Vec<usize> = all_rows.map(|(row, _)| row.image).collect();
    images.sort_unstable();
    images.dedup();
    let right =
        pieces(&images).into_iter().flat_map(|images| right_of(&replayers, dataset, images)).collect();
    Ok((!cancellation.is_cancelled()).then_some(Tried { right, attacks }))
}

/// What the networks make of the examples of some rows.
fn try_piece(
    networks: &[Replayer<'_>],
    rows: &[(AttackRow, Option<WitnessRow>)],
) -> anyhow::Result<Vec<TriedAttack>> {
    let found: Vec<(&AttackRow, &WitnessRow)> =
        rows.iter().filter_map(|(row, witness)| Some((row, witness.as_ref()?))).collect();
    let width = networks.first().map_or(0, |network| network.exact().input_count());
    let values = found.iter().flat_map(|(_, witness)| witness.input.iter().copied()).collect();
    let inputs = Array2::from_shape_vec((found.len(), width), values)?;
    let labels: Vec<u8> = found.iter().map(|(row, _)| u8::try_from(row.label)).collect::<Result<_, _>>()?;
    let targets: Vec<Target> =
        found.iter().map(|(row, _)| row.target.map_or(Target::Any, Target::Class)).collect();
    let react = |network: &Replayer<'_>| react(network, inputs.view(), &labels, &targets);
    let reactions = networks.iter().map(react).collect::<Result<Vec<_>, _>>()?;
    let mut example = 0..;
    let tried = |(row, witness): &(AttackRow, Option<WitnessRow>)| {
        let example = witness.as_ref().and_then(|_| example.next());
        let reactions = example.map(|example| reactions.iter().map(|all| all[example]).collect());
        TriedAttack { image: row.image, reactions }
    };
    Ok(rows.iter().map(tried).collect())
}

/// Whether each network classifies some images rightly, in f32, as a deployed network computes.
fn right_of(networks: &[Replayer<'_>], dataset: &Dataset, images: &[usize]) -> Vec<(usize, Vec<bool>)> {
    let inputs = dataset.images().select(Axis(0), images);
    let outputs: Vec<Array2<f32>> =
        networks.iter().map(|network| network.single().forward(inputs.view())).collect();
    let right = |(position, image): (usize, &usize)| {
        let label = usize::from(dataset.labels()[*image]);
        (*image, outputs.iter().map(|output| predicted_class(output.row(position)) == label).collect())
    };
    images.iter().enumerate().map(right).collect()
}
