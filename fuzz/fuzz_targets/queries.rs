//! The target `queries`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(queries);
