//! The `.nnet` text format of Stanford's aircraft collision avoidance networks (github.com/sisl/NNet).

use ndarray::{Array1, Array2};
use thiserror::Error;

use crate::{Affine, ConstantOp, Network, NetworkBuilder, NetworkError, NodeId, Op};

/// What a network from a `.nnet` file takes and gives.
///
/// The file's layers work on normalised inputs, `(x - mean) / range` for each input, and their outputs `y` mean
/// `range * y + mean` with one mean and range for all. Where all means are 0 and all ranges are 1 there is no difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NnetUnits {
    /// Normalised inputs and outputs: the layers alone. Properties of the ACAS Xu benchmarks are stated in these, and
    /// Marabou reads files this way unless told otherwise.
    Normalised,
    /// Physical units, such as feet and radians: the normalisation becomes constant operations of the network.
    Physical,
}

/// Why a `.nnet` file is not read as a network.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NnetError {
    /// The bytes are no text.
    #[error("not a .nnet file: the bytes are no text (UTF-8)")]
    NotText,
    /// A line is not what stands at its place.
    #[error("line {line}: {reason}")]
    Line {
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// The file ends too early.
    #[error("the file ends before {expected}")]
    Truncated {
        /// What should follow.
        expected: String,
    },
    /// The layers do not form a network.
    #[error(transparent)]
    Network(#[from] NetworkError),
}

/// Reads a fully connected ReLU network, with a ReLU after every layer but the last, from the bytes of a `.nnet` file.
///
/// Its nodes are called `layer1`, `relu1`, `layer2` and so on; `input/mean`, `input/range`, `output/range` and
/// `output/mean` convert [`NnetUnits::Physical`], each only where it changes something. The file's smallest and largest
/// input values describe the data that the network was trained on; tools that evaluate networks clip inputs to them.
/// They are no part of the network's function and are not applied.
///
/// # Errors
/// [`NnetError`], naming the line.
pub fn read_nnet(bytes: &[u8], units: NnetUnits) -> Result<Network<f64>, NnetError> {
    let text = std::str::from_utf8(bytes).map_err(|_| NnetError::NotText)?;
    let mut lines = Lines::new(text);
    let header = read_header(&mut lines)?;
    let inputs = header.sizes[0];
    let mut builder = NetworkBuilder::new([inputs]);
    let mut last = NodeId::INPUT;
    if units == NnetUnits::Physical {
        let mean = Array1::from_vec(header.means[..inputs].to_vec());
        let range = Array1::from_vec(header.ranges[..inputs].to_vec());
        last = add_constant(&mut builder, "input/mean", last, ConstantOp::Sub, mean)?;
        last = add_constant(&mut builder, "input/range", last, ConstantOp::Div, range)?;
    }
    for (index, sizes) in header.sizes.windows(2).enumerate() {
        if index > 0 {
            last = builder.add(format!("relu{index}"), Op::Relu, &[last])?;
        }
        let layer = read_layer(&mut lines, index + 1, sizes[0], sizes[1])?;
        last = builder.add(format!("layer{}", index + 1), Op::Affine(layer), &[last])?;
    }
    if let Some((line, _)) = lines.next() {
        return Err(NnetError::Line { line, reason: "the file goes on after its last layer".into() });
    }
    if units == NnetUnits::Physical {
        let outputs = builder.shape(last).element_count();
        let all = |value: f64| Array1::from_elem(outputs, value);
        last = add_constant(&mut builder, "output/range", last, ConstantOp::Mul, all(header.ranges[inputs]))?;
        last = add_constant(&mut builder, "output/mean", last, ConstantOp::Add, all(header.means[inputs]))?;
    }
    Ok(builder.finish(last))
}

/// Adds an operation unless it changes nothing.
fn add_constant(
    builder: &mut NetworkBuilder<f64>,
    name: &str,
    input: NodeId,
    kind: ConstantOp,
    value: Array1<f64>,
) -> Result<NodeId, NetworkError> {
    let neutral = match kind {
        ConstantOp::Mul | ConstantOp::Div => 1.0,
        ConstantOp::Add | ConstantOp::Sub | ConstantOp::SubFrom => 0.0,
    };
    if value.iter().all(|value| *value == neutral) {
        return Ok(input);
    }
    builder.add(name, Op::Constant { kind, value: value.into_dyn() }, &[input])
}

struct Header {
    /// The number of inputs, then that of each layer's outputs.
    sizes: Vec<usize>,
    /// One for each input, then one for all outputs.
    means: Vec<f64>,
    /// Likewise; none is zero.
    ranges: Vec<f64>,
}

fn read_header(lines: &mut Lines<'_>) -> Result<Header, NnetError> {
    let (line, counts) = lines.sizes("the numbers of layers, inputs and outputs")?;
    let fail = |line: usize, reason: String| Err(NnetError::Line { line, reason });
    let &[layers, inputs, outputs, ..] = counts.as_slice() else {
        return fail(line, format!("{counts:?} are not the numbers of layers, inputs, outputs"));
    };
    let (line, sizes) = lines.sizes("the sizes of the layers")?;
    if layers == 0 || sizes.len() != layers.saturating_add(1) || sizes.contains(&0) {
        return fail(line, format!("sizes {sizes:?} of the inputs and {layers} layers"));
    }
    if (sizes[0], sizes[layers]) != (inputs, outputs) {
        return fail(line, format!("sizes {sizes:?} for {inputs} inputs and {outputs} outputs"));
    }
    lines.numbers("a flag that is no longer used")?;
    for what in ["the smallest inputs", "the largest inputs"] {
        lines.exactly(what, inputs)?;
    }
    let means = lines.exactly("the means of the inputs and of the outputs", inputs + 1)?.1;
    let (line, ranges) = lines.exactly("the ranges of the inputs and of the outputs", inputs + 1)?;
    if ranges.contains(&0.0) {
        return fail(line, "a range is 0".into());
    }
    Ok(Header { sizes, means, ranges })
}

fn read_layer(
    lines: &mut Lines<'_>,
    number: usize,
    inputs: usize,
    outputs: usize,
) -> Result<Affine<f64>, NnetError> {
    let mut weight = Vec::new();
    for row in 1..=outputs {
        weight.extend(lines.exactly(&format!("row {row} of the weights of layer {number}"), inputs)?.1);
    }
    let mut bias = Vec::new();
    for row in 1..=outputs {
        bias.extend(lines.exactly(&format!("bias {row} of layer {number}"), 1)?.1);
    }
    let weight = Array2::from_shape_vec((outputs, inputs), weight).expect("every row was counted");
    Ok(Affine { weight, bias: bias.into() })
}

/// The lines that are neither empty nor comments, with their numbers.
struct Lines<'a>(Box<dyn Iterator<Item = (usize, &'a str)> + 'a>);

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        let numbered = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
        Self(Box::new(numbered.filter(|(_, line)| !line.is_empty() && !line.starts_with("//"))))
    }

    fn next(&mut self) -> Option<(usize, &'a str)> {
        self.0.next()
    }

    /// The finite numbers of the next line, which may end in a comma.
    fn numbers(&mut self, expected: &str) -> Result<(usize, Vec<f64>), NnetError> {
        let truncated = || NnetError::Truncated { expected: expected.to_owned() };
        let (line, text) = self.next().ok_or_else(truncated)?;
        let number = |field: &str| {
            let number = field.trim().parse::<f64>().ok().filter(|number| number.is_finite());
            let reason = || format!("`{}` among {expected} is no finite number", shortened(field));
            number.ok_or_else(|| NnetError::Line { line, reason: reason() })
        };
        let fields = text.strip_suffix(',').unwrap_or(text).split(',');
        Ok((line, fields.map(number).collect::<Result<_, _>>()?))
    }

    fn exactly(&mut self, expected: &str, count: usize) -> Result<(usize, Vec<f64>), NnetError> {
        let (line, numbers) = self.numbers(expected)?;
        if numbers.len() == count {
            return Ok((line, numbers));
        }
        let reason = format!("{} numbers, but {expected} are {count}", numbers.len());
        Err(NnetError::Line { line, reason })
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // checked to be whole and small
    fn sizes(&mut self, expected: &str) -> Result<(usize, Vec<usize>), NnetError> {
        let (line, numbers) = self.numbers(expected)?;
        let whole = |number: &f64| number.fract() == 0.0 && (0.0..1e9).contains(number);
        if let Some(other) = numbers.iter().find(|number| !whole(number)) {
            let reason = format!("`{other}` among {expected} is no size");
            return Err(NnetError::Line { line, reason });
        }
        Ok((line, numbers.into_iter().map(|number| number as usize).collect()))
    }
}

/// Enough of a field to recognise it.
fn shortened(field: &str) -> String {
    field.trim().chars().take(20).collect()
}
