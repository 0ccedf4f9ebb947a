//! Our graph and our exact scan: the only file of this bench that knows this crate.
//!
//! | engine                | what it is                                                           |
//! |-----------------------|----------------------------------------------------------------------|
//! | `semsearch`           | searches the graph of the mapped file                                |
//! | `semsearch-in-memory` | searches the graph in large pages, into which it was copied          |
//! | `semsearch-exact`     | scans the codes of the mapped file, with a proof                     |
//!
//! With a filter, the first two choose the strategy that they expect to be cheaper.

use std::path::Path;

use semsearch_index::{
    ChosenStrategy, Hit, HnswIndex, HnswParams, IndexMeta, NoProgress, RowSet, SearchParams, Strategy, Vectors,
};
use semsearch_vector::Matrix;

use crate::engine::{Built, Engine, Filtered, Save, Setting};
use crate::{DIM, Fallible, K};

pub(crate) fn build(rows: &[f32]) -> Fallible<Save> {
    let vectors = Vectors::new(Matrix::from_vec(rows.to_vec(), DIM)?)?;
    let graph = HnswIndex::build(vectors, &HnswParams::default(), &NoProgress)?;
    Ok(Box::new(move |folder| {
        graph.save(folder, &IndexMeta::default())?;
        let sizes = semsearch_index::open(folder)?.sizes();
        Ok(Built { hot_bytes: Some(sizes.hot_bytes as f64 / sizes.rows.max(1) as f64) })
    }))
}

pub(crate) fn open(folder: &Path, strategy: Strategy) -> Fallible<Box<dyn Engine>> {
    Ok(Box::new(Ours { index: semsearch_index::open(folder)?.hnsw()?, strategy }))
}

pub(crate) fn open_in_memory(folder: &Path) -> Fallible<Box<dyn Engine>> {
    Ok(Box::new(Ours { index: semsearch_index::open(folder)?.hnsw()?.in_memory()?, strategy: Strategy::Graph }))
}

struct Ours {
    index: HnswIndex,
    strategy: Strategy,
}

impl Ours {
    fn find(
        &self,
        query: &[f32],
        params: &SearchParams,
        filter: Option<&RowSet>,
        found: &mut Vec<u32>,
    ) -> ChosenStrategy {
        thread_local! {
            static HITS: std::cell::RefCell<Vec<Hit>> = const { std::cell::RefCell::new(Vec::new()) };
        }
        HITS.with_borrow_mut(|hits| {
            let answer = self.index.search_into(query, params, filter, hits);
            found.clear();
            found.extend(hits.iter().map(|hit| hit.id.0));
            answer.expect("queries are finite and as wide as the rows, and the file is sound").strategy
        })
    }
}

fn params(setting: Setting, strategy: Strategy) -> SearchParams {
    let params = SearchParams::new(K).with_ef(setting.ef).with_strategy(strategy);
    setting.rerank.map_or(params, |rerank| params.with_rerank(rerank))
}

impl Engine for Ours {
    fn search(&self, query: &[f32], setting: Setting, found: &mut Vec<u32>) {
        self.find(query, &params(setting, self.strategy), None, found);
    }

    fn search_batch(&self, queries: &[&[f32]]) -> Option<Vec<Vec<u32>>> {
        if self.strategy != Strategy::Exact {
            return None;
        }
        let queries = Matrix::from_vec(queries.concat(), DIM).expect("whole queries");
        let answers = self.index.exact_batch(&queries, K).expect("queries are finite, and the file is sound");
        Some(answers.into_iter().map(|hits| hits.iter().map(|hit| hit.id.0).collect()).collect())
    }

    fn filtered(&self, allowed: &[u8]) -> Option<Filtered<'_>> {
        let rows = semsearch_index::Index::len(&self.index);
        let filter = RowSet::filled(rows, |row| allowed[row.index() / 8] >> (row.index() % 8) & 1 == 1);
        let strategy = if self.strategy == Strategy::Exact { Strategy::Exact } else { Strategy::Auto };
        Some(Box::new(move |query, setting, found| {
            match self.find(query, &params(setting, strategy), Some(&filter), found) {
                ChosenStrategy::Graph => "walk",
                ChosenStrategy::Exact => "scan",
            }
        }))
    }
}
