use std::fmt;
use std::str::FromStr;

use ndarray::Array1;
use nn_core::{Affine, Network, NetworkBuilder, NodeId, Op, Shape};

use crate::{Initialization, TrainingError, random};

/// The widths of a network of fully connected layers, input first, with a ReLU after each but the last: `784-50-20-10`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Architecture {
    widths: Vec<usize>,
}

/// Against typing errors that would ask for more memory than there is; 4 GiB of `f32`.
const MAX_PARAMETERS: usize = 1 << 30;

impl Architecture {
    /// The widths, the network's input first and its output last.
    pub fn widths(&self) -> &[usize] {
        &self.widths
    }

    /// A fresh network; inputs that are no vectors are flattened first. The same seed gives the same weights.
    ///
    /// # Errors
    /// [`TrainingError::ArchitectureInput`] where the first width is not the number of the input's elements.
    pub fn build(
        &self,
        input_shape: impl Into<Shape>,
        initialization: Initialization,
        seed: u64,
    ) -> Result<Network<f32>, TrainingError> {
        let input_shape = input_shape.into();
        let width = self.widths[0];
        if input_shape.element_count() != width {
            let architecture = self.to_string();
            return Err(TrainingError::ArchitectureInput { architecture, width, shape: input_shape });
        }
        let mut generator = random::for_initialization(seed);
        let mut builder = NetworkBuilder::new(input_shape);
        let mut node = NodeId::INPUT;
        if builder.shape(node).dimensions().len() != 1 {
            node = builder.reshape("flatten", node, [width])?;
        }
        let last = self.widths.len() - 1;
        for (layer, pair) in (1..).zip(self.widths.windows(2)) {
            let weight = initialization.draw(pair[1], pair[0], &mut generator);
            let affine = Affine { weight, bias: Array1::zeros(pair[1]) };
            node = builder.add(format!("dense{layer}"), Op::Affine(affine), &[node])?;
            if layer < last {
                node = builder.add(format!("relu{layer}"), Op::Relu, &[node])?;
            }
        }
        Ok(builder.finish(node))
    }
}

impl FromStr for Architecture {
    type Err = TrainingError;

    fn from_str(text: &str) -> Result<Self, TrainingError> {
        let fail = |reason: String| TrainingError::ArchitectureSyntax { text: text.to_owned(), reason };
        let width = |part: &str| match part.parse() {
            Ok(0) | Err(_) => Err(fail(format!("`{part}` is not a width"))),
            Ok(width) => Ok(width),
        };
        let widths: Vec<usize> = text.split('-').map(width).collect::<Result<_, _>>()?;
        if widths.len() < 2 {
            return Err(fail("it has no layer".into()));
        }
        let count =
            |sum: usize, pair: &[usize]| sum.checked_add(pair[1].checked_mul(pair[0].checked_add(1)?)?);
        match widths.windows(2).try_fold(0, count) {
            Some(count) if count <= MAX_PARAMETERS => Ok(Self { widths }),
            _ => Err(fail(format!("it has more than {MAX_PARAMETERS} parameters"))),
        }
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths: Vec<String> = self.widths.iter().map(usize::to_string).collect();
        f.pad(&widths.join("-"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(text: &str, shape: &[usize], seed: u64) -> Result<Network<f32>, TrainingError> {
        text.parse::<Architecture>()?.build(shape, Initialization::KaimingUniform, seed)
    }

    #[test]
    fn widths_parse_and_print_alike() {
        for text in ["784-50-20-10", "4-2", "1-1-1-1-1"] {
            assert_eq!(text.parse::<Architecture>().expect(text).to_string(), text);
        }
    }

    #[test]
    fn other_texts_are_answered_with_the_mend() {
        for (text, reason) in [
            ("", "`` is not a width"),
            ("784", "it has no layer"),
            ("784-0-10", "`0` is not a width"),
            ("784--10", "`` is not a width"),
            ("784,50,10", "`784,50,10` is not a width"),
            ("784-1e3-10", "`1e3` is not a width"),
            ("100000-100000", "it has more than 1073741824 parameters"),
            ("18446744073709551615-2", "it has more than 1073741824 parameters"),
            ("2-18446744073709551615", "it has more than 1073741824 parameters"),
        ] {
            let message = text.parse::<Architecture>().expect_err(text).to_string();
            assert!(
                message.starts_with(&format!("`{text}` is not an architecture: {reason}; ")),
                "{message}"
            );
            assert!(message.ends_with("as in 784-50-20-10"), "{message}");
        }
    }

    #[test]
    fn an_image_is_flattened_before_the_first_layer() {
        let names = |network: &Network<f32>| -> Vec<String> {
            network.nodes().iter().map(|node| node.name().to_owned()).collect()
        };
        let image = build("64-5-3", &[1, 8, 8], 0).expect("fits");
        assert_eq!(image.input_shape().dimensions(), [1, 8, 8]);
        assert_eq!(names(&image), ["input", "flatten", "dense1", "relu1", "dense2"]);
        assert_eq!((image.output_count(), image.relu_count()), (3, 5));
        assert_eq!(image.parameter_count(), 64 * 5 + 5 + 5 * 3 + 3);

        let vector = build("64-5-3", &[64], 0).expect("fits");
        assert_eq!(names(&vector), ["input", "dense1", "relu1", "dense2"]);
    }

    #[test]
    fn the_seed_decides_the_weights() {
        let weights = |seed| build("6-5-3", &[6], seed).expect("fits");
        assert_eq!(weights(1), weights(1));
        assert_ne!(weights(1), weights(2));
    }

    #[test]
    fn inputs_of_another_size_are_an_error() {
        let message = build("784-50-10", &[1, 8, 8], 0).expect_err("64 elements").to_string();
        assert_eq!(
            message,
            "architecture 784-50-10 takes 784 inputs, but an input of shape [1, 8, 8] has 64"
        );
    }
}
