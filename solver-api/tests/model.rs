//! What a model accepts, refuses and tells.

use solver_api::{Column, ColumnId, ColumnKind, Model, ModelError};

const INF: f64 = f64::INFINITY;

fn two_columns() -> (Model, ColumnId, ColumnId) {
    let mut model = Model::new("two");
    let x = model.add_column(Column::continuous("x", -1.0, INF)).expect("valid");
    let y = model.add_column(Column::binary("y")).expect("valid");
    (model, x, y)
}

#[test]
fn columns_with_bad_numbers_are_refused_by_name() {
    let with_cost = |objective| Column { objective, ..Column::continuous("c", 0.0, 1.0) };
    for (column, message) in [
        (Column::continuous("c", f64::NAN, 1.0), "column `c`: lower bound is NaN"),
        (Column::continuous("c", 0.0, f64::NAN), "column `c`: upper bound is NaN"),
        (
            Column::continuous("c", 2.0, 1.0),
            "column `c`: no value lies between lower bound 2 and upper bound 1",
        ),
        (
            Column::continuous("c", INF, INF),
            "column `c`: no value lies between lower bound inf and upper bound inf",
        ),
        (
            Column::continuous("c", -INF, -INF),
            "column `c`: no value lies between lower bound -inf and upper bound -inf",
        ),
        (with_cost(f64::NAN), "column `c`: objective coefficient is NaN"),
        (with_cost(INF), "column `c`: objective coefficient is inf"),
    ] {
        let mut model = Model::new("m");
        let error = model.add_column(column).expect_err(message);
        assert_eq!(error.to_string(), message);
        assert_eq!(model, Model::new("m"), "{message}");
    }
}

#[test]
fn rows_with_bad_numbers_are_refused_and_leave_the_model_as_it_was() {
    let (model, x, y) = two_columns();
    let stranger = ColumnId::from_index(7);
    for (lower, upper, terms, message) in [
        (f64::NAN, 1.0, vec![(x, 1.0)], "row `r`: lower bound is NaN"),
        (3.0, 1.0, vec![(x, 1.0)], "row `r`: no value lies between lower bound 3 and upper bound 1"),
        (0.0, 1.0, vec![(x, f64::NAN)], "row `r`: a coefficient is NaN"),
        (0.0, 1.0, vec![(x, 1.0), (y, -INF)], "row `r`: a coefficient is -inf"),
        (
            0.0,
            1.0,
            vec![(x, 1e308), (y, 1.0), (x, 1e308)],
            "row `r`: the sum of a repeated column's coefficients is inf",
        ),
        (0.0, 1.0, vec![(stranger, 1.0)], "row `r`: column 7 does not exist; the model has 2"),
    ] {
        let mut changed = model.clone();
        let error = changed.add_row("r", lower, upper, terms).expect_err(message);
        assert_eq!(error.to_string(), message);
        assert_eq!(changed, model, "{message}");
    }
}

#[test]
fn rows_come_back_sorted_summed_and_without_zeros() {
    let (mut model, x, y) = two_columns();
    let id =
        model.add_row("r", -INF, 4.0, [(y, 2.0), (x, 1.0), (y, 0.5), (x, -1.0), (x, 3.0)]).expect("valid");
    let empty = model.add_row("empty", 0.0, 0.0, [(x, 1.0), (x, -1.0), (y, 0.0)]).expect("valid");
    let row = model.row(id);
    assert_eq!((row.name, row.lower, row.upper), ("r", -INF, 4.0));
    assert_eq!((row.columns, row.coefficients), (&[x, y][..], &[3.0, 2.5][..]));
    assert!(model.row(empty).columns.is_empty());
    assert_eq!(model.rows().map(|row| row.name).collect::<Vec<_>>(), ["r", "empty"]);
    assert_eq!(
        (model.column_count(), model.integer_count(), model.row_count(), model.entry_count()),
        (2, 1, 2, 2)
    );
}

#[test]
fn a_default_model_is_an_empty_one() {
    let mut model = Model::default();
    assert_eq!(model, Model::new(""));
    let x = model.add_column(Column::continuous("x", 0.0, 1.0)).expect("valid");
    let row = model.add_row("r", 0.0, 1.0, [(x, 2.0)]).expect("valid");
    assert_eq!(model.row(row).coefficients, [2.0]);
}

#[test]
fn a_refused_objective_or_bound_leaves_the_old_one() {
    let (mut model, x, y) = two_columns();
    model.set_objective(5.0, [(x, 1.0), (y, 2.0), (x, 1.0)]).expect("valid");
    assert_eq!(model.objective_value(&[3.0, 1.0]), 13.0);
    let before = model.clone();
    let stranger = ColumnId::from_index(2);
    for (offset, terms) in [
        (f64::NAN, vec![]),
        (INF, vec![]),
        (0.0, vec![(x, f64::NAN)]),
        (0.0, vec![(x, f64::MAX), (x, f64::MAX)]),
        (0.0, vec![(stranger, 1.0)]),
    ] {
        assert!(model.set_objective(offset, terms.clone()).is_err(), "{offset} {terms:?}");
        assert_eq!(model, before);
    }
    let crossed = model.set_bounds(x, 1.0, 0.0).expect_err("crossed bounds");
    assert!(matches!(crossed, ModelError::EmptyRange { lower: 1.0, upper: 0.0, .. }), "{crossed}");
    let unknown = model.set_bounds(stranger, 0.0, 1.0).expect_err("unknown column");
    assert_eq!(unknown, ModelError::UnknownColumn { place: "bounds".to_owned(), column: 2, count: 2 });
    assert_eq!(model, before);

    model.set_objective(0.0, [(y, -1.0)]).expect("valid");
    assert_eq!(model.objective_value(&[3.0, 1.0]), -1.0);
    model.set_bounds(x, -INF, 0.5).expect("valid");
    assert_eq!((model.column(x).lower, model.column(x).upper), (-INF, 0.5));
}

#[test]
fn negative_zeros_become_zeros() {
    let mut model = Model::new("zeros");
    let column = Column { objective: -0.0, ..Column::continuous("x", -0.0, -0.0) };
    let x = model.add_column(column).expect("valid");
    let row = model.add_row("r", -0.0, -0.0, [(x, 1.0)]).expect("valid");
    model.set_objective(-0.0, [(x, -0.0)]).expect("valid");
    let (column, row) = (model.column(x), model.row(row));
    for number in [column.lower, column.upper, column.objective, row.lower, row.upper, model.offset()] {
        assert_eq!(number.to_bits(), 0.0_f64.to_bits());
    }
    assert_eq!(column.kind, ColumnKind::Continuous);
}

#[test]
fn the_objective_is_summed_without_losing_small_terms() {
    let mut model = Model::new("sum");
    let ids: Vec<ColumnId> = (0..3)
        .map(|index| model.add_column(Column::continuous(format!("x{index}"), 0.0, 1.0)).expect("valid"))
        .collect();
    model.set_objective(1e16, [(ids[0], 1.0), (ids[1], -1e16), (ids[2], 1.0)]).expect("valid");
    assert_eq!(model.objective_value(&[1.0, 1.0, 1.0]), 2.0);
}
