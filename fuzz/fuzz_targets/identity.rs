//! The target `identity`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(identity);
