//! What each method of bounding buys: a table of open neurons, margins and seconds.
//!
//! ```console
//! $ cargo run -p milp-encode --example bounds_table -- crown,alpha-crown 0..6 \
//!       nets/WK17a_linf0.1_mnist.onnx 0.1 vnncomp/mnist_fc/onnx/mnist-net_256x2.onnx 0.03
//! ```
//!
//! The arguments are a chain of methods (`crown`, `alpha-crown`, `zonotope`, `lp`, `milp`; the last two by HiGHS), MNIST test images, and networks each with its radius. Files are looked for in the
//! folder named by `GREYMATTER_DATA`, else in `../shared/data` beside the checkout. Where a network takes no MNIST
//! images, the boxes lie around random points between -0.5 and 0.5 instead.

#![expect(clippy::print_stdout, reason = "a table is what it is for")]

use std::error::Error;
use std::io::Read;
use std::ops::Range;
use std::path::PathBuf;
use std::time::Instant;

use milp_encode::bounds::{
    AlphaCrown, BoundChain, Crown, Lp, Milp, NetworkBounds, Place, Zonotope, compute_bounds,
};
use milp_encode::property::{DataRange, InputBox};
use ndarray::{Array1, Array2};
use nn_core::{Network, predicted_class, read_onnx};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use solver_api::{Budget, Solver, UnknownSolver, solver_by_name};

const PIXELS: usize = 784;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [methods, images, networks @ ..] = arguments.as_slice() else {
        return Err("give methods, images and networks with their radii: `crown 0..6 net.onnx 0.1`".into());
    };
    let methods: Vec<&str> = methods.split(',').collect();
    let images = image_range(images)?;
    let solver = solver_by_name("highs");
    println!(
        "| network, radius | bounds | open neurons | open, share of interval's | margins, sum | seconds |"
    );
    println!("|---|---|---:|---:|---:|---:|");
    for pair in networks.chunks(2) {
        let [file, radius] = pair else { return Err(format!("`{}` has no radius", pair[0]).into()) };
        let network = read_onnx(&std::fs::read(folder().join(file))?)?;
        let boxes = boxes(&network, radius.parse()?, images.clone())?;
        let name = file.rsplit('/').next().unwrap_or(file);
        let mut interval_open = f64::NAN;
        for length in 0..=methods.len() {
            let row = measure(&boxes, &network, &chain(&methods[..length], &solver)?)?;
            if length == 0 {
                interval_open = row.open;
            }
            let last = methods[..length].last().unwrap_or(&"interval");
            let Row { open, margins, seconds } = row;
            let share = 100.0 * open / interval_open;
            println!(
                "| {name}, {radius} | {last} | {open:.1} | {share:.1} % | {margins:.3} | {seconds:.3} |"
            );
        }
    }
    Ok(())
}

/// Means over the boxes.
#[derive(Default)]
struct Row {
    /// Neurons whose sign is open.
    open: f64,
    /// The sum over all other classes of the lower bound of the predicted class's lead.
    margins: f64,
    /// For the bounds of all neurons and the margins.
    seconds: f64,
}

fn measure(
    boxes: &[InputBox],
    network: &Network<f64>,
    chain: &BoundChain<'_>,
) -> Result<Row, Box<dyn Error>> {
    let mut row = Row::default();
    let share = 1.0 / f64::from(u32::try_from(boxes.len())?);
    for input in boxes {
        let start = Instant::now();
        let bounds = compute_bounds(network, input, chain)?;
        let margins = margins(network, input, &bounds, chain)?;
        row.seconds += share * start.elapsed().as_secs_f64();
        row.margins += share * margins;
        let counts = network.node_ids().map(|id| bounds.phase_counts(network, id).unstable);
        row.open += share * f64::from(u32::try_from(counts.sum::<usize>())?);
    }
    Ok(row)
}

/// The chain of these methods behind interval arithmetic.
fn chain<'s>(
    methods: &[&str],
    solver: &'s Result<Box<dyn Solver>, UnknownSolver>,
) -> Result<BoundChain<'s>, Box<dyn Error>> {
    let solver = || solver.as_deref().map_err(ToString::to_string);
    methods.iter().try_fold(BoundChain::interval(), |chain, method| match *method {
        "crown" => Ok(chain.then(Crown)),
        "alpha-crown" => Ok(chain.then(AlphaCrown::default())),
        "zonotope" => Ok(chain.then(Zonotope)),
        "lp" => Ok(chain.then(Lp::new(solver()?))),
        "milp" => Ok(chain.then(Milp::new(solver()?))),
        other => Err(format!("`{other}` is no method that this example knows").into()),
    })
}

/// The best lower bounds of the predicted class's leads over all others, summed.
fn margins(
    network: &Network<f64>,
    input: &InputBox,
    bounds: &NetworkBounds,
    chain: &BoundChain<'_>,
) -> Result<f64, Box<dyn Error>> {
    let label = predicted_class(network.forward_one(input.center().view()).view());
    let others: Vec<usize> = (0..network.output_count()).filter(|class| *class != label).collect();
    let mut leads = Array2::zeros((others.len(), network.output_count()));
    for (mut lead, other) in leads.rows_mut().into_iter().zip(&others) {
        (lead[label], lead[*other]) = (1.0, -1.0);
    }
    let output = bounds.node(network.output());
    let mut best: Array1<f64> =
        others.iter().map(|other| output.lower()[label] - output.upper()[*other]).collect();
    let place = Place { network, bounds, node: network.output() };
    for tightening in chain.tightenings() {
        let found = tightening.lower_bounds(place, leads.view(), &Budget::unlimited())?;
        best.zip_mut_with(&found, |best, found| *best = best.max(*found));
    }
    Ok(best.sum())
}

fn boxes(network: &Network<f64>, radius: f64, images: Range<usize>) -> Result<Vec<InputBox>, Box<dyn Error>> {
    if network.input_count() != PIXELS {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let point = |_| Array1::from_shape_simple_fn(network.input_count(), || rng.random_range(-0.5..0.5));
        let points: Vec<Array1<f64>> = images.map(point).collect();
        return Ok(points
            .iter()
            .map(|point| InputBox::around(point.view(), radius, None))
            .collect::<Result<_, _>>()?);
    }
    let path = folder().join("mnist/t10k-images-idx3-ubyte.gz");
    let compressed = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(compressed.as_slice()).read_to_end(&mut bytes)?;
    let pixels = bytes.get(16..).ok_or("the file of images ends within its header")?;
    let image = |pixels: &[u8]| pixels.iter().map(|pixel| f64::from(*pixel) / 255.0).collect::<Array1<f64>>();
    let all = pixels.chunks_exact(PIXELS).map(image).skip(images.start).take(images.len());
    Ok(all
        .map(|image| InputBox::around(image.view(), radius, Some(DataRange::UNIT)))
        .collect::<Result<_, _>>()?)
}

fn image_range(text: &str) -> Result<Range<usize>, Box<dyn Error>> {
    let (start, end) = text.split_once("..").ok_or("images are given as `0..6`")?;
    Ok(start.parse()?..end.parse()?)
}

fn folder() -> PathBuf {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    std::env::var_os("GREYMATTER_DATA").map_or_else(beside, PathBuf::from)
}
