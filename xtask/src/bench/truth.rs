//! What is known of the answers from elsewhere.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::sets::{MNIST_FC_IMAGES, NetworkSource};

/// Where the truth about a set stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TruthSource {
    /// Nowhere.
    None,
    /// The nightly runs of MIPVerify.jl.
    Wk17a,
    /// The results of VNN-COMP.
    VnnComp,
}

/// What is known about a model's minimum.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Truth {
    /// Whether the network is robust around the model's image: then all minima of the image are above 0, else one is not.
    Robust(bool),
    /// The minimum.
    Minimum(f64),
}

/// What is known about the images of a network, by their positions.
pub(super) fn read(
    source: TruthSource,
    network: &NetworkSource,
    shared_data: &Path,
) -> Result<BTreeMap<usize, Truth>> {
    let (file, parse): (_, fn(&NetworkSource, &str) -> Result<_>) = match source {
        TruthSource::None => return Ok(BTreeMap::new()),
        TruthSource::Wk17a => ("truth/wk17a_eps0.1.csv", |_, text| wk17a(text)),
        TruthSource::VnnComp => ("truth/vnncomp.csv", mnist_fc),
    };
    let path = shared_data.join(file);
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    parse(network, &text).with_context(|| path.display().to_string())
}

fn wk17a(text: &str) -> Result<BTreeMap<usize, Truth>> {
    let mut truths = BTreeMap::new();
    for cells in rows(text, ["mnist_test_index0", "truth"])? {
        let [image, verdict] = cells?;
        let image = image.parse().with_context(|| format!("`{image}` is no position of an image"))?;
        truths.extend(robust(verdict).map(|truth| (image, truth)));
    }
    Ok(truths)
}

fn mnist_fc(network: &NetworkSource, text: &str) -> Result<BTreeMap<usize, Truth>> {
    let mut truths = BTreeMap::new();
    for cells in rows(text, ["benchmark", "onnx", "vnnlib", "truth"])? {
        let [benchmark, onnx, property, verdict] = cells?;
        if benchmark != "mnist_fc" || onnx != format!("onnx/mnist-net_{}.onnx", network.name) {
            continue;
        }
        let number = property.strip_prefix("vnnlib/prop_").and_then(|rest| rest.strip_suffix("_0.03.vnnlib"));
        let Some(number) = number.and_then(|number| number.parse().ok()) else { continue };
        let image = MNIST_FC_IMAGES.split(',').nth(number).and_then(|image| image.parse().ok());
        let image = image.with_context(|| format!("there is no image for {property}"))?;
        truths.extend(robust(verdict).map(|truth| (image, truth)));
    }
    Ok(truths)
}

/// "Unsat" says that no input of the ball has a minimum at or below 0.
fn robust(verdict: &str) -> Option<Truth> {
    match verdict {
        "unsat" => Some(Truth::Robust(true)),
        "sat" => Some(Truth::Robust(false)),
        _ => None,
    }
}

/// The cells of some columns of a table without quotes.
fn rows<'a, const N: usize>(
    text: &'a str,
    columns: [&str; N],
) -> Result<impl Iterator<Item = Result<[&'a str; N]>>> {
    let mut lines = text.lines();
    let header: Vec<_> = lines.next().unwrap_or_default().split(',').collect();
    let mut positions = [0; N];
    for (position, column) in positions.iter_mut().zip(columns) {
        let place = header.iter().position(|name| *name == column);
        *position = place.with_context(|| format!("line 1: there is no column {column}"))?;
    }
    let cells = move |(number, line): (usize, &'a str)| {
        let cells: Vec<_> = line.split(',').collect();
        let mut chosen = [""; N];
        for (cell, position) in chosen.iter_mut().zip(positions) {
            *cell = cells.get(position).with_context(|| format!("line {}: too few columns", number + 2))?;
        }
        Ok(chosen)
    };
    Ok(lines.enumerate().filter(|(_, line)| !line.trim().is_empty()).map(cells))
}

#[cfg(test)]
mod tests {
    use super::super::sets::Origin;
    use super::*;

    #[test]
    fn published_verdicts_are_read_by_image() {
        let text = "mnist_test_index0,label,eps,truth,min_linf_distortion\n0,7,0.1,unsat,0.0\n18,3,0.1,sat,0.09\n\
                    20,3,0.1,unknown,\n";
        let truths = wk17a(text).expect("a good file");
        assert_eq!(truths, BTreeMap::from([(0, Truth::Robust(true)), (18, Truth::Robust(false))]));
        let cases = [
            (String::new(), "line 1"),
            (text.replace("0,7,", "x,7,"), "`x`"),
            (format!("{text}3\n"), "line 5"),
            ("image,truth\n".to_owned(), "mnist_test_index0"),
        ];
        for (bad, place) in cases {
            let error = wk17a(&bad).expect_err(place);
            assert!(error.to_string().contains(place), "{error}");
        }
    }

    #[test]
    fn verdicts_of_the_competition_belong_to_the_images_of_its_properties() {
        let text = "benchmark,onnx,vnnlib,timeout_s,truth\n\
                    mnist_fc,onnx/mnist-net_256x2.onnx,vnnlib/prop_0_0.03.vnnlib,120,unsat\n\
                    mnist_fc,onnx/mnist-net_256x2.onnx,vnnlib/prop_14_0.03.vnnlib,120,sat\n\
                    mnist_fc,onnx/mnist-net_256x2.onnx,vnnlib/prop_2_0.05.vnnlib,120,sat\n\
                    mnist_fc,onnx/mnist-net_256x4.onnx,vnnlib/prop_3_0.03.vnnlib,120,sat\n\
                    mnist_fc,onnx/mnist-net_256x2.onnx,vnnlib/prop_4_0.03.vnnlib,120,unknown\n";
        let network = NetworkSource { name: "256x2", origin: Origin::Suite, size: None };
        let truths = mnist_fc(&network, text).expect("a good file");
        assert_eq!(truths, BTreeMap::from([(762, Truth::Robust(true)), (6354, Truth::Robust(false))]));
    }
}
