//! Runs made by hand, through checks, tables and the summary.

use super::checks::{Fault, FaultKind, faults};
use super::growth::{Growth, growth};
use super::relaxations::{Relaxation, relaxations};
use super::rows::{Environment, Instance, NetworkSize, RawRow, RunFolder, Truth};
use super::{ResultTable, growth_plot, instances, summary};

/// A run over two images with two targets each, without rows.
fn empty_run() -> RunFolder {
    let instance = |problem: &str, group: &str| Instance {
        problem: problem.to_owned(),
        group: group.to_owned(),
        encoding: "big-m".to_owned(),
        sha256: "aa".to_owned(),
        truth: None,
        classes: Some(3),
        size: None,
        integers: None,
        relaxation: None,
    };
    RunFolder {
        set: "toy".to_owned(),
        instances: vec![
            instance("net/i0-t1", "net/i0"),
            instance("net/i0-t2", "net/i0"),
            instance("net/i1-t0", "net/i1"),
            instance("net/i1-t2", "net/i1"),
        ],
        rows: Vec::new(),
        environments: vec![Environment {
            started: 1_774_310_400,
            processor: Some("Example 9000".to_owned()),
            cores: Some(2),
            memory_bytes: Some(24 << 30),
            system: Some("Debian GNU/Linux 12".to_owned()),
            greymatter: "greymatter 0.1.0".to_owned(),
            commit: Some("0123456789ab".to_owned()),
            jobs: 1,
            time_limit: 60.0,
        }],
    }
}

/// A proven minimum.
fn optimal(problem: &str, label: &str, objective: f64, seconds: f64) -> RawRow {
    RawRow {
        problem: problem.to_owned(),
        encoding: "big-m".to_owned(),
        label: label.to_owned(),
        repeat: 0,
        arguments: format!("--solver {label} --threads 1 --time-limit 60"),
        solver: Some(label.to_owned()),
        solver_version: Some("1.0".to_owned()),
        model_sha256: Some("aa".to_owned()),
        verdict: "Optimal".to_owned(),
        objective: Some(objective),
        dual_bound: Some(objective),
        cutoff: None,
        feasible: Some(true),
        nodes: Some(10),
        wall_seconds: seconds,
        cpu_seconds: Some(seconds * 0.5),
        time_limit: Some(60.0),
        fault: None,
    }
}

/// The time limit came first.
fn timed_out(problem: &str, label: &str, incumbent: f64, bound: f64) -> RawRow {
    RawRow {
        verdict: "Limit(Time)".to_owned(),
        dual_bound: Some(bound),
        ..optimal(problem, label, incumbent, 60.2)
    }
}

/// What is wrong with these rows of `net/i0-t1`: labels with a word or two of what is said.
#[track_caller]
fn check(rows: impl IntoIterator<Item = RawRow>, truth: Option<Truth>, expected: &[(&str, &str)]) {
    let mut run = empty_run();
    run.instances.iter_mut().filter(|instance| instance.group == "net/i0").for_each(|one| one.truth = truth);
    run.rows = rows.into_iter().collect();
    let found = faults(&run);
    let matches =
        |(fault, (label, what)): (&Fault, &(&str, &str))| fault.label == *label && fault.what.contains(what);
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    assert!(found.iter().zip(expected).all(matches), "{found:#?}");
}

const ONE: &str = "net/i0-t1";

#[test]
fn answers_that_agree_are_right() {
    check([optimal(ONE, "a", -1.5, 1.0), optimal(ONE, "b", -1.5 + 9e-6, 2.0)], None, &[]);
    check([optimal(ONE, "a", -1.5, 1.0), timed_out(ONE, "b", 3.0, -2.0)], None, &[]);
    check([optimal(ONE, "a", 2000.0, 1.0), optimal(ONE, "b", 2000.01, 1.0)], None, &[]);
    check([optimal(ONE, "a", 1.0, 1.0), optimal("net/i0-t2", "a", 2.0, 1.0)], None, &[]);
}

