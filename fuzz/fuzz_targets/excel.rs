//! The target `excel`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(excel);
