//! The target `zotero_rdf`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(zotero_rdf);
