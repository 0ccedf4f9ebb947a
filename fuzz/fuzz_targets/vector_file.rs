//! The target `vector_file`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(vector_file);
