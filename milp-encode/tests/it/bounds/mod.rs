//! Bounds hold, are as tight as they should be, and refuse what they cannot bound.

mod dropping;
mod edges;
mod programs;
mod soundness;
mod tightenings;
mod tightness;
