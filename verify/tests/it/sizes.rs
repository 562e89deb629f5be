//! Deep, long and exploding files.

use std::iter::repeat_n;

use ndarray::array;
use verify::{Specification, VnnlibError, VnnlibProblem, read_vnnlib};

fn read(assertions: &str) -> Result<Specification, VnnlibError> {
    let declared = "(declare-const X_0 Real) (declare-const Y_0 Real) (assert (and (>= X_0 0) (<= X_0 1)))\n";
    read_vnnlib(format!("{declared}{assertions}").as_bytes())
}

/// `core` with `before` and `after` around it, again and again.
fn nested(before: &str, core: &str, after: &str) -> String {
    const DEPTH: usize = 200_000;
    format!("(assert {}{core}{})", before.repeat(DEPTH), after.repeat(DEPTH))
}

#[test]
fn depth_costs_no_stack() {
    for (before, core, after, at_2) in [
        ("(and ", "(<= Y_0 1)", ")", false),
        ("(or ", "(<= Y_0 1)", ")", false),
        ("(and (or ", "(<= Y_0 1)", "))", false),
        ("(and (<= Y_0 3) (or ", "(<= Y_0 1)", "))", false),
        ("(or (<= Y_0 2) ", "(<= Y_0 1)", ")", true),
    ] {
        let property = read(&nested(before, core, after)).unwrap();
        let holds = |y: f64| property.is_satisfied_by(array![0.5].view(), array![y].view());
        assert!(holds(1.0) && holds(2.0) == at_2 && !holds(2.5), "{before}");
    }
    let sum = nested("(+ 1 ", "Y_0", ")").replace("(assert ", "(assert (<= ");
    let property = read(&format!("{} 200001))", sum.strip_suffix(')').unwrap())).unwrap();
    assert_eq!(property.regions()[0].unsafe_outputs[0].0[0].constant, -1.0);
    let error = read(&"(".repeat(200_000)).unwrap_err();
    assert_eq!((error.line, error.column), (2, 200_000));
}

#[test]
fn alternatives_that_multiply_are_counted_before_they_are_made() {
    // 2^n alternatives: 8 assertions are read, 64 are not.
    let two = |position: usize| format!("(assert (or (<= Y_0 {position}) (>= Y_0 -{position})))");
    let assertions = |count: usize| (1..=count).map(two).collect::<String>();
    assert_eq!(read(&assertions(8)).unwrap().regions()[0].unsafe_outputs.len(), 256);
    let error = read(&assertions(64)).unwrap_err();
    assert!(matches!(error.problem, VnnlibProblem::TooLarge { .. }), "{error}");
    assert!(error.to_string().contains("multiply"), "{error}");
    // One alternative each: nothing multiplies.
    let single: String = (1..20_000).map(|position| format!("(assert (or (<= Y_0 {position})))")).collect();
    assert_eq!(read(&single).unwrap().regions()[0].unsafe_outputs.len(), 1);
}

#[test]
fn boxes_that_would_fill_the_memory_are_refused() {
    let inputs = 5000;
    let declared: String = (0..inputs).map(|index| format!("(declare-const X_{index} Real)")).collect();
    let sides: String = (0..inputs).map(|index| format!("(>= X_{index} 0) (<= X_{index} 1)")).collect();
    let boxes: String = (1..=10_000).map(|position| format!("(<= X_0 0.{position})")).collect();
    let source = format!("{declared}(declare-const Y_0 Real)(assert (and {sides}))\n(assert (or {boxes}))");
    let error = read_vnnlib(source.as_bytes()).unwrap_err();
    assert!(matches!(error.problem, VnnlibProblem::TooLarge { .. }), "{error}");
}

#[test]
fn many_alternatives_over_one_box_share_it() {
    let outputs: String = (0..30_000).map(|position| format!("(<= Y_0 {position})")).collect();
    let property =
        read(&format!("(assert (or {outputs}{}))", repeat_n("(<= Y_0 0)", 30_000).collect::<String>()))
            .unwrap();
    assert_eq!(property.regions().len(), 1);
    assert_eq!(property.regions()[0].unsafe_outputs.len(), 30_000);
}
