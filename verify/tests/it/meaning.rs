//! Random properties, written as text and read again, mean the same at every point; random text does no harm.

use ndarray::Array1;
use proptest::prelude::*;
use proptest::sample::select;
use verify::{Specification, VnnlibProblem, read_vnnlib};

const INPUTS: usize = 2;
const OUTPUTS: usize = 2;

/// A formula over inputs in [-2, 2] and outputs; numbers are halves, so that no arithmetic rounds.
#[derive(Clone, Debug)]
enum Formula {
    Compare { operator: &'static str, about_inputs: bool, left: Linear, right: Linear },
    All(Vec<Formula>),
    Any(Vec<Formula>),
}

/// Coefficients, constant, and which of several ways to write it.
#[derive(Clone, Debug)]
struct Linear {
    coefficients: [f64; 2],
    constant: f64,
    style: u8,
}

impl Linear {
    fn value(&self, point: &[f64]) -> f64 {
        self.constant + self.coefficients.iter().zip(point).map(|(c, x)| c * x).sum::<f64>()
    }

    fn text(&self, name: &dyn Fn(usize) -> String) -> String {
        let number = |value: f64| match self.style % 3 {
            0 => format!("{value}"),
            1 => format!("{value:e}"),
            _ if value < 0.0 => format!("(- {})", -value),
            _ => format!("{value:.3}"),
        };
        let term = |index: usize| {
            let (c, x) = (self.coefficients[index], name(index));
            match self.style / 3 % 4 {
                0 => format!("(* {} {x})", number(c)),
                1 => format!("(* {x} {})", number(c)),
                2 => format!("(- (* {} 2 (- {x}) 0.5))", number(c)),
                _ => format!("(- (* {} (+ {x} 1)) {})", number(c), number(c)),
            }
        };
        match self.style % 2 {
            0 => format!("(+ {} {} {})", term(0), number(self.constant), term(1)),
            _ => format!("(- (+ {} (- {})) (- {}))", term(0), number(-self.constant), term(1)),
        }
    }
}

impl Formula {
    fn holds(&self, input: &[f64], output: &[f64]) -> bool {
        match self {
            Formula::All(parts) => parts.iter().all(|part| part.holds(input, output)),
            Formula::Any(parts) => parts.iter().any(|part| part.holds(input, output)),
            Formula::Compare { operator, about_inputs, left, right } => {
                let point = if *about_inputs { input } else { output };
                let (left, right) = (left.value(point), right.value(point));
                match *operator {
                    "<=" => left <= right,
                    ">=" => left >= right,
                    "<" => left < right,
                    ">" => left > right,
                    "=" | "==" => left == right,
                    _ => left != right,
                }
            }
        }
    }

    fn text(&self, input: &dyn Fn(usize) -> String, output: &dyn Fn(usize) -> String) -> String {
        let joined = |parts: &[Formula]| {
            parts.iter().map(|part| part.text(input, output)).collect::<Vec<_>>().join(" ")
        };
        match self {
            Formula::All(parts) => format!("(and {})", joined(parts)),
            Formula::Any(parts) => format!("(or\n{})", joined(parts)),
            Formula::Compare { operator, about_inputs, left, right } => {
                let name = if *about_inputs { input } else { output };
                format!("({operator} {} {})", left.text(name), right.text(name))
            }
        }
    }
}

fn formula(operators: &'static [&'static str]) -> impl Strategy<Value = Formula> {
    let half = || (-6..=6_i32).prop_map(|twice| f64::from(twice) / 2.0);
    let linear = move || {
        (half(), half(), half(), any::<u8>()).prop_map(|(a, b, constant, style)| Linear {
            coefficients: [a, b],
            constant,
            style,
        })
    };
    let compare = (select(operators), any::<bool>(), linear(), linear()).prop_map(
        |(operator, about_inputs, left, right)| Formula::Compare { operator, about_inputs, left, right },
    );
    compare.prop_recursive(4, 24, 4, |inner| {
        let parts = || prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![parts().prop_map(Formula::All), parts().prop_map(Formula::Any)]
    })
}

/// The two versions' texts of one property: the formula, and inputs from -2 to 2.
fn texts(formula: &Formula) -> [String; 2] {
    let text = |declarations: &str, x: &dyn Fn(usize) -> String, y: &dyn Fn(usize) -> String| {
        let sides =
            (0..INPUTS).map(|index| format!("(assert (<= {0} 2))\n(assert (>= {0} -2.0))\n", x(index)));
        format!("{declarations}{}(assert {})", sides.collect::<String>(), formula.text(x, y))
    };
    let constants: String = (0..INPUTS).map(|index| format!("(declare-const X_{index} Real)")).collect();
    let constants =
        (0..OUTPUTS).fold(constants, |text, index| format!("{text}(declare-const Y_{index} Real)\n"));
    let network = "(vnnlib-version <2.0>) (declare-network f (declare-input A real [1,2]) (declare-output B real [2]))\n";
    [
        text(&constants, &|index| format!("X_{index}"), &|index| format!("Y_{index}")),
        text(network, &|index| format!("A[0,{index}]"), &|index| format!("B[{index}]")),
    ]
}

