//! The simplex against HiGHS on random programs, and against itself after changes.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use solver_api::{
    Budget, Column, ColumnId, Limits, Model, Options, Tolerances, Verdict, certified_bound, check_point,
    solver_by_name,
};

use super::*;

/// A program as lists, for both sides to read.
struct Listed {
    wide: Vec<[f64; 2]>,
    narrow: Vec<[f64; 2]>,
    rows: Vec<ListedRow>,
    cost: Vec<f64>,
}

struct ListedRow {
    bounds: [f64; 2],
    wide: Vec<f64>,
    narrow: Vec<(usize, f64)>,
}

impl Listed {
    /// Rows through a point of the box or near it, so that most programs are feasible and some are not; zeros, repeated
    /// rows and fixed columns among them.
    fn random(rng: &mut ChaCha8Rng) -> Self {
        let range = |rng: &mut ChaCha8Rng| {
            let lower = f64::from(rng.random_range(-2..=2));
            [lower, lower + f64::from(rng.random_range(0..=3))]
        };
        let (wide_count, narrow_count) = (rng.random_range(0..12), rng.random_range(1..6));
        let wide: Vec<[f64; 2]> = (0..wide_count).map(|_| range(rng)).collect();
        let narrow: Vec<[f64; 2]> = (0..narrow_count).map(|_| range(rng)).collect();
        let is_whole = rng.random_bool(0.5);
        let number = move |rng: &mut ChaCha8Rng| match rng.random_range(0..4) {
            0 => 0.0,
            _ if is_whole => f64::from(rng.random_range(-3..=3)),
            _ => rng.random_range(-2.0..2.0),
        };
        let inside =
            |rng: &mut ChaCha8Rng, [lower, upper]: [f64; 2]| lower + rng.random::<f64>() * (upper - lower);
        let point: Vec<f64> = wide.iter().chain(&narrow).map(|bounds| inside(rng, *bounds)).collect();
        let mut rows: Vec<ListedRow> = Vec::new();
        for _ in 0..rng.random_range(1..8) {
            if let Some(last) = rows.last()
                && rng.random_bool(0.1)
            {
                rows.push(ListedRow { wide: last.wide.clone(), narrow: last.narrow.clone(), ..*last });
                continue;
            }
            let coefficients: Vec<f64> =
                if rng.random_bool(0.7) { wide.iter().map(|_| number(rng)).collect() } else { Vec::new() };
            let terms: Vec<(usize, f64)> =
                (0..narrow_count).map(|column| (wide_count + column, number(rng))).collect();
            let value: f64 = coefficients.iter().zip(&point).map(|(c, x)| c * x).sum::<f64>()
                + terms.iter().map(|(column, c)| c * point[*column]).sum::<f64>();
            let value = if rng.random_bool(0.1) { value + rng.random_range(-3.0..3.0) } else { value };
            let bounds = match rng.random_range(0..3) {
                0 => [value; 2],
                1 => [value, value + rng.random_range(0.0..2.0)],
                _ => [value - 20.0, value],
            };
            rows.push(ListedRow { bounds, wide: coefficients, narrow: terms });
        }
        let cost = (0..wide_count + narrow_count).map(|_| number(rng)).collect();
        Self { wide, narrow, rows, cost }
    }

    fn program(&self) -> BoxedProgram {
        let mut program = BoxedProgram::new(&self.wide, &self.narrow);
        program.add_rows(self.rows.iter().map(|row| Row {
            bounds: row.bounds,
            wide: &row.wide,
            narrow: &row.narrow,
        }));
        program
    }

    fn model(&self) -> Model {
        let mut model = Model::new("listed");
        for (index, [lower, upper]) in self.wide.iter().chain(&self.narrow).enumerate() {
            model.add_column(Column::continuous(format!("x{index}"), *lower, *upper)).unwrap();
        }
        let id = ColumnId::from_index;
        for (index, row) in self.rows.iter().enumerate() {
            let wide = row.wide.iter().enumerate().map(|(column, c)| (id(column), *c));
            let terms: Vec<_> = wide.chain(row.narrow.iter().map(|(column, c)| (id(*column), *c))).collect();
            model.add_row(format!("r{index}"), row.bounds[0], row.bounds[1], terms).unwrap();
        }
        model.set_objective(0.0, self.cost.iter().enumerate().map(|(j, c)| (id(j), *c))).unwrap();
        model
    }
}

/// The optimum by HiGHS; `None` for an infeasible program.
fn expected(model: &Model) -> Option<f64> {
    let options = Options { feasibility_tolerance: 1e-9, ..Options::default() };
    let solver = solver_by_name("highs").unwrap();
    let outcome = solver.open(model, &options).unwrap().solve(&Limits::default()).unwrap();
    match outcome.verdict {
        Verdict::Optimal => Some(outcome.incumbent.unwrap().objective),
        Verdict::Infeasible => None,
        other => panic!("{other:?}"),
    }
}

