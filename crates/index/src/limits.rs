//! The limits of an index: what building keeps to, what opening refuses, and what a search has room for.
//!
//! Each limit is defined here and nowhere else. FORMAT.md states them for readers in other languages; a test compares.

use std::ops::RangeInclusive;

/// The most rows an index holds: a signed 32-bit number counts them, and no id equals the mark of a missing link.
pub(crate) const MAX_ROWS: usize = 0x7f80_0000;

/// The most numbers of a row: the score of codes, a sum of whole numbers, still fits 32 bits.
pub(crate) const MAX_DIM: usize = semsearch_vector::CodeBits::MAX_DIM;

/// How far the square of a row's length may lie from 1. Wide enough for rows that went through 16-bit floats, narrow enough
/// that a forgotten normalisation shows.
pub(crate) const LENGTH_TOLERANCE: f32 = 1e-2;

/// The most links of a node on level 0, and of a member of an upper level. The scores of one node's links are on the stack
/// of a search.
pub(crate) const MAX_LINKS: usize = 256;

/// The parameter `m` of a build. One link per layer would make a chain; level 0 has `2·m` links a node, upper levels `m`.
pub(crate) const M_RANGE: RangeInclusive<usize> = 2..=MAX_LINKS / 2;

/// The most members of the top level: a search scores all of them before it follows any link.
pub(crate) const MAX_ENTRIES: usize = 256;

/// The most upper levels: with the fewest links, each level has half the members of the one below, and more than
/// [`MAX_ROWS`] rows would be needed for one level more.
pub(crate) const MAX_LEVELS: u32 = 32;

/// The most bytes of a fingerprint.
pub(crate) const MAX_FINGERPRINT: usize = 1 << 16;

/// The most bytes of a block of several records that share a checksum.
pub(crate) const MAX_BLOCK: usize = 1 << 20;
