//! The target `qrels`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(qrels);