/// Whether a point lies in some region and some of its conjunctions.
fn is_in_a_region(property: &Specification, input: &Array1<f64>, output: &Array1<f64>) -> bool {
    property.regions().iter().any(|region| {
        let conjunctions = &region.unsafe_outputs;
        let satisfied = |constraint: &milp_encode::property::LinearConstraint| {
            let products = constraint.terms.iter().map(|(element, c)| c * input[*element]);
            products.sum::<f64>() <= constraint.upper
        };
        region.input.sides().contains(input.view())
            && region.input.constraints().iter().all(satisfied)
            && conjunctions
                .iter()
                .any(|conjunction| conjunction.0.iter().all(|f| f.value(output.view()) <= 0.0))
    })
}

/// Points at which ties are frequent; some inputs are outside the box.
fn points() -> Vec<(Array1<f64>, Array1<f64>)> {
    let grid = [-2.5, -1.0, 0.0, 0.5, 2.0];
    let pairs = || grid.into_iter().flat_map(move |a| grid.map(|b| Array1::from(vec![a, b])));
    pairs().flat_map(|input| pairs().map(move |output| (input.clone(), output))).collect()
}

fn check(formula: &Formula, is_closed: bool) -> Result<(), TestCaseError> {
    for text in texts(formula) {
        let property = match read_vnnlib(text.as_bytes()) {
            Ok(property) => Some(property),
            Err(error) => {
                let is_empty = matches!(&error.problem, VnnlibProblem::Invalid { reason } if reason.contains("no input is left"));
                prop_assert!(is_empty, "{text}: {error}");
                None
            }
        };
        for (input, output) in points() {
            let (x, y) = (input.as_slice().unwrap(), output.as_slice().unwrap());
            let expected = formula.holds(x, y) && x.iter().all(|value| value.abs() <= 2.0);
            let Some(property) = &property else {
                prop_assert!(!expected, "{text} at {x:?} {y:?}");
                continue;
            };
            prop_assert_eq!(
                property.is_satisfied_by(input.view(), output.view()),
                expected,
                "{} at {:?} {:?}",
                &text,
                x,
                y
            );
            let inside = is_in_a_region(property, &input, &output);
            prop_assert!(inside || !expected, "{text}: the regions lack {x:?} {y:?}");
            // The sides of single inputs are rounded outward, by less than the grid can see unless they divide.
            prop_assert!(!is_closed || inside == expected, "{text}: the regions hold {x:?} {y:?}");
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_is_written_is_what_is_read(formula in formula(&["<=", ">=", "=", "=="])) {
        check(&formula, true)?;
    }

    #[test]
    fn regions_hold_all_points_of_strict_properties(formula in formula(&["<=", "<", ">", "!=", "distinct"])) {
        check(&formula, false)?;
    }

    #[test]
    fn bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read_vnnlib(&bytes);
    }

    #[test]
    fn words_are_read_or_refused(words in prop::collection::vec(select(WORDS), 0..60)) {
        let declared = "(declare-const X_0 Real)(declare-const Y_0 Real)(assert (and (>= X_0 0) (<= X_0 1) ";
        for source in [words.join(" "), format!("{declared}{}", words.join(" "))] {
            if let Err(error) = read_vnnlib(source.as_bytes()) {
                prop_assert!(error.line == 1 && error.column <= source.chars().count() + 1, "{error}");
            }
        }
    }
}

const WORDS: &[&str] = &[
    "(",
    "(",
    "(",
    ")",
    ")",
    ")",
    "))",
    "(assert",
    "(and",
    "(or",
    "(<=",
    "(>=",
    "(<",
    "(=",
    "(!=",
    "(+",
    "(-",
    "(*",
    "(/",
    "(not",
    "X_0",
    "Y_0",
    "X_1",
    "Y[0]",
    "[0]",
    "[",
    "]",
    ",",
    "\"",
    "0",
    "1",
    "-0.5",
    "1e3",
    "1e999",
    "1e",
    "-",
    "+",
    "*",
    "; x",
    "(declare-const X_0 Real)",
    "(declare-const Y_0 Real)",
    "(vnnlib-version <2.0>)",
    "(declare-network f",
    "(declare-input X real [1])",
    "(declare-output Y real [1])",
    "(declare-input X",
    "real",
    "[1,2]",
    "é",
];
