use std::time::Duration;

use milp_encode::property::{DataRange, InputBox, LinearFunction, Norm};
use milp_encode::{
    Incumbent, MarginAnswer, MarginError, MarginGoal, MarginOracle, MarginSession, Proof, Replayer, Witness,
};
use ndarray::{Array1, ArrayView1};
use nn_core::Network;
use solver_api::Budget;

use crate::{AttackError, Target};

/// Attacks on one network by an engine that proves its answers.
pub struct ExactAttack<'a> {
    network: &'a Network<f64>,
    oracle: &'a dyn MarginOracle,
    replayer: Replayer<'a>,
}

/// Attacks on one image; bounds and model are made once and serve all targets.
pub struct ImageAttack<'a> {
    attack: &'a ExactAttack<'a>,
    session: Box<dyn MarginSession + 'a>,
    input: InputBox,
    image: Array1<f64>,
    label: usize,
    clean_output: Array1<f64>,
}

/// What an attack established.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The minimal margin is known with proof.
    Optimal,
    /// An adversarial example was found and replayed; the minimum may be lower.
    Falsified,
    /// No adversarial example exists: the lower bound is positive; the minimum is not known.
    Certified,
    /// Neither.
    Unknown,
}

/// The answer to one attack.
#[derive(Clone, Debug, PartialEq)]
pub struct AttackAnswer {
    /// What was aimed at.
    pub target: Target,
    /// What was established.
    pub verdict: Verdict,
    /// The least margin found, `y[label] - y[target]`, recomputed on the network in f64.
    pub objective: Option<f64>,
    /// A proven lower bound of the margin over the whole box.
    pub dual_bound: Option<f64>,
    /// An adversarial example whose margins in f64 and in f32 are both at most 0.
    pub witness: Option<Witness>,
    /// The l-infinity distance of the witness from the image.
    pub distortion: Option<f64>,
    /// Binaries of the model.
    pub binaries: usize,
    /// Branch-and-bound nodes, where the engine tells.
    pub nodes: Option<u64>,
    /// Wall time of the search.
    pub wall_time: Duration,
    /// The engine's own words.
    pub raw_status: String,
}

impl<'a> ExactAttack<'a> {
    /// Attacks on a network through an engine.
    pub fn new(network: &'a Network<f64>, oracle: &'a dyn MarginOracle) -> Self {
        Self { network, oracle, replayer: Replayer::new(network) }
    }

    /// Prepares the attacks on one image: its box, its bounds, its model.
    ///
    /// `epsilon` is the radius of the l-infinity ball in input units; the ball is cut to `range` where one is given.
    ///
    /// # Errors
    /// [`AttackError`] where image, label or radius do not fit, or the engine cannot express the network.
    pub fn open(
        &'a self,
        image: ArrayView1<'_, f32>,
        label: usize,
        epsilon: f64,
        range: Option<DataRange>,
    ) -> Result<ImageAttack<'a>, AttackError> {
        check_example(self.network, image, label)?;
        let image = image.mapv(f64::from);
        let input = InputBox::around(image.view(), epsilon, range)?;
        let session = self.oracle.open(self.network, &input.clone().into())?;
        let clean_output = self.network.forward_one(image.view());
        Ok(ImageAttack { attack: self, session, input, image, label, clean_output })
    }
}

