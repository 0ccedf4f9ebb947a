//! The target `jats`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(jats);
