//! Every form of the language in a file of its own, with its meaning worked out by hand.

use milp_encode::property::LinearFunction;
use ndarray::{Array1, array};
use verify::{ElementType, Specification, UnsafeRegion, read_vnnlib};

/// Two inputs in [0, 1] x [-1, 1] and two outputs, before the assertions.
const DECLARED: &str = "
    (declare-const X_0 Real) (declare-const X_1 Real) (declare-const Y_0 Real) (declare-const Y_1 Real)
    (assert (>= X_0 0)) (assert (<= X_0 1)) (assert (>= X_1 -1.0)) (assert (<= X_1 1.0))";

fn read(source: &str) -> Specification {
    read_vnnlib(source.as_bytes()).unwrap_or_else(|error| panic!("{source}: {error}"))
}

/// A region in one line: the box, its constraints, and the conjunctions.
fn describe(region: &UnsafeRegion) -> String {
    let sides = region.input.sides();
    let sides =
        sides.lower().into_iter().zip(sides.upper()).map(|(lower, upper)| format!("[{lower}, {upper}]"));
    let rows = region.input.constraints().iter().map(|row| {
        let terms = row.terms.iter().map(|(element, c)| format!("{c} x{element}"));
        format!(", {} <= {}", terms.collect::<Vec<_>>().join(" + "), row.upper)
    });
    let function = |function: &LinearFunction| {
        let terms = function.coefficients.iter().enumerate().filter(|(_, c)| **c != 0.0);
        let terms: Vec<String> = terms.map(|(element, c)| format!("{c} y{element}")).collect();
        format!("{} + {} <= 0", terms.join(" + "), function.constant)
    };
    let conjunctions = region
        .unsafe_outputs
        .iter()
        .map(|conjunction| conjunction.0.iter().map(function).collect::<Vec<_>>().join(" and "));
    let (sides, rows) = (sides.collect::<Vec<_>>().join(" x "), rows.collect::<String>());
    format!("{sides}{rows}: {}", conjunctions.collect::<Vec<_>>().join(" or "))
}

fn check(assertions: &str, expected: &[&str]) {
    let property = read(&format!("{DECLARED}{assertions}"));
    let found: Vec<String> = property.regions().iter().map(describe).collect();
    assert_eq!(found, expected, "{assertions}");
}

#[test]
fn comparisons_of_outputs_become_functions_that_are_at_most_0() {
    let sides = "[0, 1] x [-1, 1]";
    for (assertion, expected) in [
        ("(<= Y_0 Y_1)", "1 y0 + -1 y1 + 0 <= 0"),
        ("(>= Y_0 Y_1)", "-1 y0 + 1 y1 + 0 <= 0"),
        ("(<= Y_1 -3)", "1 y1 + 3 <= 0"),
        ("(>= Y_1 2.5e-1)", "-1 y1 + 0.25 <= 0"),
        ("(<= 1E2 Y_1)", "-1 y1 + 100 <= 0"),
        ("(<= (* -1.0 Y_0) 0.0)", "-1 y0 + 0 <= 0"),
        ("(<= (+ (* -1.5 Y_1) Y_0) -15.0)", "1 y0 + -1.5 y1 + 15 <= 0"),
        ("(>= (- Y_0 Y_1 0.5) 1)", "-1 y0 + 1 y1 + 1.5 <= 0"),
        ("(<= (- Y_0) (* 2 3 (- Y_1 (- 0.5))))", "-1 y0 + -6 y1 + -3 <= 0"),
        ("(<= (* (+ 1 1) (* Y_0 0.5)) (* 0 Y_1))", "1 y0 + 0 <= 0"),
        ("(<= (+ Y_0 Y_0 (- Y_1 Y_1)) (+ 1))", "2 y0 + -1 <= 0"),
        ("(= Y_0 4)", "-1 y0 + 4 <= 0 and 1 y0 + -4 <= 0"),
        ("(== Y_0 Y_1)", "-1 y0 + 1 y1 + 0 <= 0 and 1 y0 + -1 y1 + 0 <= 0"),
        ("(!= Y_0 4)", "-1 y0 + 4 <= 0 or 1 y0 + -4 <= 0"),
        (
            "(or (<= Y_0 0) (and (<= Y_1 0) (<= Y_0 Y_1)))",
            "1 y0 + 0 <= 0 or 1 y1 + 0 <= 0 and 1 y0 + -1 y1 + 0 <= 0",
        ),
        ("(and (and (<= Y_0 0)) (and (<= Y_1 0)))", "1 y0 + 0 <= 0 and 1 y1 + 0 <= 0"),
        (
            "(and (or (<= Y_0 0) (<= Y_0 1)) (or (<= Y_1 0)))",
            "1 y0 + 0 <= 0 and 1 y1 + 0 <= 0 or 1 y0 + -1 <= 0 and 1 y1 + 0 <= 0",
        ),
        ("(or (<= Y_0 0) (<= Y_0 0.0) (and (<= Y_0 0) (<= Y_0 0)))", "1 y0 + 0 <= 0"),
        ("(or (<= Y_0 0) (<= 1 0))", "1 y0 + 0 <= 0"),
        ("(and (<= Y_0 0) (<= 0 1))", "1 y0 + 0 <= 0"),
    ] {
        check(&format!("(assert {assertion})"), &[&format!("{sides}: {expected}")]);
    }
}

