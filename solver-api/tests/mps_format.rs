//! MPS files: what is written, what comes back, and how files of others are read.

use proptest::prelude::*;
use solver_api::{Column, ColumnId, ColumnKind, Model, read_mps, write_mps};

const INF: f64 = f64::INFINITY;

fn text(model: &Model) -> String {
    let mut bytes = Vec::new();
    write_mps(model, &mut bytes).expect("a vector takes everything");
    String::from_utf8(bytes).expect("text")
}

fn read(text: &str) -> Model {
    read_mps(text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn column(name: &str, lower: f64, upper: f64, kind: ColumnKind) -> Column {
    Column { name: name.to_owned(), lower, upper, objective: 1.0, kind }
}

#[test]
fn a_model_of_every_kind_of_row_and_bound() {
    let (continuous, integer) = (ColumnKind::Continuous, ColumnKind::Integer);
    let mut model = Model::new("kinds");
    for (name, lower, upper, kind) in [
        ("default", 0.0, INF, continuous),
        ("binary", 0.0, 1.0, integer),
        ("natural", 0.0, INF, integer),
        ("whole", -2.0, 7.0, integer),
        ("unbounded", -INF, INF, continuous),
        ("negative", -INF, -0.5, continuous),
        ("above", 1e-300, INF, continuous),
        ("fixed", 0.1, 0.1, continuous),
        ("last", 0.0, 0.0, integer),
    ] {
        model.add_column(column(name, lower, upper, kind)).expect("valid");
    }
    let [x, y] = [0, 1].map(ColumnId::from_index);
    for (name, lower, upper, terms) in [
        ("equal", 0.1, 0.1, vec![(x, 1.0), (y, -1.0 / 3.0)]),
        ("most", -INF, 4.0, vec![(x, 1.0)]),
        ("least", -4.0, INF, vec![(y, 1.0)]),
        ("range", -2.0, 3.0, vec![(x, 2.0)]),
        ("unbounded", -INF, INF, vec![(x, 1.0)]),
        ("empty", 0.0, INF, vec![]),
    ] {
        model.add_row(name, lower, upper, terms).expect("valid");
    }
    let costs = [(x, 0.5), (y, -1.0), (ColumnId::from_index(8), 1.0)];
    model.set_objective(-12.5, costs).expect("valid");
    insta::assert_snapshot!(text(&model), @r"
        NAME kinds
        ROWS
         N obj
         E equal
         L most
         G least
         G range
         N unbounded
         G empty
        COLUMNS
            default obj 0.5
            default equal 1
            default most 1
            default range 2
            default unbounded 1
            MARKER 'MARKER' 'INTORG'
            binary obj -1
            binary equal -0.3333333333333333
            binary least 1
            natural obj 0
            whole obj 0
            MARKER 'MARKER' 'INTEND'
            unbounded obj 0
            negative obj 0
            above obj 0
            fixed obj 0
            MARKER 'MARKER' 'INTORG'
            last obj 1
            MARKER 'MARKER' 'INTEND'
        RHS
            RHS obj 12.5
            RHS equal 0.1
            RHS most 4
            RHS least -4
            RHS range -2
        RANGES
            RANGES range 5
        BOUNDS
         BV BOUNDS binary
         LO BOUNDS natural 0
         PL BOUNDS natural
         LO BOUNDS whole -2
         UP BOUNDS whole 7
         FR BOUNDS unbounded
         MI BOUNDS negative
         UP BOUNDS negative -0.5
         LO BOUNDS above 1e-300
         PL BOUNDS above
         FX BOUNDS fixed 0.1
         FX BOUNDS last 0
        ENDATA
    ");
    assert_eq!(read(&text(&model)), model);
}

#[test]
fn names_that_mps_does_not_allow_are_changed() {
    let mut model = Model::new("a model");
    for name in ["with space", "$dollar", "*star", "'MARKER'", "x", "x", "RHS", "[0,1](a)", "Free"] {
        model.add_column(column(name, 0.0, 1.0, ColumnKind::Continuous)).expect("valid");
    }
    for name in ["obj", "", "r", "r"] {
        model.add_row(name, 0.0, INF, [(ColumnId::from_index(0), 1.0)]).expect("valid");
    }
    let again = read(&text(&model));
    let columns: Vec<&str> = again.columns().iter().map(|column| column.name.as_str()).collect();
    let changed = [
        "with_space_0",
        "x_$dollar_1",
        "x_*star_2",
        "x_'MARKER'_3",
        "x",
        "x_5",
        "RHS",
        "[0,1](a)",
        "x_Free_8",
    ];
    assert_eq!(columns, changed);
    assert_eq!(again.rows().map(|row| row.name).collect::<Vec<_>>(), ["obj_0", "r__1", "r", "r_3"]);
    assert_eq!(again.name(), "a_model");
}

#[test]
fn a_range_that_no_difference_expresses_becomes_two_rows() {
    // The sum of these two bounds' magnitudes needs one bit more than there is.
    for (lower, upper) in [(-1.0 - f64::EPSILON, 1.0 + 2.0 * f64::EPSILON), (-1e308, 1e308)] {
        let mut model = Model::new("range");
        let x = model.add_column(Column::continuous("x", -INF, INF)).expect("valid");
        model.add_row("r", lower, upper, [(x, 1.0)]).expect("valid");
        let again = read(&text(&model));
        let rows: Vec<(&str, f64, f64)> = again.rows().map(|row| (row.name, row.lower, row.upper)).collect();
        assert_eq!(rows, [("r_lower", lower, INF), ("r_upper", -INF, upper)]);
    }
}

/// A finite number of any magnitude: often a small whole one, sometimes one of the awkward ones.
fn finite() -> impl Strategy<Value = f64> {
    prop_oneof![
        2 => (-9..=9_i32).prop_map(f64::from),
        2 => any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |value| value.is_finite()),
        1 => prop::sample::select(vec![-0.0, 5e-324, -1e-310, 1e300, -1e300, f64::MAX, f64::MIN_POSITIVE, 0.1]),
    ]
}

/// Bounds that leave a value, with a distance between them that is a number.
fn range() -> impl Strategy<Value = (f64, f64)> {
    let distance = prop_oneof![Just(0.0), (1..=9_i32).prop_map(f64::from), 1e-12..1e12];
    prop_oneof![
        Just((-INF, INF)),
        finite().prop_map(|lower| (lower, INF)),
        finite().prop_map(|upper| (-INF, upper)),
        (finite(), distance.clone()).prop_map(|(lower, distance)| (lower, lower + distance)),
        (finite(), distance).prop_map(|(upper, distance)| (upper - distance, upper)),
    ]
    .prop_filter("not overflown", |(lower, upper)| *lower != INF && *upper != -INF)
}

fn name(prefix: char, index: usize) -> impl Strategy<Value = String> {
    "[A-Za-z0-9_.,;:()\\[\\]/#-]{0,6}".prop_map(move |rest| format!("{prefix}{index}{rest}"))
}

fn any_column(index: usize) -> impl Strategy<Value = Column> {
    let bounds = prop_oneof![Just((0.0, 1.0)), Just((0.0, INF)), range()];
    let kind = prop::sample::select(vec![ColumnKind::Continuous, ColumnKind::Integer]);
    (name('c', index), bounds, finite(), kind).prop_map(|(name, (lower, upper), objective, kind)| Column {
        name,
        lower,
        upper,
        objective,
        kind,
    })
}

prop_compose! {
    fn any_model()(columns in 0..8_usize, rows in 0..6_usize)(
        columns in (0..columns).map(any_column).collect::<Vec<_>>(),
        rows in (0..rows)
            .map(|index| (name('r', index), range(), prop::collection::vec((0..8_usize, finite()), 0..6)))
            .collect::<Vec<_>>(),
        offset in finite(),
        title in "[a-z]{0,5}",
    ) -> Model {
        let mut model = Model::new(title);
        let count = columns.len();
        let objective: Vec<(ColumnId, f64)> = columns
            .into_iter()
            .map(|column| (column.objective, model.add_column(column).expect("valid")))
            .map(|(cost, id)| (id, cost))
            .collect();
        model.set_objective(offset, objective).expect("valid");
        for (name, (lower, upper), terms) in rows {
            let terms = terms.into_iter().filter(|(column, _)| *column < count);
            // Sums of repeated columns may overflow; such a row is left out.
            let terms: Vec<_> = terms.map(|(column, value)| (ColumnId::from_index(column), value)).collect();
            let _ = model.add_row(name, lower, upper, terms);
        }
        model
    }
}

proptest! {
    #[test]
    fn every_bit_comes_back(model in any_model()) {
        let text = text(&model);
        let again = read_mps(text.as_bytes()).expect("it was just written");
        prop_assert_eq!(&again, &model, "{}", text);
    }

    #[test]
    fn any_two_bounds_of_a_row_come_back(a in finite(), b in finite()) {
        let mut model = Model::new("row");
        let x = model.add_column(Column::continuous("x", 0.0, 1.0)).expect("valid");
        model.add_row("r", a.min(b), a.max(b), [(x, 1.0)]).expect("valid");
        let again = read(&text(&model));
        let lower = again.rows().map(|row| row.lower).fold(-INF, f64::max);
        let upper = again.rows().map(|row| row.upper).fold(INF, f64::min);
        prop_assert_eq!((lower, upper), (a.min(b), a.max(b)));
    }

    #[test]
    fn no_text_makes_the_reader_panic(lines in prop::collection::vec(mps_line(), 0..25)) {
        let _ = read_mps(lines.join("\n").as_bytes());
    }
}

/// A line that might stand in an MPS file.
fn mps_line() -> impl Strategy<Value = String> {
    let words = [
        "NAME", "ROWS", "COLUMNS", "RHS", "RANGES", "BOUNDS", "ENDATA", "OBJSENSE", "MAX", "N", "E", "L",
        "G", "obj", "r", "x", "MARKER", "'MARKER'", "'INTORG'", "UP", "LO", "FX", "MI", "PL", "BV", "FR",
        "LI", "1", "-2.5", "inf", "nan", "1e999", "$", "*", "",
    ];
    let line = prop::collection::vec(prop::sample::select(words.to_vec()), 0..7);
    (prop::bool::weighted(0.7), line)
        .prop_map(|(indented, words)| format!("{}{}", if indented { " " } else { "" }, words.join(" ")))
}

/// A file with this column, bounds section and marker.
fn with_bounds(marked: &str, bounds: &str) -> String {
    format!(
        "NAME t\nROWS\n N obj\n G r\nCOLUMNS\n{marked}    x obj 1 r 1\n    y r 1\nRHS\nBOUNDS\n{bounds}ENDATA\n"
    )
}

#[test]
fn bounds_of_others_are_read_as_highs_and_cplex_do() {
    let integers = "    M1 'MARKER' 'INTORG'\n";
    let (continuous, integer) = (ColumnKind::Continuous, ColumnKind::Integer);
    for (marked, bounds, lower, upper, kind) in [
        ("", "", 0.0, INF, continuous),
        ("", " UP b x 4\n", 0.0, 4.0, continuous),
        ("", " UP b x 0\n", 0.0, 0.0, continuous),
        ("", " UP b x -4\n", -INF, -4.0, continuous),
        ("", " LO b x -9\n UP b x -4\n", -9.0, -4.0, continuous),
        ("", " UP b x -4\n LO b x -9\n", -9.0, -4.0, continuous),
        ("", " MI b x\n", -INF, INF, continuous),
        ("", " MI b x\n UP b x 3\n", -INF, 3.0, continuous),
        ("", " UP b x 3\n MI b x\n", -INF, 3.0, continuous),
        ("", " FR b x\n", -INF, INF, continuous),
        ("", " FX b x 2.5\n", 2.5, 2.5, continuous),
        ("", " BV b x\n", 0.0, 1.0, integer),
        ("", " BV b x 1\n", 0.0, 1.0, integer),
        ("", " LI b x 2\n", 2.0, INF, integer),
        ("", " UI b x 9\n", 0.0, 9.0, integer),
        ("", " UI b x -9\n", -INF, -9.0, integer),
        // Without the name of the set.
        ("", " UP x 4\n", 0.0, 4.0, continuous),
        ("", " FR x\n", -INF, INF, continuous),
        ("", " FR x 0\n", -INF, INF, continuous),
        // The set is called like a column.
        ("", " FR y x\n", -INF, INF, continuous),
        (integers, "", 0.0, 1.0, integer),
        (integers, " PL b x\n", 0.0, INF, integer),
        (integers, " LO b x 2\n", 2.0, INF, integer),
        (integers, " UP b x 7\n", 0.0, 7.0, integer),
        (integers, " FR b x\n", -INF, INF, integer),
    ] {
        let model = read(&with_bounds(marked, bounds));
        let x = &model.columns()[0];
        assert_eq!((x.lower, x.upper, x.kind), (lower, upper, kind), "{marked}{bounds}");
    }
}

#[test]
fn ranges_follow_the_sign_rules() {
    for (kind, right, range, lower, upper) in [
        ("E", "5", "2", 5.0, 7.0),
        ("E", "5", "-2", 3.0, 5.0),
        ("E", "5", "0", 5.0, 5.0),
        ("L", "5", "2", 3.0, 5.0),
        ("L", "5", "-2", 3.0, 5.0),
        ("G", "5", "2", 5.0, 7.0),
        ("G", "-5", "-2", -5.0, -3.0),
        ("G", "0", "1.5D1", 0.0, 15.0),
    ] {
        let text = format!(
            "NAME\nROWS\n N obj\n {kind} r\nCOLUMNS\n x r 1\nRHS\n rhs r {right}\nRANGES\n rng r {range}\nENDATA\n"
        );
        let model = read(&text);
        let row = model.rows().next().expect("one row");
        assert_eq!((row.lower, row.upper), (lower, upper), "{kind} {right} {range}");
    }
}

#[test]
fn fixed_format_senses_comments_and_second_pairs_are_read() {
    let fixed = "\
* a comment
NAME          TESTPROB
OBJSENSE
    MAX
ROWS
 N  COST
 N  OTHER
 L  LIM1
 G  MYEQN
COLUMNS
    X         COST         1.0   LIM1         1.0
    X         OTHER        7.0                       $ a remark
    Y         COST         2.0   MYEQN        1.0

    MARKER                 'MARKER'                 'INTORG'
    Z         COST        -1.0   LIM1         1.0
    Z         MYEQN        1.0   MYEQN        0.5
    MARKER                 'MARKER'                 'INTEND'
    W         LIM1         1.0
RHS
    RHS       LIM1         4.0   MYEQN        1.0
    RHS       COST        -3.0
BOUNDS
 UP BND       X            4.0
 LO BND       Z            1.0
ENDATA
whatever follows is not read
";
    let model = read(fixed);
    assert_eq!(model.name(), "TESTPROB");
    // Maximised X + 2 Y - Z + 3 is minimised -X - 2 Y + Z - 3.
    assert_eq!(model.offset(), -3.0);
    let costs: Vec<f64> = model.columns().iter().map(|column| column.objective).collect();
    assert_eq!(costs, [-1.0, -2.0, 1.0, 0.0]);
    let kinds: Vec<bool> = model.columns().iter().map(|column| column.kind == ColumnKind::Integer).collect();
    assert_eq!(kinds, [false, false, true, false]);
    let rows: Vec<_> =
        model.rows().map(|row| (row.name, row.lower, row.upper, row.coefficients.to_vec())).collect();
    assert_eq!(
        rows,
        [
            ("OTHER", -INF, INF, vec![7.0]),
            ("LIM1", -INF, 4.0, vec![1.0, 1.0, 1.0]),
            ("MYEQN", 1.0, INF, vec![1.0, 1.5]),
        ]
    );
    let same_line = fixed.replace("OBJSENSE\n    MAX\n", "OBJSENSE MAXIMIZE\n");
    assert_eq!(read(&same_line), model);
    let minimised = read(&fixed.replace("    MAX\n", "    MIN\n"));
    assert_eq!((minimised.offset(), minimised.columns()[1].objective), (3.0, 2.0));
}

#[test]
fn errors_name_the_line() {
    let start = "NAME t\nROWS\n N obj\n L r\nCOLUMNS\n    x r 1\n";
    for (rest, message) in [
        ("    x s 1\nENDATA\n", "MPS line 7: there is no row `s`"),
        ("    x r one\nENDATA\n", "MPS line 7: `one` is not a number"),
        ("    x r nan\nENDATA\n", "MPS line 7: `nan` is not a number"),
        ("    x r\nENDATA\n", "MPS line 7: expected a column and one or two pairs of row and value"),
        ("    y r 1\n    x obj 1\nENDATA\n", "MPS line 8: the entries of column `x` do not stand together"),
        ("    M 'MARKER' 'SOSORG'\nENDATA\n", "MPS line 7: marker 'SOSORG' is neither 'INTORG' nor 'INTEND'"),
        (
            "RHS\n    a r 1\n    b r 2\nENDATA\n",
            "MPS line 9: a second set `b` besides `a` is not supported in RHS",
        ),
        ("RHS\n    r\nENDATA\n", "MPS line 8: expected one or two pairs of row and value"),
        ("RANGES\n    a obj 1\nENDATA\n", "MPS line 8: row `obj` of kind N takes no range"),
        ("BOUNDS\n SC b x 1\nENDATA\n", "MPS line 8: bound kind `SC` is not supported"),
        ("BOUNDS\n UP b y 1\nENDATA\n", "MPS line 8: there is no column `y`"),
        ("BOUNDS\n UP x\nENDATA\n", "MPS line 8: bound UP of `x` has no value"),
        ("ROWS\n X q\nENDATA\n", "MPS line 8: row kind `X` is none of N, E, L, G"),
        ("ROWS\n L r\nENDATA\n", "MPS line 8: row `r` is there already"),
        ("OBJSENSE BEST\nENDATA\n", "MPS line 7: objective sense `BEST` is neither MIN nor MAX"),
        ("QUADOBJ\nENDATA\n", "MPS line 7: section `QUADOBJ` is not supported"),
        ("", "the MPS file cannot be read: it ends without ENDATA"),
        (
            "BOUNDS\n LO b x 3\n UP b x 2\nENDATA\n",
            "the MPS file's model: column `x`: no value lies between lower bound 3 and upper bound 2",
        ),
    ] {
        let error = read_mps(format!("{start}{rest}").as_bytes()).expect_err(message);
        assert_eq!(error.to_string(), message);
    }
    let error = read_mps(" x r 1\n".as_bytes()).expect_err("no section");
    assert_eq!(error.to_string(), "MPS line 1: a data line outside of any section");
}
