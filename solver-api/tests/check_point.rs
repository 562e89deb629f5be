//! The point checker knows a model's arithmetic, not a solver's.

use solver_api::{ActiveAt, Column, ColumnKind, Model, Options, PointCheck, Tolerances, check_point};

const INF: f64 = f64::INFINITY;

/// minimise 1 + x - 2 n over -1 <= x <= 2, whole 0 <= n <= 3, with -1 <= x + n <= 4 and x = 2 n
fn model() -> Model {
    let mut model = Model::new("checked");
    let x = model.add_column(Column::continuous("x", -1.0, 2.0)).expect("valid");
    let kind = ColumnKind::Integer;
    let n = Column { name: "n".to_owned(), lower: 0.0, upper: 3.0, objective: 0.0, kind };
    let n = model.add_column(n).expect("valid");
    model.add_row("sum", -1.0, 4.0, [(x, 1.0), (n, 1.0)]).expect("valid");
    model.add_row("twice", 0.0, 0.0, [(x, 1.0), (n, -2.0)]).expect("valid");
    model.set_objective(1.0, [(x, 1.0), (n, -2.0)]).expect("valid");
    model
}

/// Amount and place of the worst row, bound and integrality.
fn residuals(check: &PointCheck) -> [(f64, &str); 3] {
    [&check.rows, &check.bounds, &check.integrality]
        .map(|residual| (residual.amount, residual.place.as_deref().unwrap_or("-")))
}

#[test]
fn the_worst_violation_of_each_kind_is_told_with_its_place() {
    let fine = (0.0, "-");
    for (point, objective, expected) in [
        (&[2.0, 1.0][..], 1.0, [fine, fine, fine]),
        (&[0.0, 0.0], 1.0, [fine, fine, fine]),
        (&[2.0, 3.0], -3.0, [(4.0, "row `twice`"), fine, fine]),
        (&[-3.0, 0.25], -2.5, [(3.5, "row `twice`"), (2.0, "column `x`"), (0.25, "column `n`")]),
        (&[10.0, 5.0], 1.0, [(11.0, "row `sum`"), (8.0, "column `x`"), fine]),
        (&[2.0, -7.0], 17.0, [(16.0, "row `twice`"), (7.0, "column `n`"), fine]),
        (&[1.0, 0.5], 1.0, [fine, fine, (0.5, "column `n`")]),
    ] {
        let check = check_point(&model(), point);
        assert_eq!(check.objective, objective, "{point:?}");
        assert_eq!(residuals(&check), expected, "{point:?}");
    }
}

#[test]
fn points_that_are_none_are_infinitely_wrong() {
    for (point, place) in [
        (&[][..], "column `x`"),
        (&[2.0], "column `n`"),
        (&[2.0, 1.0, 0.0], "value 3 of a model with 2 columns"),
        (&[f64::NAN, 1.0], "column `x`"),
        (&[2.0, INF], "column `n`"),
        (&[-INF, 1.0], "column `x`"),
    ] {
        let check = check_point(&model(), point);
        assert_eq!((check.bounds.amount, check.bounds.place.as_deref()), (INF, Some(place)), "{point:?}");
        assert!(
            !check.is_feasible(&Tolerances { feasibility: f64::MAX, integrality: f64::MAX }),
            "{point:?}"
        );
    }
}

#[test]
fn tolerances_are_absolute_and_inclusive() {
    let tolerances = Tolerances { feasibility: 0.25, integrality: 0.125 };
    for (point, is_feasible) in [
        ([2.0, 1.0], true),
        ([2.25, 1.125], true),
        ([2.25, 1.0], true),
        ([2.5, 1.125], false),
        ([1.75, 0.75], false),
        ([2.0, 1.125], true),
        ([2.0, 1.25], false),
    ] {
        assert_eq!(check_point(&model(), &point).is_feasible(&tolerances), is_feasible, "{point:?}");
    }
    let defaults = Options::default();
    assert_eq!(
        Tolerances::default(),
        Tolerances {
            feasibility: defaults.feasibility_tolerance,
            integrality: defaults.integrality_tolerance
        }
    );
}

