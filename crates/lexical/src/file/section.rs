//! Which sections a file has.

use super::error::LexicalError;

/// A section, in the order of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    /// Dictionary of words as they are written.
    Words,
    /// For each word the rows that have it, and where.
    Postings,
    /// Dictionary of stems that are not their only word.
    Stems,
    /// For each of these stems its words.
    StemWords,
    /// For each row how many words its title and its abstract have.
    Lengths,
    /// Where the stop words of each sixteenth row begin.
    StopIndex,
    /// For each row its stop words.
    Stops,
    /// For each row how many authors it has.
    Authors,
    /// Dictionary of the words of authors' names.
    Names,
    /// For each of these words the authors who have it.
    NamePostings,
    /// Dictionary of venues.
    Venues,
    /// For each venue its rows.
    VenueRows,
    /// Dictionary of identifiers.
    Identifiers,
    /// For each identifier its rows.
    IdentifierRows,
    /// Dictionary of acronyms, each with a long form.
    Acronyms,
    /// For each of them the rows that say so.
    AcronymRows,
}

impl Section {
    /// All sections, in the order of the file.
    pub(crate) const ALL: [Section; 16] = [
        Self::Words,
        Self::Postings,
        Self::Stems,
        Self::StemWords,
        Self::Lengths,
        Self::StopIndex,
        Self::Stops,
        Self::Authors,
        Self::Names,
        Self::NamePostings,
        Self::Venues,
        Self::VenueRows,
        Self::Identifiers,
        Self::IdentifierRows,
        Self::Acronyms,
        Self::AcronymRows,
    ];

    /// What the section is called in messages and in `FORMAT.md`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Words => "words",
            Self::Postings => "postings",
            Self::Stems => "stems",
            Self::StemWords => "stem words",
            Self::Lengths => "lengths",
            Self::StopIndex => "stop index",
            Self::Stops => "stops",
            Self::Authors => "authors",
            Self::Names => "names",
            Self::NamePostings => "name postings",
            Self::Venues => "venues",
            Self::VenueRows => "venue rows",
            Self::Identifiers => "identifiers",
            Self::IdentifierRows => "identifier rows",
            Self::Acronyms => "acronyms",
            Self::AcronymRows => "acronym rows",
        }
    }

    /// How many bytes the key of a dictionary may have. Words are no longer than 64 bytes, and their stems than one more; a
    /// file of longer ones, each written as what differs from the one before, could fill a memory many times its size.
    pub(crate) fn longest_key(self) -> usize {
        match self {
            Self::Words | Self::Stems | Self::Names => 80,
            Self::Acronyms => 256,
            _ => 1024,
        }
    }

    /// The error for this section.
    pub(crate) fn damaged(self, problem: &'static str) -> LexicalError {
        LexicalError::Damaged { part: self.name(), problem }
    }
}
