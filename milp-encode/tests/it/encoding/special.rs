//! What SCIP makes of indicators, special ordered sets and a separator.

use milp_encode::bounds::{BoundChain, compute_bounds};
use milp_encode::property::LinearFunction;
use milp_encode::{Formulation, encode};
use ndarray::Array1;
use solver_api::{Capability, Limits, Options, Scip, Solver, Verdict};

use crate::support::random::{self, Scale};
use crate::support::{brute_force, recipes, rng};

#[test]
fn every_operator_has_the_minimum_over_all_phase_patterns() {
    let mut rng = rng(41);
    for (name, network) in recipes::networks(&mut rng) {
        let input = random::input_box(&mut rng, network.input_count(), Scale::Unit);
        let coefficients =
            Array1::from_shape_simple_fn(network.output_count(), || Scale::Unit.number(&mut rng));
        let function = LinearFunction { coefficients, constant: 0.25 };
        let expected = brute_force::minimum(&network, &input, &function, 1 << 12).expect("few patterns");
        let bounds = compute_bounds(&network, &input, &BoundChain::crown()).unwrap();
        for formulation in [Formulation::Indicator, Formulation::Sos1, Formulation::Sharp] {
            let mut encoding = encode(&network, &input, &bounds, formulation).unwrap();
            encoding.set_objective(&function).unwrap();
            let mut session = Scip.open(encoding.model(), &Options::default()).unwrap();
            if formulation == Formulation::Sharp {
                assert!(Scip.capabilities().has(Capability::Separation));
                session.set_separator(Box::new(encoding.sharp_cuts())).unwrap();
            }
            let outcome = session.solve(&Limits::default()).unwrap();
            assert_eq!(outcome.verdict, Verdict::Optimal, "{name}, {formulation}");
            let found = outcome.incumbent.unwrap().objective;
            assert!(
                (found - expected).abs() <= 1e-5 * expected.abs().max(1.0),
                "{name}, {formulation}: {found} instead of {expected}"
            );
        }
    }
}
