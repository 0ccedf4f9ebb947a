//! Parts that several documents have.

use semsearch_corpus::{Document, Source};
use semsearch_embed::Precision;
use semsearch_engine::Interval;
use semsearch_engine::align::OverlapAt10;
use semsearch_engine::switch::SwitchState;
use semsearch_store::{Collection, CollectionError, Filter, NearMiss, Titled, near_misses};

use crate::shared;

impl From<&Titled> for shared::TitledPaper {
    fn from(titled: &Titled) -> Self {
        shared::TitledPaper { id: titled.id.clone(), title: titled.title.clone() }
    }
}

impl From<Interval> for shared::Interval {
    fn from(Interval { mean, low, high, .. }: Interval) -> Self {
        shared::Interval { mean, low, high }
    }
}

impl From<OverlapAt10> for shared::Agreement {
    fn from(OverlapAt10 { aligned, models, queries, documents, .. }: OverlapAt10) -> Self {
        shared::Agreement {
            bridged: aligned.into(),
            models: models.into(),
            questions: queries as u64,
            documents: documents as u64,
        }
    }
}

impl From<Precision> for shared::Precision {
    fn from(precision: Precision) -> Self {
        match precision {
            Precision::F32 => shared::Precision::F32,
            Precision::Int8 => shared::Precision::Int8,
        }
    }
}

impl From<SwitchState> for shared::ModelState {
    fn from(state: SwitchState) -> Self {
        match state {
            SwitchState::Embedding => shared::ModelState::Embedding,
            SwitchState::Ready => shared::ModelState::Ready,
            SwitchState::Previous => shared::ModelState::Previous,
        }
    }
}

impl From<&NearMiss> for shared::Near {
    fn from(near: &NearMiss) -> Self {
        let value = |(value, papers): &(String, u64)| shared::NearValue { value: value.clone(), papers: *papers };
        let year = |year: i64| i32::try_from(year).ok();
        shared::Near {
            filter: near.part.to_string(),
            papers: near.documents,
            having: near.having,
            values: near.values.iter().map(value).collect(),
            years: near.years.and_then(|(first, last)| Some(shared::Years { first: year(first)?, last: year(last)? })),
        }
    }
}

/// A place that a document was read from.
pub(super) fn place(source: &Source) -> shared::Place {
    shared::Place { file: source.file.clone(), line: source.line, rank: source.rank, key: source.key.clone() }
}

/// The filter as an expression; `None` if every document passes it.
pub(super) fn expression(filter: &Filter) -> Option<String> {
    (!filter.is_everything()).then(|| filter.to_string())
}

/// The date of a document, or its year, as far as it is known.
pub(super) fn date(document: &Document) -> Option<String> {
    document.date.map(|date| date.to_string()).or_else(|| document.year.map(|year| year.to_string()))
}

/// The names of the files that a document was read from, each once.
pub(super) fn files(document: &Document) -> Vec<String> {
    let mut files: Vec<String> = Vec::new();
    for source in &document.source {
        if !files.contains(&source.file) {
            files.push(source.file.clone());
        }
    }
    files
}

impl shared::Near {
    /// What each part of a filter that no paper passes matches by itself; nothing if papers pass it.
    ///
    /// # Errors
    /// What is wrong with the collection.
    pub fn of(collection: &Collection, filter: &Filter) -> Result<Vec<shared::Near>, CollectionError> {
        if filter.is_everything() || collection.passing(filter)?.iter().any(|rows| !rows.is_empty()) {
            return Ok(Vec::new());
        }
        Ok(near_misses(collection, filter)?.iter().map(Self::from).collect())
    }
}
