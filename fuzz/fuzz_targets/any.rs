//! The target `any`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(any);
