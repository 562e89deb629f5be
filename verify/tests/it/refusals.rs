//! Files that are refused: where, and with which words.

use std::fmt::Write;

use verify::{VnnlibProblem, read_vnnlib};

/// One input in [0, 1] and one output; assertions follow on line 2.
const DECLARED: &str =
    "(declare-const X_0 Real)(declare-const Y_0 Real)(assert (>= X_0 0))(assert (<= X_0 1))\n";

/// A network with an input and an output of two elements; assertions follow on line 2.
const NETWORK: &str =
    "(vnnlib-version <2.0>)(declare-network f (declare-input X real [1,2])(declare-output Y real [2]))\n";

/// Every source with the error that it gets.
fn errors(sources: impl IntoIterator<Item = String>) -> String {
    let mut text = String::new();
    for source in sources {
        let error = read_vnnlib(source.as_bytes()).expect_err(&source);
        writeln!(text, "{}\n    {error}", source.replace('\n', "\n  ")).unwrap();
    }
    text
}

#[test]
fn text_that_is_no_vnn_lib() {
    let text = errors(
        [
            "",
            "; nothing but a comment",
            "x",
            ")",
            "()",
            "((assert))",
            "(declare-const X_0 Real)\n  (declare-const Y_0 Real",
            "(declare-const X_0 Real))",
            "(declare X_0 Real)",
            "(set-info \"never closed)",
            "[1,2]",
            "(declare-const X_0 Real) , (declare-const Y_0 Real)",
            "é",
        ]
        .map(String::from),
    );
    insta::assert_snapshot!(text);
}

#[test]
fn declarations_of_version_1() {
    let text = errors(
        [
            "(assert (<= X_0 1))",
            "(declare-const X_0)",
            "(declare-const X_0 Int)",
            "(declare-const X_0 Real)\n(declare-const X_0 Real)",
            "(declare-const Z_0 Real)",
            "(declare-const X_01 Real)",
            "(declare-const X_99999999999999999999 Real)",
            "(declare-fun X_0 (Real) Real)",
            "(declare-const X_0 Real) (declare-const Y_0 Real)",
            "(declare-const X_0 Real) (assert (<= X_0 1))",
            "(declare-const X_0 Real)\n(declare-const X_2 Real) (declare-const Y_0 Real)\n(assert (<= X_0 1))",
            "(declare-const X_0 Real) (declare-const Y_0 Real) (assert (<= X_0 1)) (declare-const Y_1 Real)",
        ]
        .map(String::from),
    );
    insta::assert_snapshot!(text);
}

#[test]
fn declarations_of_version_2() {
    let text = errors(
        [
            "(vnnlib-version <3.0>)",
            "(vnnlib-version)",
            "(declare-const X_0 Real) (vnnlib-version <1.0>)",
            "(declare-input X real [2])",
            "(declare-network)",
            "(declare-network f)",
            "(declare-network f (declare-input X real [2]))",
            "(declare-network f X)",
            "(declare-network f (declare-input X))",
            "(declare-network f (declare-input 0 real [2]))",
            "(declare-network f (declare-input X int64 [2]))",
            "(declare-network f (declare-input X real 2))",
            "(declare-network f (declare-input X real [2 3]))",
            "(declare-network f (declare-input X real [0]))",
            "(declare-network f (declare-input X real [4294967296,4294967296]))",
            "(declare-network f (declare-input X real [2] input))",
            "(declare-network f (declare-output Y real [2]) (declare-input X real [2]))",
            "(declare-network f (declare-input X real [2]) (declare-output X real [2]))",
            "(declare-network f (declare-input X real [2]) (declare-input Z real [2]))",
            "(declare-network f (declare-input X real [2]) (declare-output Y real [2]) (declare-output Z real [2]))",
            "(declare-network f (declare-input X real [2]) (declare-hidden H real [2] \"h\"))",
            "(declare-network g (isomorphic-to f) (declare-input X real [2]))",
            "(declare-network f (declare-input X real [2]) (declare-output Y real [2]))\n(declare-network g)",
            "(declare-network f (declare-input X real [2]) (declare-output Y real [2]))\n(declare-const X_0 Real)",
            "(vnnlib-version <1.0>) (declare-network f (declare-input X real []) (declare-output Y real []))\n(assert (<= X 1))",
            "(vnnlib-version <2.0>) (declare-const X_0 Real) (declare-const Y_0 Real)\n(assert (<= X_0 1))",
        ]
        .map(String::from),
    );
    insta::assert_snapshot!(text);
}

