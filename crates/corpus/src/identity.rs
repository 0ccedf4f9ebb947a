//! Identities: hashes by which the same paper is recognised.
//!
//! A collection cannot be held in memory to see whether a new record is one of its papers. So it stores, beside each
//! document, the document's [identities](Document::identities), 16 bytes each. Two documents that share an identity are a
//! candidate pair (an identity is what record linkage calls a blocking key); `duplicates` decides whether they are the
//! same paper.
//!
//! Stored hashes must mean the same in every later version. So identities and content hashes are BLAKE3, the hashed text
//! is fixed here, and each kind has its own tag. Reducing a text to letters and digits rests on Unicode's NFKD, which
//! never changes for an assigned letter.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::document::{Document, MERGED_IDS};
use crate::identifiers;
use crate::normalise::normalise;

/// A hash of something that identifies a paper: its id, DOI, arXiv id, title, or title and abstract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identity(pub [u8; 16]);

impl Identity {
    /// The identity of a document's id, or of an id that was merged into the document.
    #[must_use]
    pub fn of_id(id: &str) -> Self {
        Self::of("id", &[id])
    }

    /// The identity of a DOI, in the spelling of [`identifiers::doi`].
    #[must_use]
    pub fn of_doi(doi: &str) -> Self {
        Self::of("doi", &[doi])
    }

    /// The identity of an arXiv id, in the spelling of [`identifiers::arxiv`].
    #[must_use]
    pub fn of_arxiv(arxiv: &str) -> Self {
        Self::of("arxiv", &[arxiv])
    }

    /// The identity of a name that a paper has within a file, such as a citation key.
    #[must_use]
    pub fn of_key(file: &str, key: &str) -> Self {
        Self::of("key", &[file, key])
    }

    /// The identity of a title, without the year, since preprint and journal may differ. `None` if the title has no letter
    /// and no digit.
    #[must_use]
    pub fn of_title(title: &str) -> Option<Self> {
        let title = normalise(title);
        (!title.is_empty()).then(|| Self::of("title", &[&title]))
    }

    /// The identity of title and abstract together. `None` if neither has a letter or a digit.
    #[must_use]
    pub fn of_text(title: &str, summary: &str) -> Option<Self> {
        let (title, summary) = (normalise(title), normalise(summary));
        (title.len() + summary.len() > 0).then(|| Self::of("text", &[&title, &summary]))
    }

    /// Hashes the parts with their lengths, so that `ab`, `c` differs from `a`, `bc`.
    fn of(kind: &str, parts: &[&str]) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in std::iter::once(&kind).chain(parts) {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
        }
        Identity(half(&hasher.finalize()))
    }
}

fn half(hash: &blake3::Hash) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(&hash.as_bytes()[..16]);
    half
}

