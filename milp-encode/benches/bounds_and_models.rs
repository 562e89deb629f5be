//! Bounds and encodings of generated networks; nothing is solved.

mod networks;

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use milp_encode::bounds::{BoundChain, compute_bounds};
use milp_encode::property::InputBox;
use milp_encode::{Formulation, encode};

use networks::{center, convolutional, fully_connected};

/// The radius of the input box; inputs lie between 0 and 1.
const EPSILON: f64 = 0.02;

fn bounds_and_models(criterion: &mut Criterion) {
    for (name, network) in [
        ("784-50-20-10", fully_connected(&[784, 50, 20, 10])),
        ("784-256x4-10", fully_connected(&[784, 256, 256, 256, 256, 10])),
        ("conv", convolutional()),
    ] {
        let center = center(&network);
        let input = InputBox::new(&center - EPSILON, &center + EPSILON).expect("sides of positive width");
        for (method, label) in [(&BoundChain::interval(), "interval"), (&BoundChain::crown(), "crown")] {
            criterion.bench_function(&format!("{label}/{name}"), |bencher| {
                bencher.iter(|| compute_bounds(black_box(&network), &input, method).expect("the box fits"));
            });
        }
        let bounds = compute_bounds(&network, &input, &BoundChain::crown()).expect("the box fits");
        for (formulation, label) in
            [(Formulation::BigM, "encode big-m"), (Formulation::BigMPaper, "encode big-m-paper")]
        {
            criterion.bench_function(&format!("{label}/{name}"), |bencher| {
                bencher.iter(|| {
                    encode(black_box(&network), &input, &bounds, formulation).expect("it is linear")
                });
            });
        }
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800))
        .sample_size(10);
    targets = bounds_and_models
}
criterion_main!(benches);
