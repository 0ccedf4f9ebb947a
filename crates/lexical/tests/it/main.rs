//! The lexical index as a whole.

mod oracle;
mod papers;
mod scores;
