//! Adversarial examples of one network tried on others.
//!
//! How often an example transfers is stated with three denominators: of all attacks on the source, of those that found an
//! example there (the transfer rate of Papernot, McDaniel and Goodfellow, "Transferability in machine learning", 2016), and
//! of those on images that both networks classify rightly (as Liu et al., "Delving into transferable adversarial examples",
//! 2017, choose their images), which leaves out what the other network gets wrong without any attack.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use milp_encode::Replayer;
use ndarray::{ArrayView1, ArrayView2, Axis};
use nn_core::Scalar;

use crate::exact::check_example;
use crate::{AttackError, Target};

/// What a network makes of an input that was changed to fool a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reaction {
    /// Whether some other class's output reaches the label's, in f64 and in f32.
    pub is_fooled: bool,
    /// Whether the output aimed at reaches the label's, in f64 and in f32; as `is_fooled` where any class will do.
    pub reaches_target: bool,
}

/// One attack on a source network, and what all networks make of its example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TriedAttack {
    /// The image, by any number that tells it from others.
    pub image: usize,
    /// The reaction of every network, in one order for all attacks; `None` where the attack found no example.
    pub reactions: Option<Vec<Reaction>>,
}

/// What became of attacks on a source network on one other network. Counts of several images add up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TransferCounts {
    /// Attacks on the source.
    pub attacks: usize,
    /// Those that found an example there.
    pub found: usize,
    /// Those whose example fools the other network too.
    pub fooling: usize,
    /// Those whose example makes the other network, too, prefer the class that was aimed at.
    pub reaching_target: usize,
    /// Those that found an example for an image that both networks classify rightly when it is unchanged.
    pub found_where_both_right: usize,
    /// Those of them whose example fools the other network.
    pub fooling_where_both_right: usize,
}

/// Runs the inputs, one a row, through a network.
///
/// # Errors
/// [`AttackError`] where inputs, labels or targets do not fit the network.
///
/// # Panics
/// Where there is not one label and one target a row.
pub fn react(
    networks: &Replayer<'_>,
    inputs: ArrayView2<'_, f32>,
    labels: &[u8],
    targets: &[Target],
) -> Result<Vec<Reaction>, AttackError> {
    assert_eq!((inputs.nrows(), inputs.nrows()), (labels.len(), targets.len()), "one label and target a row");
    for (input, label) in inputs.rows().into_iter().zip(labels) {
        check_example(networks.exact(), input, usize::from(*label))?;
    }
    if inputs.is_empty() {
        return Ok(Vec::new());
    }
    let exact = networks.exact().forward(inputs.mapv(f64::from).view());
    let single = networks.single().forward(inputs);
    let questions = labels.iter().zip(targets);
    let outputs = exact.axis_iter(Axis(0)).zip(single.axis_iter(Axis(0)));
    questions.zip(outputs).map(|((label, target), outputs)| reaction(outputs, *label, *target)).collect()
}

fn reaction(
    (exact, single): (ArrayView1<'_, f64>, ArrayView1<'_, f32>),
    label: u8,
    target: Target,
) -> Result<Reaction, AttackError> {
    let (label, classes) = (usize::from(label), exact.len());
    if let Target::Class(class) = target
        && class >= classes
    {
        return Err(AttackError::Class { class, classes });
    }
    let reached = |target: Target| {
        let others = target.classes(label, classes);
        reaches(exact, label, &others) && reaches(single, label, &others)
    };
    Ok(Reaction { is_fooled: reached(Target::Any), reaches_target: reached(target) })
}

/// Whether some of the classes' outputs reach the label's.
fn reaches<T: Scalar>(output: ArrayView1<'_, T>, label: usize, others: &[usize]) -> bool {
    others.iter().any(|class| output[*class] >= output[label])
}

/// What the attacks on a source became on the network at position `other`, image by image: the images are what an interval
/// resamples, since the attacks on one image rise and fall together.
///
/// `both_right` tells whether source and other classify an unchanged image rightly.
///
/// # Panics
/// Where an example has no reaction at that position.
pub fn count_transfer(
    attacks: &[TriedAttack],
    other: usize,
    both_right: impl Fn(usize) -> bool,
) -> BTreeMap<usize, TransferCounts> {
    let mut images = BTreeMap::<usize, TransferCounts>::new();
    for attack in attacks {
        let mut counts = TransferCounts { attacks: 1, ..TransferCounts::default() };
        if let Some(reactions) = &attack.reactions {
            let Reaction { is_fooled, reaches_target } = reactions[other];
            let both_right = both_right(attack.image);
            counts.found = 1;
            counts.fooling = usize::from(is_fooled);
            counts.reaching_target = usize::from(reaches_target);
            counts.found_where_both_right = usize::from(both_right);
            counts.fooling_where_both_right = usize::from(both_right && is_fooled);
        }
        *images.entry(attack.image).or_default() += counts;
    }
    images
}

