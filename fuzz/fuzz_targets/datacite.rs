//! The target `datacite`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(datacite);
