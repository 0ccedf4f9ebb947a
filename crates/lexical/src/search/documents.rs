//! Documents that have a phrase, a beginning of a word, an author, a venue, an identifier.

use std::collections::HashMap;

use crate::analyse::{TokenKind, for_each_token};
use crate::file::error::LexicalError;
use crate::file::section::Section;
use crate::lists::postings::Occurrences;
use crate::lists::stops::STOP_WORDS;
use crate::vocabulary::entry::Found;
use crate::vocabulary::key::{BETWEEN, identifier_key};

use super::collection::{Collection, Part, malformed};

/// The documents that have a word which begins with `prefix`, and how often they have such words.
pub(super) fn with_prefix(collection: &Collection, prefix: &str) -> Result<Vec<(u32, Occurrences)>, LexicalError> {
    let prefix = words(prefix).concat();
    let mut found = Vec::new();
    if prefix.is_empty() {
        return Ok(found);
    }
    let stops: Vec<u8> =
        (0..).zip(STOP_WORDS).filter(|(_, word)| word.starts_with(&prefix)).map(|(stop, _)| stop).collect();
    for part in &collection.parts {
        let mut counts: HashMap<u32, Occurrences> = HashMap::new();
        let mut walk = part.segment.dictionary(Section::Words)?.walk_from(prefix.as_bytes())?;
        while walk.next()? && walk.key().starts_with(prefix.as_bytes()) {
            let read = part.segment.postings(walk.found())?.for_each(|row, count| {
                let sum = counts.entry(row).or_default();
                sum.title = sum.title.saturating_add(count.title);
                sum.text = sum.text.saturating_add(count.text);
            });
            read.ok_or_else(malformed)?;
        }
        if !stops.is_empty() {
            part.segment.stops().for_each_row(|row, words| {
                let title = collection.lengths[(part.base + row) as usize].title;
                words.for_each(|stop, slot| {
                    if stops.contains(&stop) {
                        let sum = counts.entry(row).or_default();
                        let part = if slot <= u64::from(title) { &mut sum.title } else { &mut sum.text };
                        *part = part.saturating_add(1);
                    }
                })
            })?;
        }
        let first = found.len();
        found.extend(counts.into_iter().filter(|&(row, _)| part.has(row)).map(|(row, count)| (part.base + row, count)));
        found[first..].sort_unstable_by_key(|&(document, _)| document);
    }
    Ok(found)
}

/// The documents one of whose authors has all of the words in her name.
pub(super) fn of_author(collection: &Collection, name: &str) -> Result<Vec<u32>, LexicalError> {
    let words = words(name);
    let mut documents = Vec::new();
    for part in collection.parts.iter().filter(|_| !words.is_empty()) {
        let names = part.segment.dictionary(Section::Names)?;
        let found: Vec<Option<Found>> =
            words.iter().map(|word| names.find(word.as_bytes())).collect::<Result<_, _>>()?;
        let Some(mut found) = found.into_iter().collect::<Option<Vec<Found>>>() else { continue };
        found.sort_by_key(|found| found.run.count);
        let ends = part.segment.author_ends()?;
        let all = ends.last().copied().unwrap_or(0);
        let mut authors: Option<Vec<u32>> = None;
        for word in found {
            let mut with_word = Vec::new();
            let mut earlier = authors.as_deref().unwrap_or_default().iter().peekable();
            part.segment.numbers(Section::NamePostings, word, all, |author| {
                while earlier.next_if(|&&before| before < author).is_some() {}
                if authors.is_none() || earlier.next_if_eq(&&author).is_some() {
                    with_word.push(author);
                }
            })?;
            authors = Some(with_word);
        }
        let row_of = |author: u32| ends.partition_point(|&end| end <= author) as u32;
        push_rows(part, authors.unwrap_or_default().into_iter().map(row_of).collect(), &mut documents);
    }
    Ok(documents)
}

/// The documents whose venue has all of the words.
pub(super) fn of_venue(collection: &Collection, venue: &str) -> Result<Vec<u32>, LexicalError> {
    let words = words(venue);
    let mut documents = Vec::new();
    for part in collection.parts.iter().filter(|_| !words.is_empty()) {
        let mut rows = Vec::new();
        let mut walk = part.segment.dictionary(Section::Venues)?.walk();
        while walk.next()? {
            let has =
                |word: &String| walk.key().split(|&byte| byte == BETWEEN as u8).any(|other| other == word.as_bytes());
            if words.iter().all(has) {
                part.segment.numbers(Section::VenueRows, walk.found(), part.segment.rows(), |row| rows.push(row))?;
            }
        }
        rows.sort_unstable();
        push_rows(part, rows, &mut documents);
    }
    Ok(documents)
}

/// The documents with an identifier.
pub(super) fn with_identifier(collection: &Collection, identifier: &str) -> Result<Vec<u32>, LexicalError> {
    let mut documents = Vec::new();
    let Some(key) = identifier_key(identifier) else { return Ok(documents) };
    for part in &collection.parts {
        if let Some(found) = part.segment.dictionary(Section::Identifiers)?.find(key.as_bytes())? {
            let mut rows = Vec::new();
            part.segment.numbers(Section::IdentifierRows, found, part.segment.rows(), |row| rows.push(row))?;
            push_rows(part, rows, &mut documents);
        }
    }
    Ok(documents)
}

/// Appends those of ascending rows that are still there, each once.
fn push_rows(part: &Part, mut rows: Vec<u32>, documents: &mut Vec<u32>) {
    rows.dedup();
    documents.extend(rows.into_iter().filter(|&row| part.has(row)).map(|row| part.base + row));
}

/// The words of a text, in order.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for_each_token(text, &mut |token| {
        if token.kind == TokenKind::Word {
            words.push(token.word.to_owned());
        }
    });
    words
}
