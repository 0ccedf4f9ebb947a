//! Files that other programs write, read through the public interface: one small file of invented papers for each format.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::collection::vec;
use proptest::prelude::*;
use semsearch_corpus::{Document, Format, NotUnderstood, ReadError, ReadEvent, ReadOptions, read_corpus};
use semsearch_task::{ErrorKind, NoProgress};
use tempfile::TempDir;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats").join(name)
}

/// The content of an input: its format, its documents, the messages about malformed records without the path, and what else
/// the report says.
struct Reading {
    format: Format,
    documents: Vec<Document>,
    complaints: Vec<String>,
    passed_over: u64,
    /// How many records, the field, what the first one says, and where.
    not_understood: Vec<String>,
}

impl Reading {
    fn ids(&self) -> Vec<&str> {
        self.documents.iter().map(|document| document.id.as_str()).collect()
    }
}

fn read(path: &Path) -> Result<Reading, ReadError> {
    let mut complaints = Vec::new();
    let options = ReadOptions::new().with_skip_bad(true);
    let corpus = read_corpus(&[path.to_owned()], &options, &NoProgress, &mut |event| {
        if let ReadEvent::Skipped(error) = event {
            let message = error.to_string();
            complaints.push(
                message.replace(&format!("{}", path.display()), "").split("; correct").next().unwrap().to_owned(),
            );
        }
    })?;
    let told = |account: &NotUnderstood| {
        let line = account.source.as_ref().map_or(0, |source| source.line);
        format!("{} {}: {}, line {line}", account.records, account.field, account.example)
    };
    let not_understood = corpus.report.not_understood.iter().map(told).collect();
    let (format, passed_over) = (corpus.report.inputs[0].format, corpus.report.passed_over);
    Ok(Reading { format, documents: corpus.documents, complaints, passed_over, not_understood })
}

