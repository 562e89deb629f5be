//! Upper bounds of a minimum by walking downhill.

use ndarray::{Array1, Axis, Zip};
use nn_core::Network;

use super::Incumbent;
use crate::property::{InputBox, LinearFunction};

/// Passes through the network that one descent may take.
const STEPS: u32 = 16;

/// The best input met on a short descent from a point of the box.
///
/// Every step goes a share `2 / (step + 2)` of the way to the corner that the gradient points to: Frank & Wolfe, "An
/// algorithm for quadratic programming", 1956, on a function that need not be convex. The first corner is that of the
/// fast gradient sign method.
pub(super) fn descend(
    network: &Network<f64>,
    input: &InputBox,
    function: &LinearFunction,
    start: Array1<f64>,
) -> Incumbent {
    let cotangent = function.coefficients.view().insert_axis(Axis(0));
    let mut point = start;
    let mut best: Option<Incumbent> = None;
    for step in 0..STEPS {
        let trace = network.trace(point.view().insert_axis(Axis(0)));
        let value = function.value(trace.output().row(0));
        if best.as_ref().is_none_or(|best| value < best.value) {
            best = Some(Incumbent { input: point.clone(), value });
        }
        let gradient = network.input_gradient(&trace, cotangent);
        let share = 2.0 / f64::from(step + 2);
        Zip::from(&mut point).and(gradient.row(0)).and(input.lower()).and(input.upper()).for_each(
            |x, slope, lower, upper| {
                let corner = if *slope > 0.0 { lower } else { upper };
                *x = (*x + share * (corner - *x)).clamp(*lower, *upper);
            },
        );
    }
    best.expect("the first step sets it")
}
