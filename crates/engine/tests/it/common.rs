//! The toy model as an encoder, and the papers of `semsearch_testing` as a corpus.

use std::path::Path;

use semsearch_corpus::{Corpus, Document};
use semsearch_embed::{EncoderOptions, ModelStore, SentenceTransformer};
use semsearch_engine::{Ranker, SearchOptions};
use semsearch_testing::toy;

/// The toy model with default options.
pub(crate) fn toy_model() -> SentenceTransformer {
    toy_with(&EncoderOptions::default())
}

/// The toy model with these options.
pub(crate) fn toy_with(options: &EncoderOptions) -> SentenceTransformer {
    let store = ModelStore::only(Path::new("nowhere"));
    let model =
        store.find(toy::folder().to_str().expect("the path is UTF-8")).unwrap().expect("the toy model is there");
    SentenceTransformer::load(&model, options).unwrap()
}

/// Paper `number`.
pub(crate) fn paper(number: usize) -> Document {
    serde_json::from_value(semsearch_testing::papers::paper(number)).expect("the fields are those of a document")
}

/// Papers by their numbers.
pub(crate) fn papers(numbers: impl IntoIterator<Item = usize>) -> Corpus {
    corpus(numbers.into_iter().map(paper))
}

/// Documents as if they had been read from a file.
pub(crate) fn corpus(documents: impl IntoIterator<Item = Document>) -> Corpus {
    Corpus::new(documents.into_iter().collect())
}

/// Options of a search by vectors alone, whose scores are cosines.
pub(crate) fn dense() -> SearchOptions {
    SearchOptions::default().with_ranker(Some(Ranker::Dense))
}
