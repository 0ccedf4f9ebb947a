//! The target `bibtex`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(bibtex);
