//! Attack rows as lines of text.

use crate::attack_run::{AttackRow, VerdictName};
use crate::settings::GoalName;

/// The names of the columns.
pub(super) fn header(goal: GoalName) -> &'static str {
    match goal {
        GoalName::Minimum | GoalName::Sign => {
            "image label pred target epsilon verdict       margin        bound  adversarial  distortion  binaries  nodes  seconds"
        }
        GoalName::Distortion => {
            "image label pred target norm verdict    distortion        bound  binaries  nodes  seconds"
        }
    }
}

/// One row.
pub(super) fn line(goal: GoalName, row: &AttackRow) -> String {
    let target = row.target.map_or_else(|| "any".to_owned(), |target| target.to_string());
    let nodes = row.nodes.map_or_else(|| "-".to_owned(), |nodes| nodes.to_string());
    let binaries = row.binaries.map_or_else(|| "-".to_owned(), |binaries| binaries.to_string());
    let start = format!("{:>5} {:>5} {:>4} {target:>6}", row.image, row.label, row.predicted);
    let end = format!("{binaries:>8}  {nodes:>5}  {:>7.3}", row.seconds);
    match goal {
        GoalName::Minimum | GoalName::Sign => format!(
            "{start} {:>7} {:<9} {:>10} {:>12}  {:<11}  {:>10}  {end}",
            row.epsilon.map_or_else(|| "-".to_owned(), |epsilon| epsilon.to_string()),
            row.verdict.as_str(),
            number(row.objective, 5),
            number(row.dual_bound, 5),
            if row.adversarial { "yes" } else { "no" },
            number(row.distortion, 5),
        ),
        GoalName::Distortion => format!(
            "{start} {:<4} {:<9} {:>11} {:>12}  {end}",
            row.settings.norm,
            row.verdict.as_str(),
            number(row.distortion, 7),
            number(row.distortion_bound, 7),
        ),
    }
}

/// What all rows say together.
pub(super) fn summary(goal: GoalName, rows: &[&AttackRow]) -> String {
    let count = |verdict| rows.iter().filter(|row| row.verdict == verdict).count();
    let adversarial = rows.iter().filter(|row| row.adversarial).count();
    let seconds: Vec<f64> = rows.iter().map(|row| row.seconds).collect();
    let longest = seconds.iter().copied().fold(0.0, f64::max);
    let last = match goal {
        GoalName::Minimum | GoalName::Sign => {
            format!("mean margin {:.4}", mean(rows.iter().filter_map(|row| row.objective)))
        }
        GoalName::Distortion => {
            format!("mean distortion {:.4}", mean(rows.iter().filter_map(|row| row.distortion)))
        }
    };
    #[allow(clippy::cast_precision_loss)]
    let share = 100.0 * adversarial as f64 / rows.len().max(1) as f64;
    format!(
        "\n{} attacks: {} optimal, {} falsified, {} certified, {} unknown; {adversarial} adversarial examples ({share:.1} %)\n\
         seconds an attack: mean {:.3}, longest {longest:.3}; {last}",
        rows.len(),
        count(VerdictName::Optimal),
        count(VerdictName::Falsified),
        count(VerdictName::Certified),
        count(VerdictName::Unknown),
        mean(seconds.iter().copied()),
    )
}

fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"))
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    if count == 0.0 { 0.0 } else { sum / count }
}
