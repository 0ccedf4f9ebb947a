//! The graph's two files, in the layout of `hnsw_rs`.
//!
//! `FORMAT.md` describes that layout. It is the library's own: native byte order, native `usize`, no checksum; storage
//! adds the checksums and refuses other machines. Reading it back is a matter of trust: the library panics, ends the
//! process or reads past a buffer on a file it did not write. So a file is walked by [`dump_check`] first, and reading
//! and writing both run under `catch_unwind`, because failing to create a file is a panic too.

use std::any::type_name;
use std::fs::File;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use hnsw_rs::api::AnnT;
use hnsw_rs::hnswio::HnswIo;

use super::distance::RowDistance;
use super::{Graph, HnswIndex, HnswParams, dump_check};
use crate::flat::FlatIndex;
use crate::hit::RowId;
use crate::vectors::Vectors;

/// What the library puts before the two suffixes it fixes.
const BASENAME: &str = "graph";
/// The links.
pub(crate) const GRAPH_FILE: &str = "graph.hnsw.graph";
/// The points: here an id each.
pub(crate) const DATA_FILE: &str = "graph.hnsw.data";

/// Why a graph could not be written or read.
#[derive(Debug)]
pub(crate) enum DumpError {
    Io { path: PathBuf, source: io::Error },
    Malformed { path: PathBuf, offset: usize, problem: &'static str },
    Library { path: PathBuf, reason: String },
}

impl HnswIndex {
    /// Whether there are links to be written; without rows there are none.
    pub(crate) fn has_links(&self) -> bool {
        self.graph.is_some()
    }

    /// Writes both files into a folder that has neither. They are not yet synced.
    pub(crate) fn dump(&self, dir: &Path) -> Result<(), DumpError> {
        let Some(graph) = &self.graph else { return Ok(()) };
        // The library panics where it cannot create a file. Creating both here gives the reason instead.
        for name in [GRAPH_FILE, DATA_FILE] {
            let path = dir.join(name);
            File::create_new(&path).map_err(|source| DumpError::Io { path, source })?;
        }
        match catch_unwind(AssertUnwindSafe(|| graph.file_dump(dir, BASENAME))) {
            Ok(Ok(basename)) if basename == BASENAME => Ok(()),
            Ok(Ok(basename)) => {
                Err(library(dir, format!("hnsw_rs wrote `{basename}` where `{BASENAME}` was asked for")))
            }
            Ok(Err(error)) => Err(library(dir, error.to_string())),
            Err(_) => Err(library(dir, "hnsw_rs panicked while writing".to_owned())),
        }
    }

    /// Reads both files after walking `graph` and `data`, their bytes.
    pub(crate) fn load(
        dir: &Path,
        graph: &[u8],
        data: &[u8],
        vectors: Vectors,
        params: HnswParams,
        unreached: Vec<RowId>,
    ) -> Result<Self, DumpError> {
        let expected = dump_check::Expected { rows: vectors.len(), params, distance: type_name::<RowDistance>() };
        dump_check::check(graph, data, &expected).map_err(|fault| DumpError::Malformed {
            path: dir.join(fault.file),
            offset: fault.offset,
            problem: fault.problem,
        })?;
        let graph = read(dir, RowDistance(vectors.clone()))?;
        Ok(Self { exact: FlatIndex::new(vectors), params, graph: Some(graph), unreached })
    }

    /// The graph over no rows, for which there are no files.
    pub(crate) fn without_links(vectors: Vectors, params: HnswParams) -> Self {
        Self { exact: FlatIndex::new(vectors), params, graph: None, unreached: Vec::new() }
    }
}

/// Lets the library read the two files.
fn read(dir: &Path, distance: RowDistance) -> Result<Graph, DumpError> {
    // The library's loader can lend mapped vectors to the graph it returns, and so the graph borrows the loader even
    // where, as here, nothing is lent. Leaking the loader (two short strings and a counter, some 200 bytes for each
    // graph that is opened) makes that borrow last for ever; the alternative is a self-referential struct, with
    // `unsafe` code or one more dependency, to save those bytes.
    let loader: &'static HnswIo = Box::leak(Box::new(HnswIo::new(dir, BASENAME)));
    match catch_unwind(AssertUnwindSafe(|| loader.load_hnsw_with_dist(distance))) {
        Ok(Ok(graph)) => Ok(graph),
        Ok(Err(error)) => Err(library(dir, error.to_string())),
        Err(_) => Err(library(dir, "hnsw_rs panicked while reading".to_owned())),
    }
}

fn library(dir: &Path, reason: String) -> DumpError {
    DumpError::Library { path: dir.join(GRAPH_FILE), reason }
}
