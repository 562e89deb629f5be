//! What a model accepts, refuses and tells.

use solver_api::{ActiveAt, Column, ColumnId, ColumnKind, Model, ModelError};

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

#[test]
fn indicators_come_back_as_rows_do() {
    let (mut model, x, y) = two_columns();
    model.add_indicator("i", y, ActiveAt::Zero, -0.0, INF, [(y, 1.0), (x, 2.0), (y, 1.0)]).expect("valid");
    model.add_indicator("j", y, ActiveAt::One, 1.0, 1.0, [(x, 0.0)]).expect("valid");
    let told: Vec<_> = model
        .indicators()
        .map(|i| (i.row.name, i.binary, i.active_at.value(), i.row.lower, i.row.coefficients.to_vec()))
        .collect();
    assert_eq!(told, [("i", y, 0.0, 0.0, vec![2.0, 2.0]), ("j", y, 1.0, 1.0, vec![])]);
    assert_eq!((model.row_count(), model.entry_count()), (0, 0));
    assert!(!model.is_linear_program());
}

#[test]
fn indicators_that_say_nothing_clear_are_refused_and_leave_the_model_as_it_was() {
    let (mut model, x, y) = two_columns();
    let wide = model.add_column(Column { upper: 2.0, ..Column::binary("wide") }).expect("valid");
    let stranger = ColumnId::from_index(7);
    for (binary, lower, upper, terms, message) in [
        (y, f64::NAN, 1.0, vec![(x, 1.0)], "indicator `i`: lower bound is NaN"),
        (y, 3.0, 1.0, vec![(x, 1.0)], "indicator `i`: no value lies between lower bound 3 and upper bound 1"),
        (y, 0.0, 1.0, vec![(x, INF)], "indicator `i`: a coefficient is inf"),
        (y, 0.0, 1.0, vec![(stranger, 1.0)], "indicator `i`: column 7 does not exist; the model has 3"),
        (stranger, 0.0, 1.0, vec![(x, 1.0)], "indicator `i`: column 7 does not exist; the model has 3"),
        (
            x,
            0.0,
            1.0,
            vec![],
            "indicator `i`: column `x` must be integer with bounds within 0 and 1; it is Continuous in -1..inf",
        ),
        (
            wide,
            0.0,
            1.0,
            vec![],
            "indicator `i`: column `wide` must be integer with bounds within 0 and 1; it is Integer in 0..2",
        ),
    ] {
        let mut changed = model.clone();
        let error =
            changed.add_indicator("i", binary, ActiveAt::One, lower, upper, terms).expect_err(message);
        assert_eq!(error.to_string(), message);
        assert_eq!(changed, model, "{message}");
    }
}

#[test]
fn the_column_of_an_indicator_stays_binary() {
    let (mut model, x, y) = two_columns();
    model.set_bounds(y, -3.0, 3.0).expect("no indicator yet");
    model.set_bounds(y, 0.0, 0.5).expect("valid");
    model.add_indicator("i", y, ActiveAt::One, 0.0, 1.0, [(x, 1.0)]).expect("valid");
    let before = model.clone();
    let message =
        "indicator `i`: column `y` must be integer with bounds within 0 and 1; it is Integer in -1..1";
    assert_eq!(model.set_bounds(y, -1.0, 1.0).expect_err(message).to_string(), message);
    assert_eq!(model, before);
    model.set_bounds(y, 1.0, 1.0).expect("within 0 and 1");
    model.set_bounds(x, -9.0, 9.0).expect("not the binary one");
}

#[test]
fn sets_have_at_least_two_different_columns() {
    let (mut model, x, y) = two_columns();
    let before = model.clone();
    for (columns, message) in [
        (vec![], "sos1 `s`: a set needs at least two columns, not 0"),
        (vec![x], "sos1 `s`: a set needs at least two columns, not 1"),
        (vec![y, x, y], "sos1 `s`: column `y` stands there more than once"),
        (vec![x, ColumnId::from_index(2)], "sos1 `s`: column 2 does not exist; the model has 2"),
    ] {
        assert_eq!(model.add_sos1("s", columns).expect_err(message).to_string(), message);
        assert_eq!(model, before, "{message}");
    }
    model.add_sos1("s", [y, x]).expect("valid");
    assert_eq!((model.sos1_sets()[0].name.as_str(), &model.sos1_sets()[0].columns), ("s", &vec![y, x]));
}

#[test]
fn a_relaxation_has_rows_and_bounds_only() {
    let (mut model, x, y) = two_columns();
    model.add_row("r", 0.0, 1.0, [(x, 1.0)]).expect("valid");
    let mut plain = model.relaxation();
    assert!(plain.is_linear_program() && !model.is_linear_program());
    model.add_indicator("i", y, ActiveAt::One, 0.0, 1.0, [(x, 1.0)]).expect("valid");
    model.add_sos1("s", [x, y]).expect("valid");
    assert_eq!(model.relaxation(), plain);
    plain.add_sos1("s", [x, y]).expect("valid");
    assert!(!plain.is_linear_program());
}
