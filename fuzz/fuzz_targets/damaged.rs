//! The target `damaged`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(damaged);
