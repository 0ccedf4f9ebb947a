//! The target `image`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(image);
