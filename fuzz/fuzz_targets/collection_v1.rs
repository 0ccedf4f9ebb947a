//! The target `collection_v1`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(collection_v1);