#[test]
fn a_point_that_somebody_found_refutes_every_bound_above_it() {
    let point = || optimal(ONE, "a", -1.5, 1.0);
    check([point(), optimal(ONE, "b", -1.4, 1.0)], None, &[("b", "a found a point with objective -1.5")]);
    check([point(), optimal(ONE, "b", -1.5 + 2e-5, 1.0)], None, &[("b", "nothing below")]);
    check([point(), timed_out(ONE, "b", 3.0, -1.0)], None, &[("b", "nothing below -1")]);
    check(
        [timed_out(ONE, "a", -3.0, -9.0), optimal(ONE, "b", -1.5, 1.0)],
        None,
        &[("b", "a found a point with objective -3")],
    );
    let infeasible = RawRow {
        verdict: "Infeasible".to_owned(),
        objective: None,
        dual_bound: None,
        feasible: None,
        ..optimal(ONE, "b", 0.0, 1.0)
    };
    check([point(), infeasible.clone()], None, &[("b", "infeasible, but a found")]);
    check([infeasible], None, &[("b", "every input of the box is a point")]);
    let cutoff = RawRow {
        verdict: "NoneBetterThanCutoff".to_owned(),
        cutoff: Some(-1.0),
        objective: None,
        dual_bound: None,
        feasible: None,
        ..optimal(ONE, "b", 0.0, 1.0)
    };
    check([point(), cutoff], None, &[("b", "nothing below -1")]);
}

#[test]
fn a_point_that_the_checker_refused_refutes_nothing() {
    let wrong = RawRow {
        feasible: Some(false),
        fault: Some("the answer of a is wrong: the incumbent violates row".to_owned()),
        ..optimal(ONE, "a", -9.0, 1.0)
    };
    check([wrong, optimal(ONE, "b", -1.5, 1.0)], None, &[("a", "violates")]);
}

#[test]
fn another_file_is_a_fault() {
    let other = RawRow { model_sha256: Some("bb".to_owned()), ..optimal(ONE, "a", 1.0, 1.0) };
    check([other], None, &[("a", "another file, with SHA-256 bb")]);
}

#[test]
fn known_truths_refute_answers() {
    let (low, high) = (|| optimal(ONE, "a", -0.5, 1.0), || optimal(ONE, "a", 0.5, 1.0));
    let other = || optimal("net/i0-t2", "a", 0.7, 1.0);
    check([low()], Some(Truth::Robust(true)), &[("a", "known to be robust")]);
    check([high(), other()], Some(Truth::Robust(true)), &[]);
    check([low(), other()], Some(Truth::Robust(false)), &[]);
    // One of two targets alone proves nothing.
    check([high()], Some(Truth::Robust(false)), &[]);
    check(
        [high(), other()],
        Some(Truth::Robust(false)),
        &[("a", "not to be robust"), ("a", "not to be robust")],
    );
    check([high()], Some(Truth::Minimum(0.5)), &[]);
    check([high()], Some(Truth::Minimum(0.25)), &[("a", "0.5, but the minimum is 0.25")]);
    check([high()], Some(Truth::Minimum(0.75)), &[("a", "0.5, but the minimum is 0.75")]);
    check([timed_out(ONE, "a", 9.0, 0.6)], Some(Truth::Minimum(0.5)), &[("a", "0.6, but the minimum")]);
    check([high()], Some(Truth::Infeasible), &[("a", "infeasible")]);
}

#[test]
fn no_answer_is_no_wrong_answer() {
    let crashed = RawRow {
        verdict: "Crashed".to_owned(),
        fault: Some("error: the solver is gone".to_owned()),
        objective: None,
        dual_bound: None,
        feasible: None,
        ..optimal(ONE, "a", 0.0, 1.0)
    };
    let mut run = empty_run();
    run.rows = vec![crashed];
    let kinds: Vec<_> = faults(&run).iter().map(|fault| fault.kind).collect();
    assert_eq!(kinds, [FaultKind::NoAnswer]);
}

/// Two ways on four problems: `slow` misses one, and one of its answers is wrong.
fn full_run() -> RunFolder {
    let mut run = empty_run();
    run.rows = vec![
        optimal("net/i0-t1", "slow", -1.0, 3.0),
        optimal("net/i0-t1", "fast", -1.0, 1.0),
        optimal("net/i0-t2", "fast", 2.0, 7.0),
        optimal("net/i0-t2", "slow", 2.5, 3.0),
        timed_out("net/i1-t0", "slow", 0.5, -4.0),
        optimal("net/i1-t0", "fast", 0.25, 7.0),
        optimal("net/i1-t2", "fast", 5.0, 1.0),
        optimal("net/i1-t2", "slow", 5.0, 0.5),
    ];
    run
}

