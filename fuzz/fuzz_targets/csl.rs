//! The target `csl`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(csl);
