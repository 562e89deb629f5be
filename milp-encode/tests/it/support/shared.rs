//! Trained networks from the shared data folder, where there is one.

use std::path::PathBuf;

use nn_core::{Network, read_onnx};

/// The folder named by `GREYMATTER_DATA`, else `../shared/data` beside the checkout.
fn folder() -> PathBuf {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    std::env::var_os("GREYMATTER_DATA").map_or_else(beside, PathBuf::from)
}

/// Small trained networks by file name; none, and a line that says so, where the folder is absent.
#[expect(clippy::print_stdout, reason = "says what was skipped")]
pub(crate) fn networks() -> Vec<(String, Network<f64>)> {
    let folder = folder().join("nets");
    let names = [
        "toy_mnist_2_20.onnx",
        "eran_mnist_6_100.onnx",
        "madry_cnn_no_maxpool_tiny.onnx",
        "RSL18a_linf0.1_mnist.onnx",
        "WK17a_linf0.1_mnist.onnx",
    ];
    let read = |name: &str| {
        let Ok(bytes) = std::fs::read(folder.join(name)) else {
            println!("skipped: {} is not there", folder.join(name).display());
            return None;
        };
        let network = read_onnx(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        Some((name.to_owned(), network))
    };
    names.into_iter().filter_map(read).collect()
}
