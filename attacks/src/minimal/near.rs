//! Witnesses near the image, by gradients: upper bounds of the distortion.

use milp_encode::property::LinearFunction;
use milp_encode::{Replayer, Witness};
use ndarray::{Array1, Axis};
use nn_core::Network;

use super::ball::Balls;

/// Steps of one descent inside a ball.
const DESCENT_STEPS: u32 = 20;

/// By what factor the radius grows until a descent finds a witness.
const GROWTH: f64 = 1.25;

/// How often the radius between failure and success is halved.
const HALVINGS: usize = 6;

/// How often a witness is moved to where its linear piece of the network is nearest.
const POLISHINGS: usize = 20;

/// How often the least sufficient step is halved.
const NUDGE_HALVINGS: usize = 12;

/// An adversarial example and how far it is from the image.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) witness: Witness,
    pub(super) distortion: f64,
}

/// The network, what an adversarial example is, and the balls in which it is sought.
pub(super) struct Hunt<'a> {
    pub(super) network: &'a Network<f64>,
    pub(super) replayer: &'a Replayer<'a>,
    pub(super) functions: &'a [LinearFunction],
    pub(super) balls: &'a Balls,
}

impl Hunt<'_> {
    /// The image itself, if it is misclassified already.
    pub(super) fn clean(&self) -> Option<Found> {
        self.replayed(&self.balls.center, 0.0)
    }

    /// A near witness within `limit`, by descents in growing balls, then in smaller ones, and local improvement.
    pub(super) fn first_witness(&self, limit: f64) -> Option<Found> {
        let order = self.most_promising();
        let mut radius = order.first().map_or(limit, |(estimate, _)| estimate.min(limit));
        radius = radius.max(limit * 1e-6);
        let mut failed = 0.0;
        let mut best = loop {
            if let Some(found) = order.iter().find_map(|(_, function)| self.descend(*function, radius)) {
                break found;
            }
            if radius >= limit {
                return None;
            }
            failed = radius;
            radius = (radius * GROWTH).min(limit);
        };
        best = self.polished(best);
        for _ in 0..HALVINGS {
            let middle = 0.5 * (failed + best.distortion);
            let mut attempts = order.iter().take(3);
            match attempts.find_map(|(_, function)| self.descend(*function, middle)) {
                Some(found) => best = self.polished(found),
                None => failed = middle,
            }
        }
        Some(best)
    }

    /// The functions with the distance at which the clean gradient would make each 0, nearest first.
    fn most_promising(&self) -> Vec<(f64, usize)> {
        let mut order: Vec<(f64, usize)> = (0..self.functions.len())
            .map(|function| {
                let (value, gradient) = self.gradient(function, &self.balls.center);
                (self.crossing(value, &gradient, &self.balls.center), function)
            })
            .collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0));
        order
    }

    /// A witness by the steps of Frank & Wolfe inside a ball, pulled towards the image.
    fn descend(&self, function: usize, radius: f64) -> Option<Found> {
        let mut point = self.balls.center.clone();
        for step in 0..DESCENT_STEPS {
            let (value, gradient) = self.gradient(function, &point);
            if value <= 0.0 {
                return self.pulled_in(&point);
            }
            let share = 2.0 / f64::from(step + 2);
            let corner = self.balls.lowest(radius, &gradient);
            point = &point + &((&corner - &point) * share);
        }
        None
    }

    /// The nearest witness on the way from the image to a point.
    fn pulled_in(&self, point: &Array1<f64>) -> Option<Found> {
        let way = point - &self.balls.center;
        let at = |share: f64| &self.balls.center + &(&way * share);
        let (mut inside, mut outside) = (0.0, 1.0);
        for _ in 0..20 {
            let middle = 0.5 * (inside + outside);
            if self.least(&at(middle)).0 <= 0.0 { outside = middle } else { inside = middle }
        }
        self.nudged(&at(outside))
    }

    /// The witness that a solver's point stands for, or a better one near it.
    pub(super) fn witness_from(&self, point: &Array1<f64>) -> Option<Found> {
        let own = if self.least(point).0 <= 0.0 { self.pulled_in(point) } else { self.nudged(point) };
        Some(self.polished(own?))
    }

    /// Moves a witness to the nearest point of the linear piece that it lies in, as long as that helps.
    fn polished(&self, mut best: Found) -> Found {
        for _ in 0..POLISHINGS {
            let point = best.witness.input.mapv(f64::from);
            let (_, function) = self.least(&point);
            let (value, gradient) = self.gradient(function, &point);
            let nearest = self.crossing(value, &gradient, &point);
            let (mut too_near, mut enough) = (nearest.min(best.distortion), best.distortion);
            let mut candidate = None;
            for step in 0..5 {
                let radius = if step == 0 { too_near } else { 0.5 * (too_near + enough) };
                let moved = self.balls.lowest(radius, &gradient);
                if self.least(&moved).0 <= 0.0 {
                    enough = radius;
                    candidate = Some(moved);
                } else {
                    too_near = radius;
                }
            }
            let improved = candidate.and_then(|moved| self.pulled_in(&moved));
            match improved.filter(|found| found.distortion < best.distortion * (1.0 - 1e-6)) {
                Some(found) => best = found,
                None => break,
            }
        }
        best
    }

    /// The radius at which a linear function with this value and gradient at `point` has a zero in the ball; infinite
    /// where it has none in the data's range.
    fn crossing(&self, value: f64, gradient: &Array1<f64>, point: &Array1<f64>) -> f64 {
        let least = |radius: f64| value + gradient.dot(&(&self.balls.lowest(radius, gradient) - point));
        let Some(reach) = self.balls.reach().or_else(|| {
            let slope = gradient.dot(&(&self.balls.center - &self.balls.lowest(1.0, gradient)));
            let at_center = least(0.0).max(0.0);
            (slope > 0.0).then(|| at_center / slope * 2.0 + 1e-12)
        }) else {
            return f64::INFINITY;
        };
        if least(reach) > 0.0 {
            return f64::INFINITY;
        }
        let (mut below, mut above) = (0.0, reach);
        for _ in 0..40 {
            let middle = 0.5 * (below + above);
            if least(middle) <= 0.0 { above = middle } else { below = middle }
        }
        above
    }

    /// The witness that the least step downhill from a point makes: at most 0 in f64 and in f32.
    fn nudged(&self, point: &Array1<f64>) -> Option<Found> {
        let from = self.balls.distance(point);
        if let Some(found) = self.replayed(point, from) {
            return Some(found);
        }
        let (_, function) = self.least(point);
        let (_, gradient) = self.gradient(function, point);
        let stepped = |step: f64| {
            let moved = self.balls.move_down(point, step, &gradient);
            let distance = self.balls.distance(&moved);
            self.replayed(&moved, distance)
        };
        let mut too_short = 0.0;
        let mut step = 1e-10 * from.max(1e-3);
        let mut found = loop {
            if let Some(found) = stepped(step) {
                break found;
            }
            if step > from.max(1e-3) {
                return None;
            }
            too_short = step;
            step *= 2.0;
        };
        for _ in 0..NUDGE_HALVINGS {
            let middle = 0.5 * (too_short + step);
            match stepped(middle) {
                Some(nearer) => {
                    step = middle;
                    if nearer.distortion < found.distortion {
                        found = nearer;
                    }
                }
                None => too_short = middle,
            }
        }
        Some(found)
    }

    /// The `f32` point next to a point, if it is adversarial in both precisions; elements that did not move stay as they
    /// are in the image.
    fn replayed(&self, point: &Array1<f64>, radius: f64) -> Option<Found> {
        let sides = self.balls.sides(radius.next_up()).ok()?;
        let witness = self.replayer.replay(&sides, point.view())?;
        let distortion = self.balls.distance(&witness.input.mapv(f64::from));
        let is_adversarial = self.functions.iter().any(|function| witness.confirms(function));
        is_adversarial.then_some(Found { witness, distortion })
    }

    /// The least of the functions at a point, and which one it is.
    fn least(&self, point: &Array1<f64>) -> (f64, usize) {
        let output = self.network.forward_one(point.view());
        let values = self.functions.iter().map(|function| function.value(output.view()));
        let indexed = values.enumerate().map(|(function, value)| (value, function));
        indexed.fold((f64::INFINITY, 0), |least, one| if one.0 < least.0 { one } else { least })
    }

    fn gradient(&self, function: usize, point: &Array1<f64>) -> (f64, Array1<f64>) {
        let function = &self.functions[function];
        let trace = self.network.trace(point.view().insert_axis(Axis(0)));
        let cotangent = function.coefficients.view().insert_axis(Axis(0));
        let gradient = self.network.input_gradient(&trace, cotangent);
        (function.value(trace.output().row(0)), gradient.row(0).to_owned())
    }
}
