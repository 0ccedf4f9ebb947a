//! Tests of the crate from outside, in one binary.

mod golden;
mod recall;
mod rows;
mod storage;
