//! CROWN bounds beside the matrix products that they cannot do without.
//!
//! For each network two times: `crown` for the bounds of all elements, interval arithmetic included, and `products` for
//! the products alone, at the speed that this processor's GEMM has on matrices of those shapes. The first divided by
//! the second is what everything else costs. [`products`] says which products count. Networks come from a generator;
//! with `GREYMATTER_DATA` set, trained ones from that folder are measured as well.

mod cases;
#[path = "../networks/mod.rs"]
mod networks;
mod processor_time;
mod products;

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use milp_encode::bounds::{BoundChain, Elements, compute_bounds, interval_bounds};

use cases::Case;
use processor_time::ProcessorTime;
use products::{Products, flops};

fn crown(criterion: &mut Criterion<ProcessorTime>) {
    for Case { name, network, input } in cases::all() {
        criterion.bench_function(&format!("interval/{name}"), |bencher| {
            bencher.iter(|| interval_bounds(black_box(&network), &input).expect("the box fits"));
        });
        let chain = BoundChain::crown().on(Elements::OpenSigns);
        criterion.bench_function(&format!("crown, open signs/{name}"), |bencher| {
            bencher.iter(|| compute_bounds(black_box(&network), &input, &chain).expect("the box fits"));
        });
        let chain = BoundChain::crown().on(Elements::All);
        criterion.bench_function(&format!("crown, all/{name}"), |bencher| {
            bencher.iter(|| compute_bounds(black_box(&network), &input, &chain).expect("the box fits"));
        });
        let bounds = compute_bounds(&network, &input, &chain).expect("the box fits");
        let mut products = Products::new(products::unavoidable(&network, &bounds));
        let megaflops = products.shapes().map(flops).sum::<f64>() / 1e6;
        criterion.bench_function(&format!("products, all, {megaflops:.1} MFlop/{name}"), |bencher| {
            bencher.iter(|| black_box(&mut products).run());
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .with_measurement(ProcessorTime)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(1500))
        .sample_size(15);
    targets = crown
}
criterion_main!(benches);
