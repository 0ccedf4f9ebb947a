//! The target `tokeniser`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(tokeniser);
