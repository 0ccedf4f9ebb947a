//! The target `model_folder`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(model_folder);
