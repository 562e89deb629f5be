//! Exact answers of tiny models: enumeration of vertices in rational arithmetic.

use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};

use crate::{ColumnId, ColumnKind, Indicator, Model};

/// What is known of a model, without any solver.
#[derive(Clone, Debug, PartialEq)]
pub enum ExactAnswer {
    /// The least objective.
    Minimum(ExactNumber),
    /// No point satisfies the model.
    Infeasible,
    /// There are points, and the objective falls without limit.
    Unbounded,
}

/// A rational number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExactNumber(BigRational);

impl ExactNumber {
    /// The nearest `f64`.
    pub fn nearest(&self) -> f64 {
        self.0.to_f64().expect("rationals of this size have a nearest f64")
    }

    /// Numerator and denominator in lowest terms, such as `-17/6`; the numerator alone for whole numbers.
    pub fn text(&self) -> String {
        self.0.to_string()
    }
}

impl ExactAnswer {
    /// The answer of a model that is the union of two others.
    fn best_of(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unbounded, _) | (_, Self::Unbounded) => Self::Unbounded,
            (Self::Minimum(a), Self::Minimum(b)) => Self::Minimum(a.min(b)),
            (Self::Infeasible, answer) | (answer, Self::Infeasible) => answer,
        }
    }
}

impl From<BigRational> for ExactNumber {
    fn from(value: BigRational) -> Self {
        Self(value)
    }
}

/// The points with `normal · x >= least`.
#[derive(Clone, Debug)]
pub(super) struct HalfSpace {
    pub(super) normal: Vec<BigRational>,
    pub(super) least: BigRational,
}

/// The number that an `f64` is, exactly.
pub(super) fn rational(value: f64) -> BigRational {
    BigRational::from_float(value).expect("a finite number")
}

/// The product of two vectors.
pub(super) fn dot(a: &[BigRational], b: &[BigRational]) -> BigRational {
    a.iter().zip(b).fold(BigRational::zero(), |sum, (a, b)| sum + a * b)
}

/// The least of `cost · x` at the vertices of an intersection of half-spaces; `None` where it has no vertex.
///
/// An intersection that contains no line has a vertex unless it is empty.
pub(super) fn least_at_vertices(cost: &[BigRational], half_spaces: &[HalfSpace]) -> Option<BigRational> {
    let mut least: Option<BigRational> = None;
    for_each_choice(half_spaces.len(), cost.len(), &mut |chosen| {
        let Some(vertex) = intersection(half_spaces, chosen, cost.len()) else { return };
        if half_spaces.iter().all(|half_space| dot(&half_space.normal, &vertex) >= half_space.least) {
            let value = dot(cost, &vertex);
            if least.as_ref().is_none_or(|least| value < *least) {
                least = Some(value);
            }
        }
    });
    least
}

/// The answer of a model with few columns, whose integer ones are bounded.
///
/// Every combination of whole values is tried, and of each special ordered set every column as the one that may be
/// nonzero; for the rest, all vertices are. A free column counts as the difference of
/// two nonnegative ones, so that there are vertices. The objective falls without limit where it does so along a direction
/// in which one can go on for ever.
///
/// # Panics
/// Where an integer column has no bound.
pub fn exact_answer(model: &Model) -> ExactAnswer {
    let open = model
        .columns()
        .iter()
        .position(|column| column.kind == ColumnKind::Integer && column.lower < column.upper);
    let Some(index) = open else {
        let answers = pieces(model).iter().map(exact_linear_answer).collect::<Vec<_>>();
        return answers.into_iter().fold(ExactAnswer::Infeasible, ExactAnswer::best_of);
    };
    let (lower, upper) = model.columns()[index].solver_bounds(0.0);
    assert!(lower.is_finite() && upper.is_finite(), "column {index} has infinitely many whole values");
    let mut best = ExactAnswer::Infeasible;
    let mut value = lower;
    while value <= upper && best != ExactAnswer::Unbounded {
        let mut fixed = model.clone();
        fixed.set_bounds(ColumnId::from_index(index), value, value).expect("a finite value");
        best = best.best_of(exact_answer(&fixed));
        value += 1.0;
    }
    best
}

