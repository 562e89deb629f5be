//! Mean times against width and against depth, as SVG.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use anyhow::anyhow;
use plotters::prelude::*;

use super::growth::Growth;
use super::plots::{COLOURS, DrawingError, SIZE, round_numbers, tick};
use super::rows::NetworkSize;

/// Pixels from one panel to the next, and to the column of names.
const PANEL_WIDTH: u32 = 430;

/// Along which measure of size a panel goes, the other one fixed.
struct Direction {
    along: fn(NetworkSize) -> usize,
    x_label: &'static str,
    fixed: fn(NetworkSize) -> usize,
    fixed_label: &'static str,
}

const DIRECTIONS: [Direction; 2] = [
    Direction {
        along: |size| size.width,
        x_label: "neurons a layer",
        fixed: |size| size.depth,
        fixed_label: "hidden layers",
    },
    Direction {
        along: |size| size.depth,
        x_label: "hidden layers",
        fixed: |size| size.width,
        fixed_label: "neurons a layer",
    },
];

/// One of the two pictures.
struct Panel {
    title: String,
    x_label: &'static str,
    /// For each way to solve, its points from left to right.
    lines: Vec<Vec<Point>>,
}

struct Point {
    /// Width or depth.
    place: f64,
    mean_seconds: f64,
    /// Whether every problem was solved.
    is_complete: bool,
}

/// Mean times against width at the depth with the most widths, and the other way round; none without sizes.
pub(crate) fn growth_plot(rows: &[Growth<'_>]) -> anyhow::Result<Option<String>> {
    let mut ways: Vec<&str> = Vec::new();
    for row in rows {
        if !ways.contains(&row.way) {
            ways.push(row.way);
        }
    }
    let panels: Vec<Panel> =
        DIRECTIONS.iter().filter_map(|direction| panel(rows, &ways, direction)).collect();
    if panels.is_empty() {
        return Ok(None);
    }
    let mut svg = String::new();
    draw(&SVGBackend::with_string(&mut svg, SIZE).into_drawing_area(), &panels, &ways)
        .map_err(|error| anyhow!("cannot draw how times grow: {error}"))?;
    if !svg.ends_with('\n') {
        svg.push('\n');
    }
    Ok(Some(svg))
}

/// None without rows.
fn panel(rows: &[Growth<'_>], ways: &[&str], direction: &Direction) -> Option<Panel> {
    let sizes: BTreeSet<NetworkSize> = rows.iter().map(|row| row.size).collect();
    let count = |at: usize| sizes.iter().filter(|size| (direction.fixed)(**size) == at).count();
    let values = sizes.iter().map(|size| (direction.fixed)(*size));
    let fixed = values.max_by_key(|at| (count(*at), Reverse(*at)))?;
    let line = |way: &&str| {
        let own = rows.iter().filter(|row| row.way == *way && (direction.fixed)(row.size) == fixed);
        let mut points: Vec<Point> = own
            .map(|row| Point {
                place: (direction.along)(row.size) as f64,
                mean_seconds: row.mean,
                is_complete: row.solved == row.asked,
            })
            .collect();
        points.sort_by(|a, b| a.place.total_cmp(&b.place));
        points
    };
    Some(Panel {
        title: format!("{fixed} {}", direction.fixed_label),
        x_label: direction.x_label,
        lines: ways.iter().map(line).collect(),
    })
}

fn draw<'a>(
    area: &DrawingArea<SVGBackend<'a>, plotters::coord::Shift>,
    panels: &[Panel],
    ways: &[&str],
) -> Result<(), DrawingError<'a>> {
    area.fill(&WHITE)?;
    let points = || panels.iter().flat_map(|panel| panel.lines.iter().flatten());
    let (least, most) = ends(points().map(|point| point.mean_seconds));
    let y_range = (least.max(1e-4) / 1.5, most.max(1e-3) * 1.5);
    let mut rest = area.clone();
    for panel in panels {
        let (left, right) = rest.split_horizontally(PANEL_WIDTH);
        draw_panel(&left, panel, y_range)?;
        rest = right;
    }
    let height = |line: usize| 50 + 22 * i32::try_from(line).unwrap_or(i32::MAX / 22 - 50);
    for (index, way) in ways.iter().enumerate() {
        let sample = [(0, height(index)), (24, height(index))];
        rest.draw(&PathElement::new(sample, colour(index).stroke_width(2)))?;
        rest.draw(&Text::new((*way).to_owned(), (32, height(index) - 8), ("sans-serif", 14)))?;
    }
    for (line, text) in ["hollow: unsolved ones", "count as the limit"].into_iter().enumerate() {
        rest.draw(&Text::new(text, (0, height(ways.len() + line)), ("sans-serif", 12)))?;
    }
    area.present()
}

fn draw_panel<'a>(
    area: &DrawingArea<SVGBackend<'a>, plotters::coord::Shift>,
    panel: &Panel,
    y_range: (f64, f64),
) -> Result<(), DrawingError<'a>> {
    let (first, last) = ends(panel.lines.iter().flatten().map(|point| point.place));
    let margin = (last - first).max(1.0) * 0.06;
    let mut chart = ChartBuilder::on(area)
        .caption(&panel.title, ("sans-serif", 20))
        .margin(15)
        .x_label_area_size(45)
        .y_label_area_size(60)
        .build_cartesian_2d(
            first - margin..last + margin,
            (y_range.0..y_range.1).log_scale().with_key_points(round_numbers(y_range.0, y_range.1)),
        )?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_labels(9)
        .x_desc(panel.x_label)
        .y_desc("mean seconds")
        .x_label_formatter(&|x| if x.fract() == 0.0 { tick(*x) } else { String::new() })
        .y_label_formatter(&|y| tick(*y))
        .label_style(("sans-serif", 14))
        .axis_desc_style(("sans-serif", 15))
        .draw()?;
    for (index, line) in panel.lines.iter().enumerate() {
        let colour = colour(index);
        let corner = |point: &Point| (point.place, point.mean_seconds.max(y_range.0));
        chart.draw_series(LineSeries::new(line.iter().map(corner), colour.stroke_width(2)))?;
        // The line does not show through hollow points.
        chart.draw_series(line.iter().map(|point| Circle::new(corner(point), 5, WHITE.filled())))?;
        let style = |point: &Point| if point.is_complete { colour.filled() } else { colour.stroke_width(2) };
        chart.draw_series(line.iter().map(|point| Circle::new(corner(point), 5, style(point))))?;
    }
    Ok(())
}

/// The least and the greatest value.
fn ends(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    (values.clone().fold(f64::INFINITY, f64::min), values.fold(f64::NEG_INFINITY, f64::max))
}

fn colour(index: usize) -> RGBColor {
    let (red, green, blue) = COLOURS[index % COLOURS.len()];
    RGBColor(red, green, blue)
}