#[test]
fn a_table_counts_what_is_right_and_in_time() {
    let run = full_run();
    let faults = faults(&run);
    let table = ResultTable::new(&run, &faults, None).expect("there are rows");
    let [slow, fast] = table.ways.as_slice() else { panic!("two ways") };
    assert_eq!((slow.name.as_str(), fast.name.as_str()), ("slow", "fast"));
    let times = |way: &super::table::Way<'_>| -> Vec<_> {
        way.cells.iter().map(|cell| (cell.wall.seconds, cell.wall.is_solved)).collect()
    };
    assert_eq!(times(slow), [(3.0, true), (60.0, false), (60.0, false), (0.5, true)]);
    assert_eq!(times(fast), [(1.0, true), (7.0, true), (7.0, true), (1.0, true)]);
    assert_eq!((slow.wrong, fast.wrong), (1, 0));
    assert_eq!((table.wins(slow), table.wins(fast)), (1, 3));
    let table = ResultTable::new(&run, &faults, Some("fast")).expect("there is such a way");
    assert_eq!(table.ways[0].name, "fast");
    let error = ResultTable::new(&run, &faults, Some("nobody")).expect_err("there is none");
    assert!(error.to_string().contains("nobody") && error.to_string().contains("fast, slow"), "{error}");
}

#[test]
fn problems_that_not_every_way_was_asked_do_not_count() {
    let mut run = full_run();
    run.rows.truncate(5);
    let faults = faults(&run);
    let table = ResultTable::new(&run, &faults, None).expect("there are rows");
    assert_eq!(table.problems, [("net/i0-t1", "net/i0"), ("net/i0-t2", "net/i0")]);
    assert!(summary(&run, &table, &faults).contains("2 further problems do not count"));
}

#[test]
fn repeats_count_by_their_median_and_only_if_all_are_solved() {
    let mut run = full_run();
    run.rows.retain(|row| row.label == "fast");
    let again = |repeat, seconds| RawRow { repeat, ..optimal("net/i0-t1", "fast", -1.0, seconds) };
    run.rows.extend([again(1, 9.0), again(2, 2.0)]);
    run.rows.push(RawRow { repeat: 1, ..timed_out("net/i0-t2", "fast", 2.0, 1.0) });
    let table = ResultTable::new(&run, &[], None).expect("there are rows");
    let cells = &table.ways[0].cells;
    assert_eq!((cells[0].wall.seconds, cells[0].wall.is_solved), (2.0, true));
    assert_eq!((cells[1].wall.seconds, cells[1].wall.is_solved), (60.0, false));
}

#[test]
fn encodings_are_ways_of_their_own_over_the_same_problems() {
    let mut run = full_run();
    run.rows.retain(|row| row.label == "fast");
    let other = |text: &str| text.replace("big-m", "big-m-paper");
    let instances: Vec<_> =
        run.instances.iter().map(|one| Instance { encoding: other(&one.encoding), ..one.clone() }).collect();
    let rows: Vec<_> =
        run.rows.iter().map(|row| RawRow { encoding: other(&row.encoding), ..row.clone() }).collect();
    run.instances.extend(instances);
    run.rows.extend(rows);
    // The other encoding's minimum is lower: one of the two models is not the problem.
    (run.rows[4].objective, run.rows[4].dual_bound) = (Some(-7.0), Some(-7.0));
    let faults = faults(&run);
    assert_eq!(faults.iter().map(|fault| fault.row).collect::<Vec<_>>(), [0], "{faults:?}");
    let table = ResultTable::new(&run, &faults, None).expect("there are rows");
    assert_eq!(table.ways.iter().map(|way| way.name.as_str()).collect::<Vec<_>>(), ["big-m", "big-m-paper"]);
    assert_eq!(table.problems.len(), 4);
}

#[test]
fn relaxations_are_compared_over_the_problems_that_all_encodings_have_them_for() {
    let mut run = full_run();
    assert_eq!(relaxations(&run), []);
    run.rows.iter_mut().for_each(|row| (row.verdict, row.objective) = ("Optimal".to_owned(), Some(3.0)));
    let other: Vec<_> =
        run.instances.iter().map(|one| Instance { encoding: "sharp".to_owned(), ..one.clone() }).collect();
    let first = run.instances.len();
    run.instances.extend(other);
    for (position, value) in [(0, 1.0), (1, 2.0), (2, 100.0), (first, 2.0), (first + 1, 2.5)] {
        run.instances[position].relaxation = Some(value);
    }
    let of = |encoding, mean, gap| Relaxation { encoding, problems: 2, mean, mean_gap: Some(gap) };
    assert_eq!(relaxations(&run), [of("big-m", 1.5, 1.5), of("sharp", 2.25, 0.75)]);
    run.rows.retain(|row| row.problem != run.instances[0].problem);
    assert_eq!(relaxations(&run)[0].mean_gap, None, "one minimum is unknown");
}

/// The full run, whose first image is now one of a network 50 wide and whose second image one of a wider network.
fn run_of_two_sizes() -> RunFolder {
    let mut run = full_run();
    for instance in &mut run.instances {
        let width = if instance.group == "net/i0" { 50 } else { 100 };
        instance.size = Some(NetworkSize { depth: 2, width });
        instance.integers = Some(width / 10 + usize::from(instance.problem.ends_with("t2")));
    }
    run
}

