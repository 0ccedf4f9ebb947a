//! What becomes of papers, counted.

use semsearch_corpus::Document;

/// What becomes of the papers of a collection and of those that were read. Every paper that was read is one of the first
/// three.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tally {
    /// Papers that were read and that the collection does not have.
    pub added: u64,
    /// Papers that were read and that the collection has in another form.
    pub changed: u64,
    /// Papers that were read and that the collection has as they are, perhaps from other sources.
    pub unchanged: u64,
    /// Papers of the collection that it does not have afterwards.
    pub removed: u64,
    /// Papers that left a source, and stay because another source has them.
    pub detached: u64,
}

/// What becomes of a paper that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Added,
    Changed,
    Unchanged,
}

impl Fate {
    /// What a paper is that the collection holds as `held`. Where it was read says nothing about the paper.
    pub(super) fn of(held: &Document, read: &Document) -> Fate {
        if held.says_the_same(read) { Fate::Unchanged } else { Fate::Changed }
    }
}

impl Tally {
    pub(super) fn count(&mut self, fate: Fate) {
        match fate {
            Fate::Added => self.added += 1,
            Fate::Changed => self.changed += 1,
            Fate::Unchanged => self.unchanged += 1,
        }
    }
}
