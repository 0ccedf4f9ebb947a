//! The map of a generation: where its papers lie in a plane, and what the regions of the plane are called.
//!
//! A map is made of what is stored, so it is no part of the collection: it can be made again. Because that takes a while, it is
//! kept in the folder of its generation, and goes with it. No manifest names it; it names the manifest instead, so that a map
//! of other papers is never taken for the right one.
//!
//! ```text
//! semsearch.map/1 BLAKE3 of all that follows, hex \n
//! one line of JSON: the manifest's BLAKE3, the model's fingerprint, the number of papers, the regions \n
//! for each paper, in the order of the collection: u16 x, u16 y, u16 region, little-endian
//! ```
//!
//! Cost: six bytes a paper.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::collection::Collection;
use crate::error::{CollectionError, damaged, io_error};
use crate::layout::{self, MAP_FILE};
use crate::manifest::Manifest;

/// Name and version of the format.
const SCHEMA: &str = "semsearch.map/1";
/// Bytes of a paper in the file.
const PAPER: usize = 6;

/// Where papers lie in a plane, with named regions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Map {
    /// The place of each paper of the collection, in their order.
    pub places: Vec<[u16; 2]>,
    /// The finest region of each paper.
    pub region_of: Vec<u16>,
    /// The regions: coarse ones, then those within them.
    pub regions: Vec<MapRegion>,
}

/// A region of a map.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MapRegion {
    /// Words that tell it from the others, the most telling first.
    pub terms: Vec<String>,
    /// A place in its middle.
    pub middle: [u16; 2],
    /// The number of its papers.
    pub papers: u32,
    /// The coarse region that it lies in; `None` for a coarse one.
    pub parent: Option<u16>,
}

impl MapRegion {
    /// A region.
    #[must_use]
    pub fn new(terms: Vec<String>, middle: [u16; 2], papers: u32, parent: Option<u16>) -> Self {
        MapRegion { terms, middle, papers, parent }
    }
}

/// The line of JSON.
#[derive(Serialize, Deserialize)]
struct Head<'a> {
    manifest: &'a str,
    model: &'a str,
    papers: usize,
    regions: Vec<MapRegion>,
}

impl Map {
    /// A map of papers in the order of the collection, each with its place and its region.
    #[must_use]
    pub fn new(places: Vec<[u16; 2]>, region_of: Vec<u16>, regions: Vec<MapRegion>) -> Self {
        Map { places, region_of, regions }
    }

    fn encode(&self, manifest: &str, model: &str) -> Vec<u8> {
        let head = Head { manifest, model, papers: self.places.len(), regions: self.regions.clone() };
        // Texts and numbers always are JSON.
        let mut rest = serde_json::to_vec(&head).unwrap_or_default();
        rest.push(b'\n');
        for ([x, y], region) in self.places.iter().zip(&self.region_of) {
            rest.extend([x, y, region].into_iter().flat_map(|number| number.to_le_bytes()));
        }
        let mut bytes = format!("{SCHEMA} {}\n", blake3::hash(&rest).to_hex()).into_bytes();
        bytes.append(&mut rest);
        bytes
    }

    fn decode(bytes: &[u8], manifest: &str, model: &str, papers: usize) -> Result<Self, String> {
        let line = |bytes: &[u8]| bytes.iter().position(|byte| *byte == b'\n');
        let end = line(bytes).ok_or("it has no first line")?;
        let first = String::from_utf8_lossy(&bytes[..end]);
        let (schema, hash) = first.split_once(' ').unwrap_or((&first, ""));
        if schema != SCHEMA {
            let found: String = schema.chars().take(40).collect();
            return Err(format!("expected {SCHEMA}, found {found:?}"));
        }
        let rest = &bytes[end + 1..];
        if blake3::hash(rest).to_hex().as_str() != hash {
            return Err("its checksum does not hold".to_owned());
        }
        let end = line(rest).ok_or("it has no regions")?;
        let head: Head<'_> = serde_json::from_slice(&rest[..end]).map_err(|error| error.to_string())?;
        if (head.manifest, head.model, head.papers) != (manifest, model, papers) {
            return Err("it is a map of other papers".to_owned());
        }
        let (numbers, odd) = rest[end + 1..].as_chunks::<PAPER>();
        if numbers.len() != papers || !odd.is_empty() {
            return Err(format!("expected {papers} papers, found {} bytes", rest.len() - end - 1));
        }
        let number = |a: u8, b: u8| u16::from_le_bytes([a, b]);
        let map = Map {
            places: numbers.iter().map(|[a, b, c, d, ..]| [number(*a, *b), number(*c, *d)]).collect(),
            region_of: numbers.iter().map(|[.., a, b]| number(*a, *b)).collect(),
            regions: head.regions,
        };
        let is_region = |region: &u16| usize::from(*region) < map.regions.len();
        let is_right = map.region_of.iter().all(is_region)
            && map.regions.iter().all(|region| region.parent.as_ref().is_none_or(is_region));
        if is_right { Ok(map) } else { Err("it names a region that it does not have".to_owned()) }
    }
}

