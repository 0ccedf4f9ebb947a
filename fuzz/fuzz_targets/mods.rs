//! The target `mods`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(mods);
