//! The target `static_table`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(static_table);
