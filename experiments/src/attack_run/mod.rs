//! Attacks on many images: worker processes, rows, and a folder that an interrupted run goes on from.

mod folder;
mod job;
mod pool;
mod row;
mod worker;

pub(crate) use folder::{AttackKey, Retry, RunFolder, answered};
pub(crate) use job::{AttackJob, ImageTask};
pub(crate) use pool::{Event, run_tasks};
pub(crate) use row::{AttackRow, VerdictName, WitnessRow};
pub(crate) use worker::{WORKER_COMMAND, worker_main};
