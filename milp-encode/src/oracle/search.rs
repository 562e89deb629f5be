//! Models in a solver: one that serves all single functions, and one for each set of alternatives.

use ndarray::ArrayView1;
use nn_core::Network;
use solver_api::{
    Budget, Capability, Limits, ModelError, Outcome, Session, SolverError, Tolerances, check_point,
};

use super::{MarginError, MilpOracle, sharp};
use crate::bounds::NetworkBounds;
use crate::encode::{Encoding, encode};
use crate::property::{InputSet, LinearFunction};

/// A network over an input set as a model without an objective, and the solver's session for it.
pub(super) struct Search {
    encoding: Encoding,
    session: Option<Box<dyn Session>>,
}

/// An input from which a solver may start.
#[derive(Clone, Copy)]
pub(super) struct Start<'a> {
    pub(super) network: &'a Network<f64>,
    pub(super) input: ArrayView1<'a, f64>,
}

impl Start<'_> {
    /// The model's point at the input; `None` where the solver takes none, or the point misses the model by more than the
    /// solver's tolerances.
    fn point(self, oracle: &MilpOracle<'_>, encoding: &Encoding) -> Option<Vec<f64>> {
        if !oracle.solver.capabilities().has(Capability::Start) {
            return None;
        }
        let tolerances = Tolerances {
            feasibility: oracle.options.feasibility_tolerance,
            integrality: oracle.options.integrality_tolerance,
        };
        let point = encoding.complete(self.network, self.input)?;
        check_point(encoding.model(), &point).is_feasible(&tolerances).then_some(point)
    }
}

impl Search {
    /// Encodes the network and the set's constraints; the solver comes in with the first question.
    pub(super) fn new(
        oracle: &MilpOracle<'_>,
        network: &Network<f64>,
        input: &InputSet,
        bounds: &NetworkBounds,
    ) -> Result<Self, MarginError> {
        let mut encoding = encode(network, input.sides(), bounds, oracle.formulation)?;
        for (position, constraint) in input.constraints().iter().enumerate() {
            encoding
                .require_input(&format!("input{position}"), constraint)
                .map_err(crate::encode::EncodeError::from)?;
        }
        Ok(Self { encoding, session: None })
    }

    pub(super) fn encoding(&self) -> &Encoding {
        &self.encoding
    }

    /// Minimises one function until `limits` or the budget end it, from the model's point at an input where one is given;
    /// the session stays, with all that it learned of the model.
    pub(super) fn minimise(
        &mut self,
        oracle: &MilpOracle<'_>,
        (function, start): (&LinearFunction, Option<Start<'_>>),
        limits: &Limits,
        budget: &Budget,
    ) -> Result<Outcome, SolverError> {
        self.encoding.set_objective(function)?;
        // What an earlier function needed stays: it holds for this one too.
        let cuts = sharp::root_cuts(oracle, &self.encoding, budget)?;
        let session = match &mut self.session {
            Some(session) => session,
            None => self.session.insert(sharp::open(oracle, &self.encoding)?),
        };
        for cut in &cuts {
            let name = format!("cut{}", session.model().row_count());
            session.add_row(&name, cut.lower, cut.upper, &cut.terms)?;
        }
        self.encoding.add_cuts(&cuts)?;
        let (offset, terms) = self.encoding.objective(function);
        session.set_objective(offset, &terms)?;
        if let Some(point) = start.and_then(|start| start.point(oracle, &self.encoding)) {
            session.set_start(&point)?;
        }
        session.solve(&Limits { time: budget.remaining(), ..limits.clone() })
    }

    /// Minimises what `objective` makes of the encoding, in a model of its own, until `limits` or the budget end it.
    ///
    /// The model's first columns are those of the encoding, and an incumbent has no others.
    pub(super) fn minimise_apart(
        &self,
        oracle: &MilpOracle<'_>,
        objective: impl FnOnce(&mut Encoding) -> Result<(), ModelError>,
        limits: &Limits,
        budget: &Budget,
    ) -> Result<Outcome, SolverError> {
        let mut encoding = self.encoding.clone();
        objective(&mut encoding)?;
        let cuts = sharp::root_cuts(oracle, &encoding, budget)?;
        encoding.add_cuts(&cuts)?;
        let mut outcome =
            sharp::open(oracle, &encoding)?.solve(&Limits { time: budget.remaining(), ..limits.clone() })?;
        let expected = encoding.model().column_count();
        if let Some(point) = &mut outcome.incumbent
            && point.values.len() == expected
        {
            point.values.truncate(self.encoding.model().column_count());
        }
        Ok(outcome)
    }
}
