//! What the meta file says: the shape of the index, what the caller knows about it, and a checksum per file.

use serde::{Deserialize, Serialize};

use super::IndexMeta;
use super::header::{META_MAGIC, PREFIX_LEN, VECTORS_HEADER_LEN, prefix};
use crate::hit::RowId;
use crate::hnsw::HnswParams;
use crate::vectors::Vectors;

/// The body of the meta file. Field order is the file's order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) rows: u64,
    pub(super) dim: u32,
    pub(super) meta: IndexMeta,
    pub(super) vectors: FileRecord,
    pub(super) graph: Option<GraphRecord>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct GraphRecord {
    pub(super) params: HnswParams,
    pub(super) unreached: Vec<RowId>,
    /// The links, then the points. None if there are no rows.
    pub(super) files: Option<[FileRecord; 2]>,
}

/// A file as it was when it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileRecord {
    pub(super) len: u64,
    pub(super) blake3: [u8; 32],
}

/// Where the body begins: behind the prefix and the body's length.
pub(super) const BODY_START: usize = PREFIX_LEN + 8;
/// How long the checksum at the end is.
pub(super) const CHECKSUM_LEN: usize = 32;

impl Manifest {
    /// The whole meta file.
    pub(super) fn encode(&self) -> Result<Vec<u8>, postcard::Error> {
        let body = postcard::to_stdvec(self)?;
        let mut bytes = prefix(META_MAGIC).to_vec();
        bytes.extend((body.len() as u64).to_le_bytes());
        bytes.extend(body);
        bytes.extend(blake3::hash(&bytes).as_bytes());
        Ok(bytes)
    }

    /// Reads a body whose checksum holds, and checks that its numbers fit together: a checksum can be mended.
    pub(super) fn decode(body: &[u8]) -> Result<Self, &'static str> {
        let (manifest, rest): (Self, _) = postcard::take_from_bytes(body).map_err(|_| "the body cannot be read")?;
        if !rest.is_empty() {
            return Err("bytes follow the body");
        }
        manifest.check()?;
        Ok(manifest)
    }

    fn check(&self) -> Result<(), &'static str> {
        if self.dim == 0 || self.rows > Vectors::MAX_ROWS as u64 {
            return Err("the shape is impossible");
        }
        if vectors_len(self.rows, self.dim) != Some(self.vectors.len) {
            return Err("the vectors file has another length than its shape needs");
        }
        let Some(graph) = &self.graph else { return Ok(()) };
        if graph.params.check().is_err() {
            return Err("the graph was built with impossible parameters");
        }
        if graph.files.is_some() != (self.rows > 0) {
            return Err("a graph has files exactly if there are rows");
        }
        if !graph.unreached.is_sorted_by(|a, b| a < b) || graph.unreached.iter().any(|id| u64::from(id.0) >= self.rows)
        {
            return Err("the unreached rows are not rows in ascending order");
        }
        Ok(())
    }
}

/// How long the vectors file of that shape is, if a file can be.
pub(super) fn vectors_len(rows: u64, dim: u32) -> Option<u64> {
    rows.checked_mul(u64::from(dim))?.checked_mul(4)?.checked_add(VECTORS_HEADER_LEN as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        let file = FileRecord { len: 64 + 3 * 2 * 4, blake3: [7; 32] };
        Manifest {
            rows: 3,
            dim: 2,
            meta: IndexMeta { fingerprint: "a model".to_owned(), build_seconds: 1.5 },
            vectors: file,
            graph: Some(GraphRecord {
                params: HnswParams::default(),
                unreached: vec![RowId(0), RowId(2)],
                files: Some([file, file]),
            }),
        }
    }

    fn body(manifest: &Manifest) -> Vec<u8> {
        let bytes = manifest.encode().unwrap();
        bytes[BODY_START..bytes.len() - CHECKSUM_LEN].to_vec()
    }

    #[test]
    fn what_is_written_is_read_back() {
        assert_eq!(Manifest::decode(&body(&manifest())), Ok(manifest()));
    }

    #[test]
    fn numbers_that_do_not_fit_together_are_refused() {
        let changes: [fn(&mut Manifest); 7] = [
            |m| m.dim = 0,
            |m| m.rows = u64::MAX,
            |m| m.rows = 4,
            |m| m.vectors.len += 4,
            |m| m.graph.as_mut().unwrap().params.m = 1000,
            |m| m.graph.as_mut().unwrap().files = None,
            |m| m.graph.as_mut().unwrap().unreached.push(RowId(3)),
        ];
        for (i, change) in changes.iter().enumerate() {
            let mut changed = manifest();
            change(&mut changed);
            assert!(Manifest::decode(&body(&changed)).is_err(), "change {i}");
        }
    }

    #[test]
    fn bytes_after_the_body_are_refused() {
        let mut body = body(&manifest());
        body.push(0);
        assert_eq!(Manifest::decode(&body), Err("bytes follow the body"));
    }
}
