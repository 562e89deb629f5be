//! The properties of the competition's benchmarks, where the shared data are.

use std::path::{Path, PathBuf};

use verify::{Specification, read_vnnlib};

/// What a benchmark's files hold together.
#[derive(Debug, PartialEq)]
struct Counts {
    files: usize,
    inputs: usize,
    outputs: usize,
    regions: usize,
    alternatives: usize,
    conditions: usize,
}

/// Counted with regular expressions, which know nothing of the language; then the sums of all lower and upper sides.
const EXPECTED: [(&str, [usize; 6], [f64; 2]); 5] = [
    ("acasxu", [10, 50, 50, 11, 29, 45], [-10.440329593, 10.80774481]),
    ("mnist_fc", [30, 23_520, 300, 30, 270, 270], [3533.2671139817685, 4600.700214168057]),
    ("oval21", [30, 92_160, 300, 30, 270, 270], [21_876.443769613874, 40_253.93643045364]),
    ("test", [4, 8, 8, 4, 4, 7], [-2.219700129138139, 4.210996484636439]),
    ("verivital", [60, 47_040, 600, 60, 540, 540], [5998.947720747441, 7148.836061123293]),
];

#[test]
#[expect(clippy::print_stdout, reason = "says what was skipped")]
fn every_property_is_read_and_holds_what_was_counted() {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folder = std::env::var_os("GREYMATTER_DATA").map_or_else(beside, PathBuf::from).join("vnncomp");
    if !folder.is_dir() {
        println!("skipped: {} is not there", folder.display());
        return;
    }
    for (benchmark, [files, inputs, outputs, regions, alternatives, conditions], sums) in EXPECTED {
        let properties = properties(&folder.join(benchmark));
        let sum = |count: fn(&Specification) -> usize| properties.iter().map(count).sum::<usize>();
        let found = Counts {
            files: properties.len(),
            inputs: sum(Specification::input_count),
            outputs: sum(Specification::output_count),
            regions: sum(|property| property.regions().len()),
            alternatives: sum(|property| {
                property.regions().iter().map(|region| region.unsafe_outputs.len()).sum()
            }),
            conditions: sum(|property| {
                let conjunctions = property.regions().iter().flat_map(|region| &region.unsafe_outputs);
                conjunctions.map(|conjunction| conjunction.0.len()).sum()
            }),
        };
        assert_eq!(
            found,
            Counts { files, inputs, outputs, regions, alternatives, conditions },
            "{benchmark}"
        );
        let boxes = || properties.iter().flat_map(Specification::regions).map(|region| region.input.sides());
        let sides: [f64; 2] =
            [boxes().map(|sides| sides.lower().sum()).sum(), boxes().map(|sides| sides.upper().sum()).sum()];
        for (found, expected) in sides.into_iter().zip(sums) {
            assert!((found - expected).abs() <= 1e-11 * expected.abs(), "{benchmark}: {found} {expected}");
        }
        assert!(boxes().count() > 0 && properties.iter().all(|property| !property.has_strict_inequalities()));
    }
}

/// All properties of a benchmark.
fn properties(folder: &Path) -> Vec<Specification> {
    let mut open = vec![folder.join("vnnlib")];
    let mut properties = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "vnnlib") {
                let source = std::fs::read(&path).expect("a file");
                properties
                    .push(read_vnnlib(&source).unwrap_or_else(|error| panic!("{}: {error}", path.display())));
            }
        }
    }
    properties
}
