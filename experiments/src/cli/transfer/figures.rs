//! What the attacks come to: one record a network, a pair, and a test.

use std::collections::{BTreeMap, BTreeSet};

use attacks::{TransferCounts, TriedAttack, count_transfer};
use serde::Serialize;
use solver_api::Cancellation;

use super::examples::{Network, Source, Tried};
use crate::search::in_order;
use crate::settings::MethodName;
use crate::statistics::{Interval, bootstrap, mcnemar};

/// All figures for attacks of one radius.
#[derive(Debug)]
pub(super) struct Figures {
    pub(super) epsilon: Option<f64>,
    pub(super) networks: Vec<NetworkFigures>,
    /// Source by source, in the order of the networks.
    pub(super) pairs: Vec<PairFigures>,
    pub(super) tests: Vec<TestFigures>,
}

/// A network on the unchanged images.
#[derive(Debug, Serialize)]
pub(super) struct NetworkFigures {
    pub(super) network: String,
    pub(super) sha256: String,
    pub(super) epsilon: Option<f64>,
    pub(super) images: usize,
    pub(super) correct: usize,
    pub(super) misclassified: usize,
}

/// The attacks on a source on another network, or on the source itself.
#[derive(Debug, Serialize)]
pub(super) struct PairFigures {
    pub(super) source: String,
    pub(super) on: String,
    pub(super) epsilon: Option<f64>,
    pub(super) norm: String,
    pub(super) method: MethodName,
    pub(super) images: usize,
    #[serde(flatten)]
    pub(super) counts: CountFigures,
    /// `fooling / attacks`.
    pub(super) of_attacks: Interval,
    /// `fooling / found`.
    pub(super) of_found: Interval,
    /// `fooling_where_both_right / found_where_both_right`.
    pub(super) of_found_where_both_right: Interval,
    /// `reaching_target / found`.
    pub(super) target_of_found: Interval,
}

/// [`TransferCounts`], as rows name them.
#[derive(Debug, Serialize)]
pub(super) struct CountFigures {
    attacks: usize,
    found: usize,
    pub(super) fooling: usize,
    pub(super) reaching_target: usize,
    found_where_both_right: usize,
    fooling_where_both_right: usize,
}

/// Whether attacks succeed equally often on two networks.
#[derive(Debug, Serialize)]
pub(super) struct TestFigures {
    pub(super) first: String,
    pub(super) second: String,
    pub(super) epsilon: Option<f64>,
    /// Those that both were attacked on.
    pub(super) images: usize,
    /// Images for which an example was found on the first network alone.
    pub(super) only_first: u64,
    pub(super) only_second: u64,
    pub(super) p_value: f64,
}

/// The figures for each radius, in the order in which it first occurs; `None` where resampling, in so many threads,
/// was cancelled.
pub(super) fn figures(
    (networks, sources): (&[Network], &[Source]),
    tried: &Tried,
    threads: usize,
    cancellation: &Cancellation,
) -> anyhow::Result<Option<Vec<Figures>>> {
    let mut radii: Vec<Option<f64>> = Vec::new();
    for (row, _) in sources.iter().flat_map(|source| &source.rows) {
        if !radii.contains(&row.epsilon) {
            radii.push(row.epsilon);
        }
    }
    let of_radius = |epsilon| of_radius(epsilon, (networks, sources), tried, (threads, cancellation));
    radii.into_iter().map(of_radius).collect()
}

