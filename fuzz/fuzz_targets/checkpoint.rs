//! The target `checkpoint`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(checkpoint);
