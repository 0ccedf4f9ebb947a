//! The two roles of a text.

/// The role of a text. Some models have a prompt for each role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextKind {
    /// A query: a text to search for.
    Query,
    /// A passage: a text that is searched.
    Passage,
}
