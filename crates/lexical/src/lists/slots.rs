//! Slots: the places of a row that words are in.
//!
//! Slot 1 has the first word of the title that is no stop word, and so on; after the title one slot stays empty, so that
//! the last word of the title is no neighbour of the first word of the abstract. Slot 0 stands for what has no place of its
//! own: words written together.
//!
//! Two words are neighbours, stop words left out, if their slots are.

/// How many words of a row are in slots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Length {
    /// Words of the title, stop words not counted.
    pub title: u32,
    /// Words of the abstract, stop words not counted.
    pub text: u32,
}

impl Length {
    /// The slot between title and abstract, if there is a [`last`](Self::last) one.
    pub(crate) fn wall(self) -> u32 {
        self.title + 1
    }

    /// The last slot; `None` if that is more than a row can have.
    pub(crate) fn last(self) -> Option<u32> {
        self.title.checked_add(self.text)?.checked_add(1)
    }
}