fn limits(budget: &Budget) -> PivotLimits<'_> {
    PivotLimits { cutoff: f64::INFINITY, pivots: 10_000, budget }
}

/// Solves and compares with HiGHS; the multipliers have to prove the optimum, or that there is none.
fn check(simplex: &mut DualSimplex<'_>, model: &Model, name: &str) -> bool {
    let budget = Budget::unlimited();
    let status = simplex.solve(&limits(&budget));
    let Some(optimum) = expected(model) else {
        let LpStatus::Infeasible { direction, slope, step } = status else { panic!("{name}: {status:?}") };
        let along = step + 1e3 / slope;
        let duals = simplex.row_duals().iter().zip(&direction);
        let duals: Vec<f64> = duals.map(|(dual, direction)| dual + along * direction).collect();
        assert!(certified_bound(model, &duals) > 100.0, "{name}");
        return false;
    };
    assert_eq!(status, LpStatus::Optimal, "{name}");
    assert!((simplex.objective() - optimum).abs() < 1e-6, "{name}: {} not {optimum}", simplex.objective());
    let proven = certified_bound(model, simplex.row_duals());
    assert!((proven - optimum).abs() < 1e-6, "{name}: {proven} not {optimum}");
    let at_point: f64 = model.columns().iter().zip(simplex.values()).map(|(c, x)| c.objective * x).sum();
    assert!((at_point - optimum).abs() < 1e-6, "{name}: {at_point} not {optimum}");
    assert!(check_point(model, simplex.values()).is_feasible(&Tolerances::default()), "{name}");
    true
}

#[test]
fn optima_are_those_of_highs() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let mut feasible = 0;
    for case in 0..1_500 {
        let listed = Listed::random(&mut rng);
        let program = listed.program();
        let mut simplex = DualSimplex::new(&program);
        simplex.set_cost(&listed.cost);
        feasible += usize::from(check(&mut simplex, &listed.model(), &format!("case {case}")));
    }
    assert!((1_000..1_450).contains(&feasible), "{feasible}");
}

#[test]
fn after_a_change_the_optimum_is_that_of_a_cold_start() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    for case in 0..150 {
        let mut listed = Listed::random(&mut rng);
        let program = listed.program();
        let mut simplex = DualSimplex::new(&program);
        let mut other = DualSimplex::new(&program);
        let mut bounds: Vec<[f64; 2]> = listed.wide.iter().chain(&listed.narrow).copied().collect();
        for change in 0..6 {
            match rng.random_range(0..4) {
                0 => {
                    let column = rng.random_range(0..bounds.len());
                    let [lower, upper] = bounds[column];
                    let middle = 0.5 * (lower + upper);
                    bounds[column] =
                        [[lower, middle], [middle, upper], [lower, lower]][rng.random_range(0..3)];
                    simplex.set_bounds([(column, bounds[column])]);
                }
                1 => {
                    let columns = program.column_count() + program.row_count();
                    let basis: Vec<usize> =
                        (0..program.row_count()).map(|_| rng.random_range(0..columns)).collect();
                    simplex.load_basis(&basis);
                }
                2 => {
                    other.copy_from(&simplex);
                    std::mem::swap(&mut simplex, &mut other);
                }
                _ => {
                    listed.cost.iter_mut().for_each(|cost| *cost = f64::from(rng.random_range(-3..=3)));
                    simplex.set_cost(&listed.cost);
                }
            }
            // What was never set is 0.
            if change == 0 {
                simplex.set_cost(&listed.cost);
            }
            let (wide, narrow) = bounds.split_at(listed.wide.len());
            (listed.wide, listed.narrow) = (wide.to_vec(), narrow.to_vec());
            check(&mut simplex, &listed.model(), &format!("case {case}, change {change}"));
        }
    }
}

#[test]
fn limits_end_a_solve_with_a_lower_bound() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let (mut cut_off, mut limited) = (0, 0);
    for _ in 0..200 {
        let listed = Listed::random(&mut rng);
        let Some(optimum) = expected(&listed.model()) else { continue };
        let program = listed.program();
        let budget = Budget::unlimited();
        let solve = |limits: PivotLimits<'_>| {
            let mut simplex = DualSimplex::new(&program);
            simplex.set_cost(&listed.cost);
            (simplex.solve(&limits), simplex.objective())
        };
        let cutoff = optimum - 0.5;
        let (status, objective) = solve(PivotLimits { cutoff, ..limits(&budget) });
        assert_eq!(status, LpStatus::CutoffReached, "a bound below the optimum is passed");
        assert!(objective >= cutoff && objective <= optimum + 1e-6);
        cut_off += 1;
        let (status, objective) = solve(PivotLimits { pivots: 1, ..limits(&budget) });
        assert!(objective <= optimum + 1e-6);
        limited += usize::from(status == LpStatus::PivotLimit);
    }
    assert!(cut_off > 100 && limited > 50, "{cut_off} {limited}");
}
