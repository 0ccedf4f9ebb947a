//! The target `csv`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(csv);
