//! The target `export_record`.
#![cfg_attr(fuzzing, no_main)]

semsearch_fuzz::target!(export_record);
