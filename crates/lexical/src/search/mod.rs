//! All segments of a collection, as one.
//!
//! | file | what is in it |
//! |---|---|
//! | [`bm25`] | the formula |
//! | [`collection`] | the segments, and what is counted over all of them |
//! | [`terms`] | stems with what they are worth in each document, kept between queries |
//! | [`scores`] | what every document is worth, and which are worth most |

mod bm25;
mod collection;
mod index;
mod scores;
mod terms;

pub use self::index::{LexicalIndex, WeightedStem};
pub use self::scores::Scores;
