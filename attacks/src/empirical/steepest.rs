use std::collections::BinaryHeap;

/// So many elements are found by looking through all; the rest are put in order.
const FEW: usize = 32;

/// Elements are looked through in so many independent lanes, which the compiler turns into vector instructions.
const LANES: usize = 16;

/// Names elements in the order of their slopes, the steepest first. Mostly few are asked for.
#[derive(Default)]
pub(super) struct Steepest {
    /// How steep elements are; 0 for those that have been named.
    slopes: Vec<f32>,
    named: usize,
    /// What is left after the first few. Slopes are in the order of their bits.
    rest: BinaryHeap<(u32, usize)>,
}

impl Steepest {
    /// Takes other elements; those with the slope 0 are never named.
    pub(super) fn set(&mut self, slopes: impl Iterator<Item = f32>) {
        self.slopes.clear();
        self.slopes.extend(slopes);
        self.named = 0;
        self.rest.clear();
    }

    /// The steepest element that was not named yet.
    pub(super) fn next(&mut self) -> Option<usize> {
        if self.named == FEW {
            let left = self.slopes.iter().enumerate().filter(|(_, slope)| **slope > 0.0);
            self.rest.extend(left.map(|(element, slope)| (slope.to_bits(), element)));
        }
        self.named += 1;
        if self.named > FEW {
            return self.rest.pop().map(|(_, element)| element);
        }
        let greatest = greatest(&self.slopes);
        let element = self.slopes.iter().position(|slope| *slope == greatest)?;
        self.slopes[element] = 0.0;
        (greatest > 0.0).then_some(element)
    }
}

fn greatest(values: &[f32]) -> f32 {
    let (chunks, last) = values.as_chunks::<LANES>();
    let mut lanes = [0.0_f32; LANES];
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane = if *value > *lane { *value } else { *lane };
        }
    }
    lanes.into_iter().chain(last.iter().copied()).fold(0.0, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_come_in_order_and_once() {
        let slopes: Vec<f32> = (0..100).map(|i| f32::from((i * 37 % 101) as u8) / 8.0).collect();
        let mut expected: Vec<usize> = (1..100).collect();
        expected.sort_by(|a, b| slopes[*b].total_cmp(&slopes[*a]));
        let mut steepest = Steepest::default();
        for _ in 0..2 {
            steepest.set(slopes.iter().copied());
            let named: Vec<usize> = std::iter::from_fn(|| steepest.next()).collect();
            assert_eq!(named, expected);
            assert_eq!(steepest.next(), None);
        }
        steepest.set([0.0, 0.0].into_iter());
        assert_eq!(steepest.next(), None);
    }
}
