//! Euclidean projections of perturbations onto balls of l2 and l1 that are cut by a box.
//!
//! The point of `{ |d| <= radius, lower <= center + d <= upper }` nearest to `z` is known up to one number:
//!
//! ```text
//! l2:  d[i] = clamp(s z[i])                               with s in [0, 1]
//! l1:  d[i] = clamp(sign(z[i]) max(|z[i]| - t, 0))        with t >= 0
//! ```
//!
//! where `clamp` cuts to the box (the conditions of Karush, Kuhn and Tucker). The norm is monotone in that number and, between
//! two neighbouring clamped sets, its sum has a closed form: the root of the current piece is the next guess, inside a
//! bracket. Without a box the l1 case is Duchi et al., "Efficient projections onto the l1-ball", 2008; with one, Croce and
//! Hein, "Mind the box: l1-APGD for sparse adversarial attacks on image classifiers", 2021.

use milp_encode::property::Norm;

/// How far below the radius the norm may end, relative to the radius.
const TOLERANCE: f64 = 1e-12;

/// Guesses of the one number: a piece's root is nearly always right after a few, halving ends the rest.
const GUESSES: usize = 100;

/// The centre and the sides of one row.
pub(super) struct Sides<'a> {
    pub(super) center: &'a [f32],
    pub(super) lower: &'a [f32],
    pub(super) upper: &'a [f32],
}

impl Sides<'_> {
    fn clamp(&self, element: usize, value: f64) -> f64 {
        let center = f64::from(self.center[element]);
        value.max(f64::from(self.lower[element]) - center).min(f64::from(self.upper[element]) - center)
    }
}

/// Projects a perturbation. Where even the box's nearest point to the centre lies outside the ball, it is the answer.
pub(super) fn project(norm: Norm, radius: f64, sides: &Sides<'_>, perturbation: &mut [f64]) {
    let clamped = |i: usize, z: f64| sides.clamp(i, z);
    match norm {
        Norm::LInf => map(perturbation, clamped),
        Norm::L2 => {
            let whole = scaled_piece(sides, perturbation, radius, 1.0);
            let scale = if whole.norm <= radius {
                1.0
            } else {
                inner_end(radius, (0.0, 1.0), whole.root, |scale| {
                    scaled_piece(sides, perturbation, radius, scale)
                })
            };
            map(perturbation, |i, z| sides.clamp(i, scale * z));
        }
        Norm::L1 => {
            let whole = shrunk_piece(sides, perturbation, radius, 0.0);
            let threshold = if whole.norm <= radius {
                0.0
            } else {
                let greatest = perturbation.iter().fold(0.0, |greatest: f64, z| greatest.max(z.abs()));
                inner_end(radius, (greatest, 0.0), whole.root, |threshold| {
                    shrunk_piece(sides, perturbation, radius, threshold)
                })
            };
            map(perturbation, |i, z| sides.clamp(i, shrunk(z, threshold)));
        }
    }
}

/// The norm at one guess, and the guess at which it would be the radius if the clamped set stayed.
struct Piece {
    norm: f64,
    root: f64,
}

fn scaled_piece(sides: &Sides<'_>, perturbation: &[f64], radius: f64, scale: f64) -> Piece {
    let (mut clamped, mut free) = (0.0, 0.0);
    for (i, z) in perturbation.iter().enumerate() {
        let wanted = scale * z;
        let value = sides.clamp(i, wanted);
        if value == wanted { free += z * z } else { clamped += value * value }
    }
    let aim = radius * (1.0 - 0.5 * TOLERANCE);
    Piece { norm: (clamped + scale * scale * free).sqrt(), root: ((aim * aim - clamped) / free).sqrt() }
}

fn shrunk_piece(sides: &Sides<'_>, perturbation: &[f64], radius: f64, threshold: f64) -> Piece {
    let (mut norm, mut free) = (0.0, 0.0);
    for (i, z) in perturbation.iter().enumerate() {
        let wanted = shrunk(*z, threshold);
        let value = sides.clamp(i, wanted);
        norm += value.abs();
        if value == wanted && value != 0.0 {
            free += 1.0;
        }
    }
    Piece { norm, root: threshold + (norm - radius * (1.0 - 0.5 * TOLERANCE)) / free }
}

fn shrunk(value: f64, threshold: f64) -> f64 {
    (value.abs() - threshold).max(0.0).copysign(value)
}

/// The last guess inside the ball, from a bracket whose first end is inside and whose second is not.
fn inner_end(radius: f64, bracket: (f64, f64), first_root: f64, piece: impl Fn(f64) -> Piece) -> f64 {
    let (mut inside, mut outside) = bracket;
    let mut root = first_root;
    for _ in 0..GUESSES {
        let is_between = inside.min(outside) < root && root < inside.max(outside);
        let guess = if is_between { root } else { 0.5 * (inside + outside) };
        let found = piece(guess);
        let end = if found.norm <= radius { &mut inside } else { &mut outside };
        *end = guess;
        root = found.root;
        if found.norm <= radius && found.norm >= radius * (1.0 - TOLERANCE) {
            break;
        }
    }
    inside
}

fn map(perturbation: &mut [f64], mut function: impl FnMut(usize, f64) -> f64) {
    perturbation.iter_mut().enumerate().for_each(|(i, z)| *z = function(i, *z));
}
