//! The target `marc`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(marc);
