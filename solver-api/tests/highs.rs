//! HiGHS against the conformance suite.
#![cfg(feature = "highs")]

mod conformance;

use conformance::{Case, check_all, limits, numbers, random, sessions, starts, verdicts};
use solver_api::Highs;

macro_rules! conforms {
    ($($test:ident: $cases:expr,)*) => {
        $(#[test]
        fn $test() {
            let cases: &[Case] = $cases;
            check_all(&Highs, cases);
        })*
    };
}

conforms! {
    verdicts_conform: verdicts::CASES,
    limits_conform: limits::CASES,
    starts_conform: starts::CASES,
    sessions_conform: sessions::CASES,
    numbers_conform: numbers::CASES,
    random_models_conform: random::CASES,
}
