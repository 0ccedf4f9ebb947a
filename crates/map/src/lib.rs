//! From near neighbours to a picture: a place in a plane for each row, and regions of that plane.
//!
//! ```text
//! rows ── Principal ──▶ first places ─┐
//! Neighbours ── Bonds ────────────────┴─ arrange ──▶ places ── Frame ──▶ 0..=65535 ── regions
//! ```
//!
//! Rows that are near each other in their many dimensions shall be near each other in the plane, and others need not be as far
//! as they are: the picture of McInnes, Healy and Melville, *UMAP* (2018), of which this is a small own implementation.
//! `docs/decisions/0023` tells where it differs and why. The same input gives the same picture, to the last bit, on however
//! many threads.
//!
//! | module | holds |
//! | --- | --- |
//! | `neighbours` | which rows are near which, and how far away |
//! | `principal` | the two directions in which rows differ most: where they begin |
//! | `bonds` | how strongly each two neighbours belong together |
//! | `arrange` | places, by pulling neighbours together and pushing others apart |
//! | `frame` | places as whole numbers of a square |
//! | `regions` | which places are one region, coarse and fine |
//!
//! This crate knows neither papers nor files; a row is its number.

mod arrange;
mod bonds;
mod frame;
mod neighbours;
mod principal;
mod regions;

pub use arrange::arrange;
pub use frame::{SIDE, framed};
pub use neighbours::Neighbours;
pub use principal::Principal;
pub use regions::{Region, Regions, regions};
