use std::fmt;

use ndarray::ArrayView1;
use num_rational::BigRational;

use super::comparison::Comparison;
use super::declarations::{Declarations, Tensor, Variable};
use super::formula::Formula;
use super::regions::{Regions, UnsafeRegion};

/// A property of a network: inputs with outputs that must not occur.
///
/// The file asserts what a counterexample is: an input and the network's output for it that satisfy all assertions.
/// [`Specification::regions`] are closed sets around all of them, for proofs;
/// [`Specification::is_satisfied_by`] says exactly whether a point is one.
#[derive(Clone, Debug)]
pub struct Specification {
    version: VnnlibVersion,
    inputs: usize,
    outputs: usize,
    network: Option<String>,
    tensors: Option<(Tensor, Tensor)>,
    formula: Formula,
    regions: Vec<UnsafeRegion>,
    empty_alternatives: usize,
}

/// A version of VNN-LIB; displayed as `2.0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VnnlibVersion {
    /// Changes where old files lose their meaning.
    pub major: u32,
    /// Changes where they keep it.
    pub minor: u32,
}

impl Specification {
    pub(super) fn new(
        version: Option<VnnlibVersion>,
        declarations: Declarations,
        formula: Formula,
        regions: Regions,
    ) -> Self {
        let (inputs, outputs) = (declarations.input_count(), declarations.output_count());
        let (major, network, tensors) = match declarations {
            Declarations::Network(network) => (2, Some(network.name), Some((network.input, network.output))),
            Declarations::Nothing | Declarations::Constants(_) => (1, None, None),
        };
        Self {
            version: version.unwrap_or(VnnlibVersion { major, minor: 0 }),
            inputs,
            outputs,
            network,
            tensors,
            formula,
            regions: regions.regions,
            empty_alternatives: regions.empty_alternatives,
        }
    }

    /// The version that the file states, else the one that its declarations have.
    pub fn version(&self) -> VnnlibVersion {
        self.version
    }

    /// How many elements an input has.
    pub fn input_count(&self) -> usize {
        self.inputs
    }

    /// How many elements an output has.
    pub fn output_count(&self) -> usize {
        self.outputs
    }

    /// What VNN-LIB 2.0 calls the network; none in 1.0.
    pub fn network_name(&self) -> Option<&str> {
        self.network.as_deref()
    }

    /// Input and output as VNN-LIB 2.0 declares them; none in 1.0, which knows no shapes.
    pub fn tensors(&self) -> Option<(&Tensor, &Tensor)> {
        self.tensors.as_ref().map(|(input, output)| (input, output))
    }

    /// Input sets with the outputs that must not occur over each: alternatives over the same inputs share one.
    ///
    /// Together they hold every counterexample. There are none where the assertions contradict each other without regard
    /// to any input.
    pub fn regions(&self) -> &[UnsafeRegion] {
        &self.regions
    }

    /// Alternatives that were left out because two of their bounds leave no input.
    pub fn empty_alternatives(&self) -> usize {
        self.empty_alternatives
    }

    /// Whether some inequality is strict. A region then holds boundary points that are no counterexamples, and a search may
    /// end without an answer on one of them.
    pub fn has_strict_inequalities(&self) -> bool {
        self.formula.comparisons().iter().any(|comparison| comparison.strict)
    }

    /// Whether an input and an output are a counterexample: all assertions hold, without any tolerance or rounding.
    ///
    /// Every number of the file means the `f64` nearest to it. A value that is not finite satisfies no comparison.
    ///
    /// # Panics
    /// Where the point has not the property's numbers of elements.
    pub fn is_satisfied_by(&self, input: ArrayView1<'_, f64>, output: ArrayView1<'_, f64>) -> bool {
        assert_eq!(input.len(), self.inputs, "a point has one value an input");
        assert_eq!(output.len(), self.outputs, "a point has one value an output");
        self.formula.is_true(|comparison| comparison.holds(input, output))
    }
}

impl Comparison {
    /// Whether it is true at a point, exactly.
    fn holds(&self, input: ArrayView1<'_, f64>, output: ArrayView1<'_, f64>) -> bool {
        let value = |variable: &Variable| match variable {
            Variable::Input(index) => input[*index],
            Variable::Output(index) => output[*index],
        };
        let products = self.terms.iter().map(|(variable, coefficient)| coefficient * value(variable));
        let (sum, magnitude) = products
            .fold((self.constant, self.constant.abs()), |(sum, magnitude), product| {
                (sum + product, magnitude + product.abs())
            });
        #[allow(clippy::cast_precision_loss)]
        let rounding = (self.terms.len() + 2) as f64 * (f64::EPSILON * magnitude + f64::MIN_POSITIVE);
        if sum.abs() > rounding {
            return sum < 0.0;
        }
        let terms = self.terms.iter().map(|(variable, coefficient)| {
            Some(BigRational::from_float(*coefficient)? * BigRational::from_float(value(variable))?)
        });
        let zero = || BigRational::from_integer(0.into());
        let constant = BigRational::from_float(self.constant);
        let exact = terms.chain([constant]).try_fold(zero(), |sum, term| Some(sum + term?));
        exact.is_some_and(|exact| if self.strict { exact < zero() } else { exact <= zero() })
    }
}

impl fmt::Display for VnnlibVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}
