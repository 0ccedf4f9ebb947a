//! The target `semantic_scholar`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(semantic_scholar);
