//! The target `hayagriva`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(hayagriva);
