//! The target `tokens`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(tokens);
