//! Export to other programs, and import from them.
//!
//! | file           | holds                                                        |
//! |----------------|--------------------------------------------------------------|
//! | `vector_file`  | `.npy` and `.fbin`, written and read                         |
//! | `parquet_file` | documents and vectors in one Parquet file                    |
//! | `vector_source` | vectors row after row, from either                          |
//! | `export`       | a collection, or what a filter keeps of it, into such files  |
//! | `import`       | documents with vectors made elsewhere, into a collection     |

mod export;
mod import;
mod parquet_file;
mod vector_file;
mod vector_source;

pub use export::{
    Existing, ExportError, ExportFormat, ExportRecord, Exported, export, export_documents, export_to_stream,
};
pub use import::{ImportError, ImportOptions, Imported, import};
pub use vector_file::{VectorFile, VectorFileError, VectorForm};
pub use vector_source::record_in;
