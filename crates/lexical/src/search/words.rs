//! All words of a collection, and what its papers define.

use std::collections::BTreeMap;

use crate::file::error::LexicalError;
use crate::file::section::Section;
use crate::vocabulary::key::definition_of;

use super::collection::{Collection, Part, malformed};

/// The words of a collection in ascending order, stop words left out, each with the number of documents that have it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WordList {
    letters: String,
    ends: Vec<usize>,
    documents: Vec<u32>,
}

/// An acronym and a long form, and how many documents say that it stands for that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountedDefinition {
    /// The acronym.
    pub acronym: String,
    /// What it stands for.
    pub long_form: String,
    /// How many documents say so.
    pub documents: u32,
}

impl WordList {
    /// Reads the words of all segments.
    pub(super) fn read(collection: &Collection) -> Result<Self, LexicalError> {
        let mut list = WordList::default();
        let mut walks = Vec::new();
        for part in &collection.parts {
            let mut walk = part.segment.dictionary(Section::Words)?.walk();
            if walk.next()? {
                walks.push((part, walk));
            }
        }
        let mut word: Vec<u8> = Vec::new();
        while let Some((_, first)) = walks.iter().min_by(|(_, a), (_, b)| a.key().cmp(b.key())) {
            word.clear();
            word.extend_from_slice(first.key());
            let text = first.text()?.to_owned();
            let mut documents = 0_u32;
            let mut place = 0;
            while let Some((part, walk)) = walks.get_mut(place) {
                if walk.key() == word {
                    documents = documents.saturating_add(documents_of(part, walk.found())?);
                    if !walk.next()? {
                        walks.remove(place);
                        continue;
                    }
                }
                place += 1;
            }
            if documents > 0 {
                list.letters.push_str(&text);
                list.ends.push(list.letters.len());
                list.documents.push(documents);
            }
        }
        Ok(list)
    }

    /// How many words there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The words, ascending, each with the number of documents that have it.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u32)> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let words = starts.zip(&self.ends).map(|(start, &end)| &self.letters[start..end]);
        words.zip(self.documents.iter().copied())
    }
}

/// How many documents have a word.
pub(super) fn frequency(collection: &Collection, word: &str) -> Result<u32, LexicalError> {
    let mut documents = 0_u32;
    for part in &collection.parts {
        if let Some(found) = part.segment.dictionary(Section::Words)?.find(word.as_bytes())? {
            documents = documents.saturating_add(documents_of(part, found)?);
        }
    }
    Ok(documents)
}

fn documents_of(part: &Part, found: crate::vocabulary::entry::Found) -> Result<u32, LexicalError> {
    if part.removed_rows.is_empty() {
        return Ok(found.run.count);
    }
    let mut documents = 0;
    let read = part.segment.postings(found)?.for_each(|row, _| documents += u32::from(part.has(row)));
    read.ok_or_else(malformed)?;
    Ok(documents)
}

/// What the papers define, in the order of acronyms and long forms.
pub(super) fn definitions(collection: &Collection) -> Result<Vec<CountedDefinition>, LexicalError> {
    let mut counts: BTreeMap<(String, String), u32> = BTreeMap::new();
    for part in &collection.parts {
        let mut walk = part.segment.dictionary(Section::Acronyms)?.walk();
        while walk.next()? {
            let mut documents = 0;
            let count = |row| documents += u32::from(part.has(row));
            part.segment.numbers(Section::AcronymRows, walk.found(), part.segment.rows(), count)?;
            let (acronym, long_form) = definition_of(walk.text()?)
                .ok_or_else(|| Section::Acronyms.damaged("a key is no acronym with a long form"))?;
            if documents > 0 {
                *counts.entry((acronym.to_owned(), long_form.to_owned())).or_default() += documents;
            }
        }
    }
    let definition = |((acronym, long_form), documents)| CountedDefinition { acronym, long_form, documents };
    Ok(counts.into_iter().map(definition).collect())
}
