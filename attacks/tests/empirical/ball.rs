//! Projections never leave ball and range, whoever computes the distance.

use attacks::AttackError;
use attacks::empirical::{Perturbation, Region, ThreatModel};
use milp_encode::property::{DataRange, InputBox, InputBoxError, Norm};
use ndarray::{Array1, Array2, array};
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::support::{NORMS, outsider, within};

/// A number that pixels have, or one that arithmetic finds hard.
fn center_value(generator: &mut ChaCha8Rng) -> f32 {
    let sign = [1.0, -1.0].choose(generator).unwrap();
    match generator.random_range(0..12) {
        0..4 => f32::from(generator.random::<u8>()) / 255.0,
        4 => 0.0,
        5 => 1.0,
        6 => sign * f32::from_bits(generator.random_range(1..0x80_0000)),
        7 => sign * 2.0_f32.powi(generator.random_range(-140..127)) * generator.random_range(1.0_f32..2.0),
        8 => 1.0_f32.next_down(),
        _ => generator.random_range(0.0..1.0),
    }
}

fn radius(generator: &mut ChaCha8Rng) -> f64 {
    match generator.random_range(0..8) {
        0 => 0.0,
        1 => f64::from(generator.random_range(1..32_u8)) / 255.0,
        2 => f64::from(generator.random_range(0.0_f32..1.0)),
        3 => 10.0_f64.powi(generator.random_range(-60..40)),
        4 => generator.random_range(0.0..10.0),
        _ => generator.random_range(0.0..0.5),
    }
}

fn range_of(generator: &mut ChaCha8Rng) -> Option<DataRange> {
    match generator.random_range(0..8) {
        0 => None,
        1 => Some(DataRange { lower: -0.1, upper: 0.3 }),
        _ => Some(DataRange::UNIT),
    }
}

/// A wild point: near the ball, far outside, or nowhere.
fn wild(generator: &mut ChaCha8Rng, center: f32, epsilon: f64) -> f32 {
    match generator.random_range(0..8) {
        0 => [f32::MAX, f32::MIN, f32::INFINITY, f32::NEG_INFINITY].choose(generator).copied().unwrap(),
        1 => center,
        2 => center_value(generator),
        _ => center + epsilon as f32 * generator.random_range(-2.0_f32..2.0),
    }
}

#[test]
fn a_million_random_projections_stay_inside_to_the_last_bit() {
    let mut generator = ChaCha8Rng::seed_from_u64(1);
    let (mut memory, mut empty) = (Perturbation::new(), 0);
    for trial in 0..1_000_000 / 8 {
        let threat = ThreatModel {
            norm: NORMS[trial % 3],
            epsilon: radius(&mut generator),
            range: range_of(&mut generator),
        };
        let count = generator.random_range(1..8);
        let center = Array1::from_shape_simple_fn(count, || center_value(&mut generator));
        let region = match Region::around(center.view().insert_axis(ndarray::Axis(0)), &threat) {
            Ok(region) => region,
            Err(error) => {
                assert_is_empty(&threat, &center, &error);
                empty += 1;
                continue;
            }
        };
        let center = center.as_slice().unwrap();
        for _ in 0..8 {
            let mut point: Vec<f32> =
                center.iter().map(|c| wild(&mut generator, *c, threat.epsilon)).collect();
            region.project(0, &mut point, &mut memory);
            outsider::check(&threat, center, &point);
            assert!(
                region.holds(0, &point),
                "{threat:?} {center:?} {point:?} {}",
                region.distance(0, &point)
            );
        }
    }
    assert!((1_000..60_000).contains(&empty), "{empty} of 125000 regions are empty");
}

/// A region may be refused only where the range's nearest point lies outside the ball, or within roundings of its surface.
fn assert_is_empty(threat: &ThreatModel, center: &Array1<f32>, error: &AttackError) {
    assert!(matches!(
        error,
        AttackError::Row { row: 0, reason: InputBoxError::Empty { .. } }
            | AttackError::OutOfReach { row: 0, .. }
    ));
    let range = threat.range.expect("without a range nothing is empty");
    let nearest = center.mapv(|c| f64::from(c).clamp(range.lower, range.upper));
    let distance = threat.norm.distance(nearest.view(), center.mapv(f64::from).view());
    assert!(distance >= threat.epsilon * (1.0 - 1e-6), "{threat:?} {center} {error}");
}

#[test]
fn points_inside_stay_where_they_are() {
    let mut generator = ChaCha8Rng::seed_from_u64(2);
    let mut memory = Perturbation::new();
    for trial in 0..30_000 {
        let threat = ThreatModel { norm: NORMS[trial % 3], epsilon: 0.3, range: Some(DataRange::UNIT) };
        let center = Array2::from_shape_simple_fn((1, 5), || generator.random_range(0.0_f32..1.0));
        let region = Region::around(center.view(), &threat).unwrap();
        let reach = if threat.norm == Norm::LInf { 0.3 } else { 0.058 };
        let mut point: Vec<f32> =
            center.iter().map(|c| (c + generator.random_range(-reach..reach)).clamp(0.0, 1.0)).collect();
        let before = point.clone();
        region.project(0, &mut point, &mut memory);
        let farthest = point.iter().zip(&before).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(farthest <= 6e-8, "{threat:?} moves {before:?} to {point:?}");
    }
}

