//! Small papers of few words, so that everything repeats.

use proptest::prelude::*;
use semsearch_lexical::{Analysed, LexicalIndex, LexicalSegment, LexicalWriter, Paper};
use std::sync::Arc;

/// Words of the papers: stop words, words with one stem, compounds, accents, numbers.
pub(crate) const WORDS: [&str; 20] = [
    "network",
    "networks",
    "Networking",
    "the",
    "of",
    "graph",
    "graphs",
    "GPT-4",
    "attention",
    "to",
    "be",
    "not",
    "Poincaré",
    "BERT",
    "k-NN",
    "0.05",
    "深度学习",
    "state-of-the-art",
    "learning",
    "learned",
];

/// A paper that owns its texts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Owned {
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) authors: Vec<String>,
    pub(crate) venue: Option<String>,
    pub(crate) identifiers: Vec<String>,
}

impl Owned {
    pub(crate) fn of(title: &str, text: &str) -> Self {
        Owned { title: title.into(), text: text.into(), ..Owned::default() }
    }

    pub(crate) fn analysed(&self) -> Analysed {
        Analysed::of(&Paper {
            title: &self.title,
            text: &self.text,
            authors: self.authors.iter().map(String::as_str).collect(),
            venue: self.venue.as_deref(),
            identifiers: self.identifiers.iter().map(String::as_str).collect(),
        })
    }
}

/// A text of `words` of [`WORDS`].
fn text(words: std::ops::Range<usize>) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&WORDS[..]), words).prop_map(|words| words.join(" "))
}

fn paper() -> impl Strategy<Value = Owned> {
    let name = prop::sample::select(&["Ashish Vaswani", "Noam Shazeer", "Ashish Noam", "Jean-Pierre Noël", ""][..]);
    let venue = prop::sample::select(&["ACL", "Findings of ACL", "NeurIPS 2017"][..]).prop_map(str::to_owned);
    let text = prop_oneof![9 => text(0..20), 1 => Just("a graph network (GN) learns".to_owned())];
    (self::text(0..5), text, prop::collection::vec(name, 0..4), prop::option::of(venue), 0..8_u32).prop_map(
        |(title, text, authors, venue, id)| Owned {
            title,
            text,
            authors: authors.into_iter().map(str::to_owned).collect(),
            venue,
            identifiers: vec![format!("arXiv:{id}"), format!("doi:{}", id / 2)],
        },
    )
}

/// Papers, how many of them each segment has, and which are removed.
pub(crate) fn collections() -> impl Strategy<Value = (Vec<Owned>, Vec<usize>, Vec<bool>)> {
    prop::collection::vec(paper(), 0..40).prop_flat_map(|papers| {
        let count = papers.len();
        (Just(papers), prop::collection::vec(0..=count, 0..4), prop::collection::vec(prop::bool::weighted(0.2), count))
    })
}

/// A query: stems of words, with weights.
pub(crate) fn queries() -> impl Strategy<Value = Vec<semsearch_lexical::WeightedStem>> {
    let stem = prop::sample::select(&["network", "graph", "gpt4", "4", "attent", "learn", "深度", "absent"][..]);
    let weight = prop::sample::select(&[1.0, 2.0, 0.7, 0.245, 0.0][..]);
    let term = (stem, weight).prop_map(|(stem, weight)| semsearch_lexical::WeightedStem { stem: stem.into(), weight });
    prop::collection::vec(term, 0..6)
}

/// A file of some papers.
pub(crate) fn file(papers: &[Owned]) -> Vec<u8> {
    let mut writer = LexicalWriter::new();
    papers.iter().for_each(|paper| writer.push(paper.analysed()));
    writer.finish()
}

/// A segment of some papers.
pub(crate) fn segment(papers: &[Owned]) -> Arc<LexicalSegment> {
    Arc::new(LexicalSegment::open(file(papers).into()).unwrap())
}

/// A collection of `papers`, cut at `cuts`, from which some are removed.
pub(crate) fn index(papers: &[Owned], cuts: &[usize], removed: &[bool]) -> LexicalIndex {
    let mut cuts = cuts.to_vec();
    cuts.extend([0, papers.len()]);
    cuts.sort_unstable();
    let segments = cuts.windows(2).map(|cut| {
        let rows: Vec<u32> = (0..(cut[1] - cut[0]) as u32).filter(|row| removed[cut[0] + *row as usize]).collect();
        (segment(&papers[cut[0]..cut[1]]), (!rows.is_empty()).then_some(rows))
    });
    LexicalIndex::new(segments.collect()).unwrap()
}
