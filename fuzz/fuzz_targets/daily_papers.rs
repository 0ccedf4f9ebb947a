//! The target `daily_papers`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(daily_papers);
