//! Collision avoidance networks (Katz et al., "Reluplex", 2017), where the shared data are.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use ndarray::ArrayView1;
use nn_core::{Network, read_onnx};
use solver_api::Budget;
use verify::{Engine, InputSplit, Judge, Question, Specification, read_vnnlib};

/// The property's own judgement, on what the network computes in f64.
struct ByTheFile<'a> {
    network: &'a Network<f64>,
    property: &'a Specification,
    found: AtomicBool,
}

impl Judge for ByTheFile<'_> {
    fn propose(&self, input: ArrayView1<'_, f64>) -> bool {
        let output = self.network.forward_one(input);
        if self.property.is_satisfied_by(input, output.view()) {
            self.found.store(true, Ordering::Relaxed);
        }
        self.is_satisfied()
    }

    fn is_satisfied(&self) -> bool {
        self.found.load(Ordering::Relaxed)
    }
}

/// Instances with their verdicts, every property among them.
const INSTANCES: [(&str, u32, &str); 16] = [
    ("1_1", 1, "unsat"),
    ("4_5", 2, "sat"),
    ("1_3", 2, "sat"),
    ("3_2", 2, "sat"),
    ("4_9", 2, "sat"),
    ("1_1", 3, "unsat"),
    ("1_7", 3, "sat"),
    ("2_5", 3, "unsat"),
    ("1_1", 4, "unsat"),
    ("5_9", 4, "unsat"),
    ("1_1", 5, "unsat"),
    ("1_1", 6, "unsat"),
    ("1_9", 7, "sat"),
    ("2_9", 8, "sat"),
    ("3_3", 9, "unsat"),
    ("4_5", 10, "unsat"),
];

#[test]
#[expect(clippy::print_stdout, reason = "says what was skipped")]
fn published_verdicts_are_found() {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folder =
        std::env::var_os("GREYMATTER_DATA").map_or_else(beside, PathBuf::from).join("vnncomp/acasxu");
    if !folder.is_dir() {
        println!("skipped: {} is not there", folder.display());
        return;
    }
    let read =
        |name: String| std::fs::read(folder.join(&name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    for (network, property, expected) in INSTANCES {
        let name = format!("{network}, property {property}");
        let network = read_onnx(&read(format!("onnx/ACASXU_run2a_{network}_batch_2000.onnx"))).unwrap();
        let property = read_vnnlib(&read(format!("vnnlib/prop_{property}.vnnlib"))).unwrap();
        let judge = ByTheFile { network: &network, property: &property, found: AtomicBool::new(false) };
        for region in property.regions() {
            let question =
                Question { network: &network, input: &region.input, unsafe_outputs: &region.unsafe_outputs };
            let engine = InputSplit::default();
            let search = engine.open(question, &Budget::unlimited()).unwrap();
            search.work(&judge, &Budget::unlimited()).unwrap();
            assert!(judge.is_satisfied() || search.progress().proven, "{name}: {:?}", search.progress());
        }
        assert_eq!(if judge.is_satisfied() { "sat" } else { "unsat" }, expected, "{name}");
    }
}
