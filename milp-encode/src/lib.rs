//! Networks and properties as mixed-integer programs.

pub mod bounds;
mod encode;
mod oracle;
pub mod property;
mod replay;
mod window;

pub use encode::{EncodeError, Encoding, Formulation, encode};
pub use oracle::{
    AGREEMENT_TOLERANCE, Incumbent, MarginAnswer, MarginError, MarginGoal, MarginOracle, MarginSession,
    MilpOracle, Proof,
};
pub use replay::{Replayer, Witness};
