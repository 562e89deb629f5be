//! What the verifier can do, in the words of the VNN-LIB standard.

use clap::Args;
use nn_core::{ONNX_OPSETS, onnx_operators};

use super::{Completion, output};

/// Say what `verify` supports, one capability at a time, as VNN-LIB 2.0 asks of solvers
///
/// Theories have the standard's names: NH (no hidden nodes), SIO (one input and one output), SNET (one network), SNC (comparisons of
/// one node's variables), BND, OUTC and LIN (bounds, comparisons of outputs, linear arithmetic).
#[derive(Args)]
#[group(required = true, multiple = false)]
#[command(after_help = "Examples:
  greymatter supports --onnx-operators
  greymatter supports --vnnlib-versions")]
pub(super) struct SupportsArguments {
    /// The oldest and the newest operator set
    #[arg(long)]
    onnx_opset_versions: bool,
    /// Element types for which answers are sound
    #[arg(long)]
    onnx_element_types: bool,
    /// Operators
    #[arg(long)]
    onnx_operators: bool,
    /// The oldest and the newest version of VNN-LIB
    #[arg(long)]
    vnnlib_versions: bool,
    /// Whether queries may name nodes inside the network
    #[arg(long)]
    hidden_node_theories: bool,
    /// Whether networks may have several inputs or outputs
    #[arg(long)]
    multiple_input_output_theories: bool,
    /// Whether queries may declare several networks
    #[arg(long)]
    multiple_network_theories: bool,
    /// Whether variables of different nodes may be compared
    #[arg(long)]
    multiple_node_comparison_theories: bool,
    /// The arithmetic that queries may use
    #[arg(long)]
    arithmetic_complexity_theories: bool,
    /// Whether disjunctions are more than a list of questions
    #[arg(long)]
    optimised_disjunctive_reasoning: bool,
    /// Whether counterexamples can be written as files of tensors
    #[arg(long)]
    serialise_assignments: bool,
    /// Whether proofs of `unsat` can be written
    #[arg(long)]
    unsat_proofs: bool,
}

pub(super) fn run(arguments: &SupportsArguments) -> anyhow::Result<Completion> {
    let (oldest, newest) = (ONNX_OPSETS.0.to_string(), ONNX_OPSETS.1.to_string());
    // These are read and evaluated, but they are not piecewise linear: nothing is proven of them.
    let is_exact = |operator: &&str| !matches!(*operator, "Sigmoid" | "Tanh");
    let operators: Vec<&str> = onnx_operators().filter(is_exact).collect();
    let answers: [(bool, &[&str]); 12] = [
        (arguments.onnx_opset_versions, &[&oldest, &newest]),
        // A proof holds in real arithmetic; a deployed network may round to the other side of a comparison.
        (arguments.onnx_element_types, &["real"]),
        (arguments.onnx_operators, &operators),
        (arguments.vnnlib_versions, &["1.0", "2.0"]),
        (arguments.hidden_node_theories, &["NH"]),
        (arguments.multiple_input_output_theories, &["SIO"]),
        (arguments.multiple_network_theories, &["SNET"]),
        (arguments.multiple_node_comparison_theories, &["SNC"]),
        (arguments.arithmetic_complexity_theories, &["BND", "OUTC", "LIN"]),
        (arguments.optimised_disjunctive_reasoning, &["false"]),
        (arguments.serialise_assignments, &["false"]),
        (arguments.unsat_proofs, &["false"]),
    ];
    let asked = answers.iter().filter(|(is_asked, _)| *is_asked);
    asked.flat_map(|(_, lines)| *lines).try_for_each(output::line)?;
    Ok(Completion::Done)
}