fn of_radius(
    epsilon: Option<f64>,
    (networks, sources): (&[Network], &[Source]),
    tried: &Tried,
    (threads, cancellation): (usize, &Cancellation),
) -> anyhow::Result<Option<Figures>> {
    let attacks: Vec<Vec<TriedAttack>> = sources
        .iter()
        .zip(&tried.attacks)
        .map(|(source, attacks)| {
            let of_radius = source.rows.iter().zip(attacks).filter(|((row, _), _)| row.epsilon == epsilon);
            of_radius.map(|(_, attack)| attack.clone()).collect()
        })
        .collect();
    let attacked: BTreeSet<usize> = attacks.iter().flatten().map(|attack| attack.image).collect();
    let network = |(position, network): (usize, &Network)| {
        let right: Vec<bool> = attacked.iter().map(|image| tried.right[image][position]).collect();
        let correct = right.iter().filter(|right| **right).count();
        NetworkFigures {
            network: network.name.clone(),
            sha256: network.file.sha256.clone(),
            epsilon,
            images: right.len(),
            correct,
            misclassified: right.len() - correct,
        }
    };
    let count = sources.len() * networks.len();
    let work = |position: usize| {
        let (source, other) = (position / networks.len(), position % networks.len());
        Ok(pair(epsilon, networks, (&sources[source], &attacks[source]), other, &tried.right))
    };
    let mut pairs = Vec::with_capacity(count);
    in_order(count, threads, cancellation, work, |pair| {
        pairs.push(pair);
        Ok(())
    })?;
    if pairs.len() < count {
        return Ok(None);
    }
    let mut tests = Vec::new();
    for (position, (first, first_attacks)) in sources.iter().zip(&attacks).enumerate() {
        for (second, second_attacks) in sources.iter().zip(&attacks).skip(position + 1) {
            let names = [first, second].map(|source| networks[source.network].name.clone());
            tests.push(test(epsilon, names, &successes(first_attacks), &successes(second_attacks)));
        }
    }
    let networks = networks.iter().enumerate().map(network).collect();
    Ok(Some(Figures { epsilon, networks, pairs, tests }))
}

fn pair(
    epsilon: Option<f64>,
    networks: &[Network],
    (source, attacks): (&Source, &[TriedAttack]),
    other: usize,
    right: &BTreeMap<usize, Vec<bool>>,
) -> PairFigures {
    let both_right = |image: usize| right[&image][source.network] && right[&image][other];
    let counts = count_transfer(attacks, other, both_right);
    let images: Vec<TransferCounts> = counts.into_values().collect();
    let total = |counts: &[&TransferCounts]| {
        let mut total = TransferCounts::default();
        counts.iter().for_each(|counts| total += **counts);
        total
    };
    let [of_attacks, of_found, of_found_where_both_right, target_of_found] = bootstrap(&images, |sample| {
        let total = total(sample);
        [total.of_attacks(), total.of_found(), total.of_found_where_both_right(), total.target_of_found()]
    });
    let total = total(&images.iter().collect::<Vec<_>>());
    PairFigures {
        source: networks[source.network].name.clone(),
        on: networks[other].name.clone(),
        epsilon,
        norm: source.norm.clone(),
        method: source.method,
        images: images.len(),
        counts: CountFigures {
            attacks: total.attacks,
            found: total.found,
            fooling: total.fooling,
            reaching_target: total.reaching_target,
            found_where_both_right: total.found_where_both_right,
            fooling_where_both_right: total.fooling_where_both_right,
        },
        of_attacks,
        of_found,
        of_found_where_both_right,
        target_of_found,
    }
}

/// For every image, whether any attack on it found an example.
fn successes(attacks: &[TriedAttack]) -> BTreeMap<usize, bool> {
    let mut images = BTreeMap::new();
    for attack in attacks {
        *images.entry(attack.image).or_default() |= attack.reactions.is_some();
    }
    images
}

fn test(
    epsilon: Option<f64>,
    [first, second]: [String; 2],
    of_first: &BTreeMap<usize, bool>,
    of_second: &BTreeMap<usize, bool>,
) -> TestFigures {
    let pairs: Vec<(bool, bool)> =
        of_first.iter().filter_map(|(image, found)| Some((*found, *of_second.get(image)?))).collect();
    let answer = mcnemar(pairs.iter().copied());
    TestFigures {
        first,
        second,
        epsilon,
        images: pairs.len(),
        only_first: answer.only_first,
        only_second: answer.only_second,
        p_value: answer.p_value,
    }
}
