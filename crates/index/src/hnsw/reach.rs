//! The rows of a graph that no path leads to.
//!
//! When a row's list of links is full, `hnsw_rs` drops the farthest link without asking whether it was the only way to
//! the row at its other end. On ordinary embeddings that cuts off a row now and then; on identical rows, where one link
//! is as good as another, it cuts off most of them. Such a row can be found by no walk at any `ef`, so they are looked
//! for once after the build and scored with every query.
//!
//! Cost: one visit per link, once per build.

use std::sync::Arc;

use super::Graph;
use crate::hit::RowId;

/// The rows to which no links of the lowest layer lead, starting from the entry point. Ascending.
pub(super) fn unreached(graph: &Graph, rows: usize) -> Vec<RowId> {
    let points = graph.get_point_indexation();
    let layers = 0..graph.get_max_level();

    let mut links = vec![Vec::new(); rows];
    for point in layers.clone().flat_map(|layer| points.get_layer_iterator(layer)) {
        links[point.get_origin_id()] = lowest_links(&point);
    }
    // A walk begins at the first point that reached the highest layer.
    let entry = layers.rev().find_map(|layer| points.get_layer_iterator(layer).next());

    let mut reached = vec![false; rows];
    let mut to_visit: Vec<usize> = entry.iter().map(|point| point.get_origin_id()).collect();
    while let Some(row) = to_visit.pop() {
        if !std::mem::replace(&mut reached[row], true) {
            to_visit.extend(links[row].iter().filter(|linked| !reached[**linked]));
        }
    }
    reached.iter().zip((0..).map(RowId)).filter(|(reached, _)| !**reached).map(|(_, id)| id).collect()
}

fn lowest_links(point: &Arc<hnsw_rs::hnsw::Point<'_, f32>>) -> Vec<usize> {
    point.get_neighborhood_id().swap_remove(0).iter().map(|neighbour| neighbour.d_id).collect()
}

#[cfg(test)]
mod tests {
    use crate::{HnswIndex, HnswParams, Index, Vectors};
    use semsearch_vector::Matrix;

    #[test]
    fn rows_that_no_path_leads_to_are_found_all_the_same() {
        // 400 identical rows and one other: a graph cuts off many of the former.
        let mut data = [0.6, 0.8].repeat(400);
        data.extend([1.0, 0.0]);
        let vectors = Vectors::new(Matrix::from_vec(data, 2).unwrap()).unwrap();
        let index = HnswIndex::build(vectors, &HnswParams::default(), &|_| {}, &|| false).unwrap();
        assert!(!index.unreached().is_empty(), "otherwise this test shows nothing");
        let worst = *index.unreached().last().unwrap();
        let hits = index.search(&[0.6, 0.8], 390, 1).unwrap();
        assert_eq!(hits.len(), 390);
        assert!(hits.iter().all(|hit| hit.score > 0.9));
        assert!(worst.index() < 401);
    }
}
