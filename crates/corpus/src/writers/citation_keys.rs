//! The keys under which papers are cited: those that the user's own lists give them now.
//!
//! An id stays what it is, while a key may change in the list that it came from, and a text cites the key. So an entry has the
//! newest key that a source of BibTeX gave the paper; that is the last that is not the id or made from it, since the
//! id was there first. Papers without such a key are cited by their ids.
//!
//! No two entries have one key: where two lists call different papers alike, the second has its id, or else a number.

use std::collections::HashSet;

use crate::document::Document;
use crate::numbered::is_made_from;

/// The endings of files of BibTeX and BibLaTeX.
const BIBTEX: [&str; 3] = ["bib", "bibtex", "biblatex"];
/// The endings of files that another format has, and of archives of any.
const OTHERS: [&str; 14] =
    ["json", "jsonl", "ndjson", "csv", "tsv", "yaml", "yml", "parquet", "xlsx", "xls", "ods", "sqlite", "md", "txt"];
/// The endings that may stand behind them.
const PACKED: [&str; 4] = ["gz", "zst", "bz2", "xz"];

/// The keys of the entries of one list.
#[derive(Debug, Default)]
pub(super) struct CitationKeys {
    given: HashSet<String>,
}

impl CitationKeys {
    /// The key of the next entry, which no entry before has.
    pub(super) fn next(&mut self, document: &Document) -> String {
        let id = written(&document.id);
        let named = newest(document).map(written).into_iter().chain([id.clone()]);
        let numbered = (2_u64..).map(|number| format!("{id}-{number}"));
        // There is always a number left.
        let key = named.chain(numbered).find(|key| !self.given.contains(key)).unwrap_or(id);
        self.given.insert(key.clone());
        key
    }
}

/// The newest key that a source of BibTeX gave a paper; `None` if it is the id, or what the id was made from.
fn newest(document: &Document) -> Option<&str> {
    let has_kind = document.extra.contains_key("entry_type");
    let is_new =
        |&(file, key): &(&str, &str)| !key.is_empty() && !is_made_from(&document.id, key) && is_bibtex(file, has_kind);
    document.keys().filter(is_new).last().map(|(_, key)| key)
}

/// Whether a source is a list of BibTeX. One that the user named without an ending is if its papers have kinds of entries.
fn is_bibtex(file: &str, has_kind: bool) -> bool {
    let mut endings = file.rsplit('/').next().unwrap_or(file).rsplit('.').map(str::to_lowercase);
    let ending = endings.find(|ending| !PACKED.contains(&ending.as_str())).unwrap_or_default();
    BIBTEX.contains(&ending.as_str()) || (has_kind && !OTHERS.contains(&ending.as_str()))
}

/// A name without what ends a key.
fn written(name: &str) -> String {
    let replaced = |c: char| c.is_whitespace() || c.is_control() || "{}(),=\"#%~\\'@".contains(c);
    name.chars().map(|c| if replaced(c) { '_' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Source;

    fn paper(id: &str, places: &[(&str, &str)]) -> Document {
        let place = |&(file, key): &(&str, &str)| Source {
            file: file.to_owned(),
            line: 1,
            rank: None,
            key: Some(key.to_owned()),
        };
        Document::new(id, "On Tides", "").with_source(places.iter().map(place).collect())
    }

    fn keys(papers: &[Document]) -> Vec<String> {
        let mut keys = CitationKeys::default();
        papers.iter().map(|paper| keys.next(paper)).collect()
    }

    #[test]
    fn the_newest_key_of_a_list_of_bibtex_is_cited_and_else_the_id() {
        let one = |id: &str, places: &[(&str, &str)]| keys(&[paper(id, places)]).remove(0);
        assert_eq!(one("old", &[("library.bib", "new")]), "new");
        assert_eq!(one("old", &[("week2/library.bib.gz", "new key")]), "new_key");
        assert_eq!(one("old", &[("library.bib", "old")]), "old");
        assert_eq!(one("old", &[("library.bib", "old"), ("later.bib", "new")]), "new");
        assert_eq!(one("old", &[("later.bib", "new"), ("library.bib", "old")]), "new");
        assert_eq!(one("old-2", &[("library.bib", "old")]), "old-2", "the number tells it from another paper");
        assert_eq!(one("old", &[("table.csv", "17")]), "old");
        assert_eq!(one("old", &[("zotero", "new")]), "old");
        let mut named = paper("old", &[("zotero", "new"), ("table.csv", "17")]);
        named.extra.insert("entry_type".to_owned(), "article".into());
        assert_eq!(keys(&[named]), ["new"]);
    }

    #[test]
    fn no_two_entries_have_one_key() {
        let papers = [
            paper("a", &[("a.bib", "b")]),
            paper("b", &[("b.bib", "b")]),
            paper("c", &[("c.bib", "b")]),
            paper("b 2", &[]),
            paper("b_2", &[]),
        ];
        assert_eq!(keys(&papers), ["b", "b-2", "c", "b_2", "b_2-2"]);
        let swapped = [paper("a", &[("a.bib", "b")]), paper("b", &[("a.bib", "a")])];
        assert_eq!(keys(&swapped), ["b", "a"]);
    }
}
