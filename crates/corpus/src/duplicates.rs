//! Whether two documents are the same paper.
//!
//! Records of one paper come from many sources with different ids, so their content decides ([`evidence`]), the surest
//! evidence first:
//!
//! 1. **DOI, arXiv id.** Both documents have the same one, and titles or abstracts have words in common: some exports
//!    give every chapter the DOI of its book. For an arXiv id the same first author is enough, as titles change between
//!    versions.
//! 2. **Text.** Titles agree in letters and digits, and abstracts nearly agree: at least [`ENOUGH`] of the word triples
//!    that occur in either occur in both (Jaccard similarity over 3-word shingles). The abstract alone is not enough,
//!    since the second part of a paper may repeat the abstract of the first. Records without a title are merged only if
//!    their abstracts agree in every letter and digit.
//! 3. **Title and year.** Titles agree in letters and digits, years differ by at most one, and the title is
//!    [distinctive](is_distinctive), unlike "Correspondence" and "Introduction". First authors, where both are known, may
//!    be one person. Documents with different DOIs or different arXiv ids are different papers. arXiv's own DOI is not
//!    compared with a journal's, since a preprint has both. Documents whose abstracts have little in common are different
//!    papers too, unless first and last authors are the same people.
//! 4. **Everything else.** A short title that is not generic, such as "Naming Storms", identifies a paper without its
//!    abstract only if all that surrounds it [agrees](crate::surroundings): the year, every author, and the venue or the
//!    address.
//!
//! A paper that is kept twice is a nuisance; two papers that are merged are lost. In doubt, every rule keeps them apart.
//!
//! # Why one half
//!
//! Between versions of a paper a few sentences change, and each changed word takes three triples with it;
//! between different papers hardly any triple is shared. Measured over pairs with the same title:
//!
//! | pairs                                                     | similarity                       |
//! |-----------------------------------------------------------|----------------------------------|
//! | the 61 repeated papers of the five Daily Papers captures  | 1.00 each                        |
//! | reprints in Cranfield (843 and 889, 1274 and 1319)        | 0.59, 0.80                       |
//! | other pairs in Cranfield and SciFact                      | 0.03 at most                     |
//! | 225 captured abstracts against summaries retold by hand   | 0.06 at most                     |
//!
//! No pair lies between 0.06 and 0.59, so the exact value matters little. One half means: more text in common than not.
//!
//! # Cost
//!
//! Only documents that share an [identity](crate::Identity) are compared, and nearly all of those are the same paper.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::document::Document;
use crate::identifiers::{self, is_arxiv_doi};
use crate::names::may_be_one_person;
use crate::normalise::normalise;
use crate::surroundings::surroundings_agree;
use serde::{Deserialize, Serialize};

/// The share of common word triples from which on two abstracts count as the same.
const ENOUGH: f64 = 0.5;

/// The fewest letters and digits, and words, of a title that may identify a paper without its abstract.
const DISTINCTIVE: (usize, usize) = (30, 4);

/// Beginnings of titles that many papers have, or that papers about papers have.
const GENERIC: [&str; 26] = [
    "acknowledgements",
    "acknowledgments",
    "author",
    "book",
    "comment",
    "commentary",
    "comments",
    "correction",
    "correspondence",
    "corrigendum",
    "editorial",
    "editors",
    "erratum",
    "foreword",
    "guest",
    "in",
    "introduction",
    "letter",
    "message",
    "news",
    "preface",
    "reply",
    "report",
    "response",
    "retraction",
    "summary",
];

/// The evidence by which a record was recognised as an earlier paper, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// The given id.
    Id,
    /// The DOI.
    Doi,
    /// The arXiv id.
    Arxiv,
    /// Title and abstract.
    Text,
    /// The title and the year.
    #[serde(rename = "title and year")]
    TitleAndYear,
}

