//! The graph of near neighbours: built over rows, laid out, and searched.
//!
//! Every row is linked to some of the rows nearest to it. A search begins somewhere, keeps moving to linked rows that are
//! nearer to the query, and ends among the nearest ones. A few layers of ever fewer rows on top give it a good place to
//! begin: hierarchical navigable small worlds, Malkov and Yashunin (2018).
//!
//! | file            | what is in it                                                     |
//! |-----------------|-------------------------------------------------------------------|
//! | `params.rs`     | the numbers that shape a graph                                    |
//! | `error.rs`      | why a graph could not be built                                    |
//! | `graph.rs`      | links between rows                                                |
//! | `levels.rs`     | which rows are on the layers above                                |
//! | `neighbours.rs` | the nearest rows of every row, exactly                            |
//! | `clusters.rs`   | the same for more rows than can be compared pair by pair          |
//! | `landmarks.rs`  | rows far away that a row may link to as well                      |
//! | `select.rs`     | which of them become links                                        |
//! | `repair.rs`     | paths to every row                                                |
//! | `link.rs`       | a graph in bulk: neighbours, links, links back, paths, layers     |
//! | `order.rs`      | where in memory a row's node lies                                 |
//! | `freeze.rs`     | the layout that is searched and saved                             |
//! | `beam.rs`       | beam search over one layer; with `pool.rs` and `visited.rs`       |
//! | `search.rs`     | all layers, and full precision at the end                         |
//!
//! A graph is built over rows, in memory, and then frozen: links of fixed number and codes of few bits a number, in an
//! order of their own. Only the frozen form is searched, in memory or in a mapped file. Rows are never added to a graph;
//! building all links again costs less (`docs/decisions/0013`).

mod beam;
mod clusters;
mod error;
mod freeze;
mod graph;
mod landmarks;
mod levels;
mod link;
mod neighbours;
mod order;
mod params;
mod pool;
mod repair;
#[cfg(test)]
mod sample;
mod search;
mod select;
mod visited;

pub use error::BuildError;
pub(crate) use freeze::freeze;
pub(crate) use link::{EXACT_ROWS, link_measured};
pub use params::{HnswParams, ParamsError};
pub(crate) use search::{Request, SearchScratch, search};