#[test]
fn growth_tells_sizes_apart_and_an_unsolved_problem_counts_as_its_limit() {
    let run = run_of_two_sizes();
    let faults = faults(&run);
    let table = ResultTable::new(&run, &faults, None).expect("there are rows");
    let rows = growth(&run, &table);
    let figures = |row: &Growth<'_>| (row.size.width, row.way.to_owned(), row.solved, row.asked, row.longest);
    let found: Vec<_> = rows.iter().map(figures).collect();
    let expected = [
        (50, "slow", 1, 2, 60.0),
        (50, "fast", 2, 2, 7.0),
        (100, "slow", 1, 2, 60.0),
        (100, "fast", 2, 2, 7.0),
    ];
    assert_eq!(
        found,
        expected.map(|(width, way, one, two, longest)| (width, way.to_owned(), one, two, longest))
    );
    assert_eq!((rows[0].mean, rows[0].median, rows[0].open), (31.5, 31.5, Some(5.5)));
    assert_eq!((rows[3].mean, rows[3].open), (4.0, Some(10.5)));
    let ratios: Vec<_> = rows.iter().map(|row| row.ratio.map(|ratio| ratio.value)).collect();
    assert_eq!(ratios, [None, Some(63.0 / 8.0), None, Some(60.5 / 8.0)]);
    let text = summary(&run, &table, &faults);
    assert!(text.contains("| 2 x 100 | 10.5 | fast | 2/2 | 4.00 | 4.00 | 7.00 | 7.56 ("), "{text}");
}

#[test]
fn one_size_is_no_growth() {
    for run in [full_run(), {
        let mut run = run_of_two_sizes();
        run.instances.iter_mut().for_each(|one| one.size = Some(NetworkSize { depth: 2, width: 50 }));
        run
    }] {
        let table = ResultTable::new(&run, &[], None).expect("there are rows");
        let rows = growth(&run, &table);
        assert_eq!(rows, []);
        assert_eq!(growth_plot(&rows).expect("nothing fails in memory"), None);
        assert!(!summary(&run, &table, &[]).contains("How the time grows\n"));
    }
}

#[test]
fn growth_is_drawn_with_hollow_points_where_problems_are_unsolved() {
    let run = run_of_two_sizes();
    let faults = faults(&run);
    let table = ResultTable::new(&run, &faults, None).expect("there are rows");
    let svg = growth_plot(&growth(&run, &table)).expect("nothing fails in memory").expect("two sizes");
    for part in ["2 hidden layers", "50 neurons a layer", "slow", "fast", "</svg>\n"] {
        assert!(svg.contains(part), "{part}: {svg}");
    }
    let points = |stroke: &str| {
        svg.lines().filter(|line| line.starts_with("<circle") && line.contains(stroke)).count()
    };
    // Three points a way, each on a white one: two widths at depth 2, one depth at width 50.
    assert_eq!(
        (points("fill=\"none\""), points("fill=\"#FFFFFF\""), points("fill=\"#D55E00\"")),
        (3, 6, 3),
        "{svg}"
    );
}

#[test]
fn a_run_without_rows_has_no_table() {
    let run = empty_run();
    let error = ResultTable::new(&run, &[], None).expect_err("no rows");
    assert!(error.to_string().contains("no rows"), "{error}");
}

#[test]
fn the_summary_says_it_all() {
    let run = full_run();
    let faults = faults(&run);
    let table = ResultTable::new(&run, &faults, None).expect("there are rows");
    insta::assert_snapshot!("summary", summary(&run, &table, &faults));
    insta::assert_snapshot!("instances", instances(&table));
}

#[test]
fn plots_hold_every_way_and_their_text() {
    let run = full_run();
    let table = ResultTable::new(&run, &[], None).expect("there are rows");
    for svg in [super::performance_profile(&table), super::cactus(&table)] {
        let svg = svg.expect("nothing fails in memory");
        for part in ["<svg ", "slow", "fast", "solved", "</svg>\n"] {
            assert!(svg.contains(part), "{part}: {svg}");
        }
        assert_eq!(
            svg.matches("<polyline").count() - svg_marks(&svg),
            2 + 2,
            "two lines, two samples: {svg}"
        );
    }
}

/// Lines of axes and their marks: thin ones.
fn svg_marks(svg: &str) -> usize {
    svg.lines().filter(|line| line.starts_with("<polyline") && line.contains("stroke-width=\"1\"")).count()
}