/// The linear programs of which a model whose integer columns are fixed is the union: rows in place of the indicators that
/// are switched on, and all columns of each set but one fixed at 0.
fn pieces(model: &Model) -> Vec<Model> {
    let mut linear = model.relaxation();
    for Indicator { binary, active_at, row } in model.indicators() {
        if model.column(binary).lower == active_at.value() {
            let terms = row.columns.iter().copied().zip(row.coefficients.iter().copied());
            linear.add_row(row.name, row.lower, row.upper, terms).expect("it is a row");
        }
    }
    model.sos1_sets().iter().fold(vec![linear], |pieces, set| {
        let split = |piece: &Model| -> Vec<Model> {
            set.columns.iter().filter_map(|kept| without_others(piece, &set.columns, *kept)).collect()
        };
        pieces.iter().flat_map(split).collect()
    })
}

/// The model with all of these columns fixed at 0 but one, where their bounds allow it.
fn without_others(model: &Model, columns: &[ColumnId], kept: ColumnId) -> Option<Model> {
    let mut fixed = model.clone();
    for column in columns.iter().copied().filter(|column| *column != kept) {
        let known = model.column(column);
        if known.lower > 0.0 || known.upper < 0.0 {
            return None;
        }
        fixed.set_bounds(column, 0.0, 0.0).expect("a finite value");
    }
    Some(fixed)
}

fn exact_linear_answer(model: &Model) -> ExactAnswer {
    let Pointed { cost, constant, half_spaces } = pointed(model);
    let Some(least) = least_at_vertices(&cost, &half_spaces) else { return ExactAnswer::Infeasible };
    let directions: Vec<HalfSpace> = half_spaces
        .into_iter()
        .map(|half_space| HalfSpace { least: BigRational::zero(), ..half_space })
        .chain(box_around(cost.len()))
        .collect();
    let steepest = least_at_vertices(&cost, &directions).expect("the origin is a direction");
    if steepest.is_negative() {
        ExactAnswer::Unbounded
    } else {
        ExactAnswer::Minimum(ExactNumber(least + constant))
    }
}

/// minimise `constant + cost · x` over half-spaces that contain no line
struct Pointed {
    cost: Vec<BigRational>,
    constant: BigRational,
    half_spaces: Vec<HalfSpace>,
}

/// A model's relaxation, without its fixed columns, and each free one split into two nonnegative ones.
fn pointed(model: &Model) -> Pointed {
    let open = |index: &usize| model.columns()[*index].lower < model.columns()[*index].upper;
    let free = |index: &usize| {
        let column = &model.columns()[*index];
        column.lower == f64::NEG_INFINITY && column.upper == f64::INFINITY
    };
    let kept: Vec<usize> = (0..model.column_count()).filter(open).collect();
    let split: Vec<usize> = kept.iter().copied().filter(free).collect();
    let spread = |terms: &mut dyn Iterator<Item = (usize, f64)>| {
        let mut dense = vec![BigRational::zero(); model.column_count()];
        terms.for_each(|(index, value)| dense[index] = rational(value));
        let fixed = (0..dense.len()).filter(|index| !open(index));
        let constant = fixed.fold(BigRational::zero(), |sum, index| {
            sum + &dense[index] * rational(model.columns()[index].lower)
        });
        let positive = kept.iter().map(|index| dense[*index].clone());
        let normal: Vec<BigRational> =
            positive.chain(split.iter().map(|index| -dense[*index].clone())).collect();
        (normal, constant)
    };
    let mut half_spaces = Vec::new();
    let mut between = |normal: Vec<BigRational>, constant: &BigRational, lower: f64, upper: f64| {
        if upper < f64::INFINITY {
            let opposite = normal.iter().map(|value| -value).collect();
            half_spaces.push(HalfSpace { normal: opposite, least: constant - rational(upper) });
        }
        if lower > f64::NEG_INFINITY {
            half_spaces.push(HalfSpace { normal, least: rational(lower) - constant });
        }
    };
    let dimension = kept.len() + split.len();
    for index in 0..dimension {
        let (lower, upper) = match kept.get(index) {
            Some(column) if !free(column) => {
                let column = &model.columns()[*column];
                (column.lower, column.upper)
            }
            _ => (0.0, f64::INFINITY),
        };
        between(unit(dimension, index), &BigRational::zero(), lower, upper);
    }
    for row in model.rows() {
        let terms = row.columns.iter().zip(row.coefficients);
        let (normal, constant) = spread(&mut terms.map(|(column, value)| (column.index(), *value)));
        between(normal, &constant, row.lower, row.upper);
    }
    let costs = model.columns().iter().enumerate().map(|(index, column)| (index, column.objective));
    let (cost, constant) = spread(&mut { costs });
    Pointed { cost, constant: constant + rational(model.offset()), half_spaces }
}

