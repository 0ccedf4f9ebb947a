//! Reading whole files through the public interface, on small fixtures with invented papers.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::collection::vec;
use proptest::prelude::*;
use semsearch_corpus::{
    Corpus, Document, Format, ReadError, ReadEvent, ReadOptions, read_corpus, read_qrels, read_queries, stream_corpus,
};
use semsearch_task::{ErrorKind, NoProgress, Progress, Stage};
use tempfile::TempDir;

const PAGE: &str = include_str!("fixtures/with_metadata.txt");
const BARE_PAGE: &str = include_str!("fixtures/without_metadata.txt");
const PAPERS: &str = include_str!("fixtures/papers.jsonl");

/// A folder of files that is removed at the end of the test.
struct Files(TempDir);

impl Files {
    fn new() -> Files {
        Files(tempfile::tempdir().unwrap())
    }

    fn with(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }
}

fn read(paths: &[PathBuf]) -> Result<Corpus, ReadError> {
    read_corpus(paths, &ReadOptions::default(), &NoProgress, &mut |_| ())
}

/// Reads past malformed records and returns the messages about them.
fn read_skipping(paths: &[PathBuf]) -> (Result<Corpus, ReadError>, Vec<String>) {
    let mut complaints = Vec::new();
    let options = ReadOptions::new().with_skip_bad(true);
    let corpus = read_corpus(paths, &options, &NoProgress, &mut |event| {
        if let ReadEvent::Skipped(error) = event {
            complaints.push(error.to_string());
        }
    });
    (corpus, complaints)
}

