//! The target `ris`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(ris);
