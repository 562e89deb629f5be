use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use super::{DataError, Dataset};

/// Which images of a data set are meant, as the command line writes it: `0..100` (without 100), `100..`, `..100`,
/// `..` or one index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageRange {
    start: usize,
    end: Option<usize>,
}

impl ImageRange {
    /// All images.
    pub const ALL: ImageRange = ImageRange { start: 0, end: None };

    /// The indices in a data set.
    ///
    /// # Errors
    /// [`DataError::Range`] where there are none or where they leave the data set.
    pub fn indices(self, dataset: &Dataset) -> Result<Range<usize>, DataError> {
        let range = self.start..self.end.unwrap_or(dataset.len());
        dataset.range(range.clone()).map(|_| range)
    }
}

impl FromStr for ImageRange {
    type Err = DataError;

    fn from_str(text: &str) -> Result<Self, DataError> {
        parse(text).ok_or_else(|| DataError::RangeSyntax { text: text.to_owned() })
    }
}

impl fmt::Display for ImageRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.end {
            Some(end) => write!(f, "{}..{end}", self.start),
            None => write!(f, "{}..", self.start),
        }
    }
}

fn parse(text: &str) -> Option<ImageRange> {
    let Some((start, end)) = text.split_once("..") else {
        let start = text.parse().ok()?;
        return Some(ImageRange { start, end: Some(usize::checked_add(start, 1)?) });
    };
    let start = if start.is_empty() { 0 } else { start.parse().ok()? };
    let end = if end.is_empty() { None } else { Some(end.parse().ok()?) };
    Some(ImageRange { start, end })
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use nn_core::Shape;

    use super::*;

    fn check(text: &str, expected: Option<Range<usize>>) {
        let images = Array2::zeros((10, 1));
        let dataset = Dataset::new("toy", Shape::new([1, 1, 1]), images, vec![0; 10], 1).expect("consistent");
        let indices = text.parse::<ImageRange>().and_then(|range| range.indices(&dataset));
        assert_eq!(indices.ok(), expected, "{text}");
    }

    #[test]
    fn ranges_are_half_open_and_lie_inside() {
        check("0..10", Some(0..10));
        check("3..5", Some(3..5));
        check("7..", Some(7..10));
        check("..4", Some(0..4));
        check("..", Some(0..10));
        check("9", Some(9..10));

        check("10", None);
        check("0..11", None);
        check("5..3", None);
        check("4..4", None);
        check("10..", None);
        check("", None);
        check("a..b", None);
        check("-1..3", None);
        check("1..2..3", None);
        check(&usize::MAX.to_string(), None);
    }

    #[test]
    fn errors_name_what_was_asked_for() {
        let error = "5-7".parse::<ImageRange>().expect_err("not a range");
        assert!(error.to_string().starts_with("`5-7` is not a range of images"), "{error}");
    }
}
