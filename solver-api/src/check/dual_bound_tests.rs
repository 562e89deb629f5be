//! Certified bounds against exact rational arithmetic.

use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive, Zero};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::certified_bound;
use crate::conformance::build::{CONTINUOUS, INF, INTEGER, dense};
use crate::{Column, ColumnId, ColumnKind, Model};

fn exact(value: f64) -> BigRational {
    BigRational::from_float(value).expect("a finite number")
}

/// The least of `factor * x` between bounds; `None` for `-inf`.
fn least(factor: &BigRational, lower: f64, upper: f64) -> Option<BigRational> {
    let side = match (factor.is_zero(), factor.is_positive()) {
        (true, _) => return Some(BigRational::zero()),
        (_, true) => lower,
        (_, false) => upper,
    };
    side.is_finite().then(|| factor * exact(side))
}

/// What multipliers prove in exact arithmetic; `None` for `-inf`.
fn exact_bound(model: &Model, row_duals: &[f64]) -> Option<BigRational> {
    let mut reduced: Vec<BigRational> =
        model.columns().iter().map(|column| exact(column.objective)).collect();
    let mut bound = exact(model.offset());
    for (row, dual) in model.rows().zip(row_duals).filter(|(_, dual)| dual.is_finite()) {
        let dual = exact(*dual);
        // What charges a side that is not there counts as 0.
        let Some(least) = least(&dual, row.lower, row.upper) else { continue };
        bound += least;
        for (column, value) in row.columns.iter().zip(row.coefficients) {
            reduced[column.index()] -= &dual * exact(*value);
        }
    }
    for (column, cost) in model.columns().iter().zip(&reduced) {
        bound += least(cost, column.lower, column.upper)?;
    }
    Some(bound)
}

/// Magnitudes of a random model's numbers, as powers of ten.
#[derive(Clone, Copy, Debug)]
enum Scale {
    /// Around 1.
    Unit,
    /// From 1e-8 to 1e8.
    Adversarial,
    /// From denormals to what overflows in products.
    Wild,
}

impl Scale {
    fn number(self, random: &mut ChaCha8Rng) -> f64 {
        let (digits, special): (f64, u32) = (random.random_range(-1.0..1.0), random.random_range(0..12));
        let exponent = match self {
            Self::Unit => 0,
            Self::Adversarial => random.random_range(-8..=8),
            Self::Wild => random.random_range(-323..=300),
        };
        match special {
            0 => 0.0,
            1 => -0.0,
            2 => f64::from(random.random_range(-3..=3_i32)),
            _ => digits * 10.0_f64.powi(exponent),
        }
    }

    /// Bounds of every kind, in order.
    fn range(self, random: &mut ChaCha8Rng, infinite_sides: u32) -> (f64, f64) {
        let (a, b) = (self.number(random), self.number(random));
        let mut side = |value| if random.random_range(0..8) < infinite_sides { None } else { Some(value) };
        (side(a.min(b)).unwrap_or(-INF), side(a.max(b)).unwrap_or(INF))
    }
}

fn random_model(random: &mut ChaCha8Rng, scale: Scale, infinite_sides: u32) -> Model {
    let mut model = Model::new("random");
    let columns: Vec<ColumnId> = (0..random.random_range(1..8))
        .map(|index| {
            let (lower, upper) = scale.range(random, infinite_sides);
            let column = Column::continuous(format!("x{index}"), lower, upper);
            model.add_column(Column { objective: scale.number(random), ..column }).expect("valid")
        })
        .collect();
    for index in 0..random.random_range(0..8) {
        let terms: Vec<(ColumnId, f64)> = columns.iter().map(|id| (*id, scale.number(random))).collect();
        let (lower, upper) = scale.range(random, 3);
        model.add_row(format!("r{index}"), lower, upper, terms).expect("valid");
    }
    let costs: Vec<(ColumnId, f64)> = columns.iter().map(|id| (*id, model.column(*id).objective)).collect();
    model.set_objective(scale.number(random), costs).expect("valid");
    model
}