#[test]
fn assertions() {
    let of_version_1 = [
        "(assert)",
        "(assert (<= Y_0 0) (<= Y_0 1))",
        "(assert Y_0)",
        "(assert (and))",
        "(assert (or (<= Y_0 0) true))",
        "(assert (not (<= Y_0 0)))",
        "(assert (=< Y_0 0))",
        "(assert (<= Y_0))",
        "(assert (<= 0 Y_0 1))",
        "(assert (<= Y_1 0))",
        "(assert (<= Y_0 1.5.2))",
        "(assert (<= Y_0 1e999))",
        "(assert (<= Y_0 $))",
        "(assert (<= Y_0[0] 1))",
        "(assert (<= Y_0 ()))",
        "(assert (<= Y_0 (+)))",
        "(assert (<= Y_0 (max 1 X_0)))",
        "(assert (<= (* Y_0 Y_0) 1))",
        "(assert (<= (/ Y_0 2) 1))",
        "(assert (<= Y_0 X_0))",
        "(assert (<= Y_0 (+ 0.1 0.2)))",
        "(assert (<= (* 0.1 (* 0.1 Y_0)) 0))",
        "(assert (<= (+ (* 0.1 Y_0) (* 0.2 Y_0)) 0))",
    ];
    let of_version_2 = [
        "(assert (<= X 1))",
        "(assert (<= X[0] 1))",
        "(assert (<= Y[2] 1))",
        "(assert (<= Y[-1] 1))",
        "(assert (<= Y[0 1))",
        "(assert (<= Y_0 1))",
        "(assert (<= Y[0] [1]))",
    ];
    let of_version_1 = of_version_1.map(|assertion| format!("{DECLARED}{assertion}"));
    let of_version_2 = of_version_2.map(|assertion| format!("{NETWORK}{assertion}"));
    let text = errors(of_version_1.into_iter().chain(of_version_2));
    insta::assert_snapshot!(text);
}

#[test]
fn inputs_without_a_bound_or_without_a_value() {
    let declared = "(declare-const X_0 Real)\n(declare-const X_1 Real)\n(declare-const Y_0 Real)\n";
    let assertions = [
        "(assert (<= X_0 1)) (assert (<= X_1 1)) (assert (>= X_0 0))",
        "(assert (>= X_1 0)) (assert (<= X_1 1)) (assert (>= X_0 0))",
        "(assert (and (>= X_0 0) (<= X_0 1)))\n(assert (or (and (<= X_1 1) (>= X_1 0)) (and (>= X_1 0))))",
        "(assert (and (>= X_0 0) (<= X_0 1) (<= X_1 0.5) (>= X_1 0.75)))",
    ];
    let network = "(assert (and (>= X[0,0] 0) (<= X[0,0] 1)))".to_owned();
    let sources = assertions.iter().map(|assertions| format!("{declared}{assertions}"));
    let text = errors(sources.chain([format!("{NETWORK}{network}")]));
    insta::assert_snapshot!(text);
}

#[test]
fn columns_count_characters_and_problems_can_be_told_apart() {
    let error = read_vnnlib("; été\n(declare-const \"é\" Réal)".as_bytes()).unwrap_err();
    assert_eq!((error.line, error.column), (2, 20));
    assert!(matches!(error.problem, VnnlibProblem::Unexpected { .. }));
    let error = read_vnnlib(b"(declare-const X_\xff Real)").unwrap_err();
    assert!(matches!(error.problem, VnnlibProblem::Invalid { .. }), "{error}");
}
