//! What has no encoding is refused with the reason, and never panics.

use milp_encode::bounds::{BoundChain, BoundsError, NetworkBounds, compute_bounds};
use milp_encode::property::InputBox;
use milp_encode::{EncodeError, Formulation, encode};
use nn_core::{NetworkBuilder, NodeId, Op};

use crate::support::build::{affine, chain, sides};

/// A formulation of every name.
fn formulations() -> impl Iterator<Item = Formulation> {
    Formulation::NAMES.iter().map(|name| Formulation::by_name(name).unwrap())
}

#[test]
fn names_and_formulations_belong_together() {
    for (name, spelt) in [("big-m", "big-m"), ("partition", "partition:2"), ("partition:7", "partition:7")] {
        assert_eq!(Formulation::by_name(name).unwrap().to_string(), spelt);
    }
    for formulation in formulations() {
        assert_eq!(formulation.name().parse(), Ok(formulation));
    }
    for name in ["", "big", "Big-M", "big-m:2", "partition:", "partition:0", "partition:-1", "partition:2:2"]
    {
        let error = Formulation::by_name(name).unwrap_err().to_string();
        let names = Formulation::NAMES.join(", ");
        assert_eq!(error, format!("there is no formulation `{name}`; there are {names}"));
    }
}

#[test]
fn operators_that_are_not_piecewise_linear_are_named() {
    for (op, name) in [(Op::Sigmoid, "Sigmoid"), (Op::Tanh, "Tanh")] {
        let mut builder = NetworkBuilder::new([1]);
        let bent = builder.add("bent", op, &[NodeId::INPUT]).unwrap();
        let network = builder.finish(bent);
        let input = sides(&[(0.0, 1.0)]);
        let bounds = compute_bounds(&network, &input, &BoundChain::crown()).unwrap();
        for formulation in formulations() {
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
    for formulation in formulations() {
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