/// The projection is nearer to the point than anything else that is inside.
#[test]
fn projections_are_nearest() {
    let mut generator = ChaCha8Rng::seed_from_u64(3);
    let mut memory = Perturbation::new();
    for trial in 0..3_000 {
        let epsilon = generator.random_range(0.05..1.5);
        let threat = within(NORMS[trial % 3], epsilon);
        let center = Array2::from_shape_simple_fn((1, 4), || generator.random_range(0.0_f32..1.0));
        let region = Region::around(center.view(), &threat).unwrap();
        let mut draw = |spread: f32| -> Vec<f32> {
            center.iter().map(|c| c + generator.random_range(-spread..spread)).collect()
        };
        let wanted = draw(2.0);
        let mut nearest = wanted.clone();
        region.project(0, &mut nearest, &mut memory);
        let away = |point: &[f32]| {
            point.iter().zip(&wanted).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>().sqrt()
        };
        for _ in 0..50 {
            let mut other = draw(epsilon as f32);
            region.project(0, &mut other, &mut memory);
            assert!(
                away(&nearest) <= away(&other) + 1e-6,
                "{threat:?}: {nearest:?} or {other:?} for {wanted:?}"
            );
        }
    }
}

#[test]
fn known_projections() {
    let mut memory = Perturbation::new();
    for (norm, expected) in [
        (Norm::LInf, [0.75, 0.25, 0.0]),
        // The first element is cut by the range: (0.15, 0.2) remain of the radius 0.25.
        (Norm::L2, [0.65, 0.5, 0.0]),
        (Norm::L1, [0.75, 0.5, 0.0]),
    ] {
        let region = Region::around(array![[0.5_f32, 0.5, 0.0]].view(), &within(norm, 0.25)).unwrap();
        let mut point = match norm {
            Norm::LInf => [9.0, -9.0, -9.0],
            Norm::L2 => [0.5 + 3.0, 0.5, -4.0],
            Norm::L1 => [0.5 + 1.0, 0.5 + 0.5, -7.0],
        };
        region.project(0, &mut point, &mut memory);
        let expected = if norm == Norm::L2 { [0.75, 0.5, 0.0] } else { expected };
        for (x, expected) in point.iter().zip(expected) {
            assert!((x - expected).abs() < 1e-6, "{norm:?}: {point:?}");
        }
    }
}

/// The exact side's box holds the empirical side's, which is smaller by what rounding epsilon down to f32 takes away.
#[test]
fn exact_and_empirical_balls_agree() {
    let mut generator = ChaCha8Rng::seed_from_u64(4);
    for _ in 0..20_000 {
        let center = f32::from(generator.random::<u8>()) / 255.0;
        let epsilon = radius(&mut generator).min(1e6);
        let region = Region::around(array![[center]].view(), &within(Norm::LInf, epsilon)).unwrap();
        let exact =
            InputBox::around(array![f64::from(center)].view(), epsilon, Some(DataRange::UNIT)).unwrap();
        let (lower, upper) = exact.f32_corners().expect("the centre is an f32 value");
        for (towards, outermost) in [(f32::MIN, lower[0]), (f32::MAX, upper[0])] {
            let mut point = [towards];
            region.project(0, &mut point, &mut Perturbation::new());
            let distance = f64::from(point[0]) - f64::from(outermost);
            assert!(exact.contains(array![f64::from(point[0])].view()));
            assert!(distance.abs() <= 2.0_f64.powi(-23), "{center} {epsilon}: {} {outermost}", point[0]);
        }
    }
}

#[test]
fn what_is_no_ball_is_refused() {
    let around = |center: f32, epsilon: f64, range: Option<DataRange>| {
        let threats = NORMS.map(|norm| ThreatModel { norm, epsilon, range });
        threats.map(|threat| Region::around(array![[center]].view(), &threat).err())
    };
    let unit = Some(DataRange::UNIT);
    for error in around(0.5, -0.1, unit).into_iter().chain(around(0.5, f64::NAN, None)) {
        assert!(matches!(error, Some(AttackError::Input(InputBoxError::Radius(_)))), "{error:?}");
    }
    for error in around(f32::NAN, 0.1, unit).into_iter().chain(around(f32::INFINITY, 0.1, None)) {
        assert!(
            matches!(
                error,
                Some(AttackError::Row { row: 0, reason: InputBoxError::NotFinite { index: 0, .. } })
            ),
            "{error:?}"
        );
    }
    for error in around(3.0, 0.1, unit) {
        assert!(
            matches!(error, Some(AttackError::Row { row: 0, reason: InputBoxError::Empty { index: 0, .. } })),
            "{error:?}"
        );
    }
    // Each element is within reach, all together are not.
    let threat = within(Norm::L1, 0.75);
    let error = Region::around(array![[0.5_f32, 0.5], [1.5, 1.5]].view(), &threat).unwrap_err();
    assert!(matches!(error, AttackError::OutOfReach { row: 1, .. }), "{error}");
    let between = Some(DataRange { lower: 0.1, upper: 0.1 });
    assert!(around(0.1, 0.5, between).iter().all(Option::is_some), "no f32 value is 0.1");
    let nonsense = Some(DataRange { lower: f64::NAN, upper: 1.0 });
    assert!(around(0.1, 0.5, nonsense).iter().all(Option::is_some), "no range");
}
