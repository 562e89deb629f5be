//! Ranges of all neurons over a part of the input box.

use pulp::Arch;

use super::backward::Backward;
use super::chain::Layer;
use super::part::Sides;
use super::problem::Problem;
use super::relax::Relaxed;
use super::workspace::Workspace;

/// What bounds are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To refute a part, or to know where to cut it: ranges of few open neurons are taken back to the inputs, too, and all
    /// uncertainty is traced to the inputs that it comes from.
    Proof,
    /// A model of the functions, to go downhill on.
    Model,
}

/// As soon as more neurons than this are of unknown sign, a part is bounded by the forward pass alone: it has to be split
/// whatever its bounds are.
const FEW: usize = 56;

/// Writes ranges and lines of all neurons, and the forms of all functions.
pub(super) fn bound_neurons(problem: &Problem, purpose: Purpose, workspace: &mut Workspace) {
    let Workspace { arch, sides, zonotope, relaxed, backward, .. } = workspace;
    let mut unstable = 0;
    zonotope.enter(&problem.layers[0], sides);
    for (position, layer) in problem.hidden().iter().enumerate() {
        let (before, rest) = relaxed.split_at_mut(position);
        let own = &mut rest[0];
        zonotope.write_ranges(*arch, layer, own);
        own.draw_lines(layer.slope);
        let is_exact = before.iter().all(|before| before.unstable.is_empty());
        if purpose == Purpose::Proof && !is_exact && unstable + own.unstable.len() <= FEW {
            tighten(*arch, sides, backward, &problem.layers[..=position], before, own);
            own.draw_lines(layer.slope);
        }
        unstable += own.unstable.len();
        if purpose == Purpose::Proof {
            zonotope.trace_origins(own);
        }
        zonotope.rectify(own);
        zonotope.pass(*arch, &problem.layers[position + 1], &own.live);
    }
}

/// Ranges of neurons of unknown sign, by taking them back to the inputs.
fn tighten(
    arch: Arch,
    sides: &Sides,
    backward: &mut Backward,
    layers: &[Layer],
    before: &[Relaxed],
    relaxed: &mut Relaxed,
) {
    let (layer, inputs) = (&layers[layers.len() - 1], layers[0].inputs);
    backward.clear();
    for neuron in &relaxed.unstable {
        backward.add(layer, &[(*neuron, 1.0)]);
        backward.add(layer, &[(*neuron, -1.0)]);
    }
    backward.run(arch, &layers[..layers.len() - 1], before);
    for (place, neuron) in relaxed.unstable.iter().enumerate() {
        let [lower, minus_upper] = [0, 1].map(|side| {
            let (constant, coefficients) = backward.function(2 * place + side, inputs);
            let ends = coefficients.iter().zip(sides.center.iter().zip(&sides.radius));
            constant + ends.map(|(c, (center, radius))| c * center - c.abs() * radius).sum::<f64>()
                - layer.slack[*neuron]
        });
        relaxed.lower[*neuron] = relaxed.lower[*neuron].max(lower);
        relaxed.upper[*neuron] = relaxed.upper[*neuron].min(-minus_upper);
    }
}
