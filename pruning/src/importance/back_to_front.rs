use std::time::Duration;

use solver_api::{Budget, ModelError, Options, Solver};

use super::{Importance, ImportanceError, ImportanceModel, Round};
use crate::{HiddenLayer, LayerScores};

impl ImportanceModel {
    /// Solves the program one layer at a time, the last first: earlier layers keep scores of 1, later ones those that they were
    /// given, which is the published code's `-bll`. Each layer gets the time limit for itself.
    ///
    /// A small program for each layer instead of one for all, and a point of the whole one: what is proven is proven for the last
    /// layer that was solved, with the others as they are. There is one answer a layer in the order of solving; the last one's
    /// scores are those of all layers. A layer whose budget ended first keeps its scores of 1 where nothing
    /// better was found.
    ///
    /// # Errors
    /// As [`ImportanceModel::solve`].
    pub fn solve_back_to_front(
        &self,
        solver: &dyn Solver,
        options: &Options,
        (budget, time_limit): (&Budget, Option<Duration>),
        on_round: &mut dyn FnMut(usize, Round),
    ) -> Result<Vec<Importance>, ImportanceError> {
        let ones = |(layer, columns): &(HiddenLayer, Vec<_>)| {
            LayerScores::new(layer.layer, vec![1.0; columns.len()]).expect("1 is a score")
        };
        let mut scores: Vec<LayerScores> = self.layers.iter().map(ones).collect();
        let mut found: Vec<Importance> = Vec::with_capacity(self.layers.len());
        for open in (0..self.layers.len()).rev() {
            let block = self.with_fixed_scores(&scores, open)?;
            let budget = time_limit.map_or_else(|| budget.clone(), |limit| budget.limited_to(limit));
            let importance = block.solve(solver, options, &budget, &mut |round| on_round(open, round))?;
            scores[open] = importance.scores[open].clone();
            found.push(importance);
        }
        Ok(found)
    }

    /// The program with the scores of all layers but one fixed.
    fn with_fixed_scores(&self, scores: &[LayerScores], open: usize) -> Result<Self, ModelError> {
        let mut block = self.clone();
        for (position, (_, columns)) in self.layers.iter().enumerate().filter(|(layer, _)| *layer != open) {
            for (column, score) in columns.iter().zip(scores[position].scores()) {
                // A score that a solver found may miss its column's bounds by its tolerance.
                let known = self.model.column(*column);
                let score = score.clamp(known.lower, known.upper);
                block.model.set_bounds(*column, score, score)?;
            }
        }
        Ok(block)
    }
}