#[test]
fn comparisons_of_inputs_become_sides_or_constraints() {
    for (assertions, expected) in [
        ("", vec!["[0, 1] x [-1, 1]: "]),
        ("(assert (<= X_0 0.75)) (assert (<= X_0 0.875))", vec!["[0, 0.75] x [-1, 1]: "]),
        ("(assert (= X_0 0.5))", vec!["[0.5, 0.5] x [-1, 1]: "]),
        ("(assert (<= X_0 X_1))", vec!["[0, 1] x [-1, 1], 1 x0 + -1 x1 <= 0: "]),
        ("(assert (<= (+ X_0 (* 2 X_1)) 1.5))", vec!["[0, 1] x [-1, 1], 1 x0 + 2 x1 <= 1.5: "]),
        (
            "(assert (or (and (<= X_0 0.25) (<= Y_0 0)) (and (<= X_0 0.25) (<= Y_1 0)) (and (>= X_1 0) (<= Y_0 0))))",
            vec!["[0, 0.25] x [-1, 1]: 1 y0 + 0 <= 0 or 1 y1 + 0 <= 0", "[0, 1] x [0, 1]: 1 y0 + 0 <= 0"],
        ),
        // The same inputs in another order, and two bounds that leave nothing.
        (
            "(assert (or (and (<= X_0 0.5) (>= X_1 0) (<= Y_0 0)) (and (>= X_1 0) (<= X_0 0.5) (<= Y_1 0))))
             (assert (or (<= X_0 0.75) (>= X_0 2)))",
            vec!["[0, 0.5] x [0, 1]: 1 y0 + 0 <= 0 or 1 y1 + 0 <= 0"],
        ),
    ] {
        check(assertions, &expected);
    }
    let property = read(&format!("{DECLARED} (assert (or (<= X_0 0.75) (>= X_0 2) (<= X_0 -1)))"));
    assert_eq!(property.empty_alternatives(), 2);
}

#[test]
fn assertions_that_no_number_can_satisfy_leave_no_region() {
    check("(assert (<= 1 0))", &[]);
    assert!(
        !read(&format!("{DECLARED}(assert (<= 1 0))"))
            .is_satisfied_by(array![0.5, 0.0].view(), array![0.0, 0.0].view())
    );
}

#[test]
fn boxes_hold_the_decimals_that_are_written() {
    let property = read(
        "(declare-const X_0 Real) (declare-const X_1 Real) (declare-const Y_0 Real)
         (assert (>= X_0 0.1)) (assert (<= X_0 0.3)) (assert (<= (* 3 X_1) 1)) (assert (<= (* -3 X_1) 1.5))
         (assert (>= Y_0 0.3))",
    );
    let region = &property.regions()[0];
    let third = 1.0 / 3.0_f64;
    assert_eq!(region.input.sides().lower(), array![0.1_f64.next_down(), (-0.5_f64).next_down()]);
    assert_eq!(region.input.sides().upper(), array![0.3_f64.next_up(), third.next_up()]);
    // 0.3 lies above the f64 nearest to it.
    assert_eq!(region.unsafe_outputs[0].0[0].constant, 0.3);
    // Points are held against the nearest f64.
    let holds = |x0: f64, x1: f64, y: f64| property.is_satisfied_by(array![x0, x1].view(), array![y].view());
    assert!(holds(0.1, 0.0, 0.3) && holds(0.3, -0.5, 0.3));
    assert!(!holds(0.1_f64.next_down(), 0.0, 0.3) && !holds(0.3_f64.next_up(), 0.0, 0.3));
    assert!(!holds(0.2, 0.0, 0.3_f64.next_down()));
    // 3 times the f64 below 1/3 is less than 1, 3 times the one above is greater, though both products round to 1.
    assert_eq!((3.0 * third, 3.0 * third.next_down().next_up()), (1.0, 1.0));
    assert!(holds(0.2, third, 0.5) && !holds(0.2, third.next_up(), 0.5));
}

