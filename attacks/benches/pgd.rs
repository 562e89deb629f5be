//! A step of PGD next to the two passes through the network that it cannot do without.

use std::hint::black_box;

use attacks::Target;
use attacks::empirical::{CrossEntropyLoss, Pgd, ThreatModel};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use milp_encode::property::{DataRange, Norm};
use ndarray::{Array1, Array2};
use nn_core::{Affine, Network, NetworkBuilder, NodeId, Op};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const BATCH: usize = 128;
const STEPS: usize = 10;

fn random_network(widths: &[usize]) -> Network<f32> {
    let mut generator = ChaCha8Rng::seed_from_u64(1);
    let mut builder = NetworkBuilder::new([widths[0]]);
    let mut node = NodeId::INPUT;
    for (layer, pair) in widths.windows(2).enumerate() {
        let limit = (6.0 / pair[0] as f32).sqrt();
        let weight =
            Array2::from_shape_simple_fn((pair[1], pair[0]), || generator.random_range(-limit..limit));
        let affine = Op::Affine(Affine { weight, bias: Array1::zeros(pair[1]) });
        node = builder.add(format!("dense{layer}"), affine, &[node]).expect("it fits");
        if layer + 2 < widths.len() {
            node = builder.add(format!("relu{layer}"), Op::Relu, &[node]).expect("it fits");
        }
    }
    builder.finish(node)
}

fn steps(criterion: &mut Criterion) {
    let mut generator = ChaCha8Rng::seed_from_u64(2);
    let inputs = Array2::from_shape_simple_fn((BATCH, 784), || generator.random_range(0.0_f32..1.0));
    let labels: Vec<u8> = (0..BATCH).map(|row| (row % 10) as u8).collect();
    let (targets, streams) = (vec![Target::Any; BATCH], (0..BATCH as u64).collect::<Vec<_>>());
    for widths in [&[784, 50, 20, 10][..], &[784, 500, 10], &[784, 256, 256, 256, 10]] {
        let network = random_network(widths);
        let name = widths.iter().map(ToString::to_string).collect::<Vec<_>>().join("-");
        let mut group = criterion.benchmark_group(format!("{STEPS} steps on {BATCH} inputs of {name}"));
        group.throughput(Throughput::Elements((BATCH * STEPS) as u64));
        group.bench_function("the passes alone", |bencher| {
            let slopes = Array2::from_elem((BATCH, 10), 0.1);
            bencher.iter(|| {
                for _ in 0..STEPS {
                    let trace = network.trace(inputs.view());
                    black_box(network.input_gradient(&trace, slopes.view()));
                }
            });
        });
        for (norm, epsilon) in [(Norm::LInf, 0.1), (Norm::L2, 1.5), (Norm::L1, 10.0)] {
            let threat = ThreatModel { norm, epsilon, range: Some(DataRange::UNIT) };
            let pgd = Pgd { steps: STEPS, ..Pgd::default() };
            let loss = CrossEntropyLoss { labels: &labels, targets: &targets };
            group.bench_with_input(BenchmarkId::new("pgd", norm.name()), &threat, |bencher, threat| {
                bencher.iter(|| {
                    pgd.perturb(&network, inputs.view(), &loss, threat, &streams, 1).expect("it fits")
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, steps);
criterion_main!(benches);
