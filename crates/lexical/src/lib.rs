//! Words: from text to terms, which documents hold them, and how well they answer a query.

pub mod acronyms;
pub mod analyse;