fn read_fixture(name: &str) -> Reading {
    read(&fixture(name)).unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn in_file(folder: &TempDir, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join("input");
    fs::write(&path, bytes).unwrap();
    path
}

/// Formats that are streams of text, and so may come compressed, by pipe and cut short.
const STREAMS: [(&str, Format); 13] = [
    ("arxiv.jsonl", Format::Arxiv),
    ("semantic_scholar.jsonl", Format::SemanticScholar),
    ("semantic_scholar_page.json", Format::SemanticScholar),
    ("openalex.jsonl", Format::OpenAlex),
    ("openalex_page.json", Format::OpenAlex),
    ("zotero.json", Format::CslJson),
    ("papers.csv", Format::Delimited),
    ("papers.tsv", Format::Delimited),
    ("ieee.csv", Format::Delimited),
    ("zotero.ris", Format::Ris),
    ("pubmed.nbib", Format::Nbib),
    ("wos_plain.txt", Format::WebOfScience),
    ("wos_tab.txt", Format::WebOfScience),
];

#[test]
fn compressed_and_under_any_name_the_content_decides() {
    let folder = TempDir::new().unwrap();
    for (name, format) in STREAMS {
        let plain = read_fixture(name);
        assert_eq!(plain.format, format, "{name}");
        let mut packed = read(&in_file(&folder, gzip(&fs::read(fixture(name)).unwrap()))).unwrap();
        assert_eq!((packed.format, packed.complaints.clone()), (format, plain.complaints.clone()), "{name}");
        for document in &mut packed.documents {
            assert_eq!(document.source[0].file, "input");
            document.source[0].file = name.to_owned();
        }
        assert_eq!(packed.documents, plain.documents, "{name}");
        let marked = [b"\xef\xbb\xbf", fs::read(fixture(name)).unwrap().as_slice()].concat();
        assert_eq!(read(&in_file(&folder, marked)).unwrap().documents.len(), plain.documents.len(), "{name}");
    }
}

#[test]
fn without_skipping_the_first_malformed_record_ends_reading() {
    let folder = TempDir::new().unwrap();
    let cut = in_file(&folder, "{\"id\": \"1\", \"title\": \"T\"}\n{\"id\": \"2\", \"title\": \"U\"\n");
    for path in [cut, fixture("papers.csv")] {
        let error = read_corpus(&[path], &ReadOptions::default(), &NoProgress, &mut |_| ()).unwrap_err();
        assert!(error.kind() == ErrorKind::Usage && error.is_skippable(), "{error}");
    }
}

#[test]
fn strictly_read_what_is_not_understood_ends_reading() {
    for (name, complaint) in [
        (
            "semantic_scholar.jsonl",
            ", line 2: expected a title or an abstract, found neither, beside the fields `citationCount`, `corpusId`",
        ),
        ("notes", "/2021/harbour.md, line 1: expected a value of `date` that is understood, found `next`"),
    ] {
        let strict = ReadOptions::default().with_strict(true);
        let error = read_corpus(&[fixture(name)], &strict, &NoProgress, &mut |_| ()).unwrap_err();
        assert!(error.is_skippable() && error.to_string().ends_with(complaint), "{error}");
    }
}

#[test]
fn arxiv_tells_when_a_paper_appeared() {
    let arxiv = read_fixture("arxiv.jsonl");
    assert_eq!(arxiv.ids(), ["0704.0001", "hep-th/9901001", "2104.00007", "2104.00008"]);
    let tides = &arxiv.documents[0];
    assert_eq!((tides.title.as_str(), tides.date.unwrap().to_string()), ("Tides in a teacup", "2007-04-02".to_owned()));
    assert_eq!(tides.authors, ["Ida Brandt", "Tomás Quiroga Jr."]);
    assert_eq!(tides.keywords, ["physics.flu-dyn", "physics.ao-ph"]);
    assert_eq!((tides.doi.as_deref(), tides.arxiv.as_deref()), (Some("10.1000/seas.1"), Some("0704.0001")));
    assert_eq!(arxiv.documents[1].url.as_deref(), Some("https://arxiv.org/abs/hep-th/9901001"));
    assert_eq!((arxiv.documents[3].source[0].line, arxiv.documents[3].source[0].file.as_str()), (4, "arxiv.jsonl"));
    assert_eq!((arxiv.documents[2].title.as_str(), arxiv.complaints.len()), ("7", 0));
}

#[test]
fn semantic_scholar_is_read_in_both_spellings_and_without_abstracts() {
    let scholar = read_fixture("semantic_scholar.jsonl");
    assert_eq!(scholar.ids(), ["CorpusId:81234", "aa02", "CorpusId:81237"]);
    let tides = &scholar.documents[0];
    assert_eq!((tides.r#abstract.as_str(), tides.venue.as_deref()), ("", Some("Journal of Seas")));
    assert_eq!((tides.doi.as_deref(), tides.arxiv.as_deref()), (Some("10.1000/seas.1"), Some("0704.0001")));
    assert_eq!((tides.date.unwrap().to_string(), tides.keywords.len()), ("2007-04-02".to_owned(), 1));
    assert_eq!(tides.extra["citationCount"], 12);
    let gulls = &scholar.documents[1];
    assert_eq!(
        (gulls.r#abstract.as_str(), gulls.arxiv.as_deref()),
        ("Gulls are counted from shadows.", Some("2104.00008"))
    );
    assert_eq!((scholar.complaints.len(), scholar.passed_over), (0, 1));

    let page = read_fixture("semantic_scholar_page.json");
    assert_eq!(page.ids(), ["0f1e", "aa02"]);
    assert_eq!(page.documents.iter().map(|document| document.source[0].line).collect::<Vec<_>>(), [2, 3]);
}

#[test]
fn openalex_abstracts_are_put_back_in_order() {
    let works = read_fixture("openalex.jsonl");
    assert_eq!(works.ids(), ["W101", "W102", "W103"]);
    let tides = &works.documents[0];
    assert_eq!(tides.r#abstract, "A cup of tea has tides too small to see. We see them with a straw.");
    assert_eq!((tides.venue.as_deref(), tides.arxiv.as_deref()), (Some("Journal of Seas"), Some("0704.0001")));
    assert_eq!(tides.keywords, ["Teacup", "Tide", "Tidal flows"]);
    assert_eq!((tides.authors.len(), &tides.extra["cited_by_count"]), (2, &12.into()));
    assert_eq!(works.documents[2].keywords, ["Optics"]);
    assert_eq!((works.complaints.len(), &works.documents[1].extra["publication_date"]), (0, &"April".into()));

    let page = read_fixture("openalex_page.json");
    assert_eq!((page.ids(), page.documents[0].r#abstract.as_str()), (vec!["W101", "W103"], "Warm tea."));
}

#[test]
fn the_library_of_a_reference_manager_is_read_item_by_item() {
    let library = read_fixture("zotero.json");
    let address = |item: &str| format!("http://zotero.org/users/1/items/{item}");
    assert_eq!(library.ids(), [address("AAAA0001"), "brandt1999".to_owned(), address("AAAA0003")]);
    let [tides, numbered, lights] = &library.documents[..] else { panic!() };
    assert_eq!((tides.date.unwrap().to_string(), tides.doi.as_deref()), ("2008-01".to_owned(), Some("10.1000/seas.1")));
    assert_eq!((tides.keywords.len(), &tides.extra["volume"]), (2, &"3".into()));
    assert_eq!(lights.title, "Harbour [lights], and \"what\" {they} say");
    assert_eq!((lights.arxiv.as_deref(), lights.year, lights.source[0].line), (Some("2104.00009"), Some(2021), 16));
    assert_eq!((numbered.title.as_str(), library.complaints.len()), ("1999", 0));
}

#[test]
fn a_list_that_breaks_off_says_so_and_cannot_be_skipped_over() {
    let folder = TempDir::new().unwrap();
    let whole = fs::read(fixture("zotero.json")).unwrap();
    let path = in_file(&folder, &whole[..whole.len() - 40]);
    let error = read(&path).err().unwrap();
    assert!(error.kind() == ErrorKind::Usage && !error.is_skippable(), "{error}");
    assert!(error.to_string().contains("found the end of the file, which may be cut short"), "{error}");
}

#[test]
fn a_list_of_our_own_fields_is_read_too() {
    let folder = TempDir::new().unwrap();
    let list = read(&in_file(&folder, "[{\"id\": 1, \"text\": \"a\"},\n {\"id\": 2}, 3]")).unwrap();
    assert_eq!((list.format, list.ids()), (Format::JsonList, vec!["1"]));
    assert_eq!(list.passed_over, 1);
    assert!(list.complaints[0].ends_with("line 2: expected one JSON object on the line, found the number 3"));
}

#[test]
fn tables_are_read_by_the_names_in_their_first_line() {
    let table = read_fixture("papers.csv");
    assert_eq!(table.ids(), ["2", "3", "4"]);
    let [tides, lights, knots] = &table.documents[..] else { panic!() };
    assert_eq!(tides.r#abstract, "A cup of tea has tides; too small to see, some \"say\".");
    assert_eq!((tides.authors.len(), tides.authors_count, tides.year), (2, Some(2), Some(2008)));
    assert_eq!((tides.doi.as_deref(), tides.venue.as_deref()), (Some("10.1000/seas.1"), Some("Journal of Seas")));
    assert_eq!((lights.r#abstract.as_str(), lights.authors.as_slice()), ("", &["GULL team".to_owned()][..]));
    assert_eq!(
        table.complaints,
        [
            ", line 2: expected 8 cells, as in the first line, found 9 cells, perhaps because a `;` in a cell is not in quotes"
        ]
    );
    assert_eq!((tides.source[0].line, lights.source[0].line), (4, 7));
    assert_eq!((knots.year, &knots.extra["year"]), (None, &"MMX".into()));

    let tabs = read_fixture("papers.tsv");
    assert_eq!(tabs.ids(), ["tides-in-a-teacup", "knots"]);
    assert_eq!((tabs.documents[1].r#abstract.as_str(), tabs.documents[1].year), ("Rope \"remembers\".", Some(1999)));
}

#[test]
fn bytes_of_another_encoding_are_named_by_their_column() {
    let folder = TempDir::new().unwrap();
    let bad = read(&in_file(&folder, b"id,title,text\n1,T,caf\xe9\n2,T\xc3\xa9,x\n")).unwrap();
    assert_eq!(bad.complaints, [", line 2: expected UTF-8 text in `text`, found the byte 0xe9 at byte column 4"]);
}

#[test]
fn a_folder_of_notes_is_read_by_path() {
    let notes = read_fixture("notes");
    assert_eq!(notes.format, Format::TextFolder);
    assert_eq!(notes.ids(), ["2021/gulls", "2021/harbour", "Knots", "tides"]);
    let [gulls, _, knots, tides] = &notes.documents[..] else { panic!() };
    assert_eq!(
        (gulls.title.as_str(), gulls.r#abstract.as_str()),
        ("A census of gulls", "We count gulls from their shadows, at noon and at four.")
    );
    assert_eq!((knots.title.as_str(), knots.source[0].file.as_str()), ("Knots", "notes/Knots.txt"));
    assert_eq!(
        (tides.title.as_str(), tides.r#abstract.as_str()),
        ("Tides in a teacup", "A cup of tea has tides too small to see.")
    );
    assert_eq!((tides.authors.len(), tides.keywords.len(), tides.doi.as_deref()), (2, 2, Some("10.1000/seas.1")));
    assert_eq!(tides.date.unwrap().to_string(), "2008-01-15");
    assert_eq!((notes.complaints.len(), notes.not_understood), (0, vec!["1 date: next, line 1".to_owned()]));
}

#[test]
fn a_folder_shows_neither_hidden_files_nor_circles_and_may_hold_compressed_text() {
    let folder = TempDir::new().unwrap();
    let put = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    };
    put("a.MD", &gzip(b"# A\ntext"));
    put(".hidden.md", b"# Hidden");
    put(".git/b.md", b"# Hidden");
    put("c/d.txt", b"\xef\xbb\xbfD\nna\xefve caf\xc3\xa9");
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder.path(), folder.path().join("c/circle")).unwrap();
    let notes = read(folder.path()).unwrap();
    assert_eq!(notes.ids(), ["a"]);
    assert_eq!(notes.complaints, ["/c/d.txt, line 2: expected UTF-8 text, found the byte 0xef at byte column 3"]);
    put("page.txt", include_bytes!("fixtures/with_metadata.txt"));
    let with_page = read(folder.path()).unwrap();
    assert_eq!((with_page.format, with_page.complaints.len()), (Format::Folder, 1));
    assert!(with_page.documents.len() > 2 && with_page.documents[0].id == "a");
}

#[test]
fn a_folder_without_text_is_refused() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("picture.png"), "x").unwrap();
    let error = read(folder.path()).err().unwrap();
    assert!(matches!(error, ReadError::NothingInFolder { .. }) && error.kind() == ErrorKind::Usage);
}

#[test]
fn parquet_is_read_however_it_was_written() {
    for name in ["snappy.parquet", "gzip.parquet", "zstd.parquet", "plain.parquet", "brotli.parquet"] {
        let table = read_fixture(name);
        assert_eq!(table.format, Format::Parquet, "{name}");
        assert_eq!(table.ids(), ["seas-1", "seas-2", "harbour-lights", "seas-4"], "{name}");
        let [tides, gulls, lights, knots] = &table.documents[..] else { panic!() };
        assert_eq!(tides.title, "Tides in a teacup");
        assert_eq!(tides.r#abstract, "A cup of tea has tides too small to see. We see them with a straw.", "{name}");
        assert_eq!(tides.authors, ["Ida Brandt", "Tomás Quiroga"], "{name}");
        assert_eq!((tides.date.unwrap().to_string(), tides.year), ("2021-04-03".to_owned(), Some(2021)), "{name}");
        assert_eq!(tides.doi.as_deref(), Some("10.1000/seas.1"), "{name}");
        assert_eq!(
            (gulls.keywords.as_slice(), gulls.year),
            (&["gulls".to_owned(), "shadows".to_owned()][..], Some(2022))
        );
        assert_eq!((lights.r#abstract.as_str(), lights.authors.len(), lights.year), ("", 0, None), "{name}");
        assert_eq!((knots.date.unwrap().to_string(), knots.source[0].line), ("2024-02-29".to_owned(), 4), "{name}");
        let extra: Vec<&String> = tides.extra.keys().collect();
        assert_eq!(extra, ["people", "stars"], "embeddings and pictures are passed over: {name}");
        assert_eq!(tides.extra["people"], serde_json::json!(["Ida Brandt", "T. Quiroga"]));
    }
}

#[test]
fn parquet_that_cannot_be_read_says_why() {
    let folder = TempDir::new().unwrap();
    let complaint = |bytes: &[u8]| read(&in_file(&folder, bytes)).err().unwrap().to_string();
    let whole = fs::read(fixture("snappy.parquet")).unwrap();
    assert_eq!(read(&in_file(&folder, gzip(&whole))).unwrap().documents.len(), 4);
    assert!(complaint(&whole[..whole.len() - 1]).contains("found another end, so the file may be cut short"));
    assert!(complaint(b"PAR1\xff\xff\xff\x7fPAR1").contains("found a description of 2147483647 bytes in a file of 12"));
    assert!(complaint(b"PAR1").contains("found 4 bytes"));
}

#[test]
fn every_cut_of_a_stream_reads_or_is_refused() {
    let folder = TempDir::new().unwrap();
    for (name, _) in STREAMS {
        let whole = fs::read(fixture(name)).unwrap();
        let documents = read_fixture(name).documents.len();
        for end in (0..whole.len()).step_by(13) {
            match read(&in_file(&folder, &whole[..end])) {
                Ok(reading) => assert!(reading.documents.len() <= documents, "{name} cut at {end}"),
                Err(error) => assert!(error.kind() == ErrorKind::Usage, "{name} cut at {end}: {error}"),
            }
        }
    }
}

#[test]
fn no_cut_of_parquet_is_read() {
    let folder = TempDir::new().unwrap();
    let whole = fs::read(fixture("zstd.parquet")).unwrap();
    for end in (4..whole.len()).step_by(7) {
        assert!(read(&in_file(&folder, &whole[..end])).is_err(), "cut at {end}");
    }
}

fn any_stream() -> impl Strategy<Value = Vec<u8>> {
    proptest::sample::select(STREAMS.to_vec()).prop_map(|(name, _)| fs::read(fixture(name)).unwrap())
}

fn any_parquet() -> impl Strategy<Value = Vec<u8>> {
    let names = vec!["snappy.parquet", "gzip.parquet", "zstd.parquet", "plain.parquet"];
    proptest::sample::select(names).prop_map(|name| fs::read(fixture(name)).unwrap())
}

proptest! {
    #[test]
    fn damage_to_a_stream_never_panics(
        bytes in any_stream(),
        damage in vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6),
        end in any::<proptest::sample::Index>(),
    ) {
        let mut bytes = bytes;
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let folder = TempDir::new().unwrap();
        let _ = read(&in_file(&folder, &bytes));
        let _ = read(&in_file(&folder, &bytes[..end.index(bytes.len())]));
    }

    #[test]
    fn damage_to_parquet_is_an_error_or_nothing(
        bytes in any_parquet(),
        damage in vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = bytes;
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let folder = TempDir::new().unwrap();
        if let Err(error) = read(&in_file(&folder, &bytes)) {
            prop_assert!(error.kind() == ErrorKind::Usage, "{}", error);
        }
    }

    #[test]
    fn any_notes_are_read_or_refused(content in vec(any::<u8>(), 0..200), marked in any::<bool>()) {
        let folder = TempDir::new().unwrap();
        let head: &[u8] = if marked { b"---\ntitle: T\n---\n" } else { b"" };
        fs::write(folder.path().join("a.md"), [head, &content].concat()).unwrap();
        let _ = read(folder.path());
    }
}
