//! Sorted words, and what is known of each.
//!
//! | file | what is in it |
//! |---|---|
//! | [`dictionary`] | sorted keys in blocks of sixteen, written, looked up and walked |
//! | [`entry`] | what a dictionary says of a key |
//! | [`key`] | how identifiers and venues are compared |

pub(crate) mod dictionary;
pub(crate) mod entry;
pub(crate) mod key;
