//! Readers against what programs wrote: cbc 2.10.8, glpsol 5.0, highs 1.15.1 and scip 10.0.2 on small models. Those of
//! gurobi_cl and cplex, which could not be run, were written by hand in the form of published solution files.

use super::program::{Program, Status, Told, Transcript};
use super::{cbc::CBC, cplex::CPLEX, glpsol::GLPSOL, gurobi::GUROBI, highs::HIGHS, scip::SCIP};
use crate::LimitKind;

/// The text of a golden file, `None` where the program wrote none.
fn golden(name: &str) -> Option<String> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/programs");
    std::fs::read_to_string(folder.join(name)).ok()
}

fn read(program: &Program, log: &str, solution: Option<&str>, columns: usize) -> Result<Told, String> {
    let log: Vec<String> = log.lines().map(str::to_owned).collect();
    (program.read)(&Transcript { log: &log, solution, columns })
}

const TIME: Status = Status::Limit(LimitKind::Time);
const NODES: Status = Status::Limit(LimitKind::Nodes);

/// Program, golden file, columns, what it says, its bound, the beginning of its point.
type Golden = (&'static Program, &'static str, usize, Status, Option<f64>, Option<&'static [f64]>);

const GOLDEN: &[Golden] = &[
    (&CBC, "cbc_optimal", 4, Status::Optimal, None, Some(&[1.0, 1.0, 1.0, 0.0])),
    (&CBC, "cbc_infeasible", 2, Status::Infeasible, None, None),
    (&CBC, "cbc_integer_infeasible", 2, Status::InfeasibleOrUnbounded, None, None),
    (&CBC, "cbc_unbounded", 2, Status::Unbounded, None, None),
    (&CBC, "cbc_cutoff", 4, Status::Infeasible, None, None),
    (&CBC, "cbc_time_limit", 38, TIME, Some(100.0), Some(&[])),
    // lp-solvers takes the fractional point of the relaxation for an incumbent.
    (&CBC, "cbc_time_limit_nothing", 40, TIME, Some(0.0), None),
    (&CBC, "cbc_node_limit", 38, NODES, Some(100.0), Some(&[])),
    (&GLPSOL, "glpsol_optimal", 4, Status::Optimal, None, Some(&[])),
    // lp-solvers reads 0.335 as f32 and MIPs' continuous columns as 0.
    (&GLPSOL, "glpsol_lp", 2, Status::Optimal, None, Some(&[0.335, 0.095])),
    (&GLPSOL, "glpsol_infeasible", 2, Status::Infeasible, None, None),
    (&GLPSOL, "glpsol_integer_infeasible", 2, Status::Infeasible, None, None),
    (&GLPSOL, "glpsol_unbounded", 2, Status::Unbounded, None, None),
    // lp-solvers calls both of these unbounded.
    (&GLPSOL, "glpsol_time_limit", 38, TIME, None, Some(&[])),
    (&GLPSOL, "glpsol_time_limit_nothing", 40, TIME, None, None),
    (&HIGHS, "highs_optimal", 4, Status::Optimal, Some(88.0), Some(&[])),
    (&HIGHS, "highs_lp", 2, Status::Optimal, None, Some(&[0.335, 0.095])),
    (&HIGHS, "highs_infeasible", 2, Status::Infeasible, None, None),
    (&HIGHS, "highs_unbounded", 2, Status::Unbounded, None, Some(&[1.0, 0.0])),
    (&HIGHS, "highs_integer_infeasible", 2, Status::Infeasible, None, None),
    (&HIGHS, "highs_time_limit", 38, TIME, Some(100.0), Some(&[])),
    (&HIGHS, "highs_node_limit", 38, NODES, Some(100.0), Some(&[])),
    (&SCIP, "scip_optimal", 4, Status::Optimal, Some(88.0), Some(&[])),
    (&SCIP, "scip_infeasible", 2, Status::Infeasible, None, None),
    (&SCIP, "scip_unbounded", 2, Status::Unbounded, None, Some(&[])),
    (&SCIP, "scip_time_limit", 38, TIME, Some(100.0), Some(&[])),
    (&SCIP, "scip_node_limit", 38, NODES, Some(100.0), Some(&[])),
    (&GUROBI, "gurobi_optimal", 4, Status::Optimal, Some(88.0), Some(&[1.0, 1.0, 1.0, 0.0])),
    (&GUROBI, "gurobi_time_limit_nothing", 4, TIME, Some(100.0), None),
    (&GUROBI, "gurobi_infeasible", 4, Status::Infeasible, None, None),
    (&CPLEX, "cplex_optimal", 4, Status::Optimal, None, Some(&[1.0, 1.0, 1.0, 0.0])),
    (&CPLEX, "cplex_integer_infeasible", 4, Status::Infeasible, None, None),
];

#[test]
fn what_programs_wrote_is_understood() {
    for (program, name, columns, status, bound, point) in GOLDEN {
        let log = golden(&format!("{name}.log")).expect("every case has a log");
        let solution = golden(&format!("{name}.sol"));
        let told = read(program, &log, solution.as_deref(), *columns)
            .unwrap_or_else(|reason| panic!("{name}: {reason}"));
        assert_eq!((told.status, told.bound), (*status, *bound), "{name}: {told:?}");
        assert_eq!(told.values.is_some(), point.is_some(), "{name}: {told:?}");
        let values = told.values.unwrap_or_default();
        let start = point.unwrap_or_default();
        assert!(values.starts_with(start), "{name}: {values:?}");
    }
}

#[test]
fn a_solution_file_that_is_cut_off_or_garbage_is_an_error() {
    for (program, name, columns, _, _, point) in GOLDEN.iter().filter(|golden| golden.3 == Status::Optimal) {
        assert!(point.is_some());
        let log = golden(&format!("{name}.log")).expect("every case has a log");
        let solution = golden(&format!("{name}.sol")).expect("an optimum has a point");
        let half = &solution[..solution.len() * 2 / 5];
        for broken in [None, Some(""), Some("garbage\n\u{0}\u{1}"), Some(half)] {
            // SCIP leaves zeros out, so that half of its point looks whole: the point checker finds it.
            let looks_whole = *name == "scip_optimal" && broken == Some(half);
            let told = read(program, &log, broken, *columns);
            assert!(told.is_err() || looks_whole, "{name} {broken:?}: {told:?}");
        }
    }
}
