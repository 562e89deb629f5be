//! Bounds, encodings, the oracle and replay, each against what it claims.

mod bounds;
mod encoding;
mod oracle;
mod replay;
mod support;
