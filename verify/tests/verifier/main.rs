//! The verifier: what counts as a counterexample, verdicts against brute force, engines that give up, maxima.

mod judge;
mod maxima;
mod verdicts;

/// Networks, boxes and brute force, as the encodings are tested with.
#[path = "../../../milp-encode/tests/it/support/mod.rs"]
#[allow(dead_code, reason = "shared with the tests of milp-encode, which need more of it")]
mod support;

use std::fmt::Write as _;

use milp_encode::property::{InputBox, LinearFunction};
use verify::{Specification, read_vnnlib};

/// A property in VNN-LIB 1.0: over each box all functions are at most 0.
fn property(boxes: &[&InputBox], functions: &[LinearFunction]) -> Specification {
    let mut text = String::new();
    for input in 0..boxes[0].element_count() {
        writeln!(text, "(declare-const X_{input} Real)").unwrap();
    }
    for output in 0..functions[0].coefficients.len() {
        writeln!(text, "(declare-const Y_{output} Real)").unwrap();
    }
    let in_box = |sides: &&InputBox| {
        let sides = sides.lower().into_iter().zip(sides.upper()).enumerate();
        let sides = sides.map(|(input, (l, u))| format!("(>= X_{input} {l:?}) (<= X_{input} {u:?})"));
        format!("(and {})", sides.collect::<String>())
    };
    writeln!(text, "(assert (or {}))", boxes.iter().map(in_box).collect::<String>()).unwrap();
    for LinearFunction { coefficients, constant } in functions {
        let terms = coefficients.iter().enumerate().map(|(output, c)| format!("(* {c:?} Y_{output}) "));
        writeln!(text, "(assert (<= (+ {} {constant:?}) 0))", terms.collect::<String>()).unwrap();
    }
    // Rust writes 1e-7 as VNN-LIB does.
    read_vnnlib(text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}
