//! The target `zip`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(zip);