impl TransferCounts {
    /// Examples that fool both networks, as a share of all attacks; NaN of none.
    pub fn of_attacks(&self) -> f64 {
        share(self.fooling, self.attacks)
    }

    /// The transfer rate: examples that fool both, as a share of those found on the source; NaN of none.
    pub fn of_found(&self) -> f64 {
        share(self.fooling, self.found)
    }

    /// The transfer rate among images that both networks classify rightly; NaN of none.
    pub fn of_found_where_both_right(&self) -> f64 {
        share(self.fooling_where_both_right, self.found_where_both_right)
    }

    /// Examples that reach the class aimed at on both networks, as a share of those found on the source; NaN of none.
    pub fn target_of_found(&self) -> f64 {
        share(self.reaching_target, self.found)
    }
}

impl AddAssign for TransferCounts {
    fn add_assign(&mut self, other: Self) {
        self.attacks += other.attacks;
        self.found += other.found;
        self.fooling += other.fooling;
        self.reaching_target += other.reaching_target;
        self.found_where_both_right += other.found_where_both_right;
        self.fooling_where_both_right += other.fooling_where_both_right;
    }
}

fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, array};
    use nn_core::{Affine, Network, NetworkBuilder, NodeId, Op};

    use super::*;

    /// Three classes with the outputs `x0`, `x1` and `bias`.
    fn network(bias: f64) -> Network<f64> {
        let affine = Affine {
            weight: array![[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]],
            bias: Array1::from(vec![0.0, 0.0, bias]),
        };
        let mut builder = NetworkBuilder::new([2]);
        let output = builder.add("output", Op::Affine(affine), &[NodeId::INPUT]).expect("shapes fit");
        builder.finish(output)
    }

    #[test]
    fn a_tie_fools_and_a_target_is_one_class() {
        let inputs = array![[0.5, 0.25], [0.5, 0.5], [0.25, 0.5], [0.25, 0.5]];
        let targets = [Target::Any, Target::Class(1), Target::Class(2), Target::Any];
        let reactions = react(&Replayer::new(&network(0.0)), inputs.view(), &[0, 0, 0, 1], &targets).unwrap();
        let expected = [(false, false), (true, true), (true, false), (false, false)];
        let expected = expected.map(|(is_fooled, reaches_target)| Reaction { is_fooled, reaches_target });
        assert_eq!(reactions, expected);
        // The other network prefers its third class to all of them.
        let others = react(&Replayer::new(&network(1.0)), inputs.view(), &[0, 0, 0, 1], &targets).unwrap();
        assert!(others.iter().all(|reaction| reaction.is_fooled));
        assert!(others[2].reaches_target);
    }

    #[test]
    fn what_does_not_fit_is_refused_and_nothing_is_nothing() {
        let ask = |pixels: usize, label: u8, target: Target| {
            let inputs = ndarray::Array2::zeros((1, pixels));
            react(&Replayer::new(&network(0.0)), inputs.view(), &[label], &[target])
        };
        let nothing = ndarray::Array2::zeros((0, 2));
        assert_eq!(react(&Replayer::new(&network(0.0)), nothing.view(), &[], &[]).unwrap(), []);
        assert!(matches!(ask(3, 0, Target::Any), Err(AttackError::ImageSize { pixels: 3, .. })));
        assert!(matches!(ask(2, 3, Target::Any), Err(AttackError::Class { class: 3, .. })));
        assert!(matches!(ask(2, 0, Target::Class(3)), Err(AttackError::Class { class: 3, .. })));
    }

    #[test]
    fn each_denominator_counts_what_it_says() {
        let reaction = |is_fooled: bool| Reaction { is_fooled, reaches_target: false };
        let found = |image, fooled: bool| TriedAttack {
            image,
            reactions: Some(vec![reaction(true), reaction(fooled)]),
        };
        let nothing = |image| TriedAttack { image, reactions: None };
        // Image 2 is one that the other network gets wrong without an attack.
        let attacks = [found(0, true), found(0, false), nothing(0), nothing(1), found(2, true)];
        let images = count_transfer(&attacks, 1, |image| image != 2);
        let mut all = TransferCounts::default();
        images.values().for_each(|counts| all += *counts);
        assert_eq!((images.len(), images[&0].attacks, images[&1].found), (3, 3, 0));
        assert_eq!((all.attacks, all.found, all.fooling), (5, 3, 2));
        assert_eq!(all.of_attacks(), 2.0 / 5.0);
        assert_eq!(all.of_found(), 2.0 / 3.0);
        assert_eq!(all.of_found_where_both_right(), 1.0 / 2.0);
        assert_eq!(all.target_of_found(), 0.0);
        assert!(images[&1].of_found().is_nan());
        // On the source itself, every example fools.
        let own = count_transfer(&attacks, 0, |_| true);
        assert!(own.values().all(|counts| counts.fooling == counts.found));
    }
}
