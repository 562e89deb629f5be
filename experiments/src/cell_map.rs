//! Pictures of layers: a cell a neuron, channel by channel.

use anyhow::anyhow;
use nn_core::Shape;
use plotters::prelude::*;

/// Side of a cell in pixels.
const CELL: usize = 7;
/// Cells side by side in a layer that is no image.
const CELLS_A_LINE: usize = 112;
/// Pixels around the map and between a layer's channels.
const MARGIN: usize = 20;
const BETWEEN_CHANNELS: usize = 4;
/// Height of a line of text.
const TEXT: usize = 22;

/// A picture of layers, one below the other.
pub(crate) struct CellMap {
    pub(crate) title: String,
    /// Colours with their meaning.
    pub(crate) legend: Vec<(RGBColor, &'static str)>,
    /// What stands behind the legend.
    pub(crate) note: &'static str,
    pub(crate) layers: Vec<CellLayer>,
}

/// The cells of one layer.
pub(crate) struct CellLayer {
    title: String,
    /// Height and width of each block of cells, and how many blocks there are.
    block: [usize; 2],
    blocks: usize,
    cells: Vec<RGBColor>,
}

/// A colour between white and a full one, whose strength is from 0 to 1; even 0 leaves a light tint.
pub(crate) fn tint(full: (u8, u8, u8), strength: f64) -> RGBColor {
    let strength = 0.15 + 0.85 * strength.sqrt();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let channel = |value: u8| (255.0 - strength * (255.0 - f64::from(value))) as u8;
    RGBColor(channel(full.0), channel(full.1), channel(full.2))
}

impl CellMap {
    /// The map as an SVG picture.
    ///
    /// # Errors
    /// Where drawing fails.
    pub(crate) fn to_svg(&self) -> anyhow::Result<String> {
        let widest = self.layers.iter().map(CellLayer::width).max().unwrap_or(0);
        let width = 2 * MARGIN + widest.max(CELLS_A_LINE * CELL);
        let height = 2 * MARGIN + 3 * TEXT + self.layers.iter().map(CellLayer::height).sum::<usize>();
        let mut svg = String::new();
        let size = (u32::try_from(width)?, u32::try_from(height)?);
        draw(&SVGBackend::with_string(&mut svg, size).into_drawing_area(), self)
            .map_err(|error| anyhow!("cannot draw the heat map: {error}"))?;
        if !svg.ends_with('\n') {
            svg.push('\n');
        }
        Ok(svg)
    }
}

impl CellLayer {
    /// A layer whose value has this shape, one colour an element.
    pub(crate) fn new(title: String, shape: &Shape, cells: Vec<RGBColor>) -> Self {
        let (block, blocks) = match shape.as_image() {
            Some([channels, height, width]) => ([height, width], channels),
            None => ([cells.len().div_ceil(CELLS_A_LINE), CELLS_A_LINE], 1),
        };
        Self { title, block, blocks, cells }
    }

    fn block_width(&self) -> usize {
        self.block[1] * CELL + BETWEEN_CHANNELS
    }

    fn block_height(&self) -> usize {
        self.block[0] * CELL + BETWEEN_CHANNELS
    }

    fn blocks_a_line(&self) -> usize {
        (CELLS_A_LINE * CELL / self.block_width()).clamp(1, self.blocks.max(1))
    }

    fn width(&self) -> usize {
        self.blocks_a_line() * self.block_width()
    }

    fn height(&self) -> usize {
        TEXT + self.blocks.div_ceil(self.blocks_a_line()) * self.block_height() + MARGIN
    }

    /// Where a cell's upper left corner lies, counted from that of the first.
    fn position(&self, element: usize) -> (usize, usize) {
        let in_block = self.block[0] * self.block[1];
        let (block, cell) = (element / in_block, element % in_block);
        let (line, column) = (block / self.blocks_a_line(), block % self.blocks_a_line());
        (
            column * self.block_width() + cell % self.block[1] * CELL,
            line * self.block_height() + cell / self.block[1] * CELL,
        )
    }
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type DrawingError<'a> = DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>;

fn draw<'a>(area: &Area<'a>, map: &CellMap) -> Result<(), DrawingError<'a>> {
    area.fill(&WHITE)?;
    let font = ("sans-serif", 14);
    area.draw(&Text::new(map.title.clone(), at(MARGIN, MARGIN), ("sans-serif", 17)))?;
    for (position, (colour, name)) in map.legend.iter().enumerate() {
        let left = MARGIN + position * 110;
        square(area, (left, MARGIN + TEXT + 5), *colour)?;
        area.draw(&Text::new(*name, at(left + 2 * CELL, MARGIN + TEXT), font))?;
    }
    let behind = MARGIN + map.legend.len() * 110;
    area.draw(&Text::new(map.note, at(behind, MARGIN + TEXT), font))?;
    let mut top = MARGIN + 3 * TEXT;
    for layer in &map.layers {
        area.draw(&Text::new(layer.title.clone(), at(MARGIN, top), font))?;
        for (element, cell) in layer.cells.iter().enumerate() {
            let (x, y) = layer.position(element);
            square(area, (MARGIN + x, top + TEXT + y), *cell)?;
        }
        top += layer.height();
    }
    area.present()
}

fn square<'a>(area: &Area<'a>, (x, y): (usize, usize), colour: RGBColor) -> Result<(), DrawingError<'a>> {
    area.draw(&Rectangle::new([at(x, y), at(x + CELL - 1, y + CELL - 1)], colour.filled()))
}

fn at(x: usize, y: usize) -> (i32, i32) {
    let pixel = |value| i32::try_from(value).unwrap_or(i32::MAX);
    (pixel(x), pixel(y))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_lie_side_by_side_as_far_as_a_line_goes() {
        let layer = CellLayer::new(String::new(), &Shape::new([16, 14, 14]), Vec::new());
        assert_eq!(layer.blocks_a_line(), 7);
        assert_eq!(layer.position(0), (0, 0));
        assert_eq!(layer.position(15), (CELL, CELL));
        assert_eq!(layer.position(14 * 14), (14 * CELL + BETWEEN_CHANNELS, 0));
        assert_eq!(layer.position(7 * 14 * 14), (0, 14 * CELL + BETWEEN_CHANNELS));
    }

    #[test]
    fn stronger_tints_are_darker() {
        let brightness = |strength| {
            let RGBColor(red, green, blue) = tint((213, 94, 0), strength);
            u32::from(red) + u32::from(green) + u32::from(blue)
        };
        assert!(brightness(0.0) > brightness(0.3) && brightness(0.3) > brightness(1.0));
    }
}
