//! What a property of version 2.0 declares of its network, held against the network's file.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use nn_core::{Network, Shape};
use verify::{ElementType, Specification, Tensor};

/// What the numbers of declared tensors mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    /// What their element types say.
    Declared,
    /// Real numbers, whatever is declared.
    Real,
}

/// Refuses a query that calls its network otherwise.
pub(super) fn check_name(property: &Specification, expected: Option<&str>) -> anyhow::Result<()> {
    match (expected, property.network_name()) {
        (Some(expected), Some(name)) => {
            ensure!(
                name == expected,
                "the query declares the network `{name}`, but --network names `{expected}`"
            );
        }
        (Some(_), None) => bail!(
            "--network is for queries in VNN-LIB 2.0, and this is one in 1.0: greymatter verify net.onnx prop.vnnlib"
        ),
        (None, _) => {}
    }
    Ok(())
}

/// Refuses what no sound answer is given for: floating-point types, other shapes than the network's, other names.
pub(super) fn check(
    property: &Specification,
    onnx: &Path,
    network: &Network<f64>,
    arithmetic: Arithmetic,
) -> anyhow::Result<()> {
    let Some((input, output)) = property.tensors() else { return Ok(()) };
    for tensor in [input, output] {
        ensure!(
            tensor.element_type == ElementType::Real || arithmetic == Arithmetic::Real,
            "`{}` is declared as {}, but proofs hold for real arithmetic, not for floating-point rounding: declare it as \
             real, or consent with --assume-real",
            tensor.name,
            type_name(tensor.element_type)
        );
    }
    for (tensor, shape, what) in
        [(input, network.input_shape(), "input"), (output, network.output_shape(), "output")]
    {
        ensure!(
            is_same_shape(&tensor.shape, shape),
            "`{}` is declared with the sizes {:?}, but the network's {what} is {shape}",
            tensor.name,
            tensor.shape
        );
    }
    if input.onnx_name.is_none() && output.onnx_name.is_none() {
        return Ok(());
    }
    let bytes = fs::read(onnx).with_context(|| format!("cannot read {}", onnx.display()))?;
    let names = nn_core::read_onnx_names(&bytes).with_context(|| onnx.display().to_string())?;
    for (tensor, name) in [(input, names.input), (output, names.output)] {
        match &tensor.onnx_name {
            Some(declared) if *declared != name => {
                bail!("`{}` stands for `{declared}`, but the network's file calls it `{name}`", tensor.name);
            }
            _ => {}
        }
    }
    Ok(())
}

/// Leading axes of size 1 say nothing: a network has lost its batch axis.
fn is_same_shape(declared: &[usize], shape: &Shape) -> bool {
    fn without_ones(sizes: &[usize]) -> impl Iterator<Item = &usize> {
        sizes.iter().skip_while(|size| **size == 1)
    }
    without_ones(declared).eq(without_ones(shape.dimensions()))
}

/// A tensor as the standard's counterexamples name it: `X real [1,5]`.
pub(super) fn header(tensor: &Tensor) -> String {
    let sizes: Vec<String> = tensor.shape.iter().map(usize::to_string).collect();
    format!("{} {} [{}]", tensor.name, type_name(tensor.element_type), sizes.join(","))
}

fn type_name(element_type: ElementType) -> &'static str {
    match element_type {
        ElementType::Real => "real",
        ElementType::Float32 => "float32",
        ElementType::Float64 => "float64",
    }
}
