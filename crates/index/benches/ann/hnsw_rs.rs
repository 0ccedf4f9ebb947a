//! The crate `hnsw_rs`, which semsearch used before it had a graph of its own.
//!
//! It runs with our inner product, since its own is scalar without a further crate and panics on rows a little longer than
//! 1. It opens with mapped rows, and has M 16 and ef_construction 200, the settings used for hnswlib.

use std::path::Path;

use hnsw_rs::anndists::dist::distances::Distance;
use hnsw_rs::api::AnnT;
use hnsw_rs::hnsw::Hnsw;
use hnsw_rs::hnswio::{HnswIo, ReloadOptions};
use semsearch_vector::dot;

use crate::engine::{Built, Engine, Save, Setting};
use crate::{DIM, Fallible, K};

const M: usize = 16;
const EF_CONSTRUCTION: usize = 200;
/// All layers that the crate has; its files can only be written with all of them.
const LAYERS: usize = 16;
/// Rows linked before other threads join: rows that are first together would not see each other.
const ALONE: usize = 256;
const NAME: &str = "index";

/// 1 − the inner product, which must not be negative.
#[derive(Clone, Copy, Default)]
struct Apart;

impl Distance<f32> for Apart {
    fn eval(&self, left: &[f32], right: &[f32]) -> f32 {
        (1.0 - dot(left, right)).max(0.0)
    }
}

pub(crate) fn build(rows: &[f32]) -> Fallible<Save> {
    let rows: Vec<(&[f32], usize)> = rows.chunks_exact(DIM).enumerate().map(|(id, row)| (row, id)).collect();
    let graph = Hnsw::<f32, Apart>::new(M, rows.len(), LAYERS, EF_CONSTRUCTION, Apart);
    let (alone, together) = rows.split_at(ALONE.min(rows.len()));
    alone.iter().for_each(|row| graph.insert_slice(*row));
    graph.parallel_insert_slice(&together.to_vec());
    Ok(Box::new(move |folder| {
        graph.file_dump(folder, NAME)?;
        Ok(Built { hot_bytes: None })
    }))
}

pub(crate) fn open(folder: &Path) -> Fallible<Box<dyn Engine>> {
    // The graph borrows its loader for as long as it lives, which is as long as the process.
    let options = ReloadOptions::default().set_mmap(true);
    let loader: &'static mut HnswIo = Box::leak(Box::new(HnswIo::new_with_options(folder, NAME, options)));
    let mut graph: Hnsw<'static, f32, Apart> = loader.load_hnsw()?;
    graph.set_searching_mode(true);
    Ok(Box::new(graph))
}

impl Engine for Hnsw<'static, f32, Apart> {
    fn search(&self, query: &[f32], setting: Setting, found: &mut Vec<u32>) {
        found.clear();
        found.extend(Hnsw::search(self, query, K, setting.ef).iter().map(|hit| hit.d_id as u32));
    }
}