fn unit(dimension: usize, index: usize) -> Vec<BigRational> {
    let mut normal = vec![BigRational::zero(); dimension];
    normal[index] = BigRational::one();
    normal
}

/// -1 <= x <= 1
fn box_around(dimension: usize) -> impl Iterator<Item = HalfSpace> {
    (0..dimension).flat_map(move |index| {
        let normal = unit(dimension, index);
        let opposite = normal.iter().map(|value| -value).collect();
        [normal, opposite].map(|normal| HalfSpace { normal, least: -BigRational::one() })
    })
}

/// Calls with every choice of `size` of the numbers below `count`, in ascending order.
fn for_each_choice(count: usize, size: usize, visit: &mut dyn FnMut(&[usize])) {
    fn extend(chosen: &mut Vec<usize>, count: usize, size: usize, visit: &mut dyn FnMut(&[usize])) {
        if chosen.len() == size {
            return visit(chosen);
        }
        let first = chosen.last().map_or(0, |last| last + 1);
        for next in first..count {
            chosen.push(next);
            extend(chosen, count, size, visit);
            chosen.pop();
        }
    }
    extend(&mut Vec::with_capacity(size), count, size, visit);
}

/// The one point on the borders of the chosen half-spaces, by Gauss-Jordan elimination.
fn intersection(half_spaces: &[HalfSpace], chosen: &[usize], dimension: usize) -> Option<Vec<BigRational>> {
    let mut rows: Vec<Vec<BigRational>> = chosen
        .iter()
        .map(|index| {
            let HalfSpace { normal, least } = &half_spaces[*index];
            normal.iter().chain([least]).cloned().collect()
        })
        .collect();
    for column in 0..dimension {
        let pivot = (column..dimension).find(|row| !rows[*row][column].is_zero())?;
        rows.swap(column, pivot);
        let head = rows[column][column].clone();
        rows[column].iter_mut().for_each(|value| *value /= &head);
        let pivot_row = rows[column].clone();
        for (index, row) in rows.iter_mut().enumerate() {
            if index == column || row[column].is_zero() {
                continue;
            }
            let factor = row[column].clone();
            row.iter_mut().zip(&pivot_row).for_each(|(value, pivot)| *value -= &factor * pivot);
        }
    }
    Some(rows.into_iter().map(|mut row| row.pop().expect("a right-hand side")).collect())
}

#[cfg(test)]
mod tests {
    use super::super::build::{CONTINUOUS, DenseColumn, DenseRow, INF, INTEGER, dense, knapsack};
    use super::*;

    #[test]
    fn answers_worked_out_by_hand_are_found() {
        let column = |lower, upper, cost| (lower, upper, cost, CONTINUOUS);
        let cases: [(&[DenseColumn], &[DenseRow<'_>], &str); 9] = [
            (&[column(0.0, INF, 1.0)], &[(1.0, &[3.0], INF)], "17/6"),
            (&[column(0.0, INF, -1.0)], &[(-INF, &[3.0], 1.0)], "13/6"),
            (&[column(0.0, INF, -1.0)], &[(1.0, &[3.0], INF)], "unbounded"),
            (&[column(-INF, INF, 1.0)], &[], "unbounded"),
            (&[column(-INF, INF, 1.0)], &[(-2.5, &[1.0], INF)], "0"),
            (&[column(-INF, INF, 0.0)], &[], "5/2"),
            (&[column(-INF, 3.0, -1.0), column(0.0, INF, 1.0)], &[(4.0, &[1.0, 0.0], INF)], "infeasible"),
            // A line of solutions along which the objective is constant.
            (&[column(-INF, INF, 1.0), column(-INF, INF, 1.0)], &[(2.0, &[1.0, 1.0], INF)], "9/2"),
            (&[(0.5, 7.0, 1.0, INTEGER), column(0.0, 0.25, -1.0)], &[(0.0, &[1.0, -4.0], 0.0)], "13/4"),
        ];
        for (columns, rows, expected) in cases {
            let found = match exact_answer(&dense(2.5, columns, rows)) {
                ExactAnswer::Minimum(value) => value.text(),
                ExactAnswer::Infeasible => "infeasible".to_owned(),
                ExactAnswer::Unbounded => "unbounded".to_owned(),
            };
            assert_eq!(found, expected, "{columns:?} {rows:?}");
        }
        let ExactAnswer::Minimum(best) = exact_answer(&knapsack(0.5)) else { panic!("it has a best point") };
        assert_eq!((best.text(), best.nearest()), ("-23/2".to_owned(), -11.5));
    }
}
