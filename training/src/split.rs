use std::fmt;
use std::str::FromStr;

use rand::seq::SliceRandom;

use crate::{TrainingError, random};

/// How many examples are set aside for validation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ValidationSize {
    /// This many.
    Count(usize),
    /// This share of all, between 0 and 1, rounded to the nearest count.
    Share(f64),
}

/// Positions of examples, each list in ascending order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Those to train on.
    pub training: Vec<usize>,
    /// Those to validate on.
    pub validation: Vec<usize>,
}

/// Sets examples aside for validation, of every class about the same share. The seed decides which.
///
/// # Errors
/// [`TrainingError::Split`] where no example would be left on one of the sides.
pub fn split(labels: &[u8], size: ValidationSize, seed: u64) -> Result<Split, TrainingError> {
    let count = labels.len();
    let wanted = size.of(count);
    let fail = |reason| Err(TrainingError::Split { wanted: size.to_string(), count, reason });
    if wanted == 0 {
        return fail("that is none");
    }
    if wanted >= count {
        return fail("none would be left to train on");
    }
    let mut generator = random::for_split(seed);
    // All examples in turns of classes: one by one, each class gives up its share at an even pace.
    let mut queue: Vec<(f64, usize)> = Vec::with_capacity(count);
    for class in 0..=u8::MAX {
        let mut members: Vec<usize> = (0..count).filter(|index| labels[*index] == class).collect();
        members.shuffle(&mut generator);
        let members_count = members.len() as f64;
        queue.extend(
            members.into_iter().enumerate().map(|(turn, i)| ((turn as f64 + 0.5) / members_count, i)),
        );
    }
    queue.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut validation: Vec<usize> = queue[..wanted].iter().map(|(_, index)| *index).collect();
    let mut training: Vec<usize> = queue[wanted..].iter().map(|(_, index)| *index).collect();
    validation.sort_unstable();
    training.sort_unstable();
    Ok(Split { training, validation })
}

impl ValidationSize {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn of(self, count: usize) -> usize {
        match self {
            Self::Count(wanted) => wanted,
            Self::Share(share) => (share * count as f64).round() as usize,
        }
    }
}

impl FromStr for ValidationSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(count) = text.parse() {
            return Ok(Self::Count(count));
        }
        let share = match text.strip_suffix('%') {
            Some(percent) => percent.trim_end().parse().map(|percent: f64| percent / 100.0),
            None => text.parse(),
        };
        match share {
            Ok(share) if share > 0.0 && share < 1.0 => Ok(Self::Share(share)),
            _ => Err("write a count, such as 5000, or a share between 0 and 1, such as 0.1 or 10%".into()),
        }
    }
}

impl fmt::Display for ValidationSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Share(share) => write!(f, "{share}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 100, 50, 30 and 20 examples of four classes.
    fn labels() -> Vec<u8> {
        [(0, 100), (3, 50), (1, 30), (2, 20)].into_iter().flat_map(|(class, n)| vec![class; n]).collect()
    }

    #[test]
    fn every_class_gives_its_share_and_nobody_is_lost() {
        let labels = labels();
        for size in [ValidationSize::Count(20), ValidationSize::Share(0.1)] {
            let split = split(&labels, size, 7).expect("enough");
            let of = |class| split.validation.iter().filter(|index| labels[**index] == class).count();
            assert_eq!([0, 3, 1, 2].map(of), [10, 5, 3, 2]);
            let mut all = [split.training, split.validation].concat();
            all.sort_unstable();
            assert_eq!(all, (0..200).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_seed_decides() {
        let validation = |seed| split(&labels(), ValidationSize::Count(20), seed).expect("enough").validation;
        assert_eq!(validation(1), validation(1));
        assert_ne!(validation(1), validation(2));
    }

    #[test]
    fn nothing_on_one_side_is_an_error() {
        for (size, reason) in [
            (ValidationSize::Count(0), "cannot set 0 of 200 examples aside for validation: that is none"),
            (
                ValidationSize::Share(0.001),
                "cannot set 0.001 of 200 examples aside for validation: that is none",
            ),
            (
                ValidationSize::Count(200),
                "cannot set 200 of 200 examples aside for validation: none would be left to train on",
            ),
        ] {
            assert_eq!(split(&labels(), size, 0).expect_err(reason).to_string(), reason);
        }
    }

    #[test]
    fn sizes_are_counts_or_shares() {
        assert_eq!("5000".parse(), Ok(ValidationSize::Count(5000)));
        assert_eq!("0.1".parse(), Ok(ValidationSize::Share(0.1)));
        assert_eq!("10%".parse(), Ok(ValidationSize::Share(0.1)));
        for text in ["", "1.0", "-3", "100%", "nan", "many"] {
            assert!(text.parse::<ValidationSize>().is_err(), "{text}");
        }
    }
}
