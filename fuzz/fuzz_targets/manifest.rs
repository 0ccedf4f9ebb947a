//! The target `manifest`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(manifest);
