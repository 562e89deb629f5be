//! The distance of the input from a point, as a model's objective.

use ndarray::ArrayView1;
use solver_api::{Column, ColumnId, ModelError};

use super::{EncodeError, Encoding};
use crate::property::Norm;

impl Encoding {
    /// Makes the input's distance from `center` the objective, in units of `unit`, and keeps it between `lower` and
    /// `upper` (both in the input's own units).
    ///
    /// A solver's tolerances are absolute: a unit near the distance makes them relative to it.
    ///
    /// l-infinity: a column `distance` with `|x_i - center_i| <= unit * distance`. l1: the same column as the sum over all
    /// elements, each of which is linear where the box leaves only one direction, and has a column `r_i` at least as
    /// great as both differences else.
    ///
    /// # Errors
    /// [`EncodeError`] for numbers that are not finite, and for l2, which no linear rows express.
    ///
    /// # Panics
    /// Where `center` has not one value an input.
    pub fn minimise_distance(
        &mut self,
        norm: Norm,
        center: ArrayView1<'_, f64>,
        unit: f64,
        (lower, upper): (f64, f64),
    ) -> Result<(), EncodeError> {
        assert_eq!(center.len(), self.inputs.len(), "one value an input");
        let range = ((lower / unit).next_down().max(0.0), (upper / unit).next_up());
        let distance = self.model.add_column(Column::continuous("distance", range.0, range.1))?;
        match norm {
            Norm::L2 => return Err(EncodeError::Distance(norm)),
            Norm::LInf => self.bound_differences(center, unit, lower, distance)?,
            Norm::L1 => self.sum_differences(center, unit, distance)?,
        }
        Ok(self.model.set_objective(0.0, [(distance, 1.0)])?)
    }

    /// `x_i - center_i <= unit * distance` and `center_i - x_i <= unit * distance`, where the box does not imply it.
    fn bound_differences(
        &mut self,
        center: ArrayView1<'_, f64>,
        unit: f64,
        least: f64,
        distance: ColumnId,
    ) -> Result<(), ModelError> {
        for (element, center) in center.iter().enumerate() {
            let column = self.inputs[element];
            let sides = self.input_sides[element];
            let row = |sign: f64| [(column, sign), (distance, -unit)];
            if sides.1 - center > least {
                self.model.add_row(format!("above{element}"), f64::NEG_INFINITY, *center, row(1.0))?;
            }
            if center - sides.0 > least {
                self.model.add_row(format!("below{element}"), f64::NEG_INFINITY, -center, row(-1.0))?;
            }
        }
        Ok(())
    }

    /// `unit * distance >= sum of |x_i - center_i|`.
    fn sum_differences(
        &mut self,
        center: ArrayView1<'_, f64>,
        unit: f64,
        distance: ColumnId,
    ) -> Result<(), ModelError> {
        let mut sum = vec![(distance, unit)];
        let mut constant = 0.0;
        for (element, center) in center.iter().enumerate() {
            let column = self.inputs[element];
            let (lower, upper) = self.input_sides[element];
            if lower >= *center {
                sum.push((column, -1.0));
                constant -= center;
            } else if upper <= *center {
                sum.push((column, 1.0));
                constant += center;
            } else {
                let reach = (upper - center).max(center - lower);
                let difference =
                    self.model.add_column(Column::continuous(format!("r{element}"), 0.0, reach.next_up()))?;
                for (name, sign) in [("above", 1.0), ("below", -1.0)] {
                    let row = [(column, sign), (difference, -1.0)];
                    self.model.add_row(format!("{name}{element}"), f64::NEG_INFINITY, sign * center, row)?;
                }
                sum.push((difference, -1.0));
            }
        }
        self.model.add_row("sum", constant, f64::INFINITY, sum).map(|_| ())
    }
}
