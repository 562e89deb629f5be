use attacks::Target;
use attacks::empirical::{AttackBatch, EmpiricalAnswer, EmpiricalAttack, ThreatModel};
use milp_encode::Replayer;
use ndarray::Axis;
use solver_api::{Budget, Cancellation};

use crate::data::Dataset;

/// How many questions are searched side by side.
///
/// Sums depend on their order in the last bit, and so do, rarely, answers; pieces are therefore the same for every number of
/// threads, and a piece that an interruption left incomplete is done again as a whole.
const PIECE: usize = 256;

/// One image of a data set and the class to aim at, or any other than the label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) image: usize,
    pub(crate) target: Option<usize>,
}

/// A search on a network and a data set.
#[derive(Clone, Copy)]
pub(crate) struct SearchRun<'a> {
    pub(crate) networks: &'a Replayer<'a>,
    pub(crate) dataset: &'a Dataset,
    pub(crate) attack: &'a dyn EmpiricalAttack,
    pub(crate) threat: ThreatModel,
    pub(crate) seed: u64,
    pub(crate) cancellation: &'a Cancellation,
}

impl SearchRun<'_> {
    /// Searches one piece, side by side; one answer a question.
    pub(crate) fn answers(&self, questions: &[Question]) -> anyhow::Result<Vec<EmpiricalAnswer>> {
        let images: Vec<usize> = questions.iter().map(|question| question.image).collect();
        let labels: Vec<u8> = images.iter().map(|image| self.dataset.labels()[*image]).collect();
        let target = |question: &Question| question.target.map_or(Target::Any, Target::Class);
        let targets: Vec<Target> = questions.iter().map(target).collect();
        let streams: Vec<u64> = questions.iter().map(Question::stream).collect();
        let inputs = self.dataset.images().select(Axis(0), &images);
        let batch =
            AttackBatch { inputs: inputs.view(), labels: &labels, targets: &targets, streams: &streams };
        let budget = Budget::unlimited().with_cancellation(self.cancellation.clone());
        Ok(self.attack.run(self.networks, &batch, &self.threat, self.seed, &budget)?)
    }
}

impl Question {
    /// The question's own random numbers, wherever it stands in a run.
    fn stream(&self) -> u64 {
        (self.image as u64) << 16 | self.target.map_or(0, |class| class as u64 + 1)
    }
}

/// Cuts what is asked into pieces that are searched side by side.
pub(crate) fn pieces<Q>(questions: &[Q]) -> Vec<&[Q]> {
    questions.chunks(PIECE).collect()
}
