//! LP text, as a person reads it.

use solver_api::{ActiveAt, Column, ColumnId, ColumnKind, Model, write_lp};

const INF: f64 = f64::INFINITY;

fn text(model: &Model) -> String {
    let mut bytes = Vec::new();
    write_lp(model, &mut bytes).expect("a vector takes everything");
    String::from_utf8(bytes).expect("text")
}

fn column(name: &str, lower: f64, upper: f64, objective: f64, kind: ColumnKind) -> Column {
    Column { name: name.to_owned(), lower, upper, objective, kind }
}

#[test]
fn a_small_mip() {
    let mut model = Model::new("relu");
    let x = model.add_column(Column::continuous("x", -1.0, 1.0)).expect("valid");
    let y = model.add_column(Column::continuous("y", 0.0, 2.5)).expect("valid");
    let a = model.add_column(Column::binary("a")).expect("valid");
    model.add_row("above", 0.0, INF, [(y, 1.0), (x, -2.0)]).expect("valid");
    model.add_row("off", -INF, 0.0, [(y, 1.0), (a, -2.5)]).expect("valid");
    model.add_row("on", -INF, 2.0, [(y, 1.0), (x, -2.0), (a, 2.0)]).expect("valid");
    model.set_objective(0.0, [(y, -1.0)]).expect("valid");
    insta::assert_snapshot!(text(&model), @r"
        \ relu

        Minimize
         obj: - y

        Subject To
         above: - 2 x + y >= 0
         off: y - 2.5 a <= 0
         on: - 2 x + y + 2 a <= 2

        Bounds
         -1 <= x <= 1
         0 <= y <= 2.5

        Binaries
         a

        End
    ");
}

#[test]
fn bounds_of_every_kind() {
    let (continuous, integer) = (ColumnKind::Continuous, ColumnKind::Integer);
    let mut model = Model::new("bounds");
    for (name, lower, upper, kind) in [
        ("default", 0.0, INF, continuous),
        ("from", -3.5, INF, continuous),
        ("to", -INF, 5.0, continuous),
        ("to_below_0", -INF, -5.0, continuous),
        ("between", -1.0, 1e-7, continuous),
        ("nowhere_bounded", -INF, INF, continuous),
        ("fixed", 0.1 + 0.2, 0.1 + 0.2, continuous),
        ("binary_one", 0.0, 1.0, integer),
        ("binary_two", 0.0, 1.0, integer),
        ("natural", 0.0, INF, integer),
        ("whole", -INF, INF, integer),
        ("on", 1.0, 1.0, integer),
    ] {
        model.add_column(column(name, lower, upper, 1.0, kind)).expect("valid");
    }
    insta::assert_snapshot!(text(&model), @r"
        \ bounds

        Minimize
         obj: default + from + to + to_below_0 + between + nowhere_bounded + fixed + binary_one + binary_two
            + natural + whole + on

        Subject To

        Bounds
         from >= -3.5
         -inf <= to <= 5
         -inf <= to_below_0 <= -5
         -1 <= between <= 1e-7
         nowhere_bounded free
         fixed = 0.30000000000000004
         natural >= 0
         whole free
         on = 1

        Binaries
         binary_one binary_two

        Generals
         natural whole on

        End
    ");
}

#[test]
fn rows_of_every_kind_and_numbers_with_all_their_digits() {
    let mut model = Model::new("rows");
    let x = model.add_column(Column::continuous("x", 0.0, INF)).expect("valid");
    let y = model.add_column(Column::continuous("y", 0.0, INF)).expect("valid");
    let unused = model.add_column(Column::continuous("unused", 0.0, 1.0)).expect("valid");
    for (name, lower, upper, terms) in [
        ("least", 1e300, INF, vec![(x, 1.0), (y, -1.0)]),
        ("most", -INF, -0.1, vec![(x, -1.0), (y, 5e-324)]),
        ("equal", 1.0 / 3.0, 1.0 / 3.0, vec![(y, 123_456_789.125)]),
        ("range", -2.0, 3.0, vec![(x, 1.0)]),
        ("free", -INF, INF, vec![(unused, 1.0)]),
        ("empty", -1.0, INF, vec![]),
        ("impossible", 1.0, 2.0, vec![]),
    ] {
        model.add_row(name, lower, upper, terms).expect("valid");
    }
    model.set_objective(-7.25, [(x, 2.0)]).expect("valid");
    insta::assert_snapshot!(text(&model), @r#"
        \ rows
        \ r_equal_2 stands for "equal"
        \ r_empty_5 stands for "empty"

        Minimize
         obj: 2 x + 0 unused - 7.25 one

        Subject To
        \ row "free" has no bounds
         least: x - y >= 1e300
         most: - x + 5e-324 y <= -0.1
         r_equal_2: 123456789.125 y = 0.3333333333333333
         range_lower: x >= -2
         range_upper: x <= 3
         r_empty_5: 0 x >= -1
         impossible_lower: 0 x >= 1
         impossible_upper: 0 x <= 2

        Bounds
         0 <= unused <= 1
         one = 1

        End
    "#);
}

#[test]
fn names_that_lp_does_not_allow() {
    let mut model = Model::new("names\nof many kinds");
    let names = ["3d", "e1", ".5", "in[0, 1]", "free", "x", "x", "x_6", "", "one", "gr\u{fc}n"];
    for name in names {
        model.add_column(column(name, 0.0, 1.0, 1.0, ColumnKind::Continuous)).expect("valid");
    }
    let x = ColumnId::from_index(5);
    model.add_row("obj", 0.0, INF, [(x, 1.0)]).expect("valid");
    model.add_row("r", 0.0, 1.0, [(x, 1.0)]).expect("valid");
    model.add_row("r_lower", 0.0, INF, [(x, 1.0)]).expect("valid");
    model.set_objective(1.0, [(x, 1.0)]).expect("valid");
    insta::assert_snapshot!(text(&model), @r#"
        \ names\nof many kinds
        \ x_3d_0 stands for "3d"
        \ x_e1_1 stands for "e1"
        \ x_.5_2 stands for ".5"
        \ in_0__1__3 stands for "in[0, 1]"
        \ x_free_4 stands for "free"
        \ x_6_ stands for "x"
        \ x__8 stands for ""
        \ gr_n_10 stands for "grün"
        \ one_11 stands for "one"
        \ obj_0 stands for "obj"
        \ r_lower_3 stands for "r_lower"

        Minimize
         obj: 0 x_3d_0 + 0 x_e1_1 + 0 x_.5_2 + 0 in_0__1__3 + 0 x_free_4 + x + 0 x_6_ + 0 x_6 + 0 x__8
            + 0 one + 0 gr_n_10 + one_11

        Subject To
         obj_0: x >= 0
         r_lower: x >= 0
         r_upper: x <= 1
         r_lower_3: x >= 0

        Bounds
         0 <= x_3d_0 <= 1
         0 <= x_e1_1 <= 1
         0 <= x_.5_2 <= 1
         0 <= in_0__1__3 <= 1
         0 <= x_free_4 <= 1
         0 <= x <= 1
         0 <= x_6_ <= 1
         0 <= x_6 <= 1
         0 <= x__8 <= 1
         0 <= one <= 1
         0 <= gr_n_10 <= 1
         one_11 = 1

        End
    "#);
}

#[test]
fn models_without_columns_or_objective() {
    insta::assert_snapshot!(text(&Model::new("nothing")), @r"
        \ nothing

        Minimize
         obj: 0 one

        Subject To

        Bounds
         one = 1

        End
    ");
    let mut model = Model::new("no columns");
    model.add_row("r", 1.0, INF, []).expect("valid");
    model.set_objective(2.0, []).expect("valid");
    insta::assert_snapshot!(text(&model), @r"
        \ no columns

        Minimize
         obj: 2 one

        Subject To
         r: 0 one >= 1

        Bounds
         one = 1

        End
    ");
    let mut model = Model::new("no objective");
    let x = model.add_column(Column::continuous("x", 0.0, 1.0)).expect("valid");
    model.add_row("r", 1.0, INF, [(x, 1.0)]).expect("valid");
    insta::assert_snapshot!(text(&model), @r"
        \ no objective

        Minimize
         obj: 0 x

        Subject To
         r: x >= 1

        Bounds
         0 <= x <= 1

        End
    ");
}

#[test]
fn long_lines_are_wrapped() {
    let mut model = Model::new("wide");
    let ids: Vec<ColumnId> = (0..400)
        .map(|index| {
            let name = format!("a_rather_long_name_{index}");
            model.add_column(column(&name, 0.0, 1.0, 1.0 / 3.0, ColumnKind::Integer)).expect("valid")
        })
        .collect();
    model.add_row("all", 0.0, 100.0, ids.iter().map(|id| (*id, -1.0 / 7.0))).expect("valid");
    let text = text(&model);
    let longest = text.lines().map(str::len).max().expect("lines");
    assert!(longest <= 120, "a line has {longest} characters");
    assert_eq!(text.matches("a_rather_long_name_399").count(), 4, "objective, two rows, binaries");
}

#[test]
fn indicators_and_sets() {
    let mut model = Model::new("switches");
    let [x, y] = ["x", "y"].map(|name| model.add_column(Column::continuous(name, -4.0, 4.0)).expect("valid"));
    let b = model.add_column(Column::binary("b")).expect("valid");
    model.add_row("sum", -INF, 6.0, [(x, 1.0)]).expect("valid");
    for (name, active_at, lower, upper, terms) in [
        ("most", ActiveAt::One, -INF, 1.5, vec![(x, 1.0), (y, -2.0)]),
        ("sum", ActiveAt::Zero, 2.0, 2.0, vec![(y, 3.0)]),
        ("between", ActiveAt::Zero, -3.0, -1.0, vec![(x, 1.0)]),
        ("free", ActiveAt::One, -INF, INF, vec![(x, 1.0)]),
        ("never", ActiveAt::One, 1.0, INF, vec![]),
    ] {
        model.add_indicator(name, b, active_at, lower, upper, terms).expect("valid");
    }
    model.add_sos1("one of", [y, x]).expect("valid");
    model.add_sos1("s", [x, y, b]).expect("valid");
    insta::assert_snapshot!(text(&model), @r#"
        \ switches
        \ sum_2 stands for "sum"
        \ one_of_0 stands for "one of"

        Minimize
         obj: 0 y + 0 b

        Subject To
        \ indicator "free" has no bounds
         sum: x <= 6
         most: b = 1 -> x - 2 y <= 1.5
         sum_2: b = 0 -> 3 y = 2
         between_lower: b = 0 -> x >= -3
         between_upper: b = 0 -> x <= -1
         never: b = 1 -> 0 x >= 1

        Bounds
         -4 <= x <= 4
         -4 <= y <= 4

        Binaries
         b

        SOS
         one_of_0: S1:: y:1 x:2
         s: S1:: x:1 y:2 b:3

        End
    "#);
}
