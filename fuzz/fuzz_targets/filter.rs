//! The target `filter`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(filter);
