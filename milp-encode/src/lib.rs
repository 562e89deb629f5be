//! milp-encode
