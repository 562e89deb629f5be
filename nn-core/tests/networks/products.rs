//! Matrix products in all the ways that they are cut up.

use ndarray::{Array2, ArrayView2, ShapeBuilder, s};
use nn_core::{Scalar, add_product, write_product};
use proptest::prelude::*;

use crate::cases::{rng, uniform};
use crate::close::assert_close;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn products_are_sums_of_products(
        shape in [size(), size(), size()],
        orders in [any::<bool>(), any::<bool>(), any::<bool>()],
        seed in any::<u64>(),
    ) {
        let [rows, terms, columns] = shape;
        let random = &mut rng(seed);
        let left = uniform(random, (rows, terms).set_f(orders[0]));
        let right = uniform(random, (terms, columns).set_f(orders[1]));
        let before = uniform(random, (rows, columns).set_f(orders[2]));
        let expected = sums_of_products(&left, &right);

        // What was there before does not matter, whatever it was.
        let mut written = Array2::from_elem((rows, columns).set_f(orders[2]), f64::NAN);
        write_product(&left, &right, &mut written);
        assert_close("the product", &written, &expected, 1e-13);
        let mut added = before.clone();
        add_product(&left, &right, &mut added);
        assert_close("what was there and the product", &added, &(before + &expected), 1e-13);
        let mut single = Array2::from_elem((rows, columns), f32::NAN);
        write_product(&left.mapv(f32::from_f64), &right.mapv(f32::from_f64), &mut single);
        assert_close("the product in single precision", &single.mapv(f64::from), &expected, 1e-4);
    }
}

#[test]
fn products_read_reversed_and_thinned_matrices() {
    let random = &mut rng(1);
    let (left, right) = (uniform(random, (40, 70)), uniform(random, (35, 60)));
    let (left, right) = (left.slice(s![..;-2, ..;-2]), right.slice(s![..;-1, ..;3]));
    let mut result = Array2::zeros((20, 20));
    write_product(&left, &right, &mut result);
    assert_close("the product", &result, &sums_of_products(&left.to_owned(), &right.to_owned()), 1e-13);
}

/// Seeds would mean nothing if results depended on where memory happens to lie.
#[test]
fn products_do_not_depend_on_addresses() {
    for [rows, terms, columns] in [[1, 784, 50], [3, 784, 500], [20, 130, 70], [100, 100, 100], [33, 64, 257]]
    {
        let random = &mut rng(2);
        let (left, right) = (uniform(random, (rows, terms)), uniform(random, (columns, terms)));
        let product = |left: ArrayView2<'_, f64>, right: ArrayView2<'_, f64>| {
            let mut result = Array2::zeros((rows, columns));
            write_product(&left, &right.t(), &mut result);
            result
        };
        let expected = product(left.view(), right.view());
        for offset in 1..8 {
            let moved = |matrix: &Array2<f64>| {
                std::iter::repeat_n(0.0, offset).chain(matrix.iter().copied()).collect::<Vec<_>>()
            };
            let (moved_left, moved_right) = (moved(&left), moved(&right));
            let left =
                ArrayView2::from_shape(left.raw_dim(), &moved_left[offset..]).expect("as many elements");
            let right =
                ArrayView2::from_shape(right.raw_dim(), &moved_right[offset..]).expect("as many elements");
            assert_eq!(product(left, right), expected, "{rows} x {terms} x {columns}, {offset} elements on");
        }
    }
}

#[test]
#[should_panic(expected = "a product of (2, 3) by (4, 2) is not (2, 2)")]
fn products_of_other_shapes_panic() {
    write_product(&Array2::<f64>::zeros((2, 3)), &Array2::zeros((4, 2)), &mut Array2::zeros((2, 2)));
}

/// Sizes around those at which products are cut into blocks.
fn size() -> impl Strategy<Value = usize> {
    prop_oneof![0..9_usize, 60..70_usize, 120..140_usize]
}

fn sums_of_products(left: &Array2<f64>, right: &Array2<f64>) -> Array2<f64> {
    Array2::from_shape_fn((left.nrows(), right.ncols()), |(row, column)| {
        left.row(row).iter().zip(right.column(column)).map(|(a, b)| a * b).sum()
    })
}
