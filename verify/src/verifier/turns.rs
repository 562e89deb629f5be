//! Which engine works on a region, and in which order: by evidence.

use super::examine::Evidence;
use crate::Engine;

/// What is known of an engine.
struct Line {
    name: &'static str,
    /// What speaks for it.
    suits: fn(&Evidence) -> bool,
    /// What it can hope to finish; it is left out elsewhere, if there are others.
    can: fn(&Evidence) -> bool,
}

/// Engines for which something speaks work first, in this order, and the others after them. What an engine refuses or leaves
/// open, the next one gets.
const TABLE: [Line; 4] = [
    Line { name: "input-split", suits: |of| of.free_inputs <= 20, can: |of| of.free_inputs <= 64 },
    Line { name: "relu-split", suits: |of| !of.has_maxima, can: |of| !of.has_curves },
    Line {
        name: "lp-bab",
        suits: |of| of.open_neurons <= 100,
        // Its linear programs keep an inverse with two rows a neuron.
        can: |of| of.open_neurons <= 150 && !of.has_maxima && !of.has_curves,
    },
    Line {
        name: "milp",
        // Wide windows have a better relaxation as alternatives than as comparisons of pairs.
        suits: |of| of.has_maxima,
        can: |of| of.open_neurons <= 150 || of.has_maxima || of.has_curves,
    },
];

/// The engines in the order in which they work on a region; those that the table does not know come last.
pub(super) fn order<'e>(engines: &[&'e dyn Engine], evidence: &Evidence) -> Vec<&'e dyn Engine> {
    let place = |engine: &dyn Engine| TABLE.iter().position(|line| line.name == engine.name());
    let can = |engine: &&'e dyn Engine| place(*engine).is_none_or(|place| (TABLE[place].can)(evidence));
    let rank = |engine: &&'e dyn Engine| match place(*engine) {
        Some(place) => (!(TABLE[place].suits)(evidence), place),
        None => (true, TABLE.len()),
    };
    let mut ordered: Vec<&dyn Engine> = engines.iter().copied().filter(can).collect();
    if ordered.is_empty() {
        return engines.to_vec();
    }
    ordered.sort_by_key(rank);
    ordered
}

#[cfg(test)]
mod tests {
    use solver_api::Budget;

    use super::*;
    use crate::{EngineError, Question, Search};

    struct Named(&'static str);

    impl Engine for Named {
        fn name(&self) -> &'static str {
            self.0
        }

        fn open<'a>(&'a self, _: Question<'a>, _: &Budget) -> Result<Box<dyn Search + 'a>, EngineError> {
            unreachable!("nobody is asked")
        }
    }

    #[test]
    fn evidence_decides_who_works_first() {
        let named = ["milp", "relu-split", "lp-bab", "input-split", "another"].map(Named);
        let all: Vec<&dyn Engine> = named.iter().map(|engine| engine as &dyn Engine).collect();
        let evidence = |free_inputs, open_neurons| Evidence {
            free_inputs,
            open_neurons,
            has_maxima: false,
            has_curves: false,
        };
        for (evidence, expected) in [
            (evidence(5, 300), ["input-split", "relu-split", "another"].as_slice()),
            (evidence(5, 30), &["input-split", "relu-split", "lp-bab", "milp", "another"]),
            (evidence(784, 100), &["relu-split", "lp-bab", "milp", "another"]),
            (evidence(784, 5000), &["relu-split", "another"]),
            (Evidence { has_maxima: true, ..evidence(784, 100) }, &["milp", "relu-split", "another"]),
            (Evidence { has_curves: true, ..evidence(784, 100) }, &["milp", "another"]),
        ] {
            let ordered = order(&all, &evidence);
            let names: Vec<&str> = ordered.iter().map(|engine| engine.name()).collect();
            assert_eq!(names, expected, "{evidence:?}");
        }
        let alone = order(&all[2..3], &Evidence { has_curves: true, ..evidence(9, 9999) });
        assert_eq!(alone.len(), 1, "who was asked for by name works, or says why not");
    }
}
