//! What someone who trusts nothing of ours computes from the numbers that we return.

use attacks::Target;
use attacks::empirical::{EmpiricalAnswer, ThreatModel};
use milp_encode::property::Norm;
use nn_core::Network;

/// Holds a point against ball and range, without any tolerance.
pub(crate) fn check(threat: &ThreatModel, center: &[f32], point: &[f32]) {
    let epsilon = threat.epsilon;
    let context = || format!("{threat:?}: {point:?} around {center:?}");
    assert_eq!(center.len(), point.len());
    if let Some(range) = threat.range {
        assert!(point.iter().all(|x| (range.lower..=range.upper).contains(&f64::from(*x))), "{}", context());
    }
    let differences: Vec<f64> =
        point.iter().zip(center).map(|(x, c)| f64::from(*x) - f64::from(*c)).collect();
    assert!(differences.iter().all(|difference| difference.abs() <= epsilon), "{}", context());
    match threat.norm {
        Norm::LInf => {
            let in_f32 = point.iter().zip(center).map(|(x, c)| (x - c).abs());
            let is_within =
                |difference: f32| difference <= epsilon as f32 && f64::from(difference) <= epsilon;
            assert!(in_f32.clone().all(is_within), "in f32: {}", context());
        }
        Norm::L2 | Norm::L1 => {
            let length = |differences: &mut dyn Iterator<Item = &f64>| match threat.norm {
                Norm::L1 => differences.map(|d| d.abs()).sum::<f64>(),
                _ => differences.map(|d| d * d).sum::<f64>().sqrt(),
            };
            assert!(length(&mut differences.iter()) <= epsilon, "{}", context());
            assert!(length(&mut differences.iter().rev()) <= epsilon, "backwards: {}", context());
        }
    }
}

/// Recomputes what an answer says of its input.
pub(crate) fn check_answer(network: &Network<f64>, label: u8, target: Target, answer: &EmpiricalAnswer) {
    let outputs = network.forward_one(answer.witness.input.mapv(f64::from).view());
    let single = network.cast::<f32>().forward_one(answer.witness.input.view()).mapv(f64::from);
    let least = |outputs: &ndarray::Array1<f64>| {
        let others = (0..outputs.len()).filter(|class| match target {
            Target::Any => *class != usize::from(label),
            Target::Class(wanted) => *class == wanted,
        });
        others.map(|class| outputs[usize::from(label)] - outputs[class]).fold(f64::INFINITY, f64::min)
    };
    let size = outputs.fold(1.0, |size: f64, y| size.max(y.abs()));
    assert!((least(&outputs) - answer.margin).abs() <= 1e-12 * size, "{} {answer:?}", least(&outputs));
    assert!((least(&single) - answer.margin_f32).abs() <= 1e-4 * size, "{} {answer:?}", least(&single));
    let is_adversarial = least(&outputs) <= 0.0 && least(&single) <= 0.0;
    assert_eq!(answer.is_adversarial(), is_adversarial, "{answer:?}");
}
