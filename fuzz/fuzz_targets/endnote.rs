//! The target `endnote`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(endnote);
