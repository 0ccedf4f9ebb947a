//! The target `arxiv`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(arxiv);
