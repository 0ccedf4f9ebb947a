//! How long-running work is watched and stopped, and the kinds of errors.
//!
//! Every library crate reports to one [`Progress`] and ends early with one [`Stopped`]; every public error type has a
//! `kind()` that returns an [`ErrorKind`]. A binary, a server or a binding needs only these to show a bar, to pass on
//! Ctrl-C, and to choose an exit code or a status.
//!
//! A crate without dependencies: the crates that use it otherwise do not know each other.

mod kind;
mod progress;

pub use kind::ErrorKind;
pub use progress::{NoProgress, Progress, Stage, Stopped};
