//! The target `weights`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(weights);
