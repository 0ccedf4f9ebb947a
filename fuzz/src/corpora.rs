//! Readers of papers, each over the whole way from bytes to documents, and what else comes as text.

use std::collections::HashSet;
use std::path::Path;

use semsearch_corpus::{
    Document, Format, ReadError, ReadEvent, ReadOptions, read_corpus, read_qrels, read_queries, stream_corpus,
};
use semsearch_task::NoProgress;

use crate::{let_caught_panics_pass, scratch, tell};

macro_rules! formats {
    ($($(#[$doc:meta])* $name:ident: $($format:ident)|+;)*) => {
        $(
            $(#[$doc])*
            #[must_use]
            pub fn $name(bytes: &[u8]) -> bool {
                matches!(read(&scratch::write("input", bytes)), Some($(Format::$format)|+))
            }
        )*
    };
}

formats! {
    /// XML of the ACL Anthology.
    acl: AclAnthology;
    /// Arrow's files and streams.
    arrow: Arrow;
    /// arXiv's snapshot.
    arxiv: Arxiv;
    /// BibTeX.
    bibtex: Bibtex;
    /// CSL-JSON.
    csl: CslJson;
    /// CSL-YAML.
    csl_yaml: CslYaml;
    /// Tables as text.
    csv: Delimited;
    /// Pages copied from a browser.
    daily_papers: DailyPapers;
    /// DataCite's XML.
    datacite: DataCite;
    /// DBLP's XML.
    dblp: Dblp;
    /// EndNote's XML.
    endnote: EndNoteXml;
    /// Atom and RSS.
    feed: Feed;
    /// Hayagriva.
    hayagriva: Hayagriva;
    /// JATS.
    jats: Jats;
    /// Workbooks of Excel.
    excel: Excel;
    /// JSON in our own words, one a line or in a list.
    jsonl: Jsonl | JsonList;
    /// MARC as XML.
    marc: Marc;
    /// MODS.
    mods: Mods;
    /// NBIB of PubMed.
    nbib: Nbib;
    /// Records of a library.
    oai: OaiPmh;
    /// Works of OpenAlex.
    openalex: OpenAlex;
    /// Parquet files.
    parquet: Parquet;
    /// PubMed's XML.
    pubmed: Pubmed;
    /// refer.
    refer: Refer;
    /// RIS.
    ris: Ris;
    /// Data bases of SQLite.
    sqlite: Sqlite;
    /// ZIP archives.
    zip: Zip;
    /// Papers of Semantic Scholar.
    semantic_scholar: SemanticScholar;
    /// Exports of Web of Science.
    web_of_science: WebOfScience;
    /// Zotero's RDF.
    zotero_rdf: ZoteroRdf;
}

/// Whatever it is, kept in memory and by way of a file, which must give the same.
#[must_use]
pub fn any(bytes: &[u8]) -> bool {
    let path = scratch::write("input", bytes);
    let format = read(&path);
    let options = options(false);
    let mut streamed = Vec::new();
    let report = stream_corpus::<ReadError>(
        std::slice::from_ref(&path),
        &options,
        &NoProgress,
        &mut |_| (),
        &std::env::temp_dir(),
        None,
        &mut |resolved| {
            assert_eq!(serde_json::from_slice::<Document>(resolved.json).expect("it is JSON"), *resolved.document);
            streamed.push(resolved.document.clone());
            Ok(())
        },
    );
    match (report, read_corpus(&[path], &options, &NoProgress, &mut |_| ())) {
        (Ok(report), Ok(corpus)) => {
            assert_eq!((report.records, report.merged), (corpus.report.records, corpus.report.merged));
            assert_eq!(streamed, corpus.documents);
        }
        (Err(streamed), Err(read)) => assert_eq!(streamed.to_string(), read.to_string()),
        (streamed, read) => panic!("{streamed:?} is not {read:?}"),
    }
    format.is_some()
}

/// A folder with one Markdown file.
#[must_use]
pub fn text_file(bytes: &[u8]) -> bool {
    let path = scratch::write("notes/paper.md", bytes);
    read(path.parent().unwrap_or(&path)).is_some()
}

/// What begins as gzip does.
#[must_use]
pub fn gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b]) && compressed(bytes)
}

