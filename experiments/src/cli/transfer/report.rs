//! What transfer figures say, as JSON and as text.

use serde::Serialize;

use super::figures::{Figures, PairFigures};
use crate::cli::output;
use crate::statistics::Interval;

/// One line of JSON.
#[derive(Serialize)]
struct Record<'a, T> {
    kind: &'static str,
    #[serde(flatten)]
    figures: &'a T,
}

/// One object for every network, pair and test.
pub(super) fn print_json(all: &[Figures]) -> anyhow::Result<()> {
    for Figures { networks, pairs, tests, .. } in all {
        networks.iter().try_for_each(|figures| output::json(&Record { kind: "network", figures }))?;
        pairs.iter().try_for_each(|figures| output::json(&Record { kind: "transfer", figures }))?;
        tests.iter().try_for_each(|figures| output::json(&Record { kind: "mcnemar", figures }))?;
    }
    Ok(())
}

/// Tables: networks, one matrix for each denominator, tests.
pub(super) fn print(all: &[Figures]) -> anyhow::Result<()> {
    for figures in all {
        let radius = figures.epsilon.map_or_else(|| "least distortions".into(), |e| format!("epsilon {e}"));
        output::line(format_args!("{radius}: unchanged images"))?;
        let networks = figures.networks.iter().map(|network| {
            let counts = [network.images, network.correct, network.misclassified];
            [vec![network.network.clone()], counts.map(|count| count.to_string()).to_vec()].concat()
        });
        output::line(output::table(&["network", "images", "right", "misclassified"], 1, networks))?;
        let has_targets = figures.pairs.iter().any(|pair| pair.counts.reaching_target != pair.counts.fooling);
        print_matrix(figures, "of all attacks on the source, examples that fool", |pair| pair.of_attacks)?;
        print_matrix(figures, "of the examples found on the source, those that fool", |pair| pair.of_found)?;
        print_matrix(figures, "the same, images that both classify rightly", |pair| {
            pair.of_found_where_both_right
        })?;
        if has_targets {
            let reach = "of the examples found on the source, those that reach their target on";
            print_matrix(figures, reach, |pair| pair.target_of_found)?;
        }
        print_tests(figures)?;
    }
    Ok(())
}

fn print_matrix(figures: &Figures, title: &str, figure: fn(&PairFigures) -> Interval) -> anyhow::Result<()> {
    let columns = figures.networks.len();
    let mut header = vec!["source"];
    header.extend(figures.networks.iter().map(|network| network.network.as_str()));
    let rows = figures.pairs.chunks(columns).map(|row| {
        let cells = row.iter().map(|pair| percent(figure(pair)));
        std::iter::once(row[0].source.clone()).chain(cells).collect()
    });
    output::line(format_args!("\n{title}:"))?;
    output::line(output::table(&header, 1, rows))
}

fn print_tests(figures: &Figures) -> anyhow::Result<()> {
    if !figures.tests.is_empty() {
        output::line("\nimages with an example on one network alone (McNemar's exact test):")?;
    }
    for test in &figures.tests {
        output::line(format_args!(
            "  {} only: {}, {} only: {}, of {} images; p {}",
            test.first,
            test.only_first,
            test.second,
            test.only_second,
            test.images,
            probability(test.p_value)
        ))?;
    }
    Ok(())
}

/// Probabilities below the least normal number have none of their own.
fn probability(p: f64) -> String {
    if p < f64::MIN_POSITIVE { "< 1e-300".into() } else { format!("= {p:.2e}") }
}

fn percent(interval: Interval) -> String {
    let Interval { value, low, high } = interval;
    if value.is_nan() {
        return "-".into();
    }
    format!("{:.1} % [{:.1}, {:.1}]", value * 100.0, low * 100.0, high * 100.0)
}
