use std::ops::Range;

use ndarray::{Array2, ArrayView1, ArrayView2, s};
use nn_core::Shape;

use super::DataError;

/// Images with their labels; images and labels agree in number, and every label is a class.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    name: String,
    shape: Shape,
    images: Array2<f32>,
    labels: Vec<u8>,
    classes: usize,
}

impl Dataset {
    /// A data set of images (one a row, flattened in row-major order) that have the shape given.
    ///
    /// # Errors
    /// [`DataError::Inconsistent`] where a pixel is outside `[0, 1]`, a label is not below `classes`, or numbers
    /// disagree.
    pub fn new(
        name: impl Into<String>,
        shape: Shape,
        images: Array2<f32>,
        labels: Vec<u8>,
        classes: usize,
    ) -> Result<Self, DataError> {
        let dataset = Self { name: name.into(), shape, images, labels, classes };
        match dataset.contradiction() {
            None => Ok(dataset),
            Some(reason) => Err(DataError::Inconsistent { name: dataset.name, reason }),
        }
    }

    /// The name for messages, such as `mnist test`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The shape of one image: channels, height, width.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// How many classes there are; labels lie below.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// How many images there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no images.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// One image a row, flattened in row-major order, with values in `[0, 1]`.
    pub fn images(&self) -> ArrayView2<'_, f32> {
        self.images.view()
    }

    /// The class of every image.
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }

    /// The images and their labels, without the rest.
    pub fn into_parts(self) -> (Array2<f32>, Vec<u8>) {
        (self.images, self.labels)
    }

    /// One image with its label; `None` behind the last.
    pub fn example(&self, index: usize) -> Option<(ArrayView1<'_, f32>, u8)> {
        Some((self.images.row(self.labels.get(index).map(|_| index)?), self.labels[index]))
    }

    /// The images and labels of a range.
    ///
    /// # Errors
    /// [`DataError::Range`] where the range is empty or leaves the data set.
    pub fn range(&self, range: Range<usize>) -> Result<(ArrayView2<'_, f32>, &[u8]), DataError> {
        match self.labels.get(range.clone()) {
            Some(labels) if !labels.is_empty() => Ok((self.images.slice(s![range, ..]), labels)),
            _ => Err(DataError::Range { name: self.name.clone(), range, count: self.len() }),
        }
    }

    fn contradiction(&self) -> Option<String> {
        let (images, pixels) = self.images.dim();
        if images != self.labels.len() {
            return Some(format!("{images} images, but {} labels", self.labels.len()));
        }
        if pixels != self.shape.element_count() {
            return Some(format!("images of {pixels} values, but of shape {}", self.shape));
        }
        if let Some(index) = self.labels.iter().position(|label| usize::from(*label) >= self.classes) {
            let label = self.labels[index];
            return Some(format!("image {index} has label {label}, but there are {} classes", self.classes));
        }
        let outside = |(_, pixel): &(_, &f32)| !(0.0..=1.0).contains(*pixel);
        let ((image, pixel), value) = self.images.indexed_iter().find(outside)?;
        Some(format!("image {image} has value {value} at flat index {pixel}, which is outside [0, 1]"))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn new(images: Array2<f32>, labels: &[u8]) -> Result<Dataset, DataError> {
        Dataset::new("toy", Shape::new([1, 1, 2]), images, labels.to_vec(), 2)
    }

    #[test]
    fn contradictions_are_named() {
        let cases = [
            (new(array![[0.0, 1.0]], &[0, 1]), "1 images, but 2 labels"),
            (new(array![[0.0]], &[0]), "images of 1 values, but of shape [1, 1, 2]"),
            (new(array![[0.0, 1.0], [0.0, 1.0]], &[0, 2]), "image 1 has label 2, but there are 2 classes"),
            (new(array![[0.0, 1.5]], &[0]), "image 0 has value 1.5 at flat index 1, which is outside [0, 1]"),
            (
                new(array![[f32::NAN, 0.5]], &[0]),
                "image 0 has value NaN at flat index 0, which is outside [0, 1]",
            ),
        ];
        for (dataset, reason) in cases {
            assert_eq!(dataset.expect_err(reason).to_string(), format!("data set `toy`: {reason}"));
        }
    }

    #[test]
    fn ranges_stay_inside() {
        let dataset = new(array![[0.0, 1.0], [0.25, 0.5], [1.0, 1.0]], &[0, 1, 1]).expect("consistent");
        let (images, labels) = dataset.range(1..3).expect("inside");
        assert_eq!(images, array![[0.25, 0.5], [1.0, 1.0]]);
        assert_eq!(labels, [1, 1]);
        #[allow(clippy::reversed_empty_ranges)]
        for outside in [1..1, 2..4, 3..4, 2..1, usize::MAX..usize::MAX] {
            assert!(matches!(dataset.range(outside), Err(DataError::Range { count: 3, .. })));
        }
    }

    #[test]
    fn an_example_is_a_row_with_its_label() {
        let dataset = new(array![[0.0, 1.0], [0.25, 0.5]], &[0, 1]).expect("consistent");
        assert_eq!(dataset.example(1), Some((array![0.25, 0.5].view(), 1)));
        assert_eq!(dataset.example(2), None);
    }
}
