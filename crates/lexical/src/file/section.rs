//! Which sections a file has.

use super::error::LexicalError;

/// A section, in the order of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    /// Dictionary of words as they are written.
    Words,
    /// Dictionary of stems.
    Stems,
    /// For each stem its words and the rows that have it.
    Postings,
    /// For each row how many words its title and its abstract have.
    Lengths,
    /// Where the sequence of each sixteenth row begins.
    SequenceIndex,
    /// For each row its words in order.
    Sequences,
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
    pub(crate) const ALL: [Section; 15] = [
        Self::Words,
        Self::Stems,
        Self::Postings,
        Self::Lengths,
        Self::SequenceIndex,
        Self::Sequences,
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
            Self::Stems => "stems",
            Self::Postings => "postings",
            Self::Lengths => "lengths",
            Self::SequenceIndex => "sequence index",
            Self::Sequences => "sequences",
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

    /// The error for this section.
    pub(crate) fn damaged(self, problem: &'static str) -> LexicalError {
        LexicalError::Damaged { part: self.name(), problem }
    }
}
