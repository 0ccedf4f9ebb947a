//! The target `sqlite`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(sqlite);
