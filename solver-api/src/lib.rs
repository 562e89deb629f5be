//! solver-api
