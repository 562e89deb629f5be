//! What is left of a network's accuracy when its images are attacked.

use std::fmt;
use std::str::FromStr;
use std::time::Instant;

use anyhow::Context;
use attacks::empirical::ThreatModel;
use clap::ValueEnum;
use milp_encode::{MarginGoal, Replayer};
use ndarray::{ArrayView1, Axis};
use nn_core::predicted_class;
use solver_api::Cancellation;

use crate::data::Dataset;
use crate::search::{
    LossName, Question, SearchName, SearchRun, SearchSettings, in_order, pieces, value_name,
};

/// A search by its name, with a loss of its own where one is given: `pgd`, `apgd:dlr`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct UnderName {
    pub(super) search: SearchName,
    pub(super) loss: Option<LossName>,
}

/// What became of the images of a data set.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Attacked {
    /// For every image that was asked for, in order.
    pub(super) fates: Vec<Fate>,
    /// For every search, gradients or queries that it spent on all images.
    pub(super) image_steps: Vec<usize>,
    /// Wall time of everything.
    pub(super) seconds: f64,
}

/// What became of one image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// The network is wrong without any attack.
    Wrong,
    /// The search at this position was the first to find an adversarial example.
    Fooled(usize),
    /// No search found one.
    Robust,
}

/// Attacks all images that a network classifies rightly by one search after the other, each on what the ones before it
/// left; `None` where that was cancelled.
pub(super) fn attack_all(
    (networks, dataset): (&Replayer<'_>, &Dataset),
    images: &[usize],
    (searches, threat): (&[SearchSettings], ThreatModel),
    threads: usize,
    cancellation: &Cancellation,
    on_images: impl Fn(usize),
) -> anyhow::Result<Option<Attacked>> {
    // Whether there is an example is all that counts: an image is done with the first.
    let attacks: Vec<_> = searches.iter().map(|search| search.attack(MarginGoal::Sign)).collect();
    let runs: Vec<SearchRun<'_>> = attacks
        .iter()
        .zip(searches)
        .map(|(attack, SearchSettings { seed, .. })| SearchRun {
            networks,
            dataset,
            attack: attack.as_ref(),
            threat,
            seed: *seed,
            cancellation,
        })
        .collect();
    let pieces = pieces(images);
    let started = Instant::now();
    let mut all = Attacked { image_steps: vec![0; searches.len()], ..Attacked::default() };
    in_order(
        pieces.len(),
        threads,
        cancellation,
        |piece| attack_piece(&runs, pieces[piece]),
        |piece| {
            on_images(piece.fates.len());
            all.fates.extend(piece.fates);
            all.image_steps.iter_mut().zip(piece.image_steps).for_each(|(sum, steps)| *sum += steps);
            Ok(())
        },
    )?;
    all.seconds = started.elapsed().as_secs_f64();
    Ok((all.fates.len() == images.len()).then_some(all))
}

fn attack_piece(runs: &[SearchRun<'_>], images: &[usize]) -> anyhow::Result<Attacked> {
    let SearchRun { networks, dataset, .. } = runs.first().context("there is a search")?;
    let outputs = networks.single().forward(dataset.images().select(Axis(0), images).view());
    let is_right = |(image, output): (&usize, ArrayView1<'_, f32>)| {
        predicted_class(output) == usize::from(dataset.labels()[*image])
    };
    let fate = |right| if right { Fate::Robust } else { Fate::Wrong };
    let mut fates: Vec<Fate> = images.iter().zip(outputs.rows()).map(is_right).map(fate).collect();
    let mut image_steps = Vec::with_capacity(runs.len());
    for (position, run) in runs.iter().enumerate() {
        let left: Vec<usize> = (0..images.len()).filter(|image| fates[*image] == Fate::Robust).collect();
        let questions: Vec<Question> =
            left.iter().map(|image| Question { image: images[*image], target: None }).collect();
        let answers = run.answers(&questions)?;
        image_steps.push(answers.iter().map(|answer| answer.iterations).sum());
        for (image, _) in left.iter().zip(&answers).filter(|(_, answer)| answer.is_adversarial()) {
            fates[*image] = Fate::Fooled(position);
        }
    }
    Ok(Attacked { fates, image_steps, seconds: 0.0 })
}

impl FromStr for UnderName {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let (search, loss) = text.split_once(':').map_or((text, None), |(search, loss)| (search, Some(loss)));
        let loss = loss.map(named::<LossName>).transpose()?;
        Ok(Self { search: named(search)?, loss })
    }
}

impl fmt::Display for UnderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(value_name(self.search).as_str())?;
        self.loss.map_or(Ok(()), |loss| write!(f, ":{}", value_name(loss)))
    }
}

fn named<T: ValueEnum>(text: &str) -> anyhow::Result<T> {
    let names =
        || T::value_variants().iter().map(|value| value_name(value.clone())).collect::<Vec<_>>().join(", ");
    T::from_str(text, false).map_err(|_| anyhow::anyhow!("`{text}` is none of {}", names()))
}
