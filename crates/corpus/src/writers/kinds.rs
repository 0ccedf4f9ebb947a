//! What the formats call an article, a book and so on.

use crate::document::Document;

/// The names of a kind of paper in BibTeX, RIS and CSL. Of several rows for one name the first counts.
const KINDS: [(&str, &str, &str); 26] = [
    ("article", "JOUR", "article-journal"),
    ("article", "MGZN", "article-magazine"),
    ("article", "NEWS", "article-newspaper"),
    ("article", "EJOUR", "article-journal"),
    ("inproceedings", "CPAPER", "paper-conference"),
    ("inproceedings", "CONF", "paper-conference"),
    ("conference", "CPAPER", "paper-conference"),
    ("proceedings", "CONF", "book"),
    ("incollection", "CHAP", "chapter"),
    ("inbook", "CHAP", "chapter"),
    ("book", "BOOK", "book"),
    ("book", "EBOOK", "book"),
    ("collection", "EDBOOK", "collection"),
    ("phdthesis", "THES", "thesis"),
    ("mastersthesis", "THES", "thesis"),
    ("thesis", "THES", "thesis"),
    ("techreport", "RPRT", "report"),
    ("report", "RPRT", "report"),
    ("unpublished", "UNPB", "manuscript"),
    ("misc", "GEN", "document"),
    ("online", "ELEC", "webpage"),
    ("electronic", "ELEC", "webpage"),
    ("dataset", "DATA", "dataset"),
    ("software", "COMP", "software"),
    ("patent", "PAT", "patent"),
    ("misc", "UNPB", "article"),
];

/// What a paper is called in each format.
pub(super) struct Kind {
    pub(super) bibtex: String,
    pub(super) ris: String,
    pub(super) csl: String,
}

/// The kind that a paper's source names, or the one that it most likely is.
pub(super) fn kind_of(document: &Document) -> Kind {
    let told = |name: &str| document.extra.get(name).and_then(|value| value.as_str());
    let (entry_type, kind) = (told("entry_type"), told("type"));
    let known = KINDS.iter().find(|(bibtex, ris, csl)| {
        entry_type.map_or_else(|| kind == Some(*ris) || kind == Some(*csl), |told| told == *bibtex)
    });
    let (bibtex, ris, csl) = known.copied().unwrap_or(match document.venue {
        Some(_) => KINDS[0],
        None => KINDS[19],
    });
    // A name that only its own format knows stays in it. RIS is in capital letters, CSL in small ones.
    let own_ris = kind.filter(|kind| is_of_ris(kind));
    let own_csl = kind.filter(|kind| is_of_csl(kind));
    Kind {
        bibtex: entry_type.filter(|told| is_word(told, 32, &[])).unwrap_or(bibtex).to_owned(),
        ris: own_ris.unwrap_or(ris).to_owned(),
        csl: own_csl.unwrap_or(csl).to_owned(),
    }
}

/// Whether a text is what RIS or CSL call a kind of paper.
pub(super) fn is_kind(text: &str) -> bool {
    is_of_ris(text) || is_of_csl(text)
}

fn is_of_ris(text: &str) -> bool {
    is_word(text, 12, &['-']) && !text.contains(|c: char| c.is_ascii_lowercase())
}

fn is_of_csl(text: &str) -> bool {
    is_word(text, 32, &['-', '_']) && !text.contains(|c: char| c.is_ascii_uppercase())
}

fn is_word(text: &str, most: usize, marks: &[char]) -> bool {
    (1..=most).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphabetic() || marks.contains(&c))
}
