//! The program cbc against the conformance suite.
#![cfg(feature = "lp")]

solver_api::conforms!(solver_api::CommandLine::cbc());
