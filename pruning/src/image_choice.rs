use nn_core::{Network, predicted_class};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::cross_entropy::log_sum_exp;
use crate::{SampleError, Samples};

/// Which images of a class come first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Preference {
    /// Those whose label has the least probability, though still the greatest of all classes: the published choice.
    #[default]
    LeastConfident,
    /// Those whose label has the greatest probability.
    MostConfident,
    /// Any, as the seed decides.
    Random(u64),
}

/// The positions of so many images of each class, class after class, the preferred ones first.
///
/// Only images that the network classifies rightly are chosen; a class with fewer of them gives all it has. Of equally
/// preferred images the first is taken.
///
/// # Errors
/// [`SampleError`] where the samples do not fit the network.
pub fn choose_images(
    network: &Network<f64>,
    samples: Samples<'_>,
    per_class: usize,
    preference: Preference,
) -> Result<Vec<usize>, SampleError> {
    /// Enough for efficient products.
    const CHUNK: usize = 512;

    samples.check(network)?;
    // (label, its probability, position) of what is classified rightly.
    let mut right: Vec<(usize, f64, usize)> = Vec::new();
    for first in (0..samples.len()).step_by(CHUNK) {
        let last = samples.len().min(first + CHUNK);
        let logits = network.forward(samples.inputs.slice(ndarray::s![first..last, ..]));
        for (offset, logits) in logits.rows().into_iter().enumerate() {
            let label = usize::from(samples.labels[first + offset]);
            if predicted_class(logits) == label {
                right.push((label, log_sum_exp(logits).1[label], first + offset));
            }
        }
    }
    match preference {
        Preference::LeastConfident => right.sort_by(|a, b| a.1.total_cmp(&b.1)),
        Preference::MostConfident => right.sort_by(|a, b| b.1.total_cmp(&a.1)),
        Preference::Random(seed) => right.shuffle(&mut ChaCha8Rng::seed_from_u64(seed)),
    }
    let of_class = |class: usize| {
        let own = right.iter().filter(move |(label, _, _)| *label == class);
        own.map(|(_, _, position)| *position).take(per_class)
    };
    Ok((0..network.output_count()).flat_map(of_class).collect())
}
