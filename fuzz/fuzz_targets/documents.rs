//! The target `documents`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(documents);
