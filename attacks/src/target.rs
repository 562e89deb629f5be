/// What one attack aims at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// This class's output shall reach the label's.
    Class(usize),
    /// Any other class's output shall.
    Any,
}

impl Target {
    /// The classes of which one shall reach the label's output.
    pub(crate) fn classes(self, label: usize, count: usize) -> Vec<usize> {
        match self {
            Target::Class(class) => vec![class],
            Target::Any => (0..count).filter(|class| *class != label).collect(),
        }
    }
}

/// What the attacks on one image aim at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Targets {
    /// Each class but the label, in turn.
    All,
    /// Any other class.
    Untargeted,
    /// Each of these classes but the label, in turn.
    Classes(Vec<usize>),
}

impl Targets {
    /// The attacks on an image with this label.
    pub fn against(&self, label: usize, classes: usize) -> Vec<Target> {
        let others = |class: &usize| *class != label;
        match self {
            Targets::All => (0..classes).filter(others).map(Target::Class).collect(),
            Targets::Untargeted => vec![Target::Any],
            Targets::Classes(chosen) => chosen.iter().copied().filter(others).map(Target::Class).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_label_is_never_a_target() {
        assert_eq!(Targets::All.against(1, 3), [Target::Class(0), Target::Class(2)]);
        assert_eq!(Targets::Classes(vec![1, 2]).against(1, 3), [Target::Class(2)]);
        assert_eq!(Targets::Untargeted.against(1, 3), [Target::Any]);
    }
}
