//! Heat maps of a network's bounds: a cell a neuron, coloured by phase, darker where the range is wider.

use anyhow::anyhow;
use milp_encode::bounds::{NetworkBounds, Phase};
use nn_core::{Network, NodeId, Op};
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

/// Colours of the widest cells; Okabe and Ito, "Color universal design", 2008.
const ACTIVE: (u8, u8, u8) = (0, 114, 178);
const INACTIVE: (u8, u8, u8) = (90, 90, 90);
const UNSTABLE: (u8, u8, u8) = (213, 94, 0);

/// What one layer's cells show.
struct Layer {
    title: String,
    /// Height and width of each block of cells, and how many blocks there are.
    block: [usize; 2],
    blocks: usize,
    cells: Vec<Cell>,
}

struct Cell {
    phase: Phase,
    /// The range's width as a share of the layer's widest.
    share: f64,
}

/// The pre-activations of all layers of ReLUs as an SVG picture.
///
/// # Errors
/// Where drawing fails.
pub(crate) fn heat_map(
    title: &str,
    network: &Network<f64>,
    bounds: &NetworkBounds,
) -> anyhow::Result<String> {
    let layers: Vec<Layer> = network.node_ids().filter_map(|relu| Layer::of(network, bounds, relu)).collect();
    let width = 2 * MARGIN + layers.iter().map(Layer::width).max().unwrap_or(0).max(CELLS_A_LINE * CELL);
    let height = 2 * MARGIN + 3 * TEXT + layers.iter().map(Layer::height).sum::<usize>();
    let mut svg = String::new();
    let size = (u32::try_from(width)?, u32::try_from(height)?);
    draw(&SVGBackend::with_string(&mut svg, size).into_drawing_area(), title, &layers)
        .map_err(|error| anyhow!("cannot draw the heat map: {error}"))?;
    if !svg.ends_with('\n') {
        svg.push('\n');
    }
    Ok(svg)
}

impl Layer {
    fn of(network: &Network<f64>, bounds: &NetworkBounds, relu: NodeId) -> Option<Self> {
        let node = network.node(relu);
        if !matches!(node.op(), Op::Relu | Op::LeakyRelu { .. }) {
            return None;
        }
        let ranges = bounds.node(node.inputs()[0]);
        let widths = &ranges.upper() - &ranges.lower();
        let widest = widths.iter().copied().fold(0.0, f64::max);
        let share = |width: f64| if widest > 0.0 { width / widest } else { 0.0 };
        let cell =
            |(element, width): (usize, &f64)| Cell { phase: ranges.phase(element), share: share(*width) };
        let cells: Vec<Cell> = widths.iter().enumerate().map(cell).collect();
        let counts = bounds.phase_counts(network, relu);
        let title = format!(
            "{}: {} neurons, {} unstable, {} active, {} inactive; widest range {widest:.3}",
            node.name(),
            cells.len(),
            counts.unstable,
            counts.active,
            counts.inactive
        );
        let (block, blocks) = match node.shape().as_image() {
            Some([channels, height, width]) => ([height, width], channels),
            None => ([cells.len().div_ceil(CELLS_A_LINE), CELLS_A_LINE], 1),
        };
        Some(Self { title, block, blocks, cells })
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

impl Cell {
    /// From a light tint for a range without width to the phase's colour for the widest.
    fn colour(&self) -> RGBColor {
        let full = match self.phase {
            Phase::Active => ACTIVE,
            Phase::Inactive => INACTIVE,
            Phase::Unstable => UNSTABLE,
        };
        let strength = 0.15 + 0.85 * self.share.sqrt();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let channel = |value: u8| (255.0 - strength * (255.0 - f64::from(value))) as u8;
        RGBColor(channel(full.0), channel(full.1), channel(full.2))
    }
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type DrawingError<'a> = DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>;

fn draw<'a>(area: &Area<'a>, title: &str, layers: &[Layer]) -> Result<(), DrawingError<'a>> {
    area.fill(&WHITE)?;
    let font = ("sans-serif", 14);
    area.draw(&Text::new(title.to_owned(), at(MARGIN, MARGIN), ("sans-serif", 17)))?;
    let legend = [(Phase::Unstable, "unstable"), (Phase::Active, "active"), (Phase::Inactive, "inactive")];
    for (position, (phase, name)) in legend.into_iter().enumerate() {
        let left = MARGIN + position * 110;
        square(area, (left, MARGIN + TEXT + 5), Cell { phase, share: 1.0 }.colour())?;
        area.draw(&Text::new(name, at(left + 2 * CELL, MARGIN + TEXT), font))?;
    }
    area.draw(&Text::new("darker: wider", at(MARGIN + 330, MARGIN + TEXT), font))?;
    let mut top = MARGIN + 3 * TEXT;
    for layer in layers {
        area.draw(&Text::new(layer.title.clone(), at(MARGIN, top), font))?;
        for (element, cell) in layer.cells.iter().enumerate() {
            let (x, y) = layer.position(element);
            square(area, (MARGIN + x, top + TEXT + y), cell.colour())?;
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
        let layer = Layer { title: String::new(), block: [14, 14], blocks: 16, cells: Vec::new() };
        assert_eq!(layer.blocks_a_line(), 7);
        assert_eq!(layer.position(0), (0, 0));
        assert_eq!(layer.position(15), (CELL, CELL));
        assert_eq!(layer.position(14 * 14), (14 * CELL + BETWEEN_CHANNELS, 0));
        assert_eq!(layer.position(7 * 14 * 14), (0, 14 * CELL + BETWEEN_CHANNELS));
    }

    #[test]
    fn wider_ranges_are_darker() {
        let brightness = |share| {
            let RGBColor(red, green, blue) = Cell { phase: Phase::Unstable, share }.colour();
            u32::from(red) + u32::from(green) + u32::from(blue)
        };
        assert!(brightness(0.0) > brightness(0.3) && brightness(0.3) > brightness(1.0));
    }
}
