use serde::Serialize;
use verify::{Specification, Tensor, UnsafeRegion};

use super::info::InfoArguments;
use super::output;
use crate::property_file;

#[derive(Serialize)]
struct PropertySummary {
    property: String,
    sha256: String,
    bytes: usize,
    version: String,
    inputs: usize,
    outputs: usize,
    /// Sizes as the property declares them; null in version 1.0, which knows none.
    input_shape: Option<Vec<usize>>,
    output_shape: Option<Vec<usize>>,
    /// Whether some inequality is strict.
    strict: bool,
    /// How many alternatives are left out because no input satisfies them.
    empty_alternatives: usize,
    /// How many alternatives the regions have together.
    alternatives: usize,
    regions: Vec<RegionSummary>,
}

/// A set of inputs with the outputs that must not occur.
#[derive(Serialize)]
struct RegionSummary {
    region: usize,
    /// How many inputs have more than one value.
    free_inputs: usize,
    mean_width: f64,
    max_width: f64,
    /// Linear constraints on inputs beside the box.
    input_constraints: usize,
    /// Conjunctions of output conditions, each of which makes a counterexample.
    alternatives: usize,
    /// Output conditions in all of them.
    output_conditions: usize,
}

pub(super) fn show(arguments: &InfoArguments) -> anyhow::Result<()> {
    let file = property_file::read(&arguments.file)?;
    let property = &file.property;
    let shape = |tensor: &Tensor| tensor.shape.clone();
    let regions: Vec<RegionSummary> = property.regions().iter().enumerate().map(region).collect();
    let summary = PropertySummary {
        property: arguments.file.display().to_string(),
        sha256: file.sha256,
        bytes: file.size,
        version: property.version().to_string(),
        inputs: property.input_count(),
        outputs: property.output_count(),
        input_shape: property.tensors().map(|(input, _)| shape(input)),
        output_shape: property.tensors().map(|(_, output)| shape(output)),
        strict: property.has_strict_inequalities(),
        empty_alternatives: property.empty_alternatives(),
        alternatives: regions.iter().map(|region| region.alternatives).sum(),
        regions,
    };
    if arguments.json { output::json(&summary) } else { print(&summary, property) }
}

fn region((region, unsafe_region): (usize, &UnsafeRegion)) -> RegionSummary {
    let sides = unsafe_region.input.sides();
    let widths = &sides.upper() - &sides.lower();
    let conjunctions = &unsafe_region.unsafe_outputs;
    RegionSummary {
        region,
        // A decimal lies between two neighbouring f64s.
        free_inputs: sides
            .lower()
            .iter()
            .zip(sides.upper())
            .filter(|(lower, upper)| **upper > lower.next_up())
            .count(),
        mean_width: widths.mean().unwrap_or(0.0),
        max_width: widths.iter().copied().fold(0.0, f64::max),
        input_constraints: unsafe_region.input.constraints().len(),
        alternatives: conjunctions.len(),
        output_conditions: conjunctions.iter().map(|conjunction| conjunction.0.len()).sum(),
    }
}

fn print(summary: &PropertySummary, property: &Specification) -> anyhow::Result<()> {
    let rows = summary.regions.iter().map(|region| {
        vec![
            region.region.to_string(),
            region.free_inputs.to_string(),
            format!("{:.6}", region.mean_width),
            format!("{:.6}", region.max_width),
            region.input_constraints.to_string(),
            region.alternatives.to_string(),
            region.output_conditions.to_string(),
        ]
    });
    let header = [
        "region",
        "free inputs",
        "mean width",
        "max width",
        "input constraints",
        "alternatives",
        "output conditions",
    ];
    output::line(output::table(&header, 0, rows))?;
    let tensors = property.tensors().map_or_else(String::new, |(input, output)| {
        format!(" ({} {:?}, {} {:?})", input.name, input.shape, output.name, output.shape)
    });
    let strict = if summary.strict { "; some inequalities are strict" } else { "" };
    let empty = match summary.empty_alternatives {
        0 => String::new(),
        count => format!("; {count} more without any input"),
    };
    output::line(format_args!(
        "{}: VNN-LIB {}, inputs {}, outputs {}{tensors}, regions {}, alternatives {}{empty}{strict}",
        summary.property,
        summary.version,
        summary.inputs,
        summary.outputs,
        summary.regions.len(),
        summary.alternatives
    ))
}
