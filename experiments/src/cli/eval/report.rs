//! What an evaluation says, as JSON and as text.

use serde::Serialize;
use training::ClassCount;

use super::under::{Attacked, Fate};
use crate::cli::output;
use crate::search::SearchSettings;

/// Accuracy, and what is left of it under attack.
#[derive(Serialize)]
pub(super) struct Evaluation {
    network: String,
    data: String,
    images: usize,
    correct: usize,
    accuracy: f64,
    classes: Vec<ClassEvaluation>,
    #[serde(flatten)]
    robustness: Option<Robustness>,
}

#[derive(Serialize)]
struct ClassEvaluation {
    class: usize,
    images: usize,
    correct: usize,
    accuracy: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    robust: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    robust_accuracy: Option<f64>,
}

/// Accuracy under attack.
#[derive(Serialize)]
struct Robustness {
    epsilon: f64,
    norm: &'static str,
    clip: bool,
    /// Images that are classified rightly and for which no search found an adversarial example.
    robust: usize,
    robust_accuracy: f64,
    under: Vec<SearchEvaluation>,
    /// Wall time of all searches.
    seconds: f64,
    /// Gradients or queries, of all images and searches.
    image_steps: usize,
    image_steps_per_second: f64,
}

#[derive(Serialize)]
struct SearchEvaluation {
    #[serde(flatten)]
    settings: SearchSettings,
    /// Images that this search was the first to fool.
    fooled: usize,
    image_steps: usize,
}

/// One attack on all images, and how it was asked for.
pub(super) struct UnderAttack<'a> {
    pub(super) epsilon: f64,
    pub(super) norm: &'static str,
    pub(super) clip: bool,
    pub(super) searches: &'a [SearchSettings],
    pub(super) attacked: &'a Attacked,
}

impl Evaluation {
    pub(super) fn new(
        network: String,
        data: &str,
        counts: &[ClassCount],
        labels: &[u8],
        under: Option<&UnderAttack<'_>>,
    ) -> Self {
        let robust_of = |class: usize| {
            under.map(|under| {
                let own = labels
                    .iter()
                    .zip(&under.attacked.fates)
                    .filter(|(label, _)| usize::from(**label) == class);
                own.filter(|(_, fate)| **fate == Fate::Robust).count()
            })
        };
        let classes = counts.iter().enumerate().map(|(class, count)| {
            let robust = robust_of(class);
            ClassEvaluation {
                class,
                images: count.total,
                correct: count.correct,
                accuracy: count.accuracy(),
                robust,
                robust_accuracy: robust.filter(|_| count.total > 0).map(|robust| share(robust, count.total)),
            }
        });
        let images = counts.iter().map(|count| count.total).sum();
        let correct = counts.iter().map(|count| count.correct).sum();
        Self {
            network,
            data: data.to_owned(),
            images,
            correct,
            accuracy: share(correct, images),
            classes: classes.collect(),
            robustness: under.map(Robustness::new),
        }
    }

    pub(super) fn print(&self) -> anyhow::Result<()> {
        let mut header = vec!["class", "images", "correct", "accuracy"];
        if self.robustness.is_some() {
            header.extend(["robust", "robust accuracy"]);
        }
        let rows = self.classes.iter().map(|class| {
            let counts = [class.class, class.images, class.correct].map(|count| count.to_string());
            let clean = counts.into_iter().chain([percent(class.accuracy)]);
            let robust = class.robust.map(|robust| [robust.to_string(), percent(class.robust_accuracy)]);
            clean.chain(robust.into_iter().flatten()).collect()
        });
        output::line(output::table(&header, 1, rows))?;
        output::line(format_args!(
            "accuracy on {}: {} ({} of {})",
            self.data,
            percent(Some(self.accuracy)),
            self.correct,
            self.images
        ))?;
        self.robustness.as_ref().map_or(Ok(()), |robustness| robustness.print(self.images))
    }
}

impl Robustness {
    fn new(under: &UnderAttack<'_>) -> Self {
        let UnderAttack { epsilon, norm, clip, searches, attacked } = *under;
        let count = |fate: Fate| attacked.fates.iter().filter(|other| **other == fate).count();
        let steps = searches.iter().zip(&attacked.image_steps).enumerate();
        let searches = steps.map(|(position, (search, image_steps))| SearchEvaluation {
            settings: search.clone(),
            fooled: count(Fate::Fooled(position)),
            image_steps: *image_steps,
        });
        let robust = count(Fate::Robust);
        let image_steps = attacked.image_steps.iter().sum();
        Self {
            epsilon,
            norm,
            clip,
            robust,
            robust_accuracy: share(robust, attacked.fates.len()),
            under: searches.collect(),
            seconds: attacked.seconds,
            image_steps,
            image_steps_per_second: image_steps as f64 / attacked.seconds.max(f64::MIN_POSITIVE),
        }
    }

    fn print(&self, images: usize) -> anyhow::Result<()> {
        output::line(format_args!(
            "under attack at epsilon {} ({}): {} ({} of {images})",
            self.epsilon,
            self.norm,
            percent(Some(self.robust_accuracy)),
            self.robust,
        ))?;
        for search in &self.under {
            let name = search.settings.to_string();
            output::line(format_args!(
                "  {name} fooled {}, with {} image steps",
                search.fooled, search.image_steps
            ))?;
        }
        output::line(format_args!(
            "  {:.2} s, {:.0} image steps a second",
            self.seconds, self.image_steps_per_second
        ))
    }
}

fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), |share| format!("{:.2} %", share * 100.0))
}
