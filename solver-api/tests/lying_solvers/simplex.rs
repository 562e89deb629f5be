//! The simplex method on a dense tableau with Bland's rule: slow, and short enough to be read.

use solver_api::Model;

/// What counts as 0 in a scaled tableau.
const ZERO: f64 = 1e-11;

pub(crate) enum LinearAnswer {
    Optimum(Vec<f64>),
    Infeasible,
    Unbounded,
}

/// A column as `start + factor * y` with `y >= 0`; free ones take a second, opposite `y`.
struct Shifted {
    start: f64,
    factor: f64,
    /// The greatest `y`.
    range: f64,
    is_free: bool,
}

struct Tableau {
    /// Coefficients, then the right-hand side.
    rows: Vec<Vec<f64>>,
    basis: Vec<usize>,
}

/// Minimises a model's objective over its rows and the bounds given, all columns continuous.
pub(crate) fn minimise(model: &Model, bounds: &[(f64, f64)]) -> LinearAnswer {
    if bounds.iter().any(|(lower, upper)| lower > upper) {
        return LinearAnswer::Infeasible;
    }
    let columns: Vec<Shifted> = bounds.iter().map(|(lower, upper)| shifted(*lower, *upper)).collect();
    let mut first = Vec::new();
    let mut width = 0;
    for column in &columns {
        first.push(width);
        width += if column.is_free { 2 } else { 1 };
    }
    let spread = |terms: &mut dyn Iterator<Item = (usize, f64)>| {
        let (mut dense, mut constant) = (vec![0.0; width], 0.0);
        for (index, value) in terms {
            dense[first[index]] += value * columns[index].factor;
            if columns[index].is_free {
                dense[first[index] + 1] -= value;
            }
            constant += value * columns[index].start;
        }
        (dense, constant)
    };
    // Rows `a y <= b`, and `a y = b` where the flag is set.
    let mut constraints: Vec<(Vec<f64>, f64, bool)> = Vec::new();
    for (index, column) in columns.iter().enumerate().filter(|(_, column)| column.range < f64::INFINITY) {
        let mut normal = vec![0.0; width];
        normal[first[index]] = 1.0;
        constraints.push((normal, column.range, false));
    }
    for row in model.rows() {
        let mut terms =
            row.columns.iter().zip(row.coefficients).map(|(column, value)| (column.index(), *value));
        let (normal, constant) = spread(&mut terms);
        if row.lower == row.upper {
            constraints.push((normal, row.lower - constant, true));
            continue;
        }
        if row.lower > f64::NEG_INFINITY {
            constraints.push((normal.iter().map(|value| -value).collect(), constant - row.lower, false));
        }
        if row.upper < f64::INFINITY {
            constraints.push((normal, row.upper - constant, false));
        }
    }
    let mut objective = model.columns().iter().enumerate().map(|(index, column)| (index, column.objective));
    let (costs, _) = spread(&mut objective);
    match minimise_standard(&costs, &constraints) {
        Ok(values) => {
            let value = |(index, column): (usize, &Shifted)| {
                let opposite = if column.is_free { values[first[index] + 1] } else { 0.0 };
                column.start + column.factor * (values[first[index]] - opposite)
            };
            LinearAnswer::Optimum(columns.iter().enumerate().map(value).collect())
        }
        Err(answer) => answer,
    }
}

fn shifted(lower: f64, upper: f64) -> Shifted {
    let width = upper - lower;
    if width.is_finite() {
        let scale = if width > 0.0 { width } else { 1.0 };
        return Shifted { start: lower, factor: scale, range: width / scale, is_free: false };
    }
    match (lower.is_finite(), upper.is_finite()) {
        (true, _) => Shifted { start: lower, factor: 1.0, range: f64::INFINITY, is_free: false },
        (_, true) => Shifted { start: upper, factor: -1.0, range: f64::INFINITY, is_free: false },
        _ => Shifted { start: 0.0, factor: 1.0, range: f64::INFINITY, is_free: true },
    }
}

