//! The target `arrow`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(arrow);
