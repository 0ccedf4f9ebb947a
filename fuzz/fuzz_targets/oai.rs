//! The target `oai`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(oai);