#[test]
fn cancellation_in_a_row_does_not_hide_a_violation() {
    let mut model = Model::new("cancellation");
    let ids: Vec<_> = ["a", "b", "c"]
        .map(|name| model.add_column(Column::continuous(name, -INF, INF)).expect("valid"))
        .into();
    model.add_row("zero", 0.0, 0.0, [(ids[0], 1e16), (ids[1], 1.0), (ids[2], -1e16)]).expect("valid");
    let check = check_point(&model, &[1.0, 0.5, 1.0]);
    assert_eq!(residuals(&check)[0], (0.5, "row `zero`"));
}

#[test]
fn an_empty_model_has_one_point() {
    let mut model = Model::new("empty");
    model.set_objective(3.0, []).expect("valid");
    let check = check_point(&model, &[]);
    assert_eq!((check.objective, check.is_feasible(&Tolerances::default())), (3.0, true));
    model.add_row("impossible", 1.0, 2.0, []).expect("valid");
    assert_eq!(check_point(&model, &[]).rows.amount, 1.0);
}

#[test]
fn an_indicator_counts_where_its_column_is_switched() {
    let mut model = Model::new("indicators");
    let x = model.add_column(Column::continuous("x", -9.0, 9.0)).expect("valid");
    let b = model.add_column(Column::binary("b")).expect("valid");
    model.add_indicator("small", b, ActiveAt::One, -1.0, 1.0, [(x, 2.0)]).expect("valid");
    model.add_indicator("large", b, ActiveAt::Zero, 4.0, INF, [(x, 1.0)]).expect("valid");
    for (point, amount, place) in [
        ([0.5, 1.0], 0.0, "-"),
        ([5.0, 0.0], 0.0, "-"),
        ([1.0, 1.0], 1.0, "indicator `small` of column `b`"),
        ([-3.0, 1.0], 5.0, "indicator `small` of column `b`"),
        ([1.0, 0.0], 3.0, "indicator `large` of column `b`"),
        // Near enough to a whole number to be one.
        ([1.0, 0.75], 1.0, "indicator `small` of column `b`"),
        ([1.0, 0.25], 3.0, "indicator `large` of column `b`"),
    ] {
        let check = check_point(&model, &point);
        let residual = (check.indicators.amount, check.indicators.place.as_deref().unwrap_or("-"));
        assert_eq!(residual, (amount, place), "{point:?}");
        let tolerances = |feasibility| Tolerances { feasibility, integrality: 0.25 };
        assert!(check.is_feasible(&tolerances(amount)), "{point:?}");
        assert!(amount == 0.0 || !check.is_feasible(&tolerances(amount / 2.0)), "{point:?}");
    }
    assert_eq!(check_point(&model, &[f64::NAN, 1.0]).indicators.amount, INF);
}

#[test]
fn of_a_set_all_but_the_largest_must_be_zero() {
    let mut model = Model::new("sets");
    let ids =
        ["a", "b", "c"].map(|name| model.add_column(Column::continuous(name, -9.0, 9.0)).expect("valid"));
    model.add_sos1("all", ids).expect("valid");
    model.add_sos1("ends", [ids[0], ids[2]]).expect("valid");
    for (point, amount, place) in [
        ([0.0, 0.0, 0.0], 0.0, "-"),
        ([0.0, -5.0, 0.0], 0.0, "-"),
        ([0.125, -5.0, 0.0], 0.125, "sos1 `all`"),
        ([-5.0, 0.0, 0.25], 0.25, "sos1 `all`"),
        ([2.0, -3.0, 4.0], 3.0, "sos1 `all`"),
    ] {
        let check = check_point(&model, &point);
        let residual = (check.sos1.amount, check.sos1.place.as_deref().unwrap_or("-"));
        assert_eq!(residual, (amount, place), "{point:?}");
        let tolerances = |feasibility| Tolerances { feasibility, integrality: 0.0 };
        assert!(check.is_feasible(&tolerances(amount)), "{point:?}");
        assert!(amount == 0.0 || !check.is_feasible(&tolerances(amount / 2.0)), "{point:?}");
    }
}
