//! The target `removed`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(removed);
