//! The target `pubmed`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(pubmed);
