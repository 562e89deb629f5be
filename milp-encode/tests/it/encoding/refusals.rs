//! What has no encoding is refused with the reason, and never panics.

use milp_encode::bounds::{BoundChain, BoundsError, NetworkBounds, compute_bounds};
use milp_encode::property::InputBox;
use milp_encode::{EncodeError, Formulation, encode};
use nn_core::{NetworkBuilder, NodeId, Op};

use crate::support::build::{affine, chain, sides};

const FORMULATIONS: [Formulation; 2] = [Formulation::BigM, Formulation::BigMPaper];

#[test]
fn operators_that_are_not_piecewise_linear_are_named() {
    for (op, name) in [(Op::Sigmoid, "Sigmoid"), (Op::Tanh, "Tanh")] {
        let mut builder = NetworkBuilder::new([1]);
        let bent = builder.add("bent", op, &[NodeId::INPUT]).unwrap();
        let network = builder.finish(bent);
        let input = sides(&[(0.0, 1.0)]);
        let bounds = compute_bounds(&network, &input, &BoundChain::crown()).unwrap();
        for formulation in FORMULATIONS {
            let error = encode(&network, &input, &bounds, formulation).unwrap_err();
            assert_eq!(error, EncodeError::NotPiecewiseLinear { node: "bent".into(), op: name });
            let text =
                format!("node `bent` ({name}) is not piecewise linear and has no mixed-integer encoding");
            assert_eq!(error.to_string(), text);
        }
    }
}

#[test]
fn boxes_and_bounds_that_do_not_fit_are_refused() {
    let network = chain([2], [affine(&[[1.0, 1.0]], &[0.0]), Op::Relu]);
    let other = chain([2], [affine(&[[1.0, 1.0]], &[0.0])]);
    let input = sides(&[(-1.0, 1.0), (-1.0, 1.0)]);
    let of = |network, input| compute_bounds(network, input, &BoundChain::interval()).unwrap();
    let wrong_size = BoundsError::InputCount { sides: 1, inputs: 2, shape: "[2]".into() };
    let narrower = sides(&[(-1.0, 1.0), (-1.0, 0.5)]);
    for formulation in FORMULATIONS {
        let encoded = |input: &InputBox, bounds: &NetworkBounds| {
            encode(&network, input, bounds, formulation).map(|_| ())
        };
        let fitting = of(&network, &input);
        assert_eq!(encoded(&input, &fitting), Ok(()));
        assert_eq!(encoded(&narrower, &fitting), Ok(()), "bounds over a larger box hold too");
        assert_eq!(encoded(&sides(&[(0.0, 1.0)]), &fitting), Err(wrong_size.clone().into()));
        assert_eq!(encoded(&input, &of(&other, &input)), Err(EncodeError::ForeignBounds));
        assert_eq!(encoded(&input, &of(&network, &narrower)), Err(EncodeError::ForeignBounds));
    }
}
