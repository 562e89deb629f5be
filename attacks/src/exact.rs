use std::time::Duration;

use milp_encode::property::{DataRange, InputBox, InputBoxError, LinearFunction};
use milp_encode::{
    Incumbent, MarginAnswer, MarginError, MarginGoal, MarginOracle, MarginSession, Proof, Replayer, Witness,
};
use ndarray::{Array1, ArrayView1};
use nn_core::Network;
use solver_api::Budget;
use thiserror::Error;

use crate::Target;

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

/// Why an attack has no answer.
#[derive(Debug, Error)]
pub enum AttackError {
    /// The ball around the image is no box.
    #[error(transparent)]
    Input(#[from] InputBoxError),
    /// The engine failed.
    #[error(transparent)]
    Margin(#[from] MarginError),
    /// Label or target is not one of the network's outputs.
    #[error("class {class} does not exist: the network has {classes} outputs")]
    Class {
        /// The class asked for.
        class: usize,
        /// How many there are.
        classes: usize,
    },
    /// The image has another size than the network's input.
    #[error("the image has {pixels} values, but the network takes {inputs} inputs {shape}")]
    ImageSize {
        /// Values of the image.
        pixels: usize,
        /// Elements of the network's input.
        inputs: usize,
        /// The input's shape.
        shape: String,
    },
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
        if image.len() != self.network.input_count() {
            return Err(AttackError::ImageSize {
                pixels: image.len(),
                inputs: self.network.input_count(),
                shape: self.network.input_shape().to_string(),
            });
        }
        check_class(label, self.network)?;
        let image = image.mapv(f64::from);
        let input = InputBox::around(image.view(), epsilon, range)?;
        let session = self.oracle.open(self.network, &input)?;
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
        let margin = |class: usize| self.clean_output[self.label] - self.clean_output[class];
        self.classes(target).into_iter().map(margin).fold(f64::INFINITY, f64::min)
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
        let mut least: Option<AttackAnswer> = None;
        for class in self.classes(target) {
            let answer = self.attack_class(class, goal, budget)?;
            let joined = match least.take() {
                None => answer,
                Some(earlier) => earlier.or_lower(answer),
            };
            let decided = goal == MarginGoal::Sign && joined.witness.is_some();
            least = Some(joined);
            if decided {
                break;
            }
        }
        let answer = least.ok_or(AttackError::Class { class: 1, classes: self.clean_output.len() })?;
        Ok(AttackAnswer { target, ..answer })
    }

    fn classes(&self, target: Target) -> Vec<usize> {
        match target {
            Target::Class(class) => vec![class],
            Target::Any => (0..self.clean_output.len()).filter(|class| *class != self.label).collect(),
        }
    }

    fn attack_class(
        &mut self,
        class: usize,
        goal: MarginGoal,
        budget: &Budget,
    ) -> Result<AttackAnswer, AttackError> {
        check_class(class, self.attack.network)?;
        let function = LinearFunction::margin(self.clean_output.len(), self.label, class);
        let answer = self.session.minimise(&function, goal, budget)?;
        let answer = self.verified(answer, &function)?;
        let witness = answer.incumbent.as_ref().and_then(|incumbent| self.witness(incumbent, &function));
        let verdict = match answer.proof {
            Proof::Minimum => Verdict::Optimal,
            _ if witness.is_some() => Verdict::Falsified,
            Proof::Positive => Verdict::Certified,
            Proof::Open => Verdict::Unknown,
        };
        Ok(AttackAnswer {
            target: Target::Class(class),
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

    /// The answer after its claims were held against the network: the incumbent lies in the box and has the value that
    /// is claimed, and no bound lies above it or above the unchanged image's margin, which is an incumbent too.
    fn verified(&self, answer: MarginAnswer, function: &LinearFunction) -> Result<MarginAnswer, AttackError> {
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
            let value = function.value(self.attack.network.forward_one(incumbent.input.view()).view());
            if (value - incumbent.value).abs() > tolerance(value) {
                return contradiction(format!("its point has the value {value}, not {}", incumbent.value));
            }
            incumbent.value = value;
        }
        let clean = function.value(self.clean_output.view());
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

    fn witness(&self, incumbent: &Incumbent, function: &LinearFunction) -> Option<Witness> {
        let witness = self.attack.replayer.replay(&self.input, incumbent.input.view())?;
        witness.confirms(function).then_some(witness)
    }

    fn distance(&self, witness: &Witness) -> f64 {
        let differences =
            witness.input.iter().zip(&self.image).map(|(x, clean)| (f64::from(*x) - clean).abs());
        differences.fold(0.0, f64::max)
    }
}

impl AttackAnswer {
    /// The answer for the lower of two margins: what is proven of both, and the better incumbent and witness.
    fn or_lower(self, other: AttackAnswer) -> AttackAnswer {
        let (wall_time, nodes) = (self.wall_time + other.wall_time, sum(self.nodes, other.nodes));
        let dual_bound = self.dual_bound.zip(other.dual_bound).map(|(a, b)| a.min(b));
        let proven = [self.verdict, other.verdict];
        let value = |answer: &AttackAnswer| answer.objective.unwrap_or(f64::INFINITY);
        let (lower, upper) = if value(&other) < value(&self) { (other, self) } else { (self, other) };
        let (witness, distortion) = if lower.witness.is_some() {
            (lower.witness, lower.distortion)
        } else {
            (upper.witness, upper.distortion)
        };
        let positive = |verdict: &Verdict| matches!(verdict, Verdict::Certified | Verdict::Optimal);
        let verdict = if proven == [Verdict::Optimal; 2] {
            Verdict::Optimal
        } else if witness.is_some() {
            Verdict::Falsified
        } else if proven.iter().all(positive) && dual_bound.is_some_and(|bound| bound > 0.0) {
            Verdict::Certified
        } else {
            Verdict::Unknown
        };
        AttackAnswer { verdict, dual_bound, witness, distortion, wall_time, nodes, ..lower }
    }
}

fn sum(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    Some(a? + b?)
}

fn check_class(class: usize, network: &Network<f64>) -> Result<(), AttackError> {
    let classes = network.output_count();
    if class < classes { Ok(()) } else { Err(AttackError::Class { class, classes }) }
}
