//! Mended checksums: after a test has changed bytes of a file, all its checksums fit again, as in a file forged on purpose.
//!
//! Without this, every change would be refused at the first checksum, and nothing behind the checksums would be tested. The
//! code follows the pages that describe the files and shares nothing with the code that reads them. Nothing here fails: what
//! does not look like the file is left as it is.
//!
//! | module        | mends                                | described in         |
//! |---------------|--------------------------------------|----------------------|
//! | [`index`]     | `vectors.index`                      | FORMAT.md of `index` |
//! | [`documents`] | `documents.blocks`                   | DOC_STORE.md         |
//! | [`page`]      | the first page of these two          | both                 |
//! | [`columns`]   | `fields.columns`                     | COLUMNS.md           |
//! | [`manifest`]  | `manifest.json`, and `CURRENT`       | by its own names     |

pub mod columns;
pub mod documents;
pub mod index;
pub mod manifest;
pub mod numbers;
pub mod page;

pub use page::PAGE;

/// Mends the checksums inside the file of a collection that has this name. Files of other names have none.
pub fn file(name: &str, bytes: &mut [u8]) {
    match name {
        "vectors.index" => index::mend(bytes),
        "documents.blocks" => documents::mend(bytes),
        "fields.columns" => columns::mend(bytes),
        _ => {}
    }
}

/// The places in the file of this name at which something begins or ends, in order.
#[must_use]
pub fn edges(name: &str, bytes: &[u8]) -> Vec<usize> {
    let mut edges = vec![0, bytes.len()];
    match name {
        "vectors.index" => edges.extend(index::edges(bytes)),
        "documents.blocks" => edges.extend(documents::edges(bytes)),
        "fields.columns" => edges.extend(columns::edges(bytes)),
        _ => {}
    }
    edges.retain(|edge| *edge <= bytes.len());
    edges.sort_unstable();
    edges.dedup();
    edges
}
