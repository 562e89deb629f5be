//! Branch and bound against brute force, against a mixed-integer solver, and on networks made to break it.

mod edges;
mod exact;
mod peers;

/// Networks, boxes and brute force, as the encodings are tested with.
#[path = "../../../milp-encode/tests/it/support/mod.rs"]
#[allow(dead_code, reason = "shared with the tests of milp-encode, which need more of it")]
mod support;
