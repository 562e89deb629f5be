use milp_encode::property::Norm;

use crate::empirical::region::Region;

/// Guesses of a step's length: each is nearer, and exact once no further element comes to its end.
const GUESSES: usize = 50;

/// The length of the step from a point along which a linear function falls by `fall`, though elements stop at their
/// sides; the diameter of the ball where no step is long enough.
pub(super) fn length_of_fall(region: &Region, row: usize, point: &[f32], downhill: &[f32], fall: f64) -> f64 {
    let (lower, upper) = region.sides(row);
    let ways = downhill.iter().enumerate().map(|(i, slope)| {
        let end = if *slope > 0.0 { upper[i] } else { lower[i] };
        Way { slope: f64::from(slope.abs()), room: (f64::from(end) - f64::from(point[i])).abs() }
    });
    let ways =
        ways.filter(|way| way.slope > 0.0 && way.slope.is_finite() && way.room > 0.0).collect::<Vec<Way>>();
    let diameter = 2.0 * region.threat().epsilon;
    let length = match region.threat().norm {
        Norm::LInf => solved(fall, &ways, |length, way| (length, way.slope)),
        Norm::L2 => {
            let slope = ways.iter().map(|way| way.slope * way.slope).sum::<f64>().sqrt();
            solved(fall, &ways, |length, way| (length * way.slope / slope, way.slope * way.slope / slope))
        }
        Norm::L1 => sequential(fall, ways),
    };
    length.map_or(diameter, |length| length.min(diameter))
}

/// How fast a function falls with one element, and how far the element may go.
struct Way {
    slope: f64,
    room: f64,
}

/// The length at which all elements together give the fall; each goes where `go` says, at this gain a unit of length, and
/// stops where its room ends. Newton's method on a concave function: it comes from below.
fn solved(fall: f64, ways: &[Way], go: impl Fn(f64, &Way) -> (f64, f64)) -> Option<f64> {
    let mut length = 0.0;
    for _ in 0..GUESSES {
        let (mut fallen, mut gain) = (0.0, 0.0);
        for way in ways {
            let (distance, gain_here) = go(length, way);
            if distance < way.room {
                gain += gain_here;
            }
            fallen += way.slope * distance.min(way.room);
        }
        let missing = fall - fallen;
        if missing <= 1e-12 * fall {
            return Some(length);
        }
        if gain == 0.0 {
            return None;
        }
        length += missing / gain;
    }
    Some(length)
}

/// The length of a step that takes the steepest elements first, each to its end.
fn sequential(fall: f64, mut ways: Vec<Way>) -> Option<f64> {
    ways.sort_by(|a, b| b.slope.total_cmp(&a.slope));
    let (mut missing, mut length) = (fall, 0.0);
    for way in ways {
        if way.slope * way.room >= missing {
            return Some(length + missing / way.slope);
        }
        missing -= way.slope * way.room;
        length += way.room;
    }
    None
}
