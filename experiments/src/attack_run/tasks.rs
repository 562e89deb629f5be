use std::collections::HashSet;

use anyhow::bail;
use attacks::{Target, Targets};
use solver_api::Cancellation;

use super::pool::run_tasks;
use super::search::run_searches;
use super::{AttackJob, AttackKey, Engine, Event, ImageTask};
use crate::data::{Dataset, ImageRange};
use crate::network_file::NetworkFile;

/// One task for every radius and image, in this order; a distortion that is minimised may have no radius.
///
/// # Errors
/// Where images or classes are not in the data set.
pub(crate) fn tasks(
    dataset: &Dataset,
    images: ImageRange,
    targets: &Targets,
    radii: &[Option<f64>],
) -> anyhow::Result<Vec<ImageTask>> {
    if let Targets::Classes(classes) = targets
        && let Some(class) = classes.iter().find(|class| **class >= dataset.classes())
    {
        bail!("target {class} is not a class: {} has classes 0 to {}", dataset.name(), dataset.classes() - 1);
    }
    let images = images.indices(dataset)?;
    let class = |target: Target| match target {
        Target::Class(class) => Some(class),
        Target::Any => None,
    };
    let task = |(epsilon, image): (Option<f64>, usize)| {
        let label = usize::from(dataset.labels()[image]);
        let targets = targets.against(label, dataset.classes());
        ImageTask { image, epsilon, targets: targets.into_iter().map(class).collect() }
    };
    let pairs = radii.iter().flat_map(|epsilon| images.clone().map(move |image| (*epsilon, image)));
    Ok(pairs.map(task).collect())
}

/// The attacks of some tasks, in order.
pub(crate) fn keys(tasks: &[ImageTask]) -> Vec<AttackKey> {
    let of_task = |task: &ImageTask| {
        let (image, epsilon) = (task.image, task.epsilon);
        task.targets.clone().into_iter().map(move |target| AttackKey::new(image, target, epsilon))
    };
    tasks.iter().flat_map(of_task).collect()
}

/// Attacks what is not settled, by the job's engine, and reports every result as it arrives: exact attacks run in
/// processes, searches on threads, so many at a time.
///
/// # Errors
/// Where the job cannot be done, or `on_event` fails.
pub(crate) fn run_attacks(
    job: &AttackJob,
    (file, dataset): (&NetworkFile, &Dataset),
    (tasks, settled): (Vec<ImageTask>, &HashSet<AttackKey>),
    workers: usize,
    cancellation: &Cancellation,
    on_event: impl FnMut(Event) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    match &job.engine {
        Engine::Exact(_) | Engine::BranchAndBound(_) => {
            run_tasks(job, without(tasks, settled), workers, cancellation, on_event)
        }
        Engine::Search(search) => {
            let questions = (&*keys(&tasks), settled);
            run_searches((job, search), (file, dataset), questions, workers, cancellation, on_event)
        }
    }
}

/// The tasks without the attacks that need not be done.
fn without(tasks: Vec<ImageTask>, settled: &HashSet<AttackKey>) -> Vec<ImageTask> {
    let open = |mut task: ImageTask| {
        task.targets.retain(|target| !settled.contains(&AttackKey::new(task.image, *target, task.epsilon)));
        (!task.targets.is_empty()).then_some(task)
    };
    tasks.into_iter().filter_map(open).collect()
}
