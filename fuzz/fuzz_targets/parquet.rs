//! The target `parquet`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(parquet);