impl Document {
    /// All identities of the document: of its id, DOI, arXiv id, title, title with abstract, of its names within files, and
    /// of the ids of records that were merged into it, which may be DOIs and arXiv ids themselves.
    #[must_use]
    pub fn identities(&self) -> Vec<Identity> {
        let mut identities = vec![Identity::of_id(&self.id)];
        identities.extend(self.doi.as_deref().map(Identity::of_doi));
        identities.extend(self.arxiv.as_deref().map(Identity::of_arxiv));
        identities.extend(Identity::of_text(&self.title, &self.r#abstract));
        identities.extend(Identity::of_title(&self.title));
        identities.extend(self.keys().map(|(file, key)| Identity::of_key(file, key)));
        for id in self.merged_ids() {
            identities.push(Identity::of_id(id));
            identities.extend(identifiers::doi(id).as_deref().map(Identity::of_doi));
            identities.extend(identifiers::arxiv(id).as_deref().map(Identity::of_arxiv));
        }
        let mut seen = HashSet::new();
        identities.retain(|&identity| seen.insert(identity));
        identities
    }

    /// The hash that tells a changed document from an unchanged one: the first 16 bytes of BLAKE3 over all stored content
    /// except the lines of sources.
    ///
    /// Sources count as a set of files and ranks: a file that grew at its top, or was read in another order, says nothing
    /// new about its papers. A name within a file counts where it is not the id.
    #[must_use]
    pub fn content_hash(&self) -> [u8; 16] {
        let mut places: Vec<_> = self.source.iter().map(|source| (source.file.as_str(), source.rank)).collect();
        places.sort_unstable();
        places.dedup();
        let mut keys: Vec<_> = self.keys().filter(|&(_, key)| !self.is_called(key)).collect();
        keys.sort_unstable();
        keys.dedup();
        let content = Document { source: Vec::new(), ..self.clone() };
        // Every key is a string, so this cannot fail.
        let mut content = serde_json::to_value(content).unwrap_or_default();
        // A field that a later version adds must not change the hash of a document without it.
        if let Some(fields) = content.as_object_mut() {
            fields.retain(|_, value| says_something(value));
        }
        let mut hasher = blake3::Hasher::new();
        // Documents were stored before their names within files were.
        let keys = (!keys.is_empty()).then(|| json!(keys).to_string());
        for part in [content.to_string(), json!(places).to_string()].into_iter().chain(keys) {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
        }
        half(&hasher.finalize())
    }
}

impl Document {
    /// Whether two documents say the same of a paper, wherever they were read and under whatever names.
    #[must_use]
    pub fn says_the_same(&self, other: &Document) -> bool {
        let content = |document: &Document| {
            let mut document = document.clone().with_source(Vec::new());
            document.extra.remove(MERGED_IDS);
            document.content_hash()
        };
        content(self) == content(other)
    }
}

fn says_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{MERGED_IDS, Source};

    fn paper() -> Document {
        let mut paper = Document {
            id: "a".into(),
            title: "On Tides".into(),
            r#abstract: "The sea moves.".into(),
            doi: Some("10.1000/7".into()),
            source: vec![Source { file: "x".into(), line: 3, rank: None, key: None }],
            ..Document::default()
        };
        paper.extra.insert("stars".into(), json!(7.25));
        paper
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn identities_are_what_they_were_when_collections_were_written() {
        // Collections store these: a change here makes every stored identity useless.
        assert_eq!(hex(&Identity::of_id("a").0), "07e88001a96722d46d6b19cc03969158");
        assert_eq!(hex(&Identity::of_doi("10.1000/7").0), "487f7ea4d091301cfc4bbae4c927f7ee");
        assert_eq!(hex(&Identity::of_arxiv("2401.01234").0), "83ee6b0c8bb971412d6926978a0ec4b9");
        assert_eq!(hex(&Identity::of_title("Ragnarök: ﬁne").unwrap().0), "2ce4e71676a751fc7b259e66133b150e");
        assert_eq!(
            hex(&Identity::of_text("On Tides", "The sea moves.").unwrap().0),
            "291a6f2469dfabb605ff175cb9e9a097"
        );
    }

    #[test]
    fn a_paper_is_recognised_by_every_name_it_has() {
        let mut paper = paper();
        paper.arxiv = Some("2401.01234".into());
        paper.extra.insert(MERGED_IDS.into(), json!(["b", 7, "10.1000/8", "arXiv:2401.01235v2"]));
        let identities = paper.identities();
        for identity in [
            Identity::of_id("a"),
            Identity::of_id("b"),
            Identity::of_id("10.1000/8"),
            Identity::of_doi("10.1000/7"),
            Identity::of_doi("10.1000/8"),
            Identity::of_arxiv("2401.01234"),
            Identity::of_arxiv("2401.01235"),
            Identity::of_title("ON TIDES!").unwrap(),
            Identity::of_text("on tides", "The sea moves").unwrap(),
        ] {
            assert!(identities.contains(&identity));
        }
        assert_eq!(identities.len(), 10);
        assert_eq!(Document { id: "a".into(), ..Document::default() }.identities(), [Identity::of_id("a")]);
    }

    #[test]
    fn what_is_of_another_kind_or_cut_elsewhere_is_another_identity() {
        assert_ne!(Identity::of_id("10.1000/7"), Identity::of_doi("10.1000/7"));
        assert_ne!(Identity::of_text("ab", "c"), Identity::of_text("a", "bc"));
        assert_ne!(Identity::of_text("ab", ""), Identity::of_title("ab"));
        assert_eq!((Identity::of_title("–"), Identity::of_text("", "…")), (None, None));
    }

    #[test]
    fn only_the_lines_of_its_sources_make_no_difference_to_a_document() {
        let first = paper();
        let changed = |change: fn(&mut Document)| {
            let mut paper = paper();
            change(&mut paper);
            paper.content_hash() != first.content_hash()
        };
        assert!(!changed(|paper| paper.source[0].line = 4));
        assert!(!changed(|paper| paper.source.push(paper.source[0].clone())));
        assert!(changed(|paper| paper.source[0].file = "y".into()));
        assert!(changed(|paper| paper.source[0].rank = Some(1)));
        assert!(changed(|paper| paper.id = "b".into()));
        assert!(changed(|paper| paper.judged = true));
        assert!(changed(|paper| paper.comments = Some(0)));
        assert!(changed(|paper| drop(paper.extra.insert("stars".into(), json!(7.5)))));
        assert_eq!(hex(&first.content_hash()), "3ea2f145e521c98d4e0293b035a35e12");
    }
}
