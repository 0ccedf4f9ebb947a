//! The target `zstd`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(zstd);
