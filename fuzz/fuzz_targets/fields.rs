//! The target `fields`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(fields);
