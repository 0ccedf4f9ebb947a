//! The target `openalex`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(openalex);
