//! The lexical index as a whole.

mod documents;
mod matches;
mod oracle;
mod papers;
mod scores;
