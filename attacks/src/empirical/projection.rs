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

/// Sums are taken in so many independent lanes, which the compiler turns into vector instructions.
const LANES: usize = 8;

/// A difference from a centre and how far its elements may go; its memory is used again and again.
#[derive(Clone, Debug, Default)]
pub struct Perturbation {
    pub(super) elements: Vec<f64>,
    lower: Vec<f64>,
    upper: Vec<f64>,
}

impl Perturbation {
    /// Empty, to be used by [`Region::project`](super::Region::project).
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes other elements.
    pub(super) fn set(&mut self, elements: impl Iterator<Item = f64>) {
        self.elements.clear();
        self.elements.extend(elements);
    }

    /// Projects onto the ball between these sides of a centre. Where even the sides' nearest point to the centre lies
    /// outside the ball, it is the answer.
    pub(super) fn project(&mut self, norm: Norm, radius: f64, center: &[f32], lower: &[f32], upper: &[f32]) {
        let difference = |(side, center): (&f32, &f32)| f64::from(*side) - f64::from(*center);
        self.lower.clear();
        self.lower.extend(lower.iter().zip(center).map(difference));
        self.upper.clear();
        self.upper.extend(upper.iter().zip(center).map(difference));
        match norm {
            Norm::LInf => self.map(|z| z),
            Norm::L2 => {
                let whole = self.scaled(radius, 1.0);
                let scale = if whole.norm <= radius {
                    1.0
                } else {
                    inner_end(radius, (0.0, 1.0), whole.root, |scale| self.scaled(radius, scale))
                };
                self.map(|z| scale * z);
            }
            Norm::L1 => {
                let whole = self.shrunk(radius, 0.0);
                let threshold = if whole.norm <= radius {
                    0.0
                } else {
                    let greatest = self.elements.iter().fold(0.0, |greatest: f64, z| greatest.max(z.abs()));
                    inner_end(radius, (greatest, 0.0), whole.root, |threshold| self.shrunk(radius, threshold))
                };
                self.map(|z| shrunk(z, threshold));
            }
        }
    }

    /// The l2 norm of the clamped multiple.
    fn scaled(&self, radius: f64, scale: f64) -> Piece {
        let [all, free] = self.sums(|z, [low, high]| {
            let wanted = scale * z;
            let value = clamped(wanted, low, high);
            [value * value, if value == wanted { value * value } else { 0.0 }]
        });
        let aim = radius * (1.0 - 0.5 * TOLERANCE);
        // The free part grows with the square of the scale.
        let root = scale * ((aim * aim - (all - free)) / free).sqrt();
        Piece { norm: all.sqrt(), root }
    }

    /// The l1 norm of the clamped elements that are by `threshold` nearer to 0.
    fn shrunk(&self, radius: f64, threshold: f64) -> Piece {
        let [norm, free] = self.sums(|z, [low, high]| {
            let wanted = shrunk(z, threshold);
            let value = clamped(wanted, low, high);
            [value.abs(), if value == wanted && value != 0.0 { 1.0 } else { 0.0 }]
        });
        Piece { norm, root: threshold + (norm - radius * (1.0 - 0.5 * TOLERANCE)) / free }
    }

    /// Two sums over all elements, of functions of each and its sides.
    fn sums(&self, terms: impl Fn(f64, [f64; 2]) -> [f64; 2]) -> [f64; 2] {
        let (elements, last_elements) = self.elements.as_chunks::<LANES>();
        let (lower, last_lower) = self.lower.as_chunks::<LANES>();
        let (upper, last_upper) = self.upper.as_chunks::<LANES>();
        let mut sums = [[0.0; LANES]; 2];
        for ((elements, lower), upper) in elements.iter().zip(lower).zip(upper) {
            for lane in 0..LANES {
                let [first, second] = terms(elements[lane], [lower[lane], upper[lane]]);
                sums[0][lane] += first;
                sums[1][lane] += second;
            }
        }
        let last = last_elements.iter().zip(last_lower).zip(last_upper);
        let last = last.map(|((z, low), high)| terms(*z, [*low, *high]));
        let sums = sums.map(|lanes| lanes.iter().sum::<f64>());
        last.fold(sums, |sums, terms| [sums[0] + terms[0], sums[1] + terms[1]])
    }

    fn map(&mut self, function: impl Fn(f64) -> f64) {
        let sides = self.lower.iter().zip(&self.upper);
        for (z, (low, high)) in self.elements.iter_mut().zip(sides) {
            *z = clamped(function(*z), *low, *high);
        }
    }
}

/// The norm at one guess, and the guess at which it would be the radius if the clamped set stayed.
struct Piece {
    norm: f64,
    root: f64,
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

fn shrunk(value: f64, threshold: f64) -> f64 {
    (value.abs() - threshold).max(0.0).copysign(value)
}

fn clamped(value: f64, lower: f64, upper: f64) -> f64 {
    let raised = if value < lower { lower } else { value };
    if raised > upper { upper } else { raised }
}
