use std::collections::HashSet;

/// What a file format allows as a name.
pub(super) struct NameRules {
    /// Which characters it may have; others become `_`.
    pub(super) allows: fn(char) -> bool,
    /// Whether a name of allowed characters would be misread.
    pub(super) is_misread: fn(&str) -> bool,
    /// The greatest length in bytes.
    pub(super) longest: usize,
}

/// The names by which a file calls columns or rows: each that the rules allow stays, the others are changed until they
/// are allowed and unique; `prefix` begins what would otherwise be misread, and `reserved` names are given to none.
pub(super) fn file_names(
    names: &[impl AsRef<str>],
    rules: &NameRules,
    prefix: &str,
    reserved: &[&str],
) -> Vec<String> {
    let names = names.iter().map(AsRef::as_ref);
    let mut taken: HashSet<String> = reserved.iter().map(|name| (*name).to_owned()).collect();
    // Names that can stay go first, so that no changed name takes the place of one.
    let stays: Vec<bool> =
        names.clone().map(|name| rules.accept(name) && taken.insert(name.to_owned())).collect();
    let mut change = |index: usize, name: &str| {
        let mut candidate = format!("{}_{index}", rules.make_usable(name, prefix));
        while !taken.insert(candidate.clone()) {
            candidate.push('_');
        }
        candidate
    };
    let numbered = names.enumerate().zip(stays);
    numbered.map(|((index, name), stays)| if stays { name.to_owned() } else { change(index, name) }).collect()
}

impl NameRules {
    fn accept(&self, name: &str) -> bool {
        let fits = !name.is_empty() && name.len() <= self.longest;
        fits && name.chars().all(self.allows) && !(self.is_misread)(name)
    }

    /// The beginning of a name that is accepted whatever allowed characters follow.
    fn make_usable(&self, name: &str, prefix: &str) -> String {
        // Room for a position and for underscores against collisions.
        let longest = self.longest.saturating_sub(24);
        let allowed = |c: char| if c.is_ascii() && (self.allows)(c) { c } else { '_' };
        let clean: String = name.chars().map(allowed).take(longest).collect();
        if clean.is_empty() || (self.is_misread)(&clean) { format!("{prefix}_{clean}") } else { clean }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: NameRules = NameRules {
        allows: |c| c.is_ascii_alphanumeric() || c == '_',
        is_misread: |name| name.starts_with(|c: char| c.is_ascii_digit()),
        longest: 40,
    };

    #[test]
    fn allowed_names_stay_and_others_become_allowed_and_unique() {
        let long = "y".repeat(50);
        let cut = format!("{}_2", "y".repeat(16));
        for (names, expected) in [
            (vec!["x", "relu_3"], vec!["x", "relu_3"]),
            (vec!["x", "x", "x"], vec!["x", "x_1", "x_2"]),
            (vec!["x", "x", "x_1"], vec!["x", "x_1_", "x_1"]),
            (vec!["", "3d", "a b", "ü"], vec!["p__0", "p_3d_1", "a_b_2", "__3"]),
            (vec!["obj"], vec!["obj_0"]),
            (vec!["a", "b", &long], vec!["a", "b", &cut]),
        ] {
            assert_eq!(file_names(&names, &RULES, "p", &["obj"]), expected, "{names:?}");
        }
    }
}
