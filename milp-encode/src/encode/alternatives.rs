//! Several functions of the outputs: of which one counts, chosen by binaries, or all together.

use solver_api::{Column, ColumnId, ModelError};

use super::Encoding;
use crate::property::{LinearConstraint, LinearFunction};

impl Encoding {
    /// Requires a constraint on the input, in addition to the box.
    ///
    /// # Errors
    /// [`ModelError`] for numbers that are not finite.
    ///
    /// # Panics
    /// Where the constraint speaks of an element that inputs do not have.
    pub fn require_input(&mut self, name: &str, constraint: &LinearConstraint) -> Result<(), ModelError> {
        let terms = constraint.terms.iter().map(|(element, c)| (self.inputs[*element], *c));
        self.model.add_row(name, f64::NEG_INFINITY, constraint.upper, terms).map(|_| ())
    }

    /// Makes the least of several functions of the outputs the model's objective, which is minimised.
    ///
    /// With `ranges` `[l_j, u_j]` that hold over the box, a column `least` and a binary `c_j` for each function:
    /// `least >= f_j - (u_j - l) (1 - c_j)`, `least >= sum of l_j c_j`, and exactly one `c_j` is 1; `l` is the least of the
    /// `l_j`. In a solution `least` may be less than the chosen function's value only where it is not minimised.
    ///
    /// # Errors
    /// [`ModelError`] where the functions or ranges hold numbers that are not finite.
    ///
    /// # Panics
    /// Where there is no function, or not one range a function.
    pub fn set_least_objective(
        &mut self,
        functions: &[LinearFunction],
        ranges: &[(f64, f64)],
    ) -> Result<(), ModelError> {
        assert_eq!(functions.len(), ranges.len(), "one range a function");
        let least_of = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::INFINITY, f64::min);
        let lower = least_of(&mut ranges.iter().map(|range| range.0));
        let upper = least_of(&mut ranges.iter().map(|range| range.1));
        let least = self.model.add_column(Column::continuous("least", lower, upper))?;
        let choices = self.add_choice(functions.len())?;
        for (position, (function, (_, upper))) in functions.iter().zip(ranges).enumerate() {
            let (offset, terms) = self.objective(function);
            let big_m = (upper - lower).next_up().max(0.0);
            let row = terms.into_iter().map(|(column, c)| (column, -c));
            let row = row.chain([(least, 1.0), (choices[position], -big_m)]);
            self.model.add_row(format!("reaches{position}"), offset - big_m, f64::INFINITY, row)?;
        }
        let floor = choices.iter().zip(ranges).map(|(choice, (l, _))| (*choice, -l)).chain([(least, 1.0)]);
        self.model.add_row("floor", 0.0, f64::INFINITY, floor)?;
        self.model.set_objective(0.0, [(least, 1.0)])
    }

    /// Makes the greatest of several functions of the outputs the model's objective, which is minimised.
    ///
    /// A column `greatest` within `range`, which must hold the greatest function's values over the box, is at least every
    /// function; no binary is needed.
    ///
    /// # Errors
    /// [`ModelError`] where the functions or the range hold numbers that are not finite.
    pub fn set_greatest_objective(
        &mut self,
        functions: &[LinearFunction],
        range: (f64, f64),
    ) -> Result<(), ModelError> {
        let greatest = self.model.add_column(Column::continuous("greatest", range.0, range.1))?;
        for (position, function) in functions.iter().enumerate() {
            let (offset, terms) = self.objective(function);
            let row = terms.into_iter().map(|(column, c)| (column, -c)).chain([(greatest, 1.0)]);
            self.model.add_row(format!("exceeds{position}"), offset, f64::INFINITY, row)?;
        }
        self.model.set_objective(0.0, [(greatest, 1.0)])
    }

    /// Requires one of several functions of the outputs, which over the box are at most `upper`, to be at most 0.
    ///
    /// # Errors
    /// [`ModelError`] where the functions or bounds hold numbers that are not finite.
    ///
    /// # Panics
    /// Where there is no function, or not one bound a function.
    pub fn require_any(&mut self, functions: &[LinearFunction], upper: &[f64]) -> Result<(), ModelError> {
        assert_eq!(functions.len(), upper.len(), "one bound a function");
        if let [only] = functions {
            return self.require("any", only);
        }
        let choices = self.add_choice(functions.len())?;
        for (position, (function, upper)) in functions.iter().zip(upper).enumerate() {
            let (offset, mut terms) = self.objective(function);
            let big_m = upper.next_up().max(0.0);
            terms.push((choices[position], big_m));
            self.model.add_row(
                format!("any{position}"),
                f64::NEG_INFINITY,
                (big_m - offset).next_up(),
                terms,
            )?;
        }
        Ok(())
    }

    /// Binaries of which exactly one is 1.
    fn add_choice(&mut self, count: usize) -> Result<Vec<ColumnId>, ModelError> {
        assert!(count > 0, "there is something to choose");
        let column = |position: usize| Column::binary(format!("c{position}"));
        let choices: Vec<ColumnId> =
            (0..count).map(|position| self.model.add_column(column(position))).collect::<Result<_, _>>()?;
        self.model.add_row("choice", 1.0, 1.0, choices.iter().map(|choice| (*choice, 1.0)))?;
        Ok(choices)
    }
}
