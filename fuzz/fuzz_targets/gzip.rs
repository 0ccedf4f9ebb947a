//! The target `gzip`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(gzip);
