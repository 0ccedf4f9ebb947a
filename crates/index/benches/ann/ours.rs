//! Our graph and our exact scan. Whatever the program knows of this crate stands here.

use std::path::Path;

use semsearch_index::{FlatIndex, HnswIndex, HnswParams, Index, IndexMeta, RowId, Vectors, open, save};
use semsearch_vector::Matrix;

use crate::engine::{Built, Engine, Save, Setting};
use crate::{DIM, Fallible, K};

pub(crate) fn build(rows: &[f32], graph: bool) -> Fallible<Save> {
    let vectors = Vectors::new(Matrix::from_vec(rows.to_vec(), DIM)?)?;
    let graph = match graph {
        true => Some(HnswIndex::build(vectors.clone(), &HnswParams::default(), &|_| {}, &|| false)?),
        false => None,
    };
    Ok(Box::new(move |folder| {
        save(folder, &vectors, graph.as_ref(), &IndexMeta::default())?;
        Ok(Built { hot_bytes: None })
    }))
}

pub(crate) fn open_graph(folder: &Path) -> Fallible<Box<dyn Engine>> {
    Ok(Box::new(open(folder)?.hnsw()?))
}

pub(crate) fn open_exact(folder: &Path) -> Fallible<Box<dyn Engine>> {
    Ok(Box::new(open(folder)?.flat()))
}

impl Engine for HnswIndex {
    fn search(&self, query: &[f32], setting: Setting, found: &mut Vec<u32>) {
        let hits = Index::search(self, query, K, setting.ef).expect("queries are finite and as wide as the rows");
        found.clear();
        found.extend(hits.iter().map(|hit| hit.id.0));
    }
}

impl Engine for FlatIndex {
    fn search(&self, query: &[f32], _: Setting, found: &mut Vec<u32>) {
        let hits = Index::search(self, query, K, 0).expect("queries are finite and as wide as the rows");
        found.clear();
        found.extend(hits.iter().map(|hit| hit.id.0));
    }

    fn search_allowed(&self, query: &[f32], _: Setting, allowed: &[u8]) -> Option<(Vec<u32>, &'static str)> {
        let kept = |id: RowId| allowed[id.index() / 8] >> (id.index() % 8) & 1 == 1;
        let hits = self.search_where(query, K, kept).expect("queries are finite and as wide as the rows");
        Some((hits.iter().map(|hit| hit.id.0).collect(), "scan"))
    }
}
