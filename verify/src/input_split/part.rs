//! Parts of the input box.

/// A part of the input box that is still to be examined.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) lower: Vec<f64>,
    pub(super) upper: Vec<f64>,
    /// The conjunctions that are not refuted over it.
    pub(super) open: Vec<usize>,
    /// A proven lower bound over it: of the greatest function of an open conjunction, the least.
    pub(super) bound: f64,
    /// The same at some point of it or near it, as values go: at most 0 for a counterexample.
    pub(super) value: f64,
}

/// A box as `center + radius e`, with `e` in -1..1.
#[derive(Clone, Debug, Default)]
pub(super) struct Sides {
    pub(super) center: Vec<f64>,
    /// Rounded up: the whole box is covered.
    pub(super) radius: Vec<f64>,
}

impl Sides {
    pub(super) fn write(&mut self, lower: &[f64], upper: &[f64]) {
        self.center.clear();
        self.radius.clear();
        for (lower, upper) in lower.iter().zip(upper) {
            let center = (0.5 * lower + 0.5 * upper).clamp(*lower, *upper);
            let farther = (upper - center).max(center - lower);
            self.center.push(center);
            self.radius.push(if farther == 0.0 { 0.0 } else { farther.next_up() });
        }
    }
}

impl Part {
    /// Both halves, cut along the input of the highest score that can be cut; none where no input can.
    pub(super) fn halves(self, scores: &[f64]) -> Option<[Self; 2]> {
        let middle = |input: usize| 0.5 * self.lower[input] + 0.5 * self.upper[input];
        let can_be_cut =
            |input: &usize| self.lower[*input] < middle(*input) && middle(*input) < self.upper[*input];
        let inputs = (0..scores.len()).filter(can_be_cut);
        let width = |input: usize| self.upper[input] - self.lower[input];
        let input = inputs.max_by(|a, b| {
            scores[*a].total_cmp(&scores[*b]).then(width(*a).total_cmp(&width(*b))).then(b.cmp(a))
        })?;
        let middle = middle(input);
        let (mut first, mut second) = (self.clone(), self);
        first.upper[input] = middle;
        second.lower[input] = middle;
        Some([first, second])
    }
}
