//! The target `model_manifest`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(model_manifest);
