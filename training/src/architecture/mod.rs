mod syntax;
#[cfg(test)]
mod tests;

use ndarray::Array1;
use nn_core::{Affine, Conv2d, Network, NetworkBuilder, NodeId, Op, Pool, Shape, Window};
use rand_chacha::ChaCha8Rng;

use crate::{Initialization, TrainingError, random};

/// The layers of a network, as a text: first to last, with `-` between them.
///
/// | part | layer |
/// |---|---|
/// | `100` | fully connected, 100 outputs |
/// | `conv16k4s2p1` | convolution with 16 output channels, a kernel of 4 × 4, stride 2 (1 where there is no `s`) and padding 1 on all sides (0 where there is no `p`) |
/// | `avg2`, `max3s2p1` | pooling over windows of 2 × 2 or 3 × 3, stride 2 (that of the window where there is no `s`) and padding (0); padded positions never count |
///
/// After each fully connected layer but the last, and after each convolution, there is a ReLU. The last layer is fully
/// connected and has one output a class. A text that begins with a number names the width of the input first, as in
/// `784-50-20-10`, and takes images flattened; one that begins with an image layer takes them as they are, so that LeNet-5
/// is `conv6k5p2-avg2-conv16k5-avg2-120-84-10`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Architecture {
    /// The width of the input, where the text begins with it.
    input: Option<usize>,
    layers: Vec<Layer>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layer {
    Dense { width: usize },
    Convolution { channels: usize, window: SquareWindow },
    AveragePool(SquareWindow),
    MaxPool(SquareWindow),
}

/// A window that is alike in both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct SquareWindow {
    kernel: usize,
    stride: usize,
    padding: usize,
}

/// Against typing errors that would ask for more memory than there is; 4 GiB of `f32`.
const MAX_PARAMETERS: usize = 1 << 30;

impl Architecture {
    /// A fresh network; images are flattened before the first fully connected layer. The same seed gives the same weights.
    ///
    /// # Errors
    /// [`TrainingError::ArchitectureInput`] where a first width is not the number of the input's elements,
    /// [`TrainingError::ArchitectureSize`] for more than 2^30 parameters, [`TrainingError::Network`] where a window does
    /// not fit on its image.
    pub fn build(
        &self,
        input_shape: impl Into<Shape>,
        initialization: Initialization,
        seed: u64,
    ) -> Result<Network<f32>, TrainingError> {
        let input_shape = input_shape.into();
        if let Some(width) = self.input.filter(|width| *width != input_shape.element_count()) {
            let architecture = self.to_string();
            return Err(TrainingError::ArchitectureInput { architecture, width, shape: input_shape });
        }
        let mut draft = Draft {
            builder: NetworkBuilder::new(input_shape),
            last: NodeId::INPUT,
            initialization,
            generator: random::for_initialization(seed),
        };
        let last = self.layers.len();
        for (number, layer) in (1..).zip(&self.layers) {
            self.check_size(draft.parameter_count(*layer))?;
            draft.add_layer(number, *layer)?;
            if number < last && matches!(layer, Layer::Dense { .. } | Layer::Convolution { .. }) {
                draft.add(format!("relu{number}"), Op::Relu)?;
            }
        }
        Ok(draft.builder.finish(draft.last))
    }

    fn check_size(&self, parameters: Option<usize>) -> Result<(), TrainingError> {
        match parameters {
            Some(count) if count <= MAX_PARAMETERS => Ok(()),
            _ => {
                Err(TrainingError::ArchitectureSize { architecture: self.to_string(), limit: MAX_PARAMETERS })
            }
        }
    }
}

/// A network that is being built.
struct Draft {
    builder: NetworkBuilder<f32>,
    last: NodeId,
    initialization: Initialization,
    generator: ChaCha8Rng,
}

impl Draft {
    fn add(&mut self, name: String, op: Op<f32>) -> Result<(), TrainingError> {
        self.last = self.builder.add(name, op, &[self.last])?;
        Ok(())
    }

    fn add_layer(&mut self, number: usize, layer: Layer) -> Result<(), TrainingError> {
        match layer {
            Layer::Dense { width } => {
                let inputs = self.builder.shape(self.last).element_count();
                if self.builder.shape(self.last).dimensions().len() != 1 {
                    self.last = self.builder.reshape("flatten", self.last, [inputs])?;
                }
                let weight = self.initialization.draw(width, inputs, &mut self.generator);
                self.add(format!("dense{number}"), Op::Affine(Affine { weight, bias: Array1::zeros(width) }))
            }
            Layer::Convolution { channels, window } => {
                let inputs = self.channels() * window.kernel * window.kernel;
                let weight = self.initialization.draw(channels, inputs, &mut self.generator);
                let shape = (channels, self.channels(), window.kernel, window.kernel);
                let weight = weight.into_shape_with_order(shape).expect("as many elements");
                let bias = Array1::zeros(channels);
                let conv = Conv2d { weight, bias, window: window.into(), groups: 1 };
                self.add(format!("conv{number}"), Op::Conv2d(conv))
            }
            Layer::AveragePool(window) => {
                self.add(format!("average{number}"), Op::AveragePool(window.into()))
            }
            Layer::MaxPool(window) => self.add(format!("maximum{number}"), Op::MaxPool(window.into())),
        }
    }

    /// How many parameters a layer would have next; `None` beyond any memory.
    fn parameter_count(&self, layer: Layer) -> Option<usize> {
        let (outputs, inputs) = match layer {
            Layer::Dense { width } => (width, self.builder.shape(self.last).element_count()),
            Layer::Convolution { channels, window: SquareWindow { kernel, .. } } => {
                (channels, kernel.checked_mul(kernel)?.checked_mul(self.channels())?)
            }
            Layer::AveragePool(_) | Layer::MaxPool(_) => return Some(0),
        };
        outputs.checked_mul(inputs.checked_add(1)?)
    }

    /// The channels of the image that there is; 1 where it is none, which the builder then refuses.
    fn channels(&self) -> usize {
        self.builder.shape(self.last).as_image().map_or(1, |[channels, ..]| channels)
    }
}

impl From<SquareWindow> for Window {
    fn from(window: SquareWindow) -> Self {
        let SquareWindow { kernel, stride, padding } = window;
        Window { padding: [padding; 4], ..Window::new([kernel; 2], stride) }
    }
}

impl From<SquareWindow> for Pool {
    fn from(window: SquareWindow) -> Self {
        Pool { window: window.into(), count_padding: false }
    }
}
