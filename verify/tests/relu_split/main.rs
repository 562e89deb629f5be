//! ReLU splitting against brute force, by several threads, and with tighter ranges at once; ranges by branch and bound.

mod exact;
mod ranges;

/// Judges, and whole searches under them.
#[path = "../input_split/judges.rs"]
#[allow(dead_code, reason = "shared with the tests of input splitting, which need more of it")]
mod judges;

/// Networks, boxes and brute force, as the encodings are tested with.
#[path = "../../../milp-encode/tests/it/support/mod.rs"]
#[allow(dead_code, reason = "shared with the tests of milp-encode, which need more of it")]
mod support;
