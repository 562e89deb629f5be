//! Input splitting against brute force, on networks and boxes made to break it, by several threads, and on ACAS Xu.

mod acasxu;
mod edges;
mod exact;
mod judges;

/// Networks, boxes and brute force, as the encodings are tested with.
#[path = "../../../milp-encode/tests/it/support/mod.rs"]
#[allow(dead_code, reason = "shared with the tests of milp-encode, which need more of it")]
mod support;