/// Holds the bound of random multipliers against the exact one; says whether it was finite.
fn check_random(seed: u64, scale: Scale, infinite_sides: u32) -> bool {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let model = random_model(&mut random, scale, infinite_sides);
    let mut duals: Vec<f64> = (0..model.row_count()).map(|_| scale.number(&mut random)).collect();
    let is_unit = matches!(scale, Scale::Unit);
    if let Some(dual) = duals.first_mut().filter(|_| !is_unit && seed.is_multiple_of(5)) {
        *dual = [f64::NAN, INF, -INF, f64::MAX, f64::MIN_POSITIVE][(seed / 5 % 5) as usize];
    }
    let certified = certified_bound(&model, &duals);
    let is_finite = certified.is_finite();
    if !is_finite {
        assert_eq!(certified, -INF, "{duals:?} {model:?}");
        return false;
    }
    let truth = exact_bound(&model, &duals).unwrap_or_else(|| panic!("{certified}: {duals:?} {model:?}"));
    let loss = &truth - exact(certified);
    assert!(!loss.is_negative(), "{certified} above {truth:?}: {duals:?} {model:?}");
    if is_unit {
        assert!(loss.to_f64().is_some_and(|loss| loss < 1e-11), "{loss:?} lost: {duals:?} {model:?}");
    }
    is_finite
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_multipliers_of_boxed_models_certify_nothing_false_and_lose_nothing_but_rounding(seed: u64) {
        prop_assert!(check_random(seed, Scale::Unit, 0));
    }

    #[test]
    fn nothing_false_is_certified_where_magnitudes_differ(seed: u64) {
        check_random(seed, Scale::Adversarial, 0);
        check_random(seed, Scale::Adversarial, 2);
        check_random(seed, Scale::Wild, 0);
        check_random(seed, Scale::Wild, 1);
    }
}

#[test]
fn nothing_false_is_certified_without_bounds_and_some_models_stay_finite() {
    for scale in [Scale::Unit, Scale::Adversarial, Scale::Wild] {
        let finite = (0..400).filter(|seed| check_random(*seed, scale, 2)).count();
        assert!(finite >= 8, "{scale:?}: {finite}");
    }
}

/// minimise 7 + x over 1 <= 3 x + y <= 6
fn little(x: (f64, f64, ColumnKind), y: (f64, f64)) -> Model {
    dense(7.0, &[(x.0, x.1, 1.0, x.2), (y.0, y.1, 0.0, CONTINUOUS)], &[(1.0, &[3.0, 1.0], 6.0)])
}

#[test]
fn each_side_is_charged_to_the_multiplier_of_its_sign() {
    let real = (-2.0, 5.0, CONTINUOUS);
    let boxed = little(real, (-1.0, 2.0));
    for (dual, expected) in [
        // 7 + 1/4 + (1/4)(-2) - (1/4) 2
        (0.25, 6.25),
        // 7 - 6/4 + (7/4)(-2) + (1/4)(-1)
        (-0.25, 1.75),
        (0.0, 5.0),
        (-0.0, 5.0),
        (f64::NAN, 5.0),
        (INF, 5.0),
        (-INF, 5.0),
        (f64::MAX, -INF),
    ] {
        assert_eq!(certified_bound(&boxed, &[dual]), expected, "{dual}");
    }
    let mut one_sided = boxed.clone();
    one_sided.add_row("lower", 4.0, INF, [(ColumnId::from_index(0), 1.0)]).expect("valid");
    one_sided.add_row("free", -INF, INF, [(ColumnId::from_index(0), 1.0)]).expect("valid");
    assert_eq!(certified_bound(&one_sided, &[0.0, -1.0, 0.0]), 5.0);
    assert_eq!(certified_bound(&one_sided, &[0.0, 1.0, 9.0]), 11.0);
}

#[test]
fn missing_multipliers_are_zeros_and_surplus_ones_nothing() {
    let model = little((-2.0, 5.0, CONTINUOUS), (-1.0, 2.0));
    assert_eq!(certified_bound(&model, &[]), 5.0);
    assert_eq!(certified_bound(&model, &[0.25, 8.0, f64::NAN]), 6.25);
}

#[test]
fn infinite_bounds_are_charged_only_where_a_reduced_cost_is_not_zero() {
    let free = little((-INF, INF, CONTINUOUS), (0.0, 0.0));
    assert_eq!(certified_bound(&free, &[0.0]), -INF);
    // One third times three is not one.
    assert_eq!(certified_bound(&free, &[1.0 / 3.0]), -INF);
    let halved = dense(7.0, &[(-INF, INF, 1.0, CONTINUOUS)], &[(1.0, &[2.0], 6.0)]);
    assert_eq!(certified_bound(&halved, &[0.5]), 7.5);
    let above = little((0.0, INF, CONTINUOUS), (-1.0, 2.0));
    assert_eq!(certified_bound(&above, &[0.25]), 6.75);
    assert_eq!(certified_bound(&above, &[0.5]), -INF);
}

#[test]
fn integer_columns_are_charged_at_whole_numbers() {
    assert_eq!(certified_bound(&little((-1.5, 5.0, CONTINUOUS), (0.0, 0.0)), &[0.0]), 5.5);
    assert_eq!(certified_bound(&little((-1.5, 5.0, INTEGER), (0.0, 0.0)), &[0.0]), 6.0);
}
