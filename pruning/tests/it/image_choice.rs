use ndarray::array;
use pruning::{Preference, Samples, choose_images};

use crate::support::{dense, inputs, random_dense};

#[test]
fn the_least_and_most_confident_right_images_of_each_class() {
    // The logits are the inputs.
    let network = dense(&[(array![[1.0, 0.0], [0.0, 1.0]], array![0.0, 0.0])]);
    let inputs = array![[3.0, 0.0], [1.0, 0.0], [0.0, 5.0], [0.0, 2.0], [2.0, 0.0], [0.0, 1.0], [9.0, 0.0]];
    // Images 5 and 6 are misclassified.
    let samples = Samples { inputs: inputs.view(), labels: &[0, 0, 1, 1, 0, 0, 1] };
    let check = |per_class, preference, expected: &[usize]| {
        let chosen = choose_images(&network, samples, per_class, preference).expect("they fit");
        assert_eq!(chosen, expected, "{preference:?}");
    };
    check(1, Preference::LeastConfident, &[1, 3]);
    check(2, Preference::LeastConfident, &[1, 4, 3, 2]);
    check(1, Preference::MostConfident, &[0, 2]);
    check(9, Preference::MostConfident, &[0, 4, 1, 2, 3]);
    check(0, Preference::MostConfident, &[]);
}

#[test]
fn a_seed_decides_a_random_choice() {
    let network = random_dense(&[4, 6, 3], 2);
    let inputs = inputs(&network, 700, 3);
    let logits = network.forward(inputs.view());
    let labels: Vec<u8> = logits
        .rows()
        .into_iter()
        .map(|logits| u8::try_from(nn_core::predicted_class(logits)).expect("few"))
        .collect();
    let samples = Samples { inputs: inputs.view(), labels: &labels };
    let choose = |seed| choose_images(&network, samples, 2, Preference::Random(seed)).expect("they fit");
    assert_eq!(choose(1), choose(1));
    assert!((2..6).any(|seed| choose(seed) != choose(1)));
    let chosen: Vec<u8> = choose(1).into_iter().map(|image| labels[image]).collect();
    assert!(chosen.is_sorted(), "classes come in order: {chosen:?}");
    for class in 0..3 {
        let all = labels.iter().filter(|label| **label == class).count();
        assert_eq!(chosen.iter().filter(|label| **label == class).count(), all.min(2), "class {class}");
    }
}
