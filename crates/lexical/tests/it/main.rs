//! The lexical index as a whole.

mod damage;
mod documents;
mod matches;
mod oracle;
mod papers;
mod scores;
