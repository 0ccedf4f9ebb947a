//! From query to answer.
//!
//! | file | holds |
//! | --- | --- |
//! | `error` | why a query was not answered |
//! | `question` | what a query asks of vectors and of words |
//! | `constraints` | which papers may be answers at all |
//! | `fusion` | one score of what vectors and words say |
//! | `rank` | both lists of candidates, and every score of every candidate |
//! | `reasons` | why a paper was found |
//! | `options` | how a query is to be answered |
//! | `answer` | the answer |
//! | `searcher` | all steps in their order |
//!
//! Candidates are the best of either list; every score of every candidate is then exact, whichever list it came from.
//! Measured over four judged sets, two hundred of each give the ranking that scoring all papers gives.

mod answer;
mod constraints;
mod error;
mod fusion;
mod options;
mod question;
mod rank;
mod reasons;
mod searcher;

pub use answer::{Answer, Found, SearchMode, Took};
pub use error::SearchError;
pub use fusion::Fusion;
pub use options::{Matched, Ranker, SearchOptions};
pub use question::{Correction, QuestionOptions};
pub use rank::{Candidates, Confidence};
pub use reasons::{MatchedTerm, Reasons};
pub use searcher::Searcher;