#[test]
fn sums_are_compared_without_rounding() {
    let property = read(&format!("{DECLARED} (assert (<= (+ Y_0 Y_1) 1))"));
    let holds = |y0: f64, y1: f64| property.is_satisfied_by(array![0.5, 0.0].view(), array![y0, y1].view());
    assert!(holds(1.0, 0.0) && holds(1.0, -1e-300) && !holds(1.0, 1e-300));
    assert!(holds(1e300, -1e300) && !holds(1e300, (-1e300_f64).next_up()));
    assert!(!holds(f64::NAN, 0.0) && !holds(f64::NEG_INFINITY, 0.0));
}

#[test]
fn strict_inequalities_close_regions_and_judge_points_strictly() {
    let property = read(&format!("{DECLARED} (assert (and (< X_0 0.5) (> Y_0 Y_1)))"));
    assert_eq!(describe(&property.regions()[0]), "[0, 0.5] x [-1, 1]: -1 y0 + 1 y1 + 0 <= 0");
    assert!(property.has_strict_inequalities() && !read(DECLARED).has_strict_inequalities());
    let holds = |x: f64, y: f64| property.is_satisfied_by(array![x, 0.0].view(), array![y, 1.0].view());
    assert!(holds(0.25, 1.5) && !holds(0.5, 1.5) && !holds(0.25, 1.0));
}

#[test]
fn comments_blanks_and_commands_of_smt_lib_mean_nothing() {
    let source = "; a comment (with a list\n(set-logic QF_LRA) (set-info :status \"sat (or not)\")\r\n\
        (declare-fun X_0 () Real)(declare-fun Y_0 () Real)\n\
        (assert\t(and(<= X_0;here\n1)(>= X_0 -1)(<= Y_0 0)))\n(check-sat)(get-model)(exit);end";
    let property = read(source);
    assert_eq!(describe(&property.regions()[0]), "[-1, 1]: 1 y0 + 0 <= 0");
    assert_eq!(property.version().to_string(), "1.0");
    assert!(property.tensors().is_none());
}

#[test]
fn version_2_names_elements_by_their_indices() {
    let source = "(vnnlib-version <2.0>)
        (declare-network acc
            (declare-input X float32 [1,2] \"input\")
            (declare-output Y real [2,1,2])
        )
        (assert (and (>= X[0,0] 0) (<= X[0,0] 1) (>= X [0, 1] 2) (<= X[ 0 ,1 ] 3)))
        (assert (or (<= (+ (* 2.0 Y[0,0,1]) Y[1,0,1]) 4) (>= Y[1,0,0] Y[0,0,0])))";
    let property = read(source);
    let expected = "[0, 1] x [2, 3]: 2 y1 + 1 y3 + -4 <= 0 or 1 y0 + -1 y2 + 0 <= 0";
    assert_eq!(describe(&property.regions()[0]), expected);
    assert_eq!(property.version().to_string(), "2.0");
    assert_eq!((property.input_count(), property.output_count()), (2, 4));
    let (input, output) = property.tensors().unwrap();
    assert_eq!((input.name.as_str(), input.element_type), ("X", ElementType::Float32));
    assert_eq!((input.onnx_name.as_deref(), output.onnx_name.as_deref()), (Some("input"), None));
    assert_eq!((output.element_name(2), output.shape.as_slice()), ("Y[1,0,0]".into(), [2, 1, 2].as_slice()));
}

#[test]
fn version_2_has_tensors_without_indices() {
    let property = read(
        "(vnnlib-version <2.0>) (declare-network f (declare-input in Real []) (declare-output out_1 float64 []))
         (assert (<= in 1)) (assert (>= in -1)) (assert (< out_1 in_the_end))"
            .replace("in_the_end", "0.5")
            .as_str(),
    );
    assert_eq!(describe(&property.regions()[0]), "[-1, 1]: 1 y0 + -0.5 <= 0");
    assert!(property.is_satisfied_by(array![1.0].view(), Array1::zeros(1).view()));
}