fn complaint_about(content: impl AsRef<[u8]>) -> String {
    read(&[Files::new().with("input", content)]).unwrap_err().to_string()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn ids(corpus: &Corpus) -> Vec<&str> {
    corpus.documents.iter().map(|document| document.id.as_str()).collect()
}

#[test]
fn a_page_with_metadata_gives_all_it_shows() {
    let files = Files::new();
    let corpus = read(&[files.with("page.txt", PAGE)]).unwrap();
    let [tides, pebble, lighthouse, _, gulls] = &corpus.documents[..] else { panic!("{:?}", ids(&corpus)) };

    assert_eq!(tides.title, "Reading Tide Gauges with Small Neural Networks");
    assert!(tides.r#abstract.ends_with("as often as a trained clerk does."));
    assert_eq!((tides.authors_count, tides.comments), (Some(3), Some(2)));
    assert_eq!((tides.source[0].line, tides.source[0].rank), (13, Some(1)));
    assert_eq!(tides.source[0].file, "page.txt");

    // 2023 is the newest year on the page, on three papers, so dates without a year are from 2024.
    assert_eq!((tides.date.unwrap().to_string(), tides.year), ("2024-03-18".to_owned(), Some(2024)));
    assert_eq!(tides.extra["date_as_shown"], "Mar 18");

    assert_eq!(pebble.organization.as_deref(), Some("Tidewater Laboratory"));
    assert_eq!(pebble.extra["organization_slug"], "tidewater-lab");
    assert_eq!((pebble.authors_count, pebble.comments), (None, None));

    assert_eq!(lighthouse.id, "how-much-does-a-lighthouse-forget");
    assert_eq!((lighthouse.date.unwrap().to_string(), lighthouse.comments), ("2023-07-04".to_owned(), Some(12)));
    assert!(lighthouse.extra.is_empty());

    // The capture ends without a line end, inside the last paper's date.
    assert_eq!(gulls.date.unwrap().to_string(), "2023-12-24");
}

#[test]
fn a_page_without_metadata_gives_titles_and_abstracts() {
    let files = Files::new();
    let corpus = read(&[files.with("page", BARE_PAGE)]).unwrap();
    assert_eq!(
        ids(&corpus),
        ["counting-gulls-from-their-shadows", "a-grammar-of-knots", "salt-crystals-as-slow-clocks"]
    );
    assert!(corpus.documents.iter().all(|document| document.date.is_none() && document.extra.is_empty()));
}

#[test]
fn a_page_whose_year_cannot_be_known_keeps_what_it_shows() {
    let files = Files::new();
    let page = files.with("page.txt", PAGE.replace(", 2023", ", 2020").replacen(", 2020", ", 2023", 1));
    let corpus = read(std::slice::from_ref(&page)).unwrap();
    assert_eq!((corpus.documents[0].date, corpus.documents[0].year), (None, None));
    assert_eq!(corpus.documents[0].extra["date_as_shown"], "Mar 18");

    let options = ReadOptions::new().with_page_year(Some(2026));
    let told = read_corpus(&[page], &options, &NoProgress, &mut |_| ()).unwrap();
    assert_eq!(told.documents[0].date.unwrap().to_string(), "2026-03-18");
    assert_eq!(told.documents[2].year, Some(2023));
}

#[test]
fn repeated_papers_are_merged_across_files_and_formats() {
    let files = Files::new();
    let inputs = [files.with("a.txt", PAGE), files.with("b.txt", BARE_PAGE), files.with("c.jsonl", PAPERS)];
    let Corpus { documents, report, .. } = read(&inputs).unwrap();

    assert_eq!((report.records, report.merged, report.skipped, documents.len()), (10, 3, 0, 7));
    let salt = documents.iter().find(|document| document.title == "Salt Crystals as Slow Clocks").unwrap();
    // A given id takes the place of one made from the title; gaps are filled from every source.
    assert_eq!(salt.id, "seas-2021-7");
    assert_eq!((salt.authors.len(), salt.authors_count, salt.venue.as_deref()), (2, Some(2), Some("Journal of Seas")));
    assert_eq!(salt.date.unwrap().to_string(), "2023-01-31");
    // `"doi": "none"` is no value.
    assert_eq!((salt.doi.as_deref(), salt.extra.get("doi")), (None, None));
    let places: Vec<(&str, u64, Option<u32>)> =
        salt.source.iter().map(|source| (source.file.as_str(), source.line, source.rank)).collect();
    assert_eq!(places, [("a.txt", 37, Some(4)), ("b.txt", 19, Some(3)), ("c.jsonl", 1, None)]);

    assert_eq!(report.merges.len(), 2);
    assert_eq!((report.merges[0].id.as_str(), report.merges[0].records), ("seas-2021-7", 3));
    assert_eq!(report.merges[1].sources.len(), 2);

    // The same title over another abstract is another paper with an id of its own.
    let knots: Vec<&str> = documents
        .iter()
        .filter(|document| document.title == "A Grammar of Knots")
        .map(|document| document.id.as_str())
        .collect();
    assert_eq!(knots, ["a-grammar-of-knots", "a-grammar-of-knots-2"]);
}

#[test]
fn the_report_survives_json() {
    let files = Files::new();
    let report = read(&[files.with("a.txt", PAGE), files.with("b.txt", BARE_PAGE)]).unwrap().report;
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["inputs"][0]["format"], "daily-papers");
    assert_eq!(serde_json::from_value::<semsearch_corpus::Report>(json).unwrap(), report);
}

#[test]
fn the_content_decides_and_not_the_name() {
    let files = Files::new();
    for (name, content, format) in [
        ("papers.txt", PAPERS.as_bytes().to_vec(), Format::Jsonl),
        ("page.jsonl.gz", PAGE.as_bytes().to_vec(), Format::DailyPapers),
        ("page.txt", gzip(PAGE.as_bytes()), Format::DailyPapers),
        ("papers.zst", gzip(PAPERS.as_bytes()), Format::Jsonl),
        ("two", [gzip(PAPERS.as_bytes()), gzip(b"{\"id\": \"x\", \"text\": \"\"}")].concat(), Format::Jsonl),
        ("marked", [b"\xef\xbb\xbf", PAPERS.as_bytes()].concat(), Format::Jsonl),
        ("windows.txt", PAGE.replace('\n', "\r\n").into_bytes(), Format::DailyPapers),
    ] {
        let corpus = read(&[files.with(name, content)]).unwrap();
        assert_eq!(corpus.report.inputs[0].format, format, "{name}");
    }
}

#[test]
fn two_captures_in_one_file_are_two_pages() {
    let files = Files::new();
    let corpus = read(&[files.with("both.txt", format!("{PAGE}\n{BARE_PAGE}"))]).unwrap();
    assert_eq!((corpus.report.records, corpus.report.merged), (8, 2));
    let knots = corpus.documents.last().unwrap();
    assert_eq!((knots.title.as_str(), knots.source[0].rank), ("A Grammar of Knots", Some(2)));
}

#[test]
fn a_beir_folder_is_read_whole() {
    let files = Files::new();
    let corpus = r#"{"_id": "1", "title": "T", "text": "same words"}
        {"_id": "2", "title": "t", "text": "same words"}
        {"_id": "3", "title": "", "text": ""}"#;
    let corpus = files.with("sea/corpus.jsonl.gz", gzip(corpus.as_bytes()));
    files.with("sea/queries.jsonl", "{\"_id\": \"q\", \"text\": \"which words?\"}");
    files.with("sea/qrels/test.tsv", "query-id\tcorpus-id\tscore\nq\t2\t1\n");
    let folder = corpus.parent().unwrap().to_owned();

    let corpus = read(std::slice::from_ref(&folder)).unwrap();
    // Judgements name each document, so even equal ones stay apart.
    assert_eq!(ids(&corpus), ["1", "2", "3"]);
    assert_eq!(corpus.documents[0].source[0].file, "sea/corpus.jsonl.gz");
    assert_eq!(read_queries(&folder).unwrap()[0].id, "q");
    assert_eq!(read_qrels(&folder).unwrap()[0].document, "2");
}

#[test]
fn a_malformed_record_ends_reading() {
    let files = Files::new();
    let path = files.with("papers.jsonl", "{\"id\": \"1\", \"text\": \"a\"}\n[\"2\", \"T\"]\n");
    let error = read(std::slice::from_ref(&path)).unwrap_err();
    let expected = format!("{}, line 2: expected one JSON object on the line, found a list", path.display());
    assert_eq!(error.to_string(), expected);
    assert!(error.kind() == ErrorKind::Usage);
}

#[test]
fn skipping_leaves_out_what_is_malformed_and_nothing_else() {
    let files = Files::new();
    let mixed = b"{\"id\": \"1\", \"text\": \"a\"}\nnot json\n{\"id\": \"2\", \"text\": \"caf\xe9\"}\n\
        {\"id\": \"1\", \"text\": \"another\"}\n{\"id\": \"3\", \"text\": \"b\"}";
    let (corpus, complaints) = read_skipping(&[files.with("mixed.jsonl", mixed)]);
    let corpus = corpus.unwrap();
    assert_eq!(ids(&corpus), ["1", "3"]);
    assert_eq!((corpus.report.records, corpus.report.skipped), (2, 3));
    assert!(complaints[0].contains("line 2: expected one JSON object on the line, found at column 2: expected ident"));
    assert!(complaints[1].contains("line 3: expected UTF-8 text, found the byte 0xe9 at byte column 25"));
    assert!(complaints[2].contains("found `1`, which mixed.jsonl, line 1 gives to `a`"), "{}", complaints[2]);
}

#[test]
fn a_damaged_line_on_a_page_costs_the_paper_it_belongs_to() {
    let files = Files::new();
    let mut bytes = BARE_PAGE.as_bytes().to_vec();
    let at = BARE_PAGE.find("sailors").unwrap();
    bytes[at] = 0xff;
    let (corpus, complaints) = read_skipping(&[files.with("page.txt", bytes)]);
    assert_eq!(ids(&corpus.unwrap()), ["counting-gulls-from-their-shadows", "salt-crystals-as-slow-clocks"]);
    assert_eq!(complaints.len(), 1);
    assert!(complaints[0].contains("line 17: expected UTF-8 text"), "{}", complaints[0]);
}

#[test]
fn nothing_left_after_skipping_is_an_error() {
    let files = Files::new();
    let (corpus, complaints) = read_skipping(&[files.with("bad.jsonl", "{}}\n{}}\n")]);
    assert!(matches!(corpus, Err(ReadError::NothingLeft { skipped: 2 })));
    assert_eq!(complaints.len(), 2);
}

#[test]
fn a_list_may_be_empty() {
    let files = Files::new();
    for (name, content) in
        [("a.json", "[]"), ("b.json", "{\"count\": 0, \"results\": []}"), ("c.csv", "title,abstract\n")]
    {
        let corpus = read(&[files.with(name, content)]).unwrap();
        assert_eq!((corpus.documents.len(), corpus.report.inputs.len()), (0, 1), "{name}");
    }
}

#[test]
fn records_without_text_are_passed_over_and_a_file_of_nothing_else_is_refused() {
    let files = Files::new();
    let some = files.with("some.jsonl", "{\"id\": \"1\"}\n{\"id\": \"2\", \"title\": \"T\"}\n{\"title\": \" \"}\n");
    let corpus = read(std::slice::from_ref(&some)).unwrap();
    assert_eq!((ids(&corpus), corpus.report.records, corpus.report.passed_over), (vec!["2"], 1, 2));
    let other = files.with("other.jsonl", "{\"prompt\": \"a\", \"answer\": \"b\"}\n{\"prompt\": \"c\"}\n");
    let error = read(std::slice::from_ref(&other)).unwrap_err().to_string();
    let expected = "other.jsonl: expected records with a title or an abstract, found 2 without, the first with the fields \
                    `answer`, `prompt`";
    assert!(error.ends_with(expected), "{error}");
}

#[test]
fn what_cannot_be_read_is_refused_by_what_it_is() {
    assert!(complaint_about("").contains("expected at least one record, found none"));
    assert!(complaint_about("\n \n").contains("expected at least one record, found none"));
    assert!(complaint_about(gzip(b"")).contains("expected at least one record, found none"));
    assert!(complaint_about(b"%PDF-1.7 ...").contains("found a PDF"));
    assert!(complaint_about(b"\x80\x04\x95\x10").contains("found a Python pickle"));
    assert!(complaint_about("name,price\n").contains("found text beginning with `name,price`"));
    assert!(complaint_about("byAK and the research community\n\nNov 22\n").contains("found none"));
    assert!(
        complaint_about("{\n  \"id\": 1\n}").contains("expected records with a title or an abstract, found 1 without")
    );
}

#[test]
fn a_missing_file_and_an_ordinary_folder_are_bad_input() {
    let files = Files::new();
    let missing = read(&[files.0.path().join("none.jsonl")]).unwrap_err();
    assert!(matches!(missing, ReadError::NotFound { .. }) && missing.kind() == ErrorKind::Usage);
    let folder = read(&[files.0.path().to_owned()]).unwrap_err();
    assert!(folder.to_string().contains("corpus.jsonl (or .gz, .zst), or Markdown or text files"), "{folder}");
    assert!(folder.kind() == ErrorKind::Usage);
}

#[test]
fn a_file_cut_short_in_transit_is_an_error_at_every_length() {
    let files = Files::new();
    let whole = gzip(PAPERS.as_bytes());
    for end in 3..whole.len() {
        let error = read_skipping(&[files.with("cut.gz", &whole[..end])]).0.unwrap_err();
        assert!(matches!(error, ReadError::Damaged { .. }), "cut at {end}: {error}");
    }
}

#[test]
fn every_beginning_of_a_file_reads_or_is_refused() {
    let files = Files::new();
    for fixture in [PAGE, BARE_PAGE, PAPERS] {
        let whole = documents(&files.with("whole", fixture));
        for end in (0..fixture.len()).step_by(7) {
            let path = files.with("beginning", &fixture.as_bytes()[..end]);
            match read(std::slice::from_ref(&path)) {
                Ok(corpus) => assert!(corpus.documents.len() <= whole.len()),
                Err(error) => assert!(error.kind() == ErrorKind::Usage, "{end}: {error}"),
            }
            let (_, complaints) = read_skipping(&[path]);
            assert!(complaints.len() <= 1, "only the last record can be malformed: {complaints:?}");
        }
    }
}

fn documents(path: &Path) -> Vec<Document> {
    semsearch_corpus::open(path).unwrap().map(Result::unwrap).collect()
}

/// Bytes that look enough like one of the formats to get past detection.
fn nearly_readable() -> impl Strategy<Value = Vec<u8>> {
    let opening =
        proptest::sample::select(vec!["", "{\"id\": 1, \"text\": ", "byAK and the research community\nMay 3\n"]);
    let piece = proptest::sample::select(vec![
        "\n",
        "·",
        "• 3 authors",
        "Feb 29",
        "Mar 1, 2024 2",
        "title",
        "{",
        "}",
        "\"a\": ",
        "null,",
        "[1]",
        "\"",
        "byAK and the research community",
        "\u{feff}",
        "9999999999999999999999",
    ]);
    let piece = prop_oneof![
        3 => piece.prop_map(|piece| piece.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 0..5),
        1 => (300usize..303).prop_map(|length| vec![b'x'; length]),
    ];
    (opening, vec(piece, 0..40)).prop_map(|(opening, pieces)| [opening.as_bytes(), &pieces.concat()].concat())
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop_oneof![nearly_readable(), vec(any::<u8>(), 0..400)]) {
        let files = Files::new();
        let path = files.with("any", &bytes);
        if let (Ok(corpus), _) = read_skipping(std::slice::from_ref(&path)) {
            let mut ids = ids(&corpus);
            ids.sort_unstable();
            ids.dedup();
            prop_assert_eq!(ids.len(), corpus.documents.len());
        }
        let _ = read_queries(&path);
        let _ = read_qrels(&path);
    }

    #[test]
    fn a_document_written_as_a_line_is_read_back(title in "a[^<&]{0,40}", summary in "[^<&]{10,}", year in 1..=9999i32) {
        let files = Files::new();
        let object = serde_json::json!({"id": "x", "title": title, "abstract": summary, "year": year});
        // Markup and words for nothing have tests of their own.
        let folded = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let read = documents(&files.with("one", object.to_string()));
        prop_assert_eq!(&read[0].title, &folded(&title));
        prop_assert_eq!(&read[0].r#abstract, &folded(&summary));
        prop_assert_eq!(read[0].year, Some(year));
    }
}

#[test]
fn a_streamed_corpus_is_the_one_that_is_read_into_memory() {
    let folder = tempfile::tempdir().unwrap();
    let line = |id: &str, title: &str, text: &str| {
        format!("{{\"title\": \"{title}\", \"abstract\": \"{text}\", \"stars\": 7.25{id}}}\n")
    };
    let mut content = String::new();
    for number in 0..400 {
        let given = if number % 3 == 0 { format!(", \"id\": \"p-{number}\"") } else { String::new() };
        content +=
            &line(&given, &format!("Paper {}", number % 7), &format!("It has words {number} of its own {number}"));
        // Some papers are repeated, with or without an id.
        if number % 5 == 0 {
            let again = if number % 2 == 0 { format!(", \"id\": \"again-{number}\"") } else { String::new() };
            let text = format!("It has words {number} of its own {number}");
            content += &line(&again, &format!("PAPER {}", number % 7), &text);
        }
    }
    let path = folder.path().join("papers.jsonl");
    std::fs::write(&path, content).unwrap();
    let inputs = [path];
    let corpus = read_corpus(&inputs, &ReadOptions::default(), &NoProgress, &mut |_| ()).unwrap();
    assert!(corpus.report.merges.len() > 50);

    let (mut streamed, mut merges) = (Vec::new(), Vec::new());
    let report = stream_corpus::<ReadError>(
        &inputs,
        &ReadOptions::default(),
        &NoProgress,
        &mut |event| {
            if let ReadEvent::Merged(merge) = event {
                merges.push(merge.clone());
            }
        },
        folder.path(),
        None,
        &mut |arrival| {
            let json = serde_json::to_vec(arrival.document).unwrap();
            assert_eq!(arrival.json, json, "the JSON is the document's");
            streamed.push(arrival.document.clone());
            Ok(())
        },
    )
    .unwrap();
    assert_eq!(streamed, corpus.documents);
    assert_eq!(merges, corpus.report.merges);
    assert_eq!((report.records, report.merged), (corpus.report.records, corpus.report.merged));
    assert_eq!(report.inputs, corpus.report.inputs);
}

/// Stops after `records` records.
struct StopAfter {
    records: usize,
    read: AtomicUsize,
}

impl Progress for StopAfter {
    fn begin(&self, stage: Stage, total: usize) {
        assert_eq!((stage, total), (Stage::Read, 0));
    }

    fn advance(&self, items: usize, _tokens: usize) {
        self.read.fetch_add(items, Ordering::Relaxed);
    }

    fn is_stopped(&self) -> bool {
        self.read.load(Ordering::Relaxed) >= self.records
    }
}

#[test]
fn reading_ends_when_progress_stops_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("papers.jsonl");
    let line = |number: usize| format!("{{\"id\": \"{number}\", \"title\": \"T\", \"text\": \"{number}\"}}\n");
    fs::write(&path, (0..2_500).map(line).collect::<String>()).unwrap();
    let inputs = [path];
    for (records, read) in [(0, 0), (1, 1_000), (2_000, 2_000)] {
        let progress = StopAfter { records, read: AtomicUsize::new(0) };
        let options = ReadOptions::default();
        let outcome =
            stream_corpus::<ReadError>(&inputs, &options, &progress, &mut |_| (), folder.path(), None, &mut |_| {
                panic!("no document is handed out")
            });
        assert!(matches!(&outcome, Err(ReadError::Stopped)));
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Stopped);
        assert_eq!(progress.read.load(Ordering::Relaxed), read);
        let again = StopAfter { records, read: AtomicUsize::new(0) };
        assert!(matches!(read_corpus(&inputs, &options, &again, &mut |_| ()), Err(ReadError::Stopped)));
    }
    let progress = StopAfter { records: usize::MAX, read: AtomicUsize::new(0) };
    let read = read_corpus(&inputs, &ReadOptions::default(), &progress, &mut |_| ()).unwrap();
    assert_eq!((read.documents.len(), progress.read.load(Ordering::Relaxed)), (2_500, 2_500));
}
