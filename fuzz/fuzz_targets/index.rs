//! The target `index`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(index);
