//! Searches for adversarial examples over whole data sets: on threads, in pieces whose results do not depend on the number
//! of threads.

mod images;
mod names;
mod settings;
mod threads;

pub(crate) use images::{Question, SearchRun, pieces};
pub(crate) use names::{BeginName, LossName, SearchName, value_name};
pub(crate) use settings::SearchSettings;
pub(crate) use threads::in_order;
