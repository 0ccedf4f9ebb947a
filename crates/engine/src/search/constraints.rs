//! Which papers may be answers at all: phrases, fields, and words that must or must not be there.

use semsearch_corpus::{Identity, identifiers};
use semsearch_index::RowSet;
use semsearch_lexical::query::{Clause, FieldName, FieldValue, Occur, What};
use semsearch_lexical::{LexicalIndex, Occurrences};
use semsearch_store::{Collection, CollectionError, Filter, NumberField};

use super::error::SearchError;
use super::question::stems_of;

/// For each segment, the rows that satisfy all of `constraints`. `passing` are those that pass the filter; all that are
/// not deleted without one.
pub(crate) fn satisfying<'a>(
    constraints: impl IntoIterator<Item = &'a Clause>,
    collection: &Collection,
    index: &LexicalIndex,
    passing: Vec<RowSet>,
) -> Result<Vec<RowSet>, SearchError> {
    let mut kept = passing;
    for clause in constraints {
        let mut rows = rows(clause, collection, index)?;
        for (kept, rows) in kept.iter_mut().zip(&mut rows) {
            if clause.occur == Occur::MustNot {
                rows.complement();
            }
            kept.intersect(rows);
        }
    }
    Ok(kept)
}

/// For each segment, the rows that hold what a clause names.
fn rows(clause: &Clause, collection: &Collection, index: &LexicalIndex) -> Result<Vec<RowSet>, SearchError> {
    let documents = match &clause.what {
        What::Text(words) => holding(words, Place::Anywhere, index)?,
        What::Phrase(words) => placed(index.with_phrase(words)?, Place::Anywhere),
        What::Prefix(start) => placed(index.with_prefix(start)?, Place::Anywhere),
        What::Field(name @ (FieldName::Title | FieldName::Abstract), value) => {
            let place = if *name == FieldName::Title { Place::Title } else { Place::Abstract };
            match value {
                FieldValue::Words(words) => holding(words, place, index)?,
                FieldValue::Phrase(words) => placed(index.with_phrase(words)?, place),
                FieldValue::Prefix(start) => placed(index.with_prefix(start)?, place),
                FieldValue::Years { .. } => Vec::new(),
            }
        }
        What::Field(FieldName::Author, value) => index.of_author(text_of(value))?,
        What::Field(FieldName::Venue, value) => index.of_venue(text_of(value))?,
        What::Field(name @ (FieldName::Id | FieldName::Arxiv | FieldName::Doi), value) => {
            identified(*name, text_of(value), collection)?
        }
        What::Field(FieldName::Year, FieldValue::Years { from, to }) => return years(*from, *to, collection),
        What::Field(FieldName::Year, _) => Vec::new(),
    };
    let mut rows: Vec<RowSet> = collection.segments().iter().map(|segment| RowSet::empty(segment.rows())).collect();
    for number in documents {
        let Some(id) = collection.doc_id_numbered(u64::from(number)) else { continue };
        let (segment, row) = collection.place(id)?;
        rows[segment].insert(row);
    }
    Ok(rows)
}

/// Where a paper has to hold something.
#[derive(Clone, Copy)]
enum Place {
    Anywhere,
    Title,
    Abstract,
}

fn placed(found: Vec<(u32, Occurrences)>, place: Place) -> Vec<u32> {
    let is_there = |count: &Occurrences| match place {
        Place::Anywhere => true,
        Place::Title => count.title > 0,
        Place::Abstract => count.text > 0,
    };
    found.into_iter().filter(|(_, count)| is_there(count)).map(|(document, _)| document).collect()
}

/// The papers that hold all of some words, in any form, in ascending order. Stop words are passed over.
fn holding(words: &str, place: Place, index: &LexicalIndex) -> Result<Vec<u32>, SearchError> {
    let mut all: Option<Vec<u32>> = None;
    for stem in stems_of(words) {
        let found = placed(index.with_stem(&stem)?, place);
        all = Some(match all {
            None => found,
            Some(all) => all.into_iter().filter(|document| found.binary_search(document).is_ok()).collect(),
        });
    }
    Ok(all.unwrap_or_default())
}

fn text_of(value: &FieldValue) -> &str {
    match value {
        FieldValue::Words(text) | FieldValue::Phrase(text) | FieldValue::Prefix(text) => text,
        FieldValue::Years { .. } => "",
    }
}

/// The papers that an identifier names.
fn identified(name: FieldName, text: &str, collection: &Collection) -> Result<Vec<u32>, SearchError> {
    let mut identities = Vec::new();
    if name == FieldName::Id {
        identities.push(Identity::of_id(text));
    }
    if name != FieldName::Doi {
        identities.extend(identifiers::arxiv(text).as_deref().map(Identity::of_arxiv));
    }
    if name != FieldName::Arxiv {
        identities.extend(identifiers::doi(text).as_deref().map(Identity::of_doi));
    }
    let mut found = Vec::new();
    for identity in identities {
        found.extend(collection.find_key(identity.0)?.into_iter().map(|id| id.number()));
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// The papers of which the whole query is an identifier, in ascending order.
pub(crate) fn identified_by(query: &str, collection: &Collection) -> Result<Vec<u32>, SearchError> {
    let query = query.trim();
    if query.is_empty() || query.contains(char::is_whitespace) {
        return Ok(Vec::new());
    }
    identified(FieldName::Id, query, collection)
}

fn years(from: Option<i32>, to: Option<i32>, collection: &Collection) -> Result<Vec<RowSet>, SearchError> {
    let filter = Filter::numbers(NumberField::Year, from.map(i64::from), to.map(i64::from));
    collection.passing(&filter).map_err(|error: CollectionError| error.into())
}