impl Evidence {
    /// All kinds of evidence, the surest first.
    pub const ALL: [Evidence; 5] =
        [Evidence::Id, Evidence::Doi, Evidence::Arxiv, Evidence::Text, Evidence::TitleAndYear];
}

impl std::fmt::Display for Evidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Evidence::Id => "id",
            Evidence::Doi => "doi",
            Evidence::Arxiv => "arxiv",
            Evidence::Text => "text",
            Evidence::TitleAndYear => "title and year",
        })
    }
}

/// The surest evidence that two documents are the same paper; `None` without any. Ids are not compared.
pub(crate) fn evidence(one: &Document, other: &Document) -> Option<Evidence> {
    let (title, other_title) = (normalise(&one.title), normalise(&other.title));
    let near = || abstracts_are_near(one, other);
    if share(dois(one), dois(other)) && (titles_agree(one, other) || near()) {
        return Some(Evidence::Doi);
    }
    if share(arxiv_ids(one), arxiv_ids(other))
        && (titles_agree(one, other) || near() || first_author_is_same(one, other))
    {
        return Some(Evidence::Arxiv);
    }
    if title != other_title {
        return None;
    }
    let (summary, other_summary) = (normalise(&one.r#abstract), normalise(&other.r#abstract));
    let both_are_told = !summary.is_empty() && !other_summary.is_empty();
    if both_are_told && (summary == other_summary || (!title.is_empty() && near())) {
        return Some(Evidence::Text);
    }
    if names_differ(one, other) {
        return None;
    }
    let agree = if is_distinctive(&one.title) {
        years_agree(one, other)
            && if both_are_told { teams_are_same(one, other) } else { !first_author_differs(one, other) }
    } else {
        !both_are_told && !is_generic(&one.title) && surroundings_agree(one, other)
    };
    agree.then_some(Evidence::TitleAndYear)
}

/// Whether two abstracts have more word triples in common than not.
pub(crate) fn abstracts_are_near(one: &Document, other: &Document) -> bool {
    Shingles::of(&one.r#abstract).similarity(&Shingles::of(&other.r#abstract)) >= ENOUGH
}

/// Whether two documents share a DOI or an arXiv id.
pub(crate) fn names_agree(one: &Document, other: &Document) -> bool {
    share(dois(one), dois(other)) || share(arxiv_ids(one), arxiv_ids(other))
}

/// Whether two documents that share an id are the same paper. They may be even without a title or an abstract.
pub(crate) fn same_paper(one: &Document, other: &Document) -> bool {
    same_text(one, other) || evidence(one, other).is_some()
}

/// Whether two documents agree in every letter and digit of title and abstract, even if both are short or empty.
pub(crate) fn same_text(one: &Document, other: &Document) -> bool {
    normalise(&one.title) == normalise(&other.title) && normalise(&one.r#abstract) == normalise(&other.r#abstract)
}

/// Whether a title may identify a paper without its abstract: it is long, and not one that many papers have.
pub(crate) fn is_distinctive(title: &str) -> bool {
    let words: Vec<String> = words_of(title).collect();
    let letters: usize = words.iter().map(|word| word.chars().count()).sum();
    letters >= DISTINCTIVE.0 && words.len() >= DISTINCTIVE.1 && !is_generic(title)
}

/// Whether a title is one that many papers have, or none.
fn is_generic(title: &str) -> bool {
    let first = words_of(title).next();
    first.is_none_or(|first| GENERIC.contains(&first.as_str())) || normalise(title).contains("specialissue")
}

/// Whether two titles may be of one paper: one begins with the other, they have half their words in common, or one is
/// unknown.
pub(crate) fn titles_agree(one: &Document, other: &Document) -> bool {
    let (title, other_title) = (normalise(&one.title), normalise(&other.title));
    if title.is_empty() || other_title.is_empty() {
        return true;
    }
    let begins = |long: &str, short: &str| long.starts_with(short) && short.len() >= 12;
    title == other_title
        || begins(&title, &other_title)
        || begins(&other_title, &title)
        || Shingles::words(&one.title).similarity(&Shingles::words(&other.title)) >= ENOUGH
}

fn years_agree(one: &Document, other: &Document) -> bool {
    one.year.zip(other.year).is_some_and(|(year, other)| year.abs_diff(other) <= 1)
}

/// Whether both documents have a DOI, or both an arXiv id, and these differ. arXiv's own DOIs count as arXiv ids.
pub(crate) fn names_differ(one: &Document, other: &Document) -> bool {
    let journal = |document| dois(document).into_iter().filter(|doi| !is_arxiv_doi(doi)).collect::<Vec<_>>();
    differ(journal(one), journal(other)) || differ(arxiv_ids(one), arxiv_ids(other))
}

pub(crate) fn first_author_is_same(one: &Document, other: &Document) -> bool {
    one.authors.first().zip(other.authors.first()).is_some_and(|(one, other)| may_be_one_person(one, other))
}

pub(crate) fn first_author_differs(one: &Document, other: &Document) -> bool {
    one.authors.first().zip(other.authors.first()).is_some_and(|(one, other)| !may_be_one_person(one, other))
}

/// Whether both have equally many authors, and first and last authors are the same people.
fn teams_are_same(one: &Document, other: &Document) -> bool {
    one.authors.len() == other.authors.len()
        && first_author_is_same(one, other)
        && one.authors.last().zip(other.authors.last()).is_some_and(|(one, other)| may_be_one_person(one, other))
}

/// The DOI of a document, and those of records that were merged into it.
fn dois(document: &Document) -> Vec<String> {
    document.doi.iter().cloned().chain(document.merged_ids().filter_map(identifiers::doi)).collect()
}

fn arxiv_ids(document: &Document) -> Vec<String> {
    document.arxiv.iter().cloned().chain(document.merged_ids().filter_map(identifiers::arxiv)).collect()
}

fn share(names: Vec<String>, others: Vec<String>) -> bool {
    names.iter().any(|name| others.contains(name))
}

fn differ(names: Vec<String>, others: Vec<String>) -> bool {
    !names.is_empty() && !others.is_empty() && !share(names, others)
}

fn hash_of<T: Hash + ?Sized>(value: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// The words of a text, reduced to letters and digits.
pub(crate) fn words_of(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).map(normalise).filter(|word| !word.is_empty())
}

/// The set of word triples of a text, or of its words, as sorted hashes.
struct Shingles(Vec<u64>);

impl Shingles {
    const WORDS: usize = 3;

    fn of(text: &str) -> Shingles {
        Self::wide(text, Self::WORDS)
    }

    fn words(text: &str) -> Shingles {
        Self::wide(text, 1)
    }

    fn wide(text: &str, width: usize) -> Shingles {
        let words: Vec<u64> = words_of(text).map(|word| hash_of(word.as_str())).collect();
        // A text of fewer words is its own only shingle.
        let width = width.min(words.len()).max(1);
        let mut hashes: Vec<u64> = words.windows(width).map(hash_of).collect();
        hashes.sort_unstable();
        hashes.dedup();
        Shingles(hashes)
    }

    /// Jaccard similarity: the shingles that both texts have, as a share of those that either has. 0 for an empty text.
    fn similarity(&self, other: &Shingles) -> f64 {
        let common = self.0.iter().filter(|hash| other.0.binary_search(hash).is_ok()).count();
        let either = self.0.len() + other.0.len() - common;
        if either == 0 { 0.0 } else { common as f64 / either as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIDES: &str = "The sea rises and falls twice a day because the moon pulls at the near side of the \
                         earth more strongly than at its far side, and we measure how much";

    fn paper(title: &str, summary: &str) -> Document {
        Document { title: title.into(), r#abstract: summary.into(), ..Document::default() }
    }

    fn is_found(first: &Document, second: &Document) -> bool {
        evidence(first, second).is_some()
    }

    #[test]
    fn case_accents_and_punctuation_make_no_difference() {
        assert!(is_found(&paper("Ragnarök: A Test", TIDES), &paper("RAGNAROK a test", &TIDES.replace(',', ";"))));
        assert_eq!(normalise("Eﬃcient Naïve-2²"), "efficientnaive22");
    }

    #[test]
    fn a_revised_abstract_is_still_the_same_paper() {
        let revised = TIDES.replace("twice a day", "twice daily");
        assert!(is_found(&paper("On Tides", TIDES), &paper("On tides", &revised)));
    }

    #[test]
    fn the_same_title_over_another_abstract_is_another_paper() {
        let other = "Winds blow from high pressure to low, bent by the turning of the earth; we give a table of them";
        assert!(!is_found(&paper("Summary", TIDES), &paper("Summary", other)));
    }

    #[test]
    fn the_same_abstract_under_another_title_is_another_paper() {
        assert!(!is_found(&paper("On Tides I", TIDES), &paper("On Tides II", TIDES)));
    }

    #[test]
    fn without_titles_only_equal_abstracts_are_the_same() {
        assert!(is_found(&paper("", TIDES), &paper(" ", &TIDES.to_uppercase())));
        assert!(!is_found(&paper("", TIDES), &paper("", &TIDES.replace("twice a day", "twice daily"))));
    }

    #[test]
    fn empty_abstracts_are_never_the_same() {
        assert!(!is_found(&paper("", ""), &paper("", "")));
        assert!(!is_found(&paper("Summary", ""), &paper("Summary", "")));
        assert!(!is_found(&paper("Summary", "–"), &paper("Summary", "–")));
    }

    #[test]
    fn under_a_shared_id_even_empty_documents_are_the_same() {
        assert!(same_paper(&paper("", ""), &paper("", "")));
        assert!(same_paper(&paper("T", TIDES), &paper("t", &TIDES.replace("twice a day", "twice daily"))));
        assert!(!same_paper(&paper("T", ""), &paper("T", TIDES)));
    }

    const TITLE: &str = "How the Moon Pulls at the Sea, Measured in Four Harbours";

    /// A paper with a distinctive title and an abstract.
    fn told(change: impl FnOnce(&mut Document)) -> Document {
        let mut document = Document { title: TITLE.into(), year: Some(2020), ..Document::default() };
        change(&mut document);
        document
    }

    fn authors(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    fn doi(doi: &str) -> Option<String> {
        Some(doi.to_owned())
    }

    #[test]
    fn the_same_doi_is_the_same_paper_unless_the_titles_say_otherwise() {
        let named = |title: &str, summary: &str| Document { doi: doi("10.1000/7"), ..paper(title, summary) };
        let tides = named(TITLE, TIDES);
        assert_eq!(evidence(&tides, &named("How the moon pulls at the sea", "")), Some(Evidence::Doi));
        assert_eq!(evidence(&tides, &named("Ebb and Flow", &TIDES.to_uppercase())), Some(Evidence::Doi));
        assert_eq!(evidence(&tides, &named("", "")), Some(Evidence::Doi));
        // Two chapters of a book whose DOI both were given.
        assert_eq!(evidence(&tides, &named("Ebb and Flow", "A survey of winds.")), None);
    }

    #[test]
    fn the_same_arxiv_id_is_the_same_paper_under_a_new_title_of_the_same_author() {
        let named = |title: &str, author: &str| Document {
            arxiv: doi("2401.01234"),
            authors: authors(&[author]),
            ..paper(title, "")
        };
        let first = named(TITLE, "Jane Doe");
        assert_eq!(evidence(&first, &named("Ebb and Flow", "Doe, J.")), Some(Evidence::Arxiv));
        assert_eq!(evidence(&first, &named("Ebb and Flow", "Roe, R.")), None);
    }

    #[test]
    fn a_name_that_was_merged_in_tells_the_paper_too() {
        let mut first = paper(TITLE, "");
        first.extra.insert("merged_ids".into(), serde_json::json!(["b", "10.1000/8", "2401.01234"]));
        assert_eq!(evidence(&first, &told(|other| other.doi = doi("10.1000/8"))), Some(Evidence::Doi));
        assert_eq!(evidence(&first, &told(|other| other.arxiv = doi("2401.01234"))), Some(Evidence::Arxiv));
    }

    #[test]
    fn a_distinctive_title_and_a_near_year_are_enough_without_abstracts() {
        let first = told(|_| ());
        assert_eq!(evidence(&first, &told(|other| other.year = Some(2021))), Some(Evidence::TitleAndYear));
        assert_eq!(evidence(&first, &told(|other| other.r#abstract = TIDES.into())), Some(Evidence::TitleAndYear));
        assert_eq!(evidence(&first, &told(|other| other.year = Some(2022))), None);
        assert_eq!(evidence(&first, &told(|other| other.year = None)), None);
    }

    #[test]
    fn titles_that_head_many_papers_tell_none() {
        for title in
            ["Editorial", "On the Tides of Four Seas", "Introduction to the Special Section on Tides and Winds"]
        {
            let named = || told(|paper| paper.title = title.into());
            assert_eq!(evidence(&named(), &named()), None, "{title}");
        }
        assert!(!is_distinctive("Tides and winds of the North Sea: special issue"));
        assert!(is_distinctive(TITLE));
    }

    #[test]
    fn another_first_author_is_another_paper() {
        let by = |names: &[&str]| told(|paper| paper.authors = authors(names));
        assert_eq!(evidence(&by(&["Jane Doe"]), &by(&["J. Doe", "R. Roe"])), Some(Evidence::TitleAndYear));
        assert_eq!(evidence(&by(&["Jane Doe"]), &by(&[])), Some(Evidence::TitleAndYear));
        assert_eq!(evidence(&by(&["Jane Doe"]), &by(&["R. Roe", "J. Doe"])), None);
    }

    #[test]
    fn two_dois_are_two_papers_but_arxivs_own_speaks_against_none() {
        let named = |name: &str| told(|paper| paper.doi = doi(name));
        assert_eq!(evidence(&named("10.1000/7"), &named("10.2000/7")), None);
        assert_eq!(evidence(&named("10.1000/7"), &named("10.48550/arxiv.2401.01234")), Some(Evidence::TitleAndYear));
        let on_arxiv = |name: &str| told(|paper| paper.arxiv = doi(name));
        assert_eq!(evidence(&on_arxiv("2401.01234"), &on_arxiv("2401.01235")), None);
        assert_eq!(evidence(&on_arxiv("2401.01234"), &named("10.1000/7")), Some(Evidence::TitleAndYear));
        // Papers with the same text are one paper, even with different identifiers.
        let with_text = |name: &str| Document { r#abstract: TIDES.into(), ..named(name) };
        assert_eq!(evidence(&with_text("10.1000/7"), &with_text("10.2000/7")), Some(Evidence::Text));
    }

    #[test]
    fn abstracts_that_have_little_in_common_need_the_same_team() {
        let by = |summary: &str, names: &[&str]| {
            told(|paper| {
                paper.r#abstract = summary.into();
                paper.authors = authors(names);
            })
        };
        let retold = "Winds blow from high pressure to low, bent by the turning of the earth";
        let first = by(TIDES, &["Jane Doe", "Kay Poe"]);
        assert_eq!(evidence(&first, &by(retold, &["J. Doe", "K. Poe"])), Some(Evidence::TitleAndYear));
        assert_eq!(evidence(&first, &by(retold, &["J. Doe", "L. Loe"])), None);
        assert_eq!(evidence(&first, &by(retold, &["J. Doe"])), None);
        assert_eq!(evidence(&first, &by(retold, &[])), None);
    }
}