/// What begins as Zstandard does.
#[must_use]
pub fn zstd(bytes: &[u8]) -> bool {
    // Empty frames may stand in front.
    bytes.get(1..4).is_some_and(|magic| [[0xb5, 0x2f, 0xfd], [0x2a, 0x4d, 0x18]].iter().any(|known| magic == known))
        && compressed(bytes)
}

fn compressed(bytes: &[u8]) -> bool {
    read(&scratch::write("input", bytes));
    true
}

/// Questions.
#[must_use]
pub fn queries(bytes: &[u8]) -> bool {
    match read_queries(&scratch::write("input", bytes)) {
        Ok(queries) => {
            let ids: HashSet<&str> = queries.iter().map(|query| query.id.as_str()).collect();
            assert_eq!(ids.len(), queries.len(), "two queries of one id");
        }
        Err(error) => tell(&error),
    }
    true
}

/// Judgements.
#[must_use]
pub fn qrels(bytes: &[u8]) -> bool {
    match read_qrels(&scratch::write("input", bytes)) {
        Ok(judgments) => {
            let pairs: HashSet<_> = judgments.iter().map(|one| (&one.query, &one.document)).collect();
            assert_eq!(pairs.len(), judgments.len(), "a pair that is judged twice");
        }
        Err(error) => tell(&error),
    }
    true
}

/// DOIs, arXiv ids and dates: what was settled stays as it is.
#[must_use]
pub fn identity(bytes: &[u8]) -> bool {
    use semsearch_corpus::identifiers::{arxiv, doi};
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    if let Some(settled) = doi(text) {
        assert_eq!(doi(&settled).as_ref(), Some(&settled));
    }
    if let Some(settled) = arxiv(text) {
        assert_eq!(arxiv(&settled).as_ref(), Some(&settled));
    }
    if let Ok(date) = text.parse::<semsearch_corpus::Date>() {
        assert_eq!(date.to_string().parse().as_ref(), Ok(&date));
        assert!(date.earliest() <= date.latest());
    }
    let _ = semsearch_corpus::slug(text);
    true
}

fn options(skip_bad: bool) -> ReadOptions {
    ReadOptions::new().with_skip_bad(skip_bad)
}

/// Reads a file or folder; tells the format if one was found.
fn read(path: &Path) -> Option<Format> {
    let_caught_panics_pass();
    let mut format = None;
    let mut on_event = |event: ReadEvent<'_>| match event {
        ReadEvent::Opened { format: found, .. } => format = Some(found),
        ReadEvent::Skipped(error) => tell(error),
        _ => {}
    };
    // Left out, malformed records do not hide what stands behind them.
    match read_corpus(&[path.to_owned()], &options(true), &NoProgress, &mut on_event) {
        Ok(corpus) => {
            let report = &corpus.report;
            assert_eq!(report.records - report.merged, corpus.documents.len() as u64);
            let ids: HashSet<&str> = corpus.documents.iter().map(|document| document.id.as_str()).collect();
            assert_eq!(ids.len(), corpus.documents.len(), "two documents of one id");
            corpus.documents.iter().for_each(check);
        }
        Err(error) => tell(&error),
    }
    format
}

/// Checks what holds for a document of any reader.
fn check(document: &Document) {
    assert!(!document.id.trim().is_empty(), "a document without an id: {document:?}");
    let json = serde_json::to_vec(document).expect("a document is JSON");
    assert_eq!(serde_json::from_slice::<Document>(&json).expect("it was a document"), *document);
    let _ = (document.identities(), document.content_hash());
}
