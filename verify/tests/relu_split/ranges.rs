//! Bounds by branch and bound hold, and are tighter than those that they begin with.

use milp_encode::bounds::{BoundChain, Crown, Place, Tightening, Wanted};
use milp_encode::property::LinearFunction;
use ndarray::Array2;
use solver_api::Budget;
use verify::BranchedBounds;

use crate::exact::{networks, random_function};
use crate::support::random::{self, Scale};
use crate::support::{brute_force, rng};

#[test]
fn bounds_lie_between_crowns_and_the_minimum() {
    let mut rng = rng(91);
    let (mut tighter, mut exact, mut asked) = (0, 0, 0);
    for round in 0..4 {
        let scale = if round % 2 == 0 { Scale::Unit } else { Scale::Adversarial };
        for (name, network) in networks(&mut rng) {
            let input = random::input_box(&mut rng, network.input_count(), scale);
            let budget = Budget::unlimited();
            let Ok(bounds) = BoundChain::crown().compute(&network, &input, &budget) else { continue };
            let function =
                LinearFunction { constant: 0.0, ..random_function(&mut rng, network.output_count()) };
            let minimum = brute_force::minimum(&network, &input, &function, 1 << 13).unwrap();
            let place = Place { network: &network, bounds: &bounds, node: network.output() };
            let rows = Array2::from_shape_fn((1, network.output_count()), |(_, i)| function.coefficients[i]);
            let crown = Crown.lower_bounds(place, rows.view(), &budget).unwrap()[0];
            let found = BranchedBounds { splits: 64 }.lower_bounds(place, rows.view(), &budget).unwrap()[0];
            let size = minimum.abs().max(1.0);
            assert!(found <= minimum + 1e-9 * size, "{name}, {round}: {found} above {minimum}");
            asked += 1;
            tighter += usize::from(found > crown + 1e-6 * size);
            exact += usize::from(found > minimum - 1e-2 * size);
        }
    }
    assert!(tighter * 5 > asked, "{tighter} of {asked} bounds are tighter than CROWN's");
    assert!(exact * 2 > asked, "{exact} of {asked} bounds are near the minimum");
}

#[test]
fn signs_of_neurons_are_those_that_they_can_have() {
    let mut rng = rng(92);
    let mut settled = 0;
    for _ in 0..3 {
        for (name, network) in networks(&mut rng) {
            let input = random::input_box(&mut rng, network.input_count(), Scale::Unit);
            let budget = Budget::unlimited();
            let bounds = BoundChain::crown().compute(&network, &input, &budget).unwrap();
            let place = Place { network: &network, bounds: &bounds, node: network.output() };
            let elements: Vec<usize> = (0..network.output_count()).collect();
            let found = BranchedBounds::default().ranges(place, &elements, Wanted::Sign, &budget).unwrap();
            for element in elements {
                let mut function = LinearFunction {
                    coefficients: ndarray::Array1::zeros(network.output_count()),
                    constant: 0.0,
                };
                function.coefficients[element] = 1.0;
                let least = brute_force::minimum(&network, &input, &function, 1 << 13).unwrap();
                let greatest = -brute_force::minimum(&network, &input, &function.negated(), 1 << 13).unwrap();
                assert!(
                    found.lower()[element] <= least + 1e-9,
                    "{name}: {} above {least}",
                    found.lower()[element]
                );
                assert!(found.upper()[element] >= greatest - 1e-9, "{name}");
                let has_sign = least > 0.05 || greatest < -0.05;
                settled +=
                    usize::from(has_sign && (found.lower()[element] > 0.0 || found.upper()[element] < 0.0));
            }
        }
    }
    assert!(settled > 10, "{settled} signs were settled");
}