/// Both phases; values of the structural columns.
fn minimise_standard(costs: &[f64], constraints: &[(Vec<f64>, f64, bool)]) -> Result<Vec<f64>, LinearAnswer> {
    let structural = costs.len();
    let slacks = constraints.len();
    let total = structural + 2 * slacks;
    let mut tableau = Tableau { rows: Vec::new(), basis: Vec::new() };
    for (index, (normal, side, is_equation)) in constraints.iter().enumerate() {
        let greatest = normal.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
        let scale = if greatest > 1e-200 { 1.0 / greatest } else { 1.0 };
        let sign = if *side < 0.0 { -scale } else { scale };
        let mut row: Vec<f64> = normal.iter().map(|value| value * sign).collect();
        row.resize(total + 1, 0.0);
        row[total] = side * sign;
        if !is_equation {
            row[structural + index] = sign.signum();
        }
        if *is_equation || sign < 0.0 {
            row[structural + slacks + index] = 1.0;
            tableau.basis.push(structural + slacks + index);
        } else {
            tableau.basis.push(structural + index);
        }
        tableau.rows.push(row);
    }
    let artificial: Vec<f64> =
        (0..total).map(|index| f64::from(u8::from(index >= structural + slacks))).collect();
    tableau.run(&artificial, total);
    if tableau.value(&artificial) > 1e-8 {
        return Err(LinearAnswer::Infeasible);
    }
    tableau.expel(structural + slacks);
    let mut padded = costs.to_vec();
    padded.resize(total, 0.0);
    if !tableau.run(&padded, structural + slacks) {
        return Err(LinearAnswer::Unbounded);
    }
    let mut values = vec![0.0; structural];
    for (row, basic) in tableau.rows.iter().zip(&tableau.basis) {
        if *basic < structural {
            values[*basic] = row[total].max(0.0);
        }
    }
    Ok(values)
}

impl Tableau {
    fn value(&self, costs: &[f64]) -> f64 {
        self.rows.iter().zip(&self.basis).map(|(row, basic)| costs[*basic] * row[row.len() - 1]).sum()
    }

    /// Minimises with the columns before `usable`; false where the objective falls for ever.
    fn run(&mut self, costs: &[f64], usable: usize) -> bool {
        loop {
            let reduced = |column: usize| {
                let basic: f64 =
                    self.rows.iter().zip(&self.basis).map(|(row, basic)| costs[*basic] * row[column]).sum();
                costs[column] - basic
            };
            let scale = costs.iter().fold(1e-9_f64, |most, cost| most.max(cost.abs()));
            let Some(entering) = (0..usable).find(|column| reduced(*column) < -1e-10 * scale) else {
                return true;
            };
            let side = self.rows.first().map_or(0, |row| row.len() - 1);
            let ratio = |row: &Vec<f64>| row[side].max(0.0) / row[entering];
            let leaving =
                (0..self.rows.len()).filter(|index| self.rows[*index][entering] > ZERO).min_by(|a, b| {
                    let by_ratio = ratio(&self.rows[*a]).total_cmp(&ratio(&self.rows[*b]));
                    by_ratio.then(self.basis[*a].cmp(&self.basis[*b]))
                });
            let Some(leaving) = leaving else { return false };
            self.pivot(leaving, entering);
        }
    }

    fn pivot(&mut self, leaving: usize, entering: usize) {
        let head = self.rows[leaving][entering];
        self.rows[leaving].iter_mut().for_each(|value| *value /= head);
        let pivot = self.rows[leaving].clone();
        for (index, row) in self.rows.iter_mut().enumerate() {
            let factor = row[entering];
            if index != leaving && factor != 0.0 {
                row.iter_mut().zip(&pivot).for_each(|(value, pivot)| *value -= factor * pivot);
                row[entering] = 0.0;
            }
        }
        self.basis[leaving] = entering;
    }

    /// Takes artificial columns, those from `limit` on, out of the basis, and drops rows that say nothing else.
    fn expel(&mut self, limit: usize) {
        for index in (0..self.rows.len()).rev() {
            if self.basis[index] < limit {
                continue;
            }
            match (0..limit).find(|column| self.rows[index][*column].abs() > 1e-9) {
                Some(column) => self.pivot(index, column),
                None => {
                    self.rows.swap_remove(index);
                    self.basis.swap_remove(index);
                }
            }
        }
    }
}