/// Where the map of a generation is kept.
fn path(root: &Path, manifest: &Manifest) -> PathBuf {
    layout::generation(root, manifest.generation).join(MAP_FILE)
}

/// The kept map of a generation and the length of its file; `None` if none was made yet.
pub(crate) fn read_map(root: &Path, manifest: &Manifest, hash: &str) -> Result<Option<(Map, u64)>, CollectionError> {
    let path = path(root, manifest);
    let bytes = match semsearch_disk::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(io_error("read", &path, source)),
    };
    let map = Map::decode(&bytes, hash, &manifest.active, manifest.documents() as usize);
    map.map(|map| Some((map, bytes.len() as u64))).map_err(|problem| damaged(&path, &problem))
}

impl Collection {
    /// The kept map of this generation; `None` if none was made yet.
    ///
    /// # Errors
    /// [`CollectionError::Damaged`] if the file is not what was written for these papers; [`CollectionError::Io`] if it cannot
    /// be read. In either case the map can be made again.
    pub fn kept_map(&self) -> Result<Option<Map>, CollectionError> {
        Ok(read_map(self.root(), self.manifest(), self.manifest_hash())?.map(|(map, _)| map))
    }

    /// Keeps the map of this generation. Two processes may do so at the same time: either map is the same.
    ///
    /// # Errors
    /// [`CollectionError::Io`] if the file cannot be written, as in a collection that can only be read.
    pub fn keep_map(&self, map: &Map) -> Result<(), CollectionError> {
        let path = path(self.root(), self.manifest());
        let bytes = map.encode(self.manifest_hash(), &self.manifest().active);
        let folder = layout::generation(self.root(), self.manifest().generation);
        let written = semsearch_disk::replace(&path, &bytes).and_then(|()| semsearch_disk::sync_folder(&folder));
        written.map_err(|source| io_error("write", &path, source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map() -> Map {
        let region = |term: &str, parent| MapRegion::new(vec![term.to_owned()], [7, 65_535], 2, parent);
        Map::new(vec![[1, 2], [65_535, 0]], vec![1, 0], vec![region("KV cache", None), region("études", Some(0))])
    }

    #[test]
    fn what_is_written_is_read_and_every_flipped_bit_is_found() {
        let bytes = map().encode("abc", "model");
        let read = |bytes: &[u8]| Map::decode(bytes, "abc", "model", 2);
        assert_eq!(read(&bytes), Ok(map()));
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut wrong = bytes.clone();
                wrong[at] ^= 1 << bit;
                assert!(read(&wrong).is_err(), "byte {at}, bit {bit}");
            }
            assert!(read(&bytes[..at]).is_err());
        }
        let later = [b"semsearch.map/2".as_slice(), &bytes[15..]].concat();
        assert!(read(&later).unwrap_err().contains("expected semsearch.map/1"));
    }

    #[test]
    fn a_map_of_other_papers_or_of_another_model_is_none() {
        let bytes = map().encode("abc", "model");
        for (manifest, model, papers) in [("abd", "model", 2), ("abc", "other", 2), ("abc", "model", 3)] {
            assert!(Map::decode(&bytes, manifest, model, papers).unwrap_err().contains("other papers"));
        }
        let wrong = Map { region_of: vec![2, 0], ..map() };
        let told = Map::decode(&wrong.encode("abc", "model"), "abc", "model", 2).unwrap_err();
        assert!(told.contains("a region that it does not have"), "{told}");
    }
}
