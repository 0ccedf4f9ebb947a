//! The target `refer`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(refer);
