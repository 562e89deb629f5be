use ndarray::{ArrayView1, ArrayView2};
use nn_core::{Network, Scalar};
use thiserror::Error;

/// Inputs with their labels, on which scores are computed.
#[derive(Clone, Copy, Debug)]
pub struct Samples<'a> {
    /// (samples, input count).
    pub inputs: ArrayView2<'a, f64>,
    /// One class a sample.
    pub labels: &'a [u8],
}

/// Why samples do not fit a network.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SampleError {
    /// There are none.
    #[error("there are no samples to score neurons on")]
    None,
    /// Inputs and labels differ in number.
    #[error("{inputs} inputs, but {labels} labels")]
    LabelCount {
        /// How many inputs.
        inputs: usize,
        /// How many labels.
        labels: usize,
    },
    /// The inputs do not fit the network.
    #[error("samples have {sample} values, but the network takes {network}")]
    Width {
        /// Values a sample.
        sample: usize,
        /// What the network takes.
        network: usize,
    },
    /// A label is no output of the network.
    #[error("sample {sample} has label {label}, but the network has {outputs} outputs")]
    Label {
        /// Which sample.
        sample: usize,
        /// Its label.
        label: u8,
        /// How many outputs the network has.
        outputs: usize,
    },
    /// An input is NaN or infinite.
    #[error("sample {sample} has a value that is not finite")]
    NotFinite {
        /// Which sample.
        sample: usize,
    },
}

impl Samples<'_> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// One input with its label.
    ///
    /// # Panics
    /// Where there is no such sample.
    pub fn sample(&self, index: usize) -> (ArrayView1<'_, f64>, usize) {
        (self.inputs.row(index), usize::from(self.labels[index]))
    }

    pub(crate) fn check<T: Scalar>(&self, network: &Network<T>) -> Result<(), SampleError> {
        let ((inputs, sample), labels) = (self.inputs.dim(), self.labels.len());
        let (width, outputs) = (network.input_count(), network.output_count());
        if inputs != labels {
            return Err(SampleError::LabelCount { inputs, labels });
        }
        if labels == 0 {
            return Err(SampleError::None);
        }
        if sample != width {
            return Err(SampleError::Width { sample, network: width });
        }
        if let Some(sample) = self.labels.iter().position(|label| usize::from(*label) >= outputs) {
            return Err(SampleError::Label { sample, label: self.labels[sample], outputs });
        }
        let finite = |input: ArrayView1<'_, f64>| input.iter().all(|value| value.is_finite());
        match self.inputs.rows().into_iter().position(|input| !finite(input)) {
            Some(sample) => Err(SampleError::NotFinite { sample }),
            None => Ok(()),
        }
    }
}
