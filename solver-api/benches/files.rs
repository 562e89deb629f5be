//! Writing and reading of model files, for a model of the size of a 784-50-20-10 network's.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use solver_api::{Column, ColumnId, Model, read_mps, write_lp, write_mps};

/// Layers of neurons with all their inputs in one dense row, and two short rows with a binary.
fn network_model(widths: &[usize]) -> Model {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut model = Model::new("layers");
    let add = |model: &mut Model, column: Column| model.add_column(column).expect("a valid column");
    let mut inputs: Vec<ColumnId> = (0..widths[0])
        .map(|index| add(&mut model, Column::continuous(format!("x{index}"), 0.0, 1.0)))
        .collect();
    for (depth, width) in widths.iter().enumerate().skip(1) {
        inputs = (0..*width)
            .map(|index| {
                let name = |prefix: &str| format!("{prefix}{depth}_{index}");
                let positive = add(&mut model, Column::continuous(name("h"), 0.0, 3.7));
                let negative = add(&mut model, Column::continuous(name("p"), 0.0, 4.1));
                let binary = add(&mut model, Column::binary(name("v")));
                let weights: Vec<f64> = inputs.iter().map(|_| random.random_range(-1.0..1.0)).collect();
                let terms = inputs.iter().copied().zip(weights).chain([(positive, -1.0), (negative, 1.0)]);
                model.add_row(name("def"), 0.1, 0.1, terms).expect("a valid row");
                let none = f64::NEG_INFINITY;
                model.add_row(name("on"), none, 0.0, [(positive, 1.0), (binary, -3.7)]).expect("a valid row");
                model.add_row(name("off"), none, 4.1, [(negative, 1.0), (binary, 4.1)]).expect("a valid row");
                positive
            })
            .collect();
    }
    let costs: Vec<(ColumnId, f64)> = inputs.into_iter().map(|column| (column, -0.3)).collect();
    model.set_objective(0.5, costs).expect("a valid objective");
    model
}

fn files(criterion: &mut Criterion) {
    for (name, widths) in [("784-50-20", &[784, 50, 20][..]), ("784-256x4", &[784, 256, 256, 256, 256])] {
        let model = network_model(widths);
        criterion.bench_function(&format!("write MPS/{name}"), |bencher| {
            bencher.iter(|| write_mps(black_box(&model), &mut Vec::new()).expect("memory takes everything"));
        });
        criterion.bench_function(&format!("write LP/{name}"), |bencher| {
            bencher.iter(|| write_lp(black_box(&model), &mut Vec::new()).expect("memory takes everything"));
        });
        let mut text = Vec::new();
        write_mps(&model, &mut text).expect("memory takes everything");
        criterion.bench_function(&format!("read MPS/{name}"), |bencher| {
            bencher.iter(|| read_mps(black_box(text.as_slice())).expect("it was just written"));
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800))
        .sample_size(20);
    targets = files
}
criterion_main!(benches);
