//! Upper bounds of a minimum by walking downhill: points of a box at which an output function is small.
//!
//! Nothing is proven by them; the network's own value at a point is an upper bound, and a witness where it is at most 0.

use ndarray::{Array1, ArrayView1, Axis, Zip};
use nn_core::Network;

use crate::property::{InputBox, LinearFunction};

/// Passes through the network that [`frank_wolfe`] takes.
const FRANK_WOLFE_STEPS: u32 = 16;

/// Passes through the network that [`momentum_signs`] takes.
const SIGN_STEPS: u32 = 60;

/// How much of the earlier gradients [`momentum_signs`] keeps.
const MOMENTUM: f64 = 0.9;

/// Shows the points of a short descent from a point of the box, and the network's outputs there.
///
/// Every step goes a share `2 / (step + 2)` of the way to the corner that the gradient points to: Frank & Wolfe, "An
/// algorithm for quadratic programming", 1956, on a function that need not be convex. The first corner is that of the
/// fast gradient sign method.
///
/// # Panics
/// Where box, function and start do not fit the network.
pub fn frank_wolfe(
    network: &Network<f64>,
    input: &InputBox,
    function: &LinearFunction,
    start: Array1<f64>,
    visit: &mut dyn FnMut(&Array1<f64>, ArrayView1<'_, f64>),
) {
    let mut point = start;
    for step in 0..FRANK_WOLFE_STEPS {
        let gradient = gradient(network, function, &point, visit);
        let share = 2.0 / f64::from(step + 2);
        Zip::from(&mut point).and(&gradient).and(input.lower()).and(input.upper()).for_each(
            |x, slope, lower, upper| {
                let corner = if *slope > 0.0 { lower } else { upper };
                *x = (*x + share * (corner - *x)).clamp(*lower, *upper);
            },
        );
    }
}

/// Shows the points of a longer descent, and the network's outputs there: steps along the signs of averaged gradients,
/// from half of the box's width down to a hundredth of it.
///
/// Source: Dong et al., "Boosting adversarial attacks with momentum", 2018, with steps that shrink.
///
/// # Panics
/// Where box, function and start do not fit the network.
pub fn momentum_signs(
    network: &Network<f64>,
    input: &InputBox,
    function: &LinearFunction,
    start: Array1<f64>,
    visit: &mut dyn FnMut(&Array1<f64>, ArrayView1<'_, f64>),
) {
    let mut point = start;
    let mut direction = Array1::<f64>::zeros(point.len());
    for step in 0..SIGN_STEPS {
        let gradient = gradient(network, function, &point, visit);
        let scale = gradient.iter().map(|slope| slope.abs()).sum::<f64>().max(f64::MIN_POSITIVE);
        let share = 0.5 * 0.02_f64.powf(f64::from(step) / f64::from(SIGN_STEPS - 1));
        direction.zip_mut_with(&gradient, |sum, slope| *sum = MOMENTUM * *sum + slope / scale);
        Zip::from(&mut point).and(&direction).and(input.lower()).and(input.upper()).for_each(
            |x, slope, lower, upper| {
                let way = if *slope == 0.0 { 0.0 } else { slope.signum() };
                *x = (*x - share * (upper - lower) * way).clamp(*lower, *upper);
            },
        );
    }
}

fn gradient(
    network: &Network<f64>,
    function: &LinearFunction,
    point: &Array1<f64>,
    visit: &mut dyn FnMut(&Array1<f64>, ArrayView1<'_, f64>),
) -> Array1<f64> {
    let trace = network.trace(point.view().insert_axis(Axis(0)));
    visit(point, trace.output().row(0));
    let cotangent = function.coefficients.view().insert_axis(Axis(0));
    network.input_gradient(&trace, cotangent).row(0).to_owned()
}
