//! The target `packed_tokeniser`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(packed_tokeniser);
