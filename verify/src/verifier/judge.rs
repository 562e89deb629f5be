//! Who decides whether an input is a counterexample.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use milp_encode::{Replayer, Witness};
use ndarray::ArrayView1;

use super::margin::least_of_greatest;
use super::nudge::{nudge, stir};
use super::report::{Margins, NearMiss};
use crate::{Counterexample, Judge, Specification, UnsafeRegion};

/// By how much a candidate may miss in the better of both precisions, relative to the greater of 1 and its outputs, and still
/// be nudged.
const NEAR: f64 = 1e-3;

/// How many candidates are nudged without coming nearer than the ones before.
const VAIN_NUDGES: u32 = 16;

/// A judge over one region of a property.
///
/// A proposal counts as a counterexample when the `f32` input nearest to it, inside the region's box to the last bit, satisfies
/// the property with the output that the network computes in f64 *and* with the one it computes in f32, both without any
/// tolerance. A proposal that just misses is nudged: moved by small steps along gradients and towards the box's centre.
pub struct WitnessJudge<'a> {
    pub(super) replayer: &'a Replayer<'a>,
    pub(super) property: &'a Specification,
    pub(super) region: &'a UnsafeRegion,
    satisfied: AtomicBool,
    known: Mutex<Known>,
}

/// What the proposals so far came to.
#[derive(Default)]
struct Known {
    counterexample: Option<Counterexample>,
    near_miss: Option<NearMiss>,
    vain_nudges: u32,
}

impl<'a> WitnessJudge<'a> {
    /// A judge who has seen nothing yet.
    ///
    /// # Panics
    /// Where property, region and network differ in their numbers of inputs or outputs.
    pub fn new(replayer: &'a Replayer<'a>, property: &'a Specification, region: &'a UnsafeRegion) -> Self {
        let network = replayer.exact();
        assert_eq!(
            network.input_count(),
            property.input_count(),
            "network and property have the same inputs"
        );
        assert_eq!(network.output_count(), property.output_count(), "and the same outputs");
        assert_eq!(
            region.input.sides().element_count(),
            property.input_count(),
            "the region is the property's"
        );
        let (satisfied, known) = (AtomicBool::new(false), Mutex::default());
        Self { replayer, property, region, satisfied, known }
    }

    /// The counterexample, where one was found.
    pub fn counterexample(&self) -> Option<Counterexample> {
        self.known().counterexample.clone()
    }

    /// The proposal that came nearest without being one.
    pub fn near_miss(&self) -> Option<NearMiss> {
        self.known().near_miss.clone()
    }

    /// Whether a witness is a counterexample in both precisions.
    pub(super) fn confirms(&self, witness: &Witness) -> bool {
        let input = witness.input.mapv(f64::from);
        let single = witness.output_f32.mapv(f64::from);
        self.property.is_satisfied_by(input.view(), witness.output.view())
            && self.property.is_satisfied_by(input.view(), single.view())
    }

    pub(super) fn margins(&self, witness: &Witness) -> Margins {
        let margin = |output: ArrayView1<'_, f64>| least_of_greatest(&self.region.unsafe_outputs, output).1;
        Margins {
            double: margin(witness.output.view()),
            single: margin(witness.output_f32.mapv(f64::from).view()),
        }
    }

    fn accept(&self, witness: &Witness) {
        let mut known = self.known();
        let (input, output) = (witness.input.to_vec(), witness.output_f32.to_vec());
        known.counterexample.get_or_insert(Counterexample { input, output });
        self.satisfied.store(true, Ordering::Release);
    }

    /// Takes note of a candidate that is no counterexample; whether it is worth a nudge.
    fn take_note(&self, witness: &Witness, margins: Margins) -> bool {
        let scale = witness.output.iter().fold(1.0, |scale: f64, value| scale.max(value.abs()));
        let mut known = self.known();
        let is_nearest =
            known.near_miss.as_ref().is_none_or(|nearest| margins.worst() < nearest.margins.worst());
        if is_nearest {
            known.near_miss = Some(NearMiss { input: witness.input.clone(), margins });
        }
        if margins.best() > NEAR * scale || (!is_nearest && known.vain_nudges >= VAIN_NUDGES) {
            return false;
        }
        known.vain_nudges = if is_nearest { 0 } else { known.vain_nudges + 1 };
        true
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Judge for WitnessJudge<'_> {
    fn propose(&self, input: ArrayView1<'_, f64>) -> bool {
        if self.is_satisfied() {
            return true;
        }
        let Some(witness) = self.replayer.replay(self.region.input.sides(), input) else { return false };
        if self.confirms(&witness) {
            self.accept(&stir(self, witness));
            return true;
        }
        let margins = self.margins(&witness);
        if self.take_note(&witness, margins)
            && let Some(witness) = nudge(self, &witness)
        {
            self.accept(&stir(self, witness));
        }
        self.is_satisfied()
    }

    fn is_satisfied(&self) -> bool {
        self.satisfied.load(Ordering::Acquire)
    }
}
