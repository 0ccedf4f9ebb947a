//! The target `csl_yaml`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(csl_yaml);
