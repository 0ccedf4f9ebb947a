//! The target `dblp`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(dblp);
