//! Attacks on many images: worker processes or threads, rows, and a folder that an interrupted run goes on from.

mod folder;
mod job;
mod pool;
mod row;
mod search;
mod settings;
mod tasks;
mod worker;

pub(crate) use folder::{AttackKey, Retry, RunFolder, answered, read_run};
pub(crate) use job::{AttackJob, BabSettings, Engine, ExactSettings, ImageTask};
pub(crate) use pool::Event;
pub(crate) use row::{AttackRow, VerdictName, WitnessRow};
pub(crate) use settings::RunSettings;
pub(crate) use tasks::{keys, run_attacks, tasks};
pub(crate) use worker::{WORKER_COMMAND, worker_main};
