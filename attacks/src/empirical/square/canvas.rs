use nn_core::Shape;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// How the elements of an input lie as an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Canvas {
    pub(super) channels: usize,
    pub(super) height: usize,
    pub(super) width: usize,
}

/// A rectangle of a canvas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rectangle {
    pub(super) top: usize,
    pub(super) left: usize,
    pub(super) height: usize,
    pub(super) width: usize,
}

impl Canvas {
    /// An image as it is; a vector whose length is a square number as a square of one channel, any other input as one line.
    pub(super) fn of(shape: &Shape) -> Self {
        if let Some([channels, height, width]) = shape.as_image() {
            return Self { channels, height, width };
        }
        let count = shape.element_count();
        let side = count.isqrt();
        let (height, width) = if side * side == count { (side, side) } else { (1, count) };
        Self { channels: 1, height, width }
    }

    /// The sides of a square with this share of the pixels; as high as the canvas, and wider, where that is too low.
    pub(super) fn square(&self, share: f64) -> (usize, usize) {
        let area = share * (self.height * self.width) as f64;
        let height = (area.sqrt().round() as usize).clamp(1, self.height.max(1));
        let width = ((area / height as f64).round() as usize).clamp(1, self.width.max(1));
        (height, width)
    }

    /// A rectangle of these sides in a random place.
    pub(super) fn place(&self, (height, width): (usize, usize), generator: &mut ChaCha8Rng) -> Rectangle {
        let top = generator.random_range(0..=self.height - height);
        let left = generator.random_range(0..=self.width - width);
        Rectangle { top, left, height, width }
    }

    /// The elements of a rectangle in one channel, row by row.
    pub(super) fn elements(
        &self,
        rectangle: Rectangle,
        channel: usize,
    ) -> impl Iterator<Item = usize> + use<> {
        let Self { height, width, .. } = *self;
        let first = channel * height * width + rectangle.top * width + rectangle.left;
        (0..rectangle.height).flat_map(move |row| first + row * width..first + row * width + rectangle.width)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_that_are_no_images_lie_as_squares_or_lines() {
        let canvas = |shape: &[usize]| {
            let Canvas { channels, height, width } = Canvas::of(&Shape::from(shape));
            [channels, height, width]
        };
        assert_eq!(canvas(&[3, 4, 5]), [3, 4, 5]);
        assert_eq!(canvas(&[784]), [1, 28, 28]);
        assert_eq!(canvas(&[5]), [1, 1, 5]);
    }

    #[test]
    fn squares_have_their_share_of_the_pixels() {
        let line = Canvas { channels: 1, height: 1, width: 40 };
        let image = Canvas { channels: 3, height: 28, width: 28 };
        assert_eq!(image.square(0.25), (14, 14));
        assert_eq!(line.square(0.25), (1, 10));
        assert_eq!((image.square(0.0), image.square(1.0)), ((1, 1), (28, 28)));
        let rectangle = Rectangle { top: 1, left: 2, height: 2, width: 2 };
        assert_eq!(image.elements(rectangle, 1).collect::<Vec<_>>(), [814, 815, 842, 843]);
    }
}
