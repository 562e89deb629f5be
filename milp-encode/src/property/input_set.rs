//! Boxes of inputs with linear constraints in addition.

use ndarray::ArrayView1;
use thiserror::Error;

use super::InputBox;

/// The inputs of a box that satisfy linear constraints. May be empty.
#[derive(Clone, Debug, PartialEq)]
pub struct InputSet {
    sides: InputBox,
    constraints: Vec<LinearConstraint>,
}

/// `sum of coefficient * x[element] <= upper`.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearConstraint {
    /// Elements of the input with their coefficients; elements may repeat.
    pub terms: Vec<(usize, f64)>,
    /// What the sum may be at most.
    pub upper: f64,
}

/// Why a constraint does not fit a box of inputs.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum InputSetError {
    /// The constraint speaks of an element that inputs do not have.
    #[error("constraint {constraint} speaks of input {element}, but the box has {sides} sides")]
    Element {
        /// Position of the constraint.
        constraint: usize,
        /// The element that it names.
        element: usize,
        /// How many elements an input has.
        sides: usize,
    },
    /// A number is NaN or infinite.
    #[error("constraint {constraint}: {value} is not finite")]
    NotFinite {
        /// Position of the constraint.
        constraint: usize,
        /// The number.
        value: f64,
    },
}

/// By how much a constraint may be missed, relative to the greater of 1 and its right-hand side: solvers satisfy rows no
/// better.
const ROW_TOLERANCE: f64 = 1e-6;

/// By how much, relative to a number, its nearest `f32` value may differ from it.
const F32_ROUNDOFF: f64 = f32::EPSILON as f64 / 2.0;

impl InputSet {
    /// The inputs of a box that satisfy all constraints.
    ///
    /// # Errors
    /// [`InputSetError`] for an element beyond the box, or a number that is not finite.
    pub fn new(sides: InputBox, constraints: Vec<LinearConstraint>) -> Result<Self, InputSetError> {
        for (constraint, row) in constraints.iter().enumerate() {
            let count = sides.element_count();
            if let Some((element, _)) = row.terms.iter().find(|(element, _)| *element >= count) {
                return Err(InputSetError::Element { constraint, element: *element, sides: count });
            }
            let mut numbers = row.terms.iter().map(|term| term.1).chain([row.upper]);
            if let Some(value) = numbers.find(|value| !value.is_finite()) {
                return Err(InputSetError::NotFinite { constraint, value });
            }
        }
        Ok(Self { sides, constraints })
    }

    /// The box.
    pub fn sides(&self) -> &InputBox {
        &self.sides
    }

    /// What holds in addition.
    pub fn constraints(&self) -> &[LinearConstraint] {
        &self.constraints
    }

    /// Whether a point lies in the box to the last bit, and satisfies every constraint within a tolerance: 1e-6 relative
    /// to the greater of 1 and the right-hand side, as solvers satisfy rows, and what the rounding of the point's
    /// elements to `f32` may have changed.
    pub fn contains(&self, point: ArrayView1<'_, f64>) -> bool {
        let satisfied = |constraint: &LinearConstraint| {
            let (sum, magnitude) = constraint.value(point);
            let tolerance = ROW_TOLERANCE * constraint.upper.abs().max(1.0) + F32_ROUNDOFF * magnitude;
            sum <= constraint.upper + tolerance
        };
        self.sides.contains(point) && self.constraints.iter().all(satisfied)
    }

    /// Whether a point lies in the set without any tolerance; rounding of the sums counts against it.
    pub fn contains_exactly(&self, point: ArrayView1<'_, f64>) -> bool {
        let satisfied = |constraint: &LinearConstraint| {
            let (sum, magnitude) = constraint.value(point);
            #[allow(clippy::cast_precision_loss)]
            let rounding = (constraint.terms.len() + 2) as f64 * f64::EPSILON * magnitude;
            sum + rounding <= constraint.upper
        };
        self.sides.contains(point) && self.constraints.iter().all(satisfied)
    }
}

impl From<InputBox> for InputSet {
    fn from(sides: InputBox) -> Self {
        Self { sides, constraints: Vec::new() }
    }
}

impl LinearConstraint {
    /// The sum at a point, and the sum of its terms' absolute values.
    fn value(&self, point: ArrayView1<'_, f64>) -> (f64, f64) {
        let products = self.terms.iter().map(|(element, coefficient)| coefficient * point[*element]);
        products.fold((0.0, 0.0), |(sum, magnitude), product| (sum + product, magnitude + product.abs()))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn unit_square() -> InputBox {
        InputBox::new(array![0.0, 0.0], array![1.0, 1.0]).unwrap()
    }

    #[test]
    fn constraints_hold_within_the_tolerance_or_without_it() {
        let constraint = LinearConstraint { terms: vec![(0, 1.0), (1, 1.0)], upper: 1.0 };
        let set = InputSet::new(unit_square(), vec![constraint]).unwrap();
        for (point, within, exactly) in [
            (array![0.25, 0.5], true, true),
            (array![0.5, 0.5 + 5e-7], true, false),
            (array![0.5, 0.5 + 2e-6], false, false),
            (array![0.5, 0.5], true, false),
            (array![-1e-9, 0.5], false, false),
        ] {
            assert_eq!(set.contains(point.view()), within, "{point}");
            assert_eq!(set.contains_exactly(point.view()), exactly, "{point}");
        }
        assert!(InputSet::from(unit_square()).contains_exactly(array![1.0, 1.0].view()));
    }

    #[test]
    fn constraints_that_do_not_fit_are_rejected() {
        let set = |terms: &[(usize, f64)], upper| {
            InputSet::new(unit_square(), vec![LinearConstraint { terms: terms.to_vec(), upper }])
        };
        assert_eq!(
            set(&[(0, 1.0), (2, 1.0)], 0.0),
            Err(InputSetError::Element { constraint: 0, element: 2, sides: 2 })
        );
        assert!(matches!(set(&[(0, f64::NAN)], 0.0), Err(InputSetError::NotFinite { constraint: 0, .. })));
        assert!(matches!(set(&[(0, 1.0)], f64::INFINITY), Err(InputSetError::NotFinite { .. })));
    }
}
