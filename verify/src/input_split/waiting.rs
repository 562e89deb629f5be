//! The parts that wait, in two orders at once.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::part::Part;

/// Which part comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// The one with the lowest bound: much may lie there, and the bound of all rises steadily.
    LowestBound,
    /// The one with the lowest value at a point that was tried: a counterexample may be near.
    LowestValue,
}

/// Parts to be taken in either order. Without room for more the last ones come first, so that hardly more are added than the
/// tree is deep.
#[derive(Debug)]
pub(super) struct Waiting {
    /// Each with its number; empty where a part was taken.
    slots: Vec<Option<(u64, Part)>>,
    free: Vec<usize>,
    by_bound: BinaryHeap<Place>,
    by_value: BinaryHeap<Place>,
    deep: Vec<Part>,
    room: usize,
    pushed: u64,
}

/// Where a part is, as long as it has its number.
#[derive(Clone, Copy, Debug)]
struct Place {
    key: f64,
    slot: usize,
    number: u64,
}

impl Waiting {
    /// With room for so many parts, and a few more.
    pub(super) fn with_room(room: usize) -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            by_bound: BinaryHeap::new(),
            by_value: BinaryHeap::new(),
            deep: Vec::new(),
            room,
            pushed: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free.len() + self.deep.len()
    }

    pub(super) fn push(&mut self, part: Part) {
        if self.slots.len() - self.free.len() >= self.room {
            self.deep.push(part);
            return;
        }
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        self.pushed += 1;
        let number = self.pushed;
        self.by_bound.push(Place { key: part.bound, slot, number });
        self.by_value.push(Place { key: part.value, slot, number });
        self.slots[slot] = Some((number, part));
    }

    pub(super) fn pop(&mut self, order: Order) -> Option<Part> {
        if let Some(part) = self.deep.pop() {
            return Some(part);
        }
        loop {
            let heap = match order {
                Order::LowestBound => &mut self.by_bound,
                Order::LowestValue => &mut self.by_value,
            };
            let place = heap.pop()?;
            if let Some((_, part)) = self.slots[place.slot].take_if(|(number, _)| *number == place.number) {
                self.free.push(place.slot);
                self.forget_taken();
                return Some(part);
            }
        }
    }

    /// All parts.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Part> {
        self.slots.iter().flatten().map(|(_, part)| part).chain(&self.deep)
    }

    /// Drops the places of parts that were taken in the other order, once they are more than the others.
    fn forget_taken(&mut self) {
        let most = 2 * (self.slots.len() - self.free.len()) + 1000;
        let Self { slots, by_bound, by_value, .. } = self;
        for heap in [by_bound, by_value].into_iter().filter(|heap| heap.len() > most) {
            heap.retain(|place| matches!(&slots[place.slot], Some((number, _)) if *number == place.number));
        }
    }
}

impl Ord for Place {
    /// The greatest has the lowest key; of equals it is the oldest.
    fn cmp(&self, other: &Self) -> Ordering {
        other.key.total_cmp(&self.key).then(other.number.cmp(&self.number))
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Place {}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(bound: f64, value: f64) -> Part {
        Part { lower: Vec::new(), upper: Vec::new(), open: Vec::new(), bound, value }
    }

    #[test]
    fn parts_come_once_in_whatever_order() {
        let mut waiting = Waiting::with_room(4);
        for (bound, value) in [(-1.0, 5.0), (-3.0, 2.0), (-2.0, 1.0), (-4.0, 9.0), (-9.0, 9.0)] {
            waiting.push(part(bound, value));
        }
        assert_eq!(waiting.len(), 5);
        let mut pop = |order| waiting.pop(order).map(|part| (part.bound, part.value));
        assert_eq!(pop(Order::LowestValue), Some((-9.0, 9.0)), "there was no room for it");
        assert_eq!(pop(Order::LowestValue), Some((-2.0, 1.0)));
        assert_eq!(pop(Order::LowestBound), Some((-4.0, 9.0)));
        assert_eq!(pop(Order::LowestBound), Some((-3.0, 2.0)));
        assert_eq!(pop(Order::LowestValue), Some((-1.0, 5.0)));
        assert_eq!((pop(Order::LowestValue), pop(Order::LowestBound)), (None, None));
    }

    #[test]
    fn places_of_taken_parts_do_not_pile_up() {
        let mut waiting = Waiting::with_room(1_000_000);
        for number in 0..20_000 {
            waiting.push(part(-f64::from(number), f64::from(number)));
            waiting.push(part(f64::from(number), f64::from(number)));
            assert!(waiting.pop(Order::LowestBound).is_some() && waiting.pop(Order::LowestBound).is_some());
        }
        assert_eq!((waiting.len(), waiting.iter().count()), (0, 0));
        assert!(waiting.by_value.len() < 2_000 && waiting.slots.len() < 10);
    }
}