impl ImageAttack<'_> {
    /// The class that the network gives the unchanged image; the first of several with the greatest output.
    pub fn predicted(&self) -> usize {
        nn_core::predicted_class(self.clean_output.view())
    }

    /// The margin of the unchanged image against a target: an upper bound of every minimum.
    pub fn clean_margin(&self, target: Target) -> f64 {
        let others = target.classes(self.label, self.clean_output.len()).into_iter();
        let margins = others.map(|class| self.clean_output[self.label] - self.clean_output[class]);
        margins.fold(f64::INFINITY, f64::min)
    }

    /// Tells the engine of an input that may be adversarial; it helps all questions that follow. One outside the box is
    /// ignored.
    pub fn suggest(&mut self, input: ArrayView1<'_, f32>) {
        self.session.suggest(input.mapv(f64::from).view());
    }

    /// The least margin over the box, or its sign.
    ///
    /// # Errors
    /// [`AttackError`] where the target is no class, or the engine failed or contradicts itself.
    pub fn attack(
        &mut self,
        target: Target,
        goal: MarginGoal,
        budget: &Budget,
    ) -> Result<AttackAnswer, AttackError> {
        let functions = self.margins(target)?;
        let answer = self.session.minimise_least(&functions, goal, budget)?;
        let answer = self.verified(answer, &functions)?;
        let witness = answer.incumbent.as_ref().and_then(|incumbent| self.witness(incumbent, &functions));
        let verdict = match answer.proof {
            Proof::Minimum => Verdict::Optimal,
            _ if witness.is_some() => Verdict::Falsified,
            Proof::Positive => Verdict::Certified,
            Proof::Open | Proof::EmptyInput => Verdict::Unknown,
        };
        Ok(AttackAnswer {
            target,
            verdict,
            objective: answer.incumbent.as_ref().map(|incumbent| incumbent.value),
            dual_bound: Some(answer.lower_bound).filter(|bound| bound.is_finite()),
            distortion: witness.as_ref().map(|witness| self.distance(witness)),
            witness,
            binaries: self.session.binary_count(),
            nodes: answer.nodes,
            wall_time: answer.wall_time,
            raw_status: answer.raw_status,
        })
    }

    /// The margins whose least the attack minimises.
    fn margins(&self, target: Target) -> Result<Vec<LinearFunction>, AttackError> {
        margins(self.attack.network, self.label, target)
    }

    /// The answer after its claims were held against the network: the incumbent lies in the box and has the value that
    /// is claimed, and no bound lies above it or above the unchanged image's margin, which is an incumbent too.
    fn verified(
        &self,
        answer: MarginAnswer,
        functions: &[LinearFunction],
    ) -> Result<MarginAnswer, AttackError> {
        let least = |output: ArrayView1<'_, f64>| {
            functions.iter().map(|function| function.value(output)).fold(f64::INFINITY, f64::min)
        };
        let contradiction = |reason: String| {
            let engine = self.attack.oracle.name().to_owned();
            Err(AttackError::from(MarginError::Contradiction { engine, reason }))
        };
        let tolerance = |value: f64| milp_encode::AGREEMENT_TOLERANCE * value.abs().max(1.0);
        let mut best = answer.incumbent;
        if let Some(incumbent) = &mut best {
            if !self.input.contains(incumbent.input.view()) {
                return contradiction("its point lies outside the input box".into());
            }
            let value = least(self.attack.network.forward_one(incumbent.input.view()).view());
            if (value - incumbent.value).abs() > tolerance(value) {
                return contradiction(format!("its point has the value {value}, not {}", incumbent.value));
            }
            incumbent.value = value;
        }
        let clean = least(self.clean_output.view());
        if self.input.contains(self.image.view()) && best.as_ref().is_none_or(|best| clean < best.value) {
            best = Some(Incumbent { input: self.image.clone(), value: clean });
        }
        match &best {
            Some(best) if answer.lower_bound > best.value + tolerance(best.value) => contradiction(format!(
                "bound {} above the value {} of an input",
                answer.lower_bound, best.value
            )),
            _ => Ok(MarginAnswer { incumbent: best, ..answer }),
        }
    }

    fn witness(&self, incumbent: &Incumbent, functions: &[LinearFunction]) -> Option<Witness> {
        let witness = self.attack.replayer.replay(&self.input, incumbent.input.view())?;
        functions.iter().any(|function| witness.confirms(function)).then_some(witness)
    }

    fn distance(&self, witness: &Witness) -> f64 {
        Norm::LInf.distance(witness.input.mapv(f64::from).view(), self.image.view())
    }
}

/// The margins of a label against a target's classes.
pub(crate) fn margins(
    network: &Network<f64>,
    label: usize,
    target: Target,
) -> Result<Vec<LinearFunction>, AttackError> {
    let count = network.output_count();
    let classes = target.classes(label, count);
    if classes.is_empty() {
        return Err(AttackError::Class { class: 1, classes: count });
    }
    let margin = |class: usize| {
        check_class(class, network)?;
        Ok(LinearFunction::margin(count, label, class))
    };
    classes.into_iter().map(margin).collect()
}

/// Refuses images and labels that are none of the network's.
pub(crate) fn check_example(
    network: &Network<f64>,
    image: ArrayView1<'_, f32>,
    label: usize,
) -> Result<(), AttackError> {
    if image.len() != network.input_count() {
        return Err(AttackError::ImageSize {
            pixels: image.len(),
            inputs: network.input_count(),
            shape: network.input_shape().to_string(),
        });
    }
    check_class(label, network)
}

fn check_class(class: usize, network: &Network<f64>) -> Result<(), AttackError> {
    let classes = network.output_count();
    if class < classes { Ok(()) } else { Err(AttackError::Class { class, classes }) }
}
