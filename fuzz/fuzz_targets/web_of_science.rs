//! The target `web_of_science`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(web_of_science);
