//! What is known of the answers from elsewhere.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

/// Where the truth about a set stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TruthSource {
    /// Nowhere.
    None,
    /// The nightly runs of MIPVerify.jl.
    Wk17a,
}

/// What is known about a model's minimum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Truth {
    /// Whether the network is robust around the model's image: then all minima of the image are above 0, else one is not.
    Robust(bool),
}

/// Whether the network is robust around an image, by the image's position.
pub(super) fn read(source: TruthSource, shared_data: &Path) -> Result<BTreeMap<usize, Truth>> {
    match source {
        TruthSource::None => Ok(BTreeMap::new()),
        TruthSource::Wk17a => {
            let path = shared_data.join("truth/wk17a_eps0.1.csv");
            let text =
                fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            parse_wk17a(&text).with_context(|| path.display().to_string())
        }
    }
}

fn parse_wk17a(text: &str) -> Result<BTreeMap<usize, Truth>> {
    let mut lines = text.lines();
    let header = lines.next().unwrap_or_default();
    if !header.starts_with("mnist_test_index0,label,eps,truth,") {
        bail!("line 1: expected columns mnist_test_index0,label,eps,truth,..., not `{header}`");
    }
    let mut truths = BTreeMap::new();
    for (number, line) in lines.enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let place = || format!("line {}: `{line}`", number + 2);
        let mut cells = line.split(',');
        let image = cells.next().and_then(|cell| cell.parse().ok()).with_context(place)?;
        match cells.nth(2).with_context(place)? {
            "unsat" => truths.insert(image, Truth::Robust(true)),
            "sat" => truths.insert(image, Truth::Robust(false)),
            _ => continue,
        };
    }
    Ok(truths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_verdicts_are_read_by_image() {
        let text = "mnist_test_index0,label,eps,truth,min_linf_distortion\n0,7,0.1,unsat,0.0\n18,3,0.1,sat,0.09\n\
                    20,3,0.1,unknown,\n";
        let truths = parse_wk17a(text).expect("a good file");
        assert_eq!(truths, BTreeMap::from([(0, Truth::Robust(true)), (18, Truth::Robust(false))]));
        for (bad, place) in
            [("", "line 1"), (&text.replace("0,7,", "x,7,"), "line 2"), ("image,truth\n", "line 1")]
        {
            let error = parse_wk17a(bad).expect_err(bad);
            assert!(error.to_string().contains(place), "{error}");
        }
    }
}
