//! The target `pointer`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(pointer);
