//! The target `nbib`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(nbib);
