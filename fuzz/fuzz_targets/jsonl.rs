//! The target `jsonl`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(jsonl);
