//! Where in memory a row's node lies: beside the rows it is linked with.
//!
//! Rows are taken in the order in which a breadth-first search meets them, beginning with the entries. The first nodes
//! are then those that every walk passes, and what is linked is mostly near: the first half of Cuthill and McKee's
//! ordering (1969), whose purpose is the same.

use super::graph::{Graph, present};
use crate::hit::RowId;

/// The rows in the order of their nodes.
pub(crate) fn order(graph: &Graph) -> Vec<u32> {
    let rows = graph.len();
    let mut order: Vec<u32> = Vec::with_capacity(rows);
    let mut met = vec![false; rows];
    // The entries reach every row; the others are named for graphs that somebody made by hand.
    let starts = graph.entries().iter().copied().chain(0..rows as u32);
    let mut next = 0;
    for start in starts {
        if !std::mem::replace(&mut met[start as usize], true) {
            order.push(start);
        }
        while let Some(&row) = order.get(next) {
            next += 1;
            for &link in present(graph.slots(RowId(row))) {
                if !std::mem::replace(&mut met[link as usize], true) {
                    order.push(link);
                }
            }
        }
    }
    order
}
