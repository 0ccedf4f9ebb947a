//! The two roles of a text.

/// The role of a text. Some models have a prompt of its own for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextKind {
    /// A text that asks.
    Query,
    /// A text that is searched.
    Passage,
}
