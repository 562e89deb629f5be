//! VNN-LIB files: what they mean, what is refused, and that nothing else happens.

mod forms;
mod meaning;
mod refusals;
mod shared_files;
mod sizes;
