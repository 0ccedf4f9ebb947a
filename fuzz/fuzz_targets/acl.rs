//! The target `acl`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(acl);
