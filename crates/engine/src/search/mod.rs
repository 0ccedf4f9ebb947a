//! From query to answer.
//!
//! | file | holds |
//! | --- | --- |
//! | `error` | why a query was not answered |
//! | `request` | what is asked: texts, and papers to be near to or far from |
//! | `prose` | a text for readers, in passages that can be asked |
//! | `question` | what a query asks of vectors and of words |
//! | `part` | one of the texts that are asked, ready to be ranked by |
//! | `feedback` | papers that move the vector of a query |
//! | `constraints` | which papers may be answers at all |
//! | `demands` | what a question demands of fields, as filters |
//! | `topic` | what the words of a query are about in this collection |
//! | `fusion` | one score of what vectors and words say |
//! | `recency` | the age of papers, and what it takes of their scores |
//! | `rank` | both lists of candidates, and every score of every candidate |
//! | `confidence` | whether anything answers the query |
//! | `diversity` | hits that are unlike each other |
//! | `reasons` | why a paper was found |
//! | `options` | how a query is to be answered |
//! | `order` | the order in which papers are shown, where it is not that of scores |
//! | `answer` | the answer |
//! | `by_vectors` | answers without words; papers similar to others |
//! | `searcher` | all steps in their order |
//!
//! Candidates are the best of either list; every score of every candidate is then exact, whichever list it came from.
//! Measured over four judged sets, two hundred of each give the ranking that scoring all papers gives.

mod answer;
mod by_vectors;
mod confidence;
mod constraints;
mod demands;
mod diversity;
mod error;
mod feedback;
mod fusion;
mod options;
mod order;
mod part;
mod prose;
mod question;
mod rank;
mod reasons;
mod recency;
mod request;
mod searcher;
mod topic;

pub use answer::{Answer, Found, SearchMode, Took};
pub use by_vectors::similar;
pub use confidence::Confidence;
pub use demands::{Demand, demands};
pub use error::SearchError;
pub use feedback::{exact_id, find_paper};
pub use fusion::Fusion;
pub use options::{Matched, Ranker, SearchOptions};
pub use order::{Order, OrderKey};
pub use question::{Correction, QuestionOptions};
pub use rank::Candidates;
pub use reasons::{MatchedTerm, Reasons};
pub use recency::{HalfLife, HalfLifeError};
pub use request::{Combine, Request};
pub use searcher::Searcher;
