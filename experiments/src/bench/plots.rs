//! Plots of a run as SVG.

use anyhow::anyhow;
use plotters::prelude::*;

use super::statistics::{self, Time};
use super::table::ResultTable;

/// Width and height in pixels.
pub(super) const SIZE: (u32, u32) = (1000, 500);
/// Where the column of names begins.
const NAMES_LEFT: u32 = 790;

/// Colours that most people can tell apart.
///
/// Source: Okabe and Ito, "Color universal design", 2008; without the yellow, which is too light for lines.
pub(super) const COLOURS: [(u8, u8, u8); 7] =
    [(0, 114, 178), (213, 94, 0), (0, 158, 115), (204, 121, 167), (230, 159, 0), (86, 180, 233), (0, 0, 0)];

/// One line of a plot.
struct Curve {
    name: String,
    /// The points at which a step ends, from left to right.
    steps: Vec<(f64, f64)>,
}

/// What stands around the lines.
struct Frame {
    title: &'static str,
    x_label: &'static str,
    y_label: &'static str,
    x_range: (f64, f64),
    y_top: f64,
}

/// The share of problems that each way solves within a multiple of the fastest way's time.
pub(crate) fn performance_profile(table: &ResultTable<'_>) -> anyhow::Result<String> {
    let curve = |way: &super::table::Way<'_>| {
        let times: Vec<_> = (way.cells.iter().enumerate())
            .map(|(problem, cell)| {
                table.best(problem).filter(|_| cell.wall.is_solved).map(|best| (cell.wall.seconds, best))
            })
            .collect();
        Curve { name: way.name.clone(), steps: statistics::profile(&times) }
    };
    let curves: Vec<_> = table.ways.iter().map(curve).collect();
    let frame = Frame {
        title: "Performance profile",
        x_label: "time, as a multiple of the fastest way's",
        y_label: "share of problems solved",
        x_range: (1.0, rightmost(&curves).max(2.0)),
        y_top: 1.0,
    };
    draw(&frame, &curves)
}

/// How many problems each way solves within a time each.
pub(crate) fn cactus(table: &ResultTable<'_>) -> anyhow::Result<String> {
    let curve = |way: &super::table::Way<'_>| {
        let times: Vec<Time> = way.cells.iter().map(|cell| cell.wall).collect();
        Curve { name: way.name.clone(), steps: statistics::cactus(&times) }
    };
    let curves: Vec<_> = table.ways.iter().map(curve).collect();
    let starts = curves.iter().filter_map(|curve| curve.steps.first()).map(|step| step.0);
    let start = starts.reduce(f64::min).unwrap_or(1.0).max(1e-3);
    let frame = Frame {
        title: "Problems solved within a time each",
        x_label: "seconds",
        y_label: "problems solved",
        x_range: (start, rightmost(&curves).max(2.0 * start)),
        y_top: table.problems.len().max(1) as f64,
    };
    draw(&frame, &curves)
}

fn rightmost(curves: &[Curve]) -> f64 {
    let ends = curves.iter().filter_map(|curve| curve.steps.last());
    ends.fold(0.0, |most, step| most.max(step.0))
}

fn draw(frame: &Frame, curves: &[Curve]) -> anyhow::Result<String> {
    let mut svg = String::new();
    draw_on(&SVGBackend::with_string(&mut svg, SIZE).into_drawing_area(), frame, curves)
        .map_err(|error| anyhow!("cannot draw `{}`: {error}", frame.title))?;
    if !svg.ends_with('\n') {
        svg.push('\n');
    }
    Ok(svg)
}

pub(super) type DrawingError<'a> = DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>;

fn draw_on<'a>(
    area: &DrawingArea<SVGBackend<'a>, plotters::coord::Shift>,
    frame: &Frame,
    curves: &[Curve],
) -> Result<(), DrawingError<'a>> {
    area.fill(&WHITE)?;
    let (plot, names) = area.split_horizontally(NAMES_LEFT);
    let (left, right) = (frame.x_range.0, frame.x_range.1 * 1.05);
    let mut chart = ChartBuilder::on(&plot)
        .caption(frame.title, ("sans-serif", 20))
        .margin(15)
        .x_label_area_size(45)
        .y_label_area_size(60)
        .build_cartesian_2d(
            (left..right).log_scale().with_key_points(round_numbers(left, right)),
            0.0..frame.y_top * 1.02,
        )?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_desc(frame.x_label)
        .y_desc(frame.y_label)
        .x_label_formatter(&|x| tick(*x))
        .y_label_formatter(&|y| tick(*y))
        .label_style(("sans-serif", 14))
        .axis_desc_style(("sans-serif", 15))
        .draw()?;
    for (index, curve) in curves.iter().enumerate() {
        let (red, green, blue) = COLOURS[index % COLOURS.len()];
        let style = RGBColor(red, green, blue).stroke_width(2);
        let points = staircase(&curve.steps, left, right);
        let height = 50 + 22 * i32::try_from(index).unwrap_or(i32::MAX / 22 - 50);
        let sample = [(0, height), (24, height)];
        // When the colours are used up they return as dashed lines.
        if index < COLOURS.len() {
            chart.draw_series(LineSeries::new(points, style))?;
            names.draw(&PathElement::new(sample, style))?;
        } else {
            chart.draw_series(DashedLineSeries::new(points, 6, 4, style))?;
            names.draw(&PathElement::new([sample[0], (8, height)], style))?;
            names.draw(&PathElement::new([(16, height), sample[1]], style))?;
        }
        names.draw(&Text::new(curve.name.clone(), (32, height - 8), ("sans-serif", 14)))?;
    }
    area.present()
}

/// The corners of a line that rises where a step ends, from the left edge to the right one.
fn staircase(steps: &[(f64, f64)], left: f64, right: f64) -> Vec<(f64, f64)> {
    let mut corners = vec![(left, 0.0)];
    let mut height = 0.0;
    for &(x, y) in steps {
        let x = x.max(left);
        corners.extend([(x, height), (x, y)]);
        height = y;
    }
    corners.push((right, height));
    corners
}

/// 1, 2 and 5 times powers of ten.
pub(super) fn round_numbers(left: f64, right: f64) -> Vec<f64> {
    let decades = (left.log10().floor() as i32)..=(right.log10().ceil() as i32);
    let numbers = decades.flat_map(|decade| [1.0, 2.0, 5.0].map(|digit| digit * 10f64.powi(decade)));
    numbers.filter(|number| (left..=right).contains(number)).collect()
}

/// A number at an axis, without digits that say nothing.
pub(super) fn tick(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_rises_where_a_step_ends() {
        assert_eq!(staircase(&[], 1.0, 9.0), [(1.0, 0.0), (9.0, 0.0)]);
        assert_eq!(
            staircase(&[(1.0, 0.5), (4.0, 1.0)], 1.0, 9.0),
            [(1.0, 0.0), (1.0, 0.0), (1.0, 0.5), (4.0, 0.5), (4.0, 1.0), (9.0, 1.0)]
        );
    }

    #[test]
    fn the_marks_of_an_axis_are_round() {
        assert_eq!(round_numbers(1.0, 12.0), [1.0, 2.0, 5.0, 10.0]);
        assert_eq!(round_numbers(0.3, 2.5), [0.5, 1.0, 2.0]);
    }

    #[test]
    fn ticks_have_no_needless_digits() {
        for (value, text) in [(1.0, "1"), (0.25, "0.25"), (100.0, "100"), (0.0, "0"), (0.1 + 0.2, "0.3")] {
            assert_eq!(tick(value), text);
        }
    }
}
