//! SCIP against the conformance suite.
#![cfg(feature = "scip")]

use solver_api::Scip;

solver_api::conforms!(Scip);
