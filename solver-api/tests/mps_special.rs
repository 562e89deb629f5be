//! MPS files of models with indicators and special ordered sets.

use proptest::prelude::*;
use solver_api::{ActiveAt, Column, ColumnId, Model, read_mps, write_mps};

const INF: f64 = f64::INFINITY;

fn text(model: &Model) -> String {
    let mut bytes = Vec::new();
    write_mps(model, &mut bytes).expect("a vector takes everything");
    String::from_utf8(bytes).expect("text")
}

fn read(text: &str) -> Model {
    read_mps(text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Two columns in -4..4, a binary one.
fn columns() -> (Model, [ColumnId; 3]) {
    let mut model = Model::new("switches");
    let [x, y] = ["x", "y"].map(|name| model.add_column(Column::continuous(name, -4.0, 4.0)).expect("valid"));
    let b = model.add_column(Column::binary("b")).expect("valid");
    (model, [x, y, b])
}

#[test]
fn indicators_are_rows_that_a_section_names_and_sets_have_a_section() {
    let (mut model, [x, y, b]) = columns();
    model.add_row("sum", -INF, 6.0, [(x, 1.0)]).expect("valid");
    for (name, active_at, lower, upper, terms) in [
        ("most", ActiveAt::One, -INF, 1.5, vec![(x, 1.0), (y, -2.0)]),
        ("equal", ActiveAt::Zero, 2.0, 2.0, vec![(y, 3.0), (b, 1.0)]),
        ("never", ActiveAt::One, 1.0, INF, vec![]),
    ] {
        model.add_indicator(name, b, active_at, lower, upper, terms).expect("valid");
    }
    model.add_sos1("first", [y, x]).expect("valid");
    model.add_sos1("second", [x, y, b]).expect("valid");
    insta::assert_snapshot!(text(&model), @r"
        NAME switches
        ROWS
         N obj
         L sum
         L most
         E equal
         G never
        COLUMNS
            x sum 1
            x most 1
            y most -2
            y equal 3
            MARKER 'MARKER' 'INTORG'
            b equal 1
            MARKER 'MARKER' 'INTEND'
        RHS
            RHS sum 6
            RHS most 1.5
            RHS equal 2
            RHS never 1
        BOUNDS
         LO BOUNDS x -4
         UP BOUNDS x 4
         LO BOUNDS y -4
         UP BOUNDS y 4
         BV BOUNDS b
        SOS
         S1 first
            y 1
            x 2
         S1 second
            x 1
            y 2
            b 3
        INDICATORS
         IF most b 1
         IF equal b 0
         IF never b 1
        ENDATA
    ");
    assert_eq!(read(&text(&model)), model);
}

#[test]
fn an_indicator_with_two_bounds_becomes_two_and_one_without_a_comment() {
    let (mut model, [x, _, b]) = columns();
    model.add_indicator("between", b, ActiveAt::Zero, -3.0, -1.0, [(x, 1.0)]).expect("valid");
    model.add_indicator("free", b, ActiveAt::One, -INF, INF, [(x, 1.0)]).expect("valid");
    assert!(text(&model).contains("* \"free\" has no bounds\n"), "{}", text(&model));
    let again = read(&text(&model));
    let told: Vec<_> =
        again.indicators().map(|i| (i.row.name, i.active_at, i.row.lower, i.row.upper)).collect();
    let zero = ActiveAt::Zero;
    assert_eq!(told, [("between_lower", zero, -3.0, INF), ("between_upper", zero, -INF, -1.0)]);
}

#[test]
fn names_that_would_begin_a_set_are_changed() {
    let mut model = Model::new("names");
    let ids = ["S1", "S2"].map(|name| model.add_column(Column::continuous(name, 0.0, 1.0)).expect("valid"));
    model.add_sos1("S1", ids).expect("valid");
    let again = read(&text(&model));
    let names: Vec<&str> = again.columns().iter().map(|column| column.name.as_str()).collect();
    assert_eq!((names, again.sos1_sets()[0].columns.len()), (vec!["x_S1_0", "x_S2_1"], 2));
}

/// A file with this end.
fn with_end(end: &str) -> String {
    format!(
        "NAME t\nROWS\n N obj\n L r\n G q\nCOLUMNS\n    x obj 1 r 1\n    y r 1 q 1\n    M 'MARKER' 'INTORG'\n    b obj 0\n\
         RHS\n    RHS r 5\nRANGES\n    RNG r 2\n{end}ENDATA\n"
    )
}

#[test]
fn sections_of_others_are_read() {
    let model = read(&with_end(
        "SOS\n S1 one 7\n    x 9.5\n    b 3\n    y 4\n S1\n    y\n    x\nINDICATORS\n IF r b 0\n",
    ));
    let [x, y, b] = [0, 1, 2].map(ColumnId::from_index);
    let sets: Vec<_> = model.sos1_sets().iter().map(|set| (set.name.as_str(), set.columns.clone())).collect();
    assert_eq!(sets, [("one", vec![b, y, x]), ("sos1", vec![y, x])]);
    assert_eq!(model.rows().map(|row| row.name).collect::<Vec<_>>(), ["q"]);
    let indicator = model.indicators().next().expect("one");
    assert_eq!((indicator.binary, indicator.active_at), (b, ActiveAt::Zero));
    assert_eq!((indicator.row.name, indicator.row.lower, indicator.row.upper), ("r", 3.0, 5.0));
}

#[test]
fn errors_name_the_line() {
    for (end, message) in [
        ("SOS\n S2 s\n", "MPS line 16: special ordered sets of type 2 are not supported"),
        ("SOS\n    x 1\n", "MPS line 16: a member of a set that has not begun"),
        ("SOS\n S1 s\n    z 1\n", "MPS line 17: there is no column `z`"),
        ("SOS\n S1 s\n    x one\n", "MPS line 17: `one` is not a number"),
        ("SOS\n S1 s\n    x 1\n", "the MPS file's model: sos1 `s`: a set needs at least two columns, not 1"),
        ("INDICATORS\n r b 1\n", "MPS line 16: expected IF, a row, a column and 0 or 1"),
        ("INDICATORS\n IF r b 2\n", "MPS line 16: an indicator's value `2` is neither 0 nor 1"),
        ("INDICATORS\n IF r z 1\n", "MPS line 16: there is no column `z`"),
        ("INDICATORS\n IF z b 1\n", "MPS line 16: there is no row `z`"),
        ("INDICATORS\n IF obj b 1\n", "MPS line 16: the objective `obj` takes no indicator"),
        ("INDICATORS\n IF r b 1\n IF r b 0\n", "MPS line 17: row `r` has an indicator already"),
        (
            "INDICATORS\n IF r x 1\n",
            "the MPS file's model: indicator `r`: column `x` must be integer with bounds within 0 and 1; it is \
             Continuous in 0..inf",
        ),
    ] {
        let error = read_mps(with_end(end).as_bytes()).expect_err(message);
        assert_eq!(error.to_string(), message);
    }
}

prop_compose! {
    /// A model with indicators of one finite bound or two equal ones, and sets.
    fn any_model()(
        rows in prop::collection::vec((0..3_usize, any::<bool>(), -1e9..1e9_f64, 0..3_u8), 0..5),
        sets in prop::collection::vec(
            prop::sample::subsequence(vec![0_usize, 1, 2], 2..=3).prop_shuffle(), 0..4,
        ),
    ) -> Model {
        let (mut model, ids) = columns();
        for (index, (column, at_one, right, kind)) in rows.into_iter().enumerate() {
            let active_at = if at_one { ActiveAt::One } else { ActiveAt::Zero };
            let (lower, upper) = [(right, right), (right, INF), (-INF, right)][usize::from(kind)];
            let terms = [(ids[column], right)];
            model.add_indicator(format!("i{index}"), ids[2], active_at, lower, upper, terms).expect("valid");
        }
        for (index, set) in sets.into_iter().enumerate() {
            model.add_sos1(format!("s{index}"), set.into_iter().map(|column| ids[column])).expect("valid");
        }
        model
    }
}

/// A line of the two sections, or one that might stand there.
fn line() -> impl Strategy<Value = String> {
    let words = ["SOS", "INDICATORS", "S1", "S2", "IF", "r", "q", "obj", "x", "y", "b", "0", "1", "nan", "$"];
    let line = prop::collection::vec(prop::sample::select(words.to_vec()), 0..5);
    (prop::bool::weighted(0.8), line)
        .prop_map(|(indented, words)| format!("{}{}\n", if indented { " " } else { "" }, words.join(" ")))
}

proptest! {
    #[test]
    fn indicators_and_sets_come_back(model in any_model()) {
        let text = text(&model);
        prop_assert_eq!(&read(&text), &model, "{}", text);
    }

    #[test]
    fn no_text_makes_the_reader_panic(lines in prop::collection::vec(line(), 0..12)) {
        let _ = read_mps(with_end(&lines.concat()).as_bytes());
    }
}
