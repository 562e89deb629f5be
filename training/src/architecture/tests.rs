use super::*;

fn build(text: &str, shape: &[usize], seed: u64) -> Result<Network<f32>, TrainingError> {
    text.parse::<Architecture>()?.build(shape, Initialization::KaimingUniform, seed)
}

fn names(network: &Network<f32>) -> Vec<&str> {
    network.nodes().iter().map(|node| node.name()).collect()
}

#[test]
fn texts_parse_and_print_alike() {
    for text in [
        "784-50-20-10",
        "4-2",
        "1-1-1-1-1",
        "conv16k4s2p1-conv32k4s2-100-10",
        "conv6k5p2-avg2-conv16k5-avg2-120-84-10",
        "max3s2p1-10",
        "avg2s1-5-3",
    ] {
        assert_eq!(text.parse::<Architecture>().expect(text).to_string(), text);
    }
    let spelt_out: Architecture = "conv8p0s1k3-max2s2-10".parse().expect("in any order");
    assert_eq!(spelt_out.to_string(), "conv8k3-max2-10");
}

#[test]
fn other_texts_are_answered_with_the_mend() {
    for (text, reason) in [
        ("", "`` is not a width, nor a layer that begins with conv, avg or max"),
        ("784", "it has no layer"),
        ("784-0-10", "`0` is not a width, nor"),
        ("784--10", "`` is not a width, nor"),
        ("784,50,10", "`784,50,10` is not a width, nor"),
        ("784-1e3-10", "`1e3` is not a width, nor"),
        ("conv16k4", "it ends in `conv16k4`, but the last layer is fully connected"),
        ("784-conv16k4-10", "`conv16k4` comes after a fully connected layer or a flat input"),
        ("avg2-10-max2-10", "`max2` comes after a fully connected layer or a flat input"),
        ("convk4-10", "`convk4` has no number of channels"),
        ("conv16-10", "`conv16` has no kernel size, such as k3"),
        ("conv16k-10", "`conv16k` goes on with `k`, where k, s or p with a number may stand once each"),
        ("conv16k3q2-10", "`conv16k3q2` goes on with `q2`, where"),
        ("conv16k3k3-10", "`conv16k3k3` goes on with `k3`, where"),
        ("conv16k3s0-10", "`conv16k3s0` has a size of 0"),
        ("conv0k3-10", "`conv0k3` has a size of 0"),
        ("max2k2-10", "`max2k2` has two window sizes"),
        ("avg-10", "`avg` has no window size"),
        ("max2p2-10", "`max2p2` has as much padding as kernel, or more"),
    ] {
        let message = text.parse::<Architecture>().expect_err(text).to_string();
        assert!(message.starts_with(&format!("`{text}` is not an architecture: {reason}")), "{message}");
        assert!(message.ends_with("as in 784-50-20-10 or conv16k4s2-100-10"), "{message}");
    }
}

#[test]
fn an_image_is_flattened_before_the_first_layer() {
    let image = build("64-5-3", &[1, 8, 8], 0).expect("fits");
    assert_eq!(image.input_shape().dimensions(), [1, 8, 8]);
    assert_eq!(names(&image), ["input", "flatten", "dense1", "relu1", "dense2"]);
    assert_eq!((image.output_count(), image.relu_count()), (3, 5));
    assert_eq!(image.parameter_count(), 64 * 5 + 5 + 5 * 3 + 3);

    let vector = build("64-5-3", &[64], 0).expect("fits");
    assert_eq!(names(&vector), ["input", "dense1", "relu1", "dense2"]);
}

#[test]
fn lenet_5_has_its_published_sizes() {
    let network = build("conv6k5p2-avg2-conv16k5-avg2-120-84-10", &[1, 28, 28], 0).expect("fits");
    let shapes: Vec<_> = network.nodes().iter().map(|node| node.shape().dimensions().to_vec()).collect();
    let expected: [&[usize]; 13] = [
        &[1, 28, 28],
        &[6, 28, 28],
        &[6, 28, 28],
        &[6, 14, 14],
        &[16, 10, 10],
        &[16, 10, 10],
        &[16, 5, 5],
        &[400],
        &[120],
        &[120],
        &[84],
        &[84],
        &[10],
    ];
    assert_eq!(shapes, expected);
    // The second convolution sees all of the first one's channels, where LeCun et al. (1998) leave some out.
    assert_eq!(network.parameter_count(), 156 + 2416 + 48120 + 10164 + 850);
    assert_eq!(network.relu_count(), 6 * 784 + 1600 + 120 + 84);
}

#[test]
fn convolutions_are_drawn_by_their_inputs() {
    let network = build("conv8k3s2p1-max2-10", &[4, 8, 8], 1).expect("fits");
    assert_eq!(names(&network), ["input", "conv1", "relu1", "maximum2", "flatten", "dense3"]);
    let (_, weight) = network.parameters().swap_remove(0);
    assert_eq!(weight.shape(), [8, 4, 3, 3]);
    let greatest = weight.iter().fold(0.0_f32, |greatest, value| greatest.max(value.abs()));
    let bound = (6.0_f32 / 36.0).sqrt();
    assert!(greatest <= bound && greatest > 0.9 * bound, "{greatest} against {bound}");
}

#[test]
fn the_seed_decides_the_weights() {
    for text in ["6-5-3", "conv2k2-3"] {
        let weights = |seed| build(text, &[1, 2, 3], seed).expect("fits");
        assert_eq!(weights(1), weights(1));
        assert_ne!(weights(1), weights(2));
    }
}

#[test]
fn architectures_that_do_not_fit_an_input_are_errors() {
    for (text, shape, message) in [
        (
            "784-50-10",
            &[1, 8, 8][..],
            "architecture 784-50-10 takes 784 inputs, but an input of shape [1, 8, 8] has 64",
        ),
        ("100000-100000", &[100_000], "architecture 100000-100000 has more than 1073741824 parameters"),
        ("2-18446744073709551615", &[2], "architecture 2-18446744073709551615 has more than"),
        ("conv2k99999-2", &[3, 8, 8], "architecture conv2k99999-2 has more than 1073741824 parameters"),
        ("conv2k9-2", &[1, 8, 8], "conv1"),
        ("conv2k3-2", &[64], "conv1"),
    ] {
        let found = build(text, shape, 0).expect_err(message).to_string();
        assert!(found.contains(message), "{found}");
    }
}
