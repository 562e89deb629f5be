use milp_encode::property::{DataRange, InputBox};
use ndarray::{Array2, ArrayView1, Axis};
use nn_core::Network;

use super::ImportanceError;
use crate::{SampleError, Samples};

/// An image on which units are scored: a label, a region whose bounds the program uses, and points of the region.
///
/// The loss of an image is the greatest cross-entropy of its points. The published program has one point, the image itself,
/// in a box so small that it decides nearly all phases.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoredImage {
    pub(super) label: usize,
    pub(super) region: InputBox,
    /// (points, input count); at least one.
    pub(super) points: Array2<f64>,
}

/// The half-width of the published boxes.
pub(super) const PUBLISHED_EPSILON: f64 = 1e-5;

impl ScoredImage {
    /// An image in the published box: `max(x, 0) - 1e-5` to `min(x, 1) + 1e-5`.
    ///
    /// # Errors
    /// [`ImportanceError::Region`] where the image is not finite.
    pub fn published(image: ArrayView1<'_, f64>, label: usize) -> Result<Self, ImportanceError> {
        let region = InputBox::new(
            image.mapv(|pixel| pixel.max(0.0) - PUBLISHED_EPSILON),
            image.mapv(|pixel| pixel.min(1.0) + PUBLISHED_EPSILON),
        )?;
        Ok(Self { label, region, points: image.insert_axis(Axis(0)).to_owned() })
    }

    /// An image and the box of this radius around it, cut to the data's range where one is given.
    ///
    /// # Errors
    /// [`ImportanceError::Region`] where image or radius are not finite.
    pub fn around(
        image: ArrayView1<'_, f64>,
        label: usize,
        epsilon: f64,
        range: Option<DataRange>,
    ) -> Result<Self, ImportanceError> {
        let region = InputBox::around(image, epsilon, range)?;
        Ok(Self { label, region, points: image.insert_axis(Axis(0)).to_owned() })
    }

    /// Samples as images without any surroundings: all bounds are the values themselves.
    ///
    /// # Errors
    /// As [`ScoredImage::around`].
    pub fn exactly(samples: Samples<'_>) -> Result<Vec<Self>, ImportanceError> {
        let image = |index| {
            let (input, label) = samples.sample(index);
            Self::around(input, label, 0.0, None)
        };
        (0..samples.len()).map(image).collect()
    }

    /// The same image with one more point of its region.
    ///
    /// # Panics
    /// Where the point has another number of elements.
    pub fn add_point(&mut self, point: ArrayView1<'_, f64>) {
        self.points.push_row(point).expect("a point has as many elements as the image");
    }

    /// The class.
    pub fn label(&self) -> usize {
        self.label
    }

    /// The region.
    pub fn region(&self) -> &InputBox {
        &self.region
    }

    /// The points, (points, input count).
    pub fn points(&self) -> &Array2<f64> {
        &self.points
    }

    pub(super) fn check(&self, index: usize, network: &Network<f64>) -> Result<(), ImportanceError> {
        let (sample, width) = (self.points.ncols(), network.input_count());
        if sample != width {
            return Err(SampleError::Width { sample, network: width }.into());
        }
        let outputs = network.output_count();
        if self.label >= outputs {
            let label = u8::try_from(self.label).unwrap_or(u8::MAX);
            return Err(SampleError::Label { sample: index, label, outputs }.into());
        }
        match self.points.rows().into_iter().position(|point| !self.region.contains(point)) {
            Some(point) => Err(ImportanceError::Outside { image: index, point }),
            None => Ok(()),
        }
    }
}
