//! The target `switch`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(switch);
