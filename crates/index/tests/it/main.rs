//! Tests of the crate from outside, in one binary.

mod allocation;
mod batch;
mod damage;
mod exact;
mod example;
mod golden;
mod recall;
mod rows;
mod search;
mod storage;
