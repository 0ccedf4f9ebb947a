//! The target `feed`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(feed);
