//! The trials: each puts collections of its own under stress and reports faults.

pub mod churn;
pub mod damage;
pub mod disk_full;
pub mod hostile;
pub mod kill;
pub mod memory;
pub mod model;
pub mod nth;
pub mod points;
pub mod readers;
pub mod repair;

use crate::report::Report;
pub use crate::settings::Settings;

/// A trial.
pub type Trial = fn(&Settings) -> anyhow::Result<Report>;

/// All trials: the name, the amount for every change, the amount for a release, and the function.
pub const TRIALS: &[(&str, u64, u64, Trial)] = &[
    ("kill", 50, 2_000, kill::run),
    ("points", 1, 50, points::run),
    ("nth", 1, 5, nth::run),
    ("damage", 2_000, 200_000, damage::run),
    ("repair", 300, 30_000, repair::run),
    ("hostile", 1_000, 100_000, hostile::run),
    ("model", 5_000, 200_000, model::run),
    ("churn", 2_000, 5_000, churn::run),
    ("readers", 20, 600, readers::run),
    ("disk-full", 8, 64, disk_full::run),
    ("memory", 50, 64, memory::run),
];
