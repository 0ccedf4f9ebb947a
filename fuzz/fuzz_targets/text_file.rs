//! The target `text_file`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(text_file);
