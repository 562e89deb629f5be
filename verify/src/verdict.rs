use std::fmt;

/// The answer to a verification question; displayed as the competition's result files spell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// A counterexample exists and was replayed.
    Sat,
    /// No counterexample exists.
    Unsat,
    /// The time limit came first.
    Timeout,
    /// The search ended without an answer.
    Unknown,
    /// The question could not be asked.
    Error,
}

/// An input of the set with an output that must not occur.
///
/// Displayed as the competition's result files spell it, with the shortest decimals that read back as the same `f32`.
#[derive(Clone, Debug, PartialEq)]
pub struct Counterexample {
    /// The input's elements in row-major order.
    pub input: Vec<f32>,
    /// What the network computes from it.
    pub output: Vec<f32>,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Verdict::Sat => "sat",
            Verdict::Unsat => "unsat",
            Verdict::Timeout => "timeout",
            Verdict::Unknown => "unknown",
            Verdict::Error => "error",
        })
    }
}

impl fmt::Display for Counterexample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inputs = self.input.iter().enumerate().map(|(index, value)| ('X', index, value));
        let outputs = self.output.iter().enumerate().map(|(index, value)| ('Y', index, value));
        let mut separator = "(";
        for (letter, index, value) in inputs.chain(outputs) {
            write!(f, "{separator}({letter}_{index} {value})")?;
            separator = "\n ";
        }
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_values_read_back_as_the_same_bits() {
        for value in [0.1_f32, f32::MIN_POSITIVE, -1e-45, 3.402_823_5e38, 16_777_216.0, 1.0 / 3.0] {
            let text = Counterexample { input: vec![value], output: vec![] }.to_string();
            let number = text.trim_start_matches("((X_0 ").trim_end_matches("))");
            assert_eq!(number.parse::<f32>().expect("a number").to_bits(), value.to_bits());
        }
    }
}
