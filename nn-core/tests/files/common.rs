//! What the tests of file formats share: seeded inputs, recorded outputs, comparisons.

use std::path::{Path, PathBuf};

use ndarray::Array1;
use nn_core::{Network, Scalar};
use serde::{Deserialize, de::DeserializeOwned};

/// What another program computed on one network; `benchmarks/peers/recording.py` writes it.
#[derive(Debug, Deserialize)]
pub(crate) struct Record {
    pub(crate) path: String,
    pub(crate) input_shape: Vec<usize>,
    pub(crate) runs: Vec<Run>,
}

/// The flattened output for the input of a seed.
#[derive(Debug, Deserialize)]
pub(crate) struct Run {
    pub(crate) seed: u32,
    pub(crate) output: Vec<f64>,
}

/// The list under `key` in a file below `tests/data`.
pub(crate) fn records<R: DeserializeOwned>(file: &str, key: &str) -> Vec<R> {
    let path = test_data().join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut json: serde_json::Value = serde_json::from_str(&text).expect("recorded outputs are JSON");
    serde_json::from_value(json[key].take()).expect("recorded outputs have the form asked for")
}

/// `nn-core/tests/data`
pub(crate) fn test_data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

/// Where the shared data lie, if they do.
pub(crate) fn shared_data() -> Option<PathBuf> {
    let beside_the_checkout = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folder = std::env::var_os("GREYMATTER_DATA").map_or_else(beside_the_checkout, PathBuf::from);
    folder.is_dir().then_some(folder)
}

/// Values in [-1, 1) from a linear congruential generator: the same as `seeded_input` in
/// `benchmarks/peers/recording.py`, exact in `f32`.
pub(crate) fn seeded_input<T: Scalar>(seed: u32, count: usize) -> Array1<T> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        T::from_f64(f64::from(state >> 8) / f64::from(1_u32 << 23) - 1.0)
    };
    (0..count).map(|_| next()).collect()
}

/// Compares a network's outputs with recorded ones, relative to the largest, or to 1 where all are smaller: such
/// outputs are differences of larger hidden values, whose rounding they carry.
pub(crate) fn assert_computes<T: Scalar>(network: &Network<T>, record: &Record, tolerance: f64) {
    for run in &record.runs {
        let input = seeded_input::<T>(run.seed, network.input_count());
        let output = network.forward_one(input.view());
        assert_eq!(output.len(), run.output.len(), "{}: number of outputs", record.path);
        let largest = run.output.iter().fold(1.0, |largest: f64, value| largest.max(value.abs()));
        for (index, (computed, recorded)) in output.iter().zip(&run.output).enumerate() {
            let deviation = (computed.as_f64() - recorded).abs();
            assert!(
                deviation <= tolerance * largest,
                "{}, seed {}, output {index}: {computed}, but recorded {recorded}",
                record.path,
                run.seed,
            );
        }
    }
}
