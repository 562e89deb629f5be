//! What splits have gained so far: pseudo-costs.

use std::sync::{Mutex, PoisonError};

use super::lines::{Sign, Split};

/// By how much the bounds of each function rose where each neuron was split, a unit of what the split forbids.
///
/// Sources: Benichou et al., "Experiments in mixed-integer linear programming", 1971; Achterberg, Koch and Martin,
/// "Branching rules revisited", 2005.
#[derive(Debug)]
pub(super) struct Gains {
    neurons: usize,
    seen: Mutex<Vec<Seen>>,
}

/// The gains of one function's neurons, active and inactive.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    neurons: Vec<[Mean; 2]>,
    all: [Mean; 2],
}

#[derive(Clone, Copy, Debug, Default)]
struct Mean {
    sum: f32,
    count: u32,
}

/// One gain.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gain {
    pub(super) function: usize,
    pub(super) split: Split,
    /// By how much the split's assumption was violated before.
    pub(super) violation: f32,
    pub(super) gain: f32,
}

/// How many gains make a reliable mean.
const ENOUGH: u32 = 16;

impl Gains {
    pub(super) fn new(functions: usize, neurons: usize) -> Self {
        let nothing = Seen { neurons: vec![[Mean::default(); 2]; neurons], all: [Mean::default(); 2] };
        Self { neurons, seen: Mutex::new(vec![nothing; functions]) }
    }

    pub(super) fn add(&self, gains: impl IntoIterator<Item = Gain>) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        for Gain { function, split, violation, gain } in gains {
            let rise = gain.max(0.0) / violation.max(f32::MIN_POSITIVE);
            if rise.is_finite() {
                let (seen, side) = (&mut seen[function], side(split.sign));
                seen.neurons[split.neuron as usize % self.neurons][side].add(rise);
                seen.all[side].add(rise);
            }
        }
    }

    /// What was seen of a function's neurons.
    pub(super) fn of(&self, function: usize) -> Seen {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)[function].clone()
    }
}

impl Seen {
    /// Whether enough is known of both sides of a neuron.
    pub(super) fn is_reliable(&self, neuron: usize) -> bool {
        self.neurons[neuron].iter().all(|mean| mean.count >= ENOUGH)
    }

    /// The gains to expect from a neuron's splits that forbid so much, active and inactive.
    pub(super) fn expected(&self, neuron: usize, violations: [f32; 2]) -> [f32; 2] {
        let rate = |side: usize| {
            let own = self.neurons[neuron][side];
            if own.count > 0 { own.mean() } else { self.all[side].mean() }
        };
        [rate(0) * violations[0], rate(1) * violations[1]]
    }
}

impl Mean {
    fn add(&mut self, value: f32) {
        self.sum += value;
        self.count += 1;
    }

    /// 1 where there is no value.
    fn mean(self) -> f32 {
        #[allow(clippy::cast_precision_loss)]
        if self.count == 0 { 1.0 } else { self.sum / self.count as f32 }
    }
}

fn side(sign: Sign) -> usize {
    match sign {
        Sign::Active => 0,
        Sign::Inactive => 1,
    }
}
