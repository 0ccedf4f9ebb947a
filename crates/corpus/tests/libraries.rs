//! Files of libraries: arXiv's OAI-PMH, the ACL Anthology, PubMed, BibTeX. All papers are invented.

use std::io::Write;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use semsearch_corpus::{Corpus, Document, Format, ReadError, ReadEvent, ReadOptions, read_corpus};
use semsearch_task::{ErrorKind, NoProgress};

const OAI: &str = include_str!("fixtures/oai.xml");
const ACL: &str = include_str!("fixtures/acl.xml");
const PUBMED: &str = include_str!("fixtures/pubmed.xml");
const BIBTEX: &str = include_str!("fixtures/references.bib");
const ALL: [&str; 4] = [OAI, ACL, PUBMED, BIBTEX];

/// The result of reading past malformed records: the corpus or the error, and the messages on the way.
fn read_skipping(content: impl AsRef<[u8]>) -> (Result<Corpus, ReadError>, Vec<String>) {
    read_with(content, true)
}

fn read_with(content: impl AsRef<[u8]>, skip_bad: bool) -> (Result<Corpus, ReadError>, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    // The file's name is misleading.
    let path = folder.path().join("papers.jsonl");
    std::fs::write(&path, content).unwrap();
    let mut complaints = Vec::new();
    let options = ReadOptions::new().with_skip_bad(skip_bad);
    let corpus = read_corpus(&[path], &options, &NoProgress, &mut |event| {
        if let ReadEvent::Skipped(error) = event {
            complaints.push(after_the_path(error));
        }
    });
    (corpus, complaints)
}

fn read(content: impl AsRef<[u8]>) -> Vec<Document> {
    read_with(content, false).0.unwrap().documents
}

fn complaint_about(content: impl AsRef<[u8]>) -> String {
    after_the_path(&read_with(content, false).0.unwrap_err())
}

fn after_the_path(error: &ReadError) -> String {
    let text = error.to_string();
    text.split_once("papers.jsonl").map_or(text.clone(), |(_, rest)| rest.to_owned())
}

fn ids(documents: &[Document]) -> Vec<&str> {
    documents.iter().map(|document| document.id.as_str()).collect()
}

fn date(document: &Document) -> String {
    document.date.map(|date| date.to_string()).unwrap_or_default()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn arxiv_records_are_read_in_all_three_forms() {
    let papers = read(OAI);
    assert_eq!(ids(&papers), ["1203.0456", "hep-th/9901001", "1203.0458"]);
    let [tide, pearls, foam] = &papers[..] else { panic!() };

    assert_eq!(tide.title, "Why the tide is late & by how much");
    assert_eq!(tide.r#abstract, "We watch a gauge for a year and find that it lags the moon by $12\\pm 3$ minutes.");
    assert_eq!(tide.authors, ["Ada B. Düne", "Carl Wave Jr", "Baltic Gauge Group"]);
    assert_eq!((date(tide).as_str(), tide.year), ("2012-03-07", Some(2012)));
    assert_eq!(tide.venue.as_deref(), Some("J. Made-up Seas 4 (2012) 1-12"));
    assert_eq!((tide.doi.as_deref(), tide.arxiv.as_deref()), (Some("10.1000/tides.12.3"), Some("1203.0456")));
    assert_eq!(tide.url.as_deref(), Some("https://arxiv.org/abs/1203.0456"));
    assert_eq!(tide.keywords, ["physics.ao-ph", "cs.LG"]);
    assert_eq!(
        (&tide.extra["comments"], &tide.extra["updated"]),
        (&"12 pages, 3 figures".into(), &"2012-05-06".into())
    );
    assert_eq!((tide.source[0].file.as_str(), tide.source[0].line), ("papers.jsonl", line_of(OAI, "<record>")));

    assert_eq!(pearls.authors, ["Ada Dune", "Zoltán Balt", "C. Wave"]);
    assert_eq!((date(pearls).as_str(), pearls.arxiv.as_deref()), ("1999-01-04", Some("hep-th/9901001")));
    assert_eq!(foam.authors, ["Carl Wave"]);
    assert_eq!((date(foam).as_str(), foam.doi.as_deref()), ("2012-03-08", Some("10.1000/foam")));
    assert_eq!(foam.r#abstract, "Bubbles are counted one by one until none is left.");
    assert_eq!(foam.keywords, ["Physics - Fluid Dynamics"]);
}

#[test]
fn papers_of_the_anthology_have_what_their_volume_says() {
    let papers = read(ACL);
    assert_eq!(ids(&papers), ["2020.sea-main.1", "2020.sea-main.2", "2020.sea-short.1"]);
    let [waves, silence, gull] = &papers[..] else { panic!() };

    assert_eq!(waves.title, "Naming Waves in Frisian and Danish");
    assert_eq!(waves.r#abstract, "We collect eleven words for a wave of height h < 1 and say when each is used.");
    assert_eq!(waves.authors, ["Carl Wave", "Zoltán Balt"]);
    assert_eq!(waves.venue.as_deref(), Some("Proceedings of the First Meeting on the Sea and its Words"));
    assert_eq!((date(waves).as_str(), waves.year), ("2020-07-06", Some(2020)));
    assert_eq!(waves.doi.as_deref(), Some("10.18653/v1/2020.sea-main.1"));
    assert_eq!(waves.url.as_deref(), Some("https://aclanthology.org/2020.sea-main.1/"));
    assert_eq!((&waves.extra["pages"], &waves.extra["bibkey"]), (&"1–9".into(), &"wave-balt-2020-naming".into()));
    assert_eq!(waves.extra["editors"], serde_json::json!(["Ada Dune"]));
    assert_eq!(waves.source[0].line, line_of(ACL, "<paper id=\"1\">"));

    assert_eq!((silence.r#abstract.as_str(), silence.authors.as_slice()), ("", &["Sand".to_owned()][..]));
    assert_eq!((gull.venue.as_deref(), date(gull).as_str()), (Some("Short Notes on the Sea"), "2020-08"));
    assert_eq!(gull.extra.get("editors"), None);
}

#[test]
fn citations_of_pubmed_are_read_with_their_parts() {
    let papers = read(PUBMED);
    assert_eq!(ids(&papers), ["900001", "900002", "900003"]);
    let [cold, foam, ginger] = &papers[..] else { panic!() };

    assert_eq!(cold.title, "Salt water and the common cold: a trial in three harbours");
    assert_eq!(
        cold.r#abstract,
        "BACKGROUND: Sailors say that salt water helps. RESULTS: It did in 3 of 90 (p < 0.9; CO2 unchanged)."
    );
    assert_eq!(cold.authors, ["Ada B Dune", "Three Harbours Group"]);
    assert_eq!((date(cold).as_str(), cold.year), ("2017-12-09", Some(2017)));
    assert_eq!(cold.venue.as_deref(), Some("Journal of invented marine medicine"));
    assert_eq!(cold.doi.as_deref(), Some("10.1000/jimm.2018.11"));
    assert_eq!(cold.url.as_deref(), Some("https://pubmed.ncbi.nlm.nih.gov/900001/"));
    assert_eq!(cold.keywords, ["Seawater", "Common Cold", "harbours"]);
    assert_eq!(cold.extra["language"], serde_json::json!(["eng"]));
    assert_eq!((&cold.extra["pmc"], &cold.extra["volume"]), (&"PMC900".into(), &"7".into()));
    assert_eq!(cold.source[0].line, line_of(PUBMED, "<PubmedArticle>"));

    assert_eq!((foam.title.as_str(), foam.r#abstract.as_str()), ("On foam in harbours", ""));
    assert_eq!((date(foam).as_str(), foam.doi.as_deref()), ("1998-12", Some("10.1000/foam.1998")));
    assert_eq!((ginger.title.as_str(), ginger.venue.as_deref()), ("Ginger", Some("Handbook of sea sickness")));
    assert_eq!((date(ginger).as_str(), ginger.authors.as_slice()), ("2010-03-04", &["Carl Wave".to_owned()][..]));
}

#[test]
fn entries_of_bibtex_are_read_in_plain_text() {
    let papers = read(BIBTEX);
    // An entry that names another is returned when the other was read.
    assert_eq!(ids(&papers), ["dune2011tides", "sand1999", "wave2020naming", "sea2020"]);
    let [tide, salt, waves, meeting] = &papers[..] else { panic!() };

    assert_eq!(tide.title, "Why the Tide is \"late\" in Kiel");
    assert_eq!(tide.authors, ["Ada Dune", "Zoltán Baltázs", "The Baltic Gauge Group"]);
    assert_eq!(tide.r#abstract, "We watch a gauge for a year, and find that it lags by $12 \\pm 3$ minutes.");
    assert_eq!((date(tide).as_str(), tide.year), ("2011-03-04", Some(2011)));
    assert_eq!(tide.venue.as_deref(), Some("Journal of Invented Seas"));
    assert_eq!((tide.doi.as_deref(), tide.arxiv.as_deref()), (Some("10.1000/tides.2011"), Some("1103.0123")));
    assert_eq!(tide.url.as_deref(), Some("https://sea.example/a_b"));
    assert_eq!(tide.keywords, ["tides", "gauges", "Kiel"]);
    let extra = serde_json::json!({"volume": "3", "pages": "1–12", "entry_type": "article"});
    assert_eq!(serde_json::Value::Object(tide.extra.clone()), extra);
    assert_eq!(tide.source[0].line, line_of(BIBTEX, "@article{dune"));

    assert_eq!((salt.organization.as_deref(), salt.year), (Some("University of Kiel"), None));
    assert_eq!(salt.extra["year"], "in press");
    assert_eq!(waves.extra["crossref"], "sea2020");
    assert_eq!(waves.title, "Naming Waves: Über das Meer");
    assert_eq!(waves.venue.as_deref(), Some("Proc. of the First Meeting on the Sea"));
    assert_eq!((date(waves).as_str(), waves.source[0].line), ("2020-07-06", line_of(BIBTEX, "@InProceedings")));
    assert_eq!(
        (meeting.title.as_str(), meeting.authors.as_slice()),
        ("The First Meeting on the Sea", &["Ada Dune".to_owned()][..])
    );
}

#[test]
fn the_format_is_found_from_the_content_also_in_gzip() {
    let formats = [Format::OaiPmh, Format::AclAnthology, Format::Pubmed, Format::Bibtex];
    for (content, format) in ALL.into_iter().zip(formats) {
        for bytes in [content.as_bytes().to_vec(), gzip(content.as_bytes()), content.replace('\n', "\r\n").into_bytes()]
        {
            let corpus = read_with(bytes, false).0.unwrap();
            assert_eq!(corpus.report.inputs[0].format, format);
        }
        let marked = read([b"\xef\xbb\xbf", content.as_bytes()].concat());
        assert_eq!(ids(&marked), ids(&read(content)));
    }
}

#[test]
fn two_answers_of_a_library_in_one_file_are_read_as_one() {
    let report = read_with(format!("{OAI}\n{OAI}"), false).0.unwrap().report;
    assert_eq!((report.records, report.merged), (6, 3));
}

/// The first line that contains a text.
fn line_of(content: &str, text: &str) -> u64 {
    let at = content.find(text).unwrap_or_else(|| panic!("no {text} in it"));
    1 + content[..at].matches('\n').count() as u64
}

#[test]
fn a_malformed_record_is_named_by_its_line_and_costs_no_other() {
    for (content, from, to, line, complaint) in [
        (
            OAI,
            "<metadata>\n <arXivRaw ",
            "<metadata>\n <x/>\n <y ",
            40,
            "expected metadata as `<arXiv>`, `<dc>`, DataCite, MODS, MARC or JATS, found `<x>`",
        ),
        (
            OAI,
            "</authors>\n  <cat",
            "</author>\n  <cat",
            48,
            "expected `</authors>` for the `<authors>` of line 48, found `</author>`",
        ),
        (
            PUBMED,
            ".</AbstractText>\n      </Abs",
            ".\n      </Abs",
            24,
            "expected `</AbstractText>` for the `<AbstractText>` of line 23, found `</Abstract>`",
        ),
        (
            BIBTEX,
            "author = {Anders Sand},",
            "author {Anders Sand},",
            31,
            "expected `=` behind the field name `author`, found `{Anders Sand}, title",
        ),
        (
            BIBTEX,
            "year = {in press}}",
            "year = {in press}",
            31,
            "expected `}` to end the entry, found the next entry, on line 33",
        ),
    ] {
        assert!(content.contains(from), "{from}");
        let changed = content.replacen(from, to, 1).replace("<y xmlns=\"http://arxiv.org/OAI/arXivRaw/\">", "<y>");
        let changed = if to.contains("<y ") { changed.replace("</arXivRaw>", "</y>") } else { changed };
        let (corpus, complaints) = read_skipping(&changed);
        assert_eq!(corpus.unwrap().documents.len(), read(content).len() - 1, "{complaints:?}");
        let said = complaint_about(&changed);
        assert!(said.starts_with(&format!(", line {line}: {complaint}")), "{said}");
        assert_eq!(complaints, [said]);
    }
}

#[test]
fn a_byte_that_is_no_utf8_costs_the_record_it_stands_in() {
    for (content, place) in [(OAI, "Pearls"), (ACL, "Silence"), (PUBMED, "Annals"), (BIBTEX, "Salt")] {
        let mut bytes = content.as_bytes().to_vec();
        bytes[content.find(place).unwrap()] = 0xff;
        let (corpus, complaints) = read_skipping(bytes);
        assert_eq!(corpus.unwrap().documents.len(), read(content).len() - 1, "{complaints:?}");
        let expected = format!(", line {}: expected UTF-8 text, found the byte 0xff", line_of(content, place));
        assert!(complaints.len() == 1 && complaints[0].starts_with(&expected), "{complaints:?}");
    }
}

#[test]
fn latin_1_is_read_where_it_is_declared_and_other_encodings_are_refused() {
    let declared = |name: &str| ACL.replace("UTF-8", name).replace(['–'], "-");
    let latin: Vec<u8> = declared("ISO-8859-1").chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    assert_eq!(read(latin)[0].authors, ["Carl Wave", "Zoltán Balt"]);
    let refused = complaint_about(declared("windows-1251"));
    assert!(refused.contains("found XML in the encoding `windows-1251`; turn it into UTF-8"), "{refused}");
}

#[test]
fn other_xml_is_refused_by_what_it_is() {
    let refused = complaint_about("<html><body>No paper</body></html>");
    assert!(refused.contains("found HTML or XML beginning with `<html>"), "{refused}");
    assert!(read("<OAI-PMH><error code='noRecordsMatch'/></OAI-PMH>").is_empty());
    let told = complaint_about("<OAI-PMH><error code='badVerb'>Say ListRecords.</error></OAI-PMH>");
    assert!(
        told.contains("expected records, found the error `badVerb` of the repository: `Say ListRecords.`"),
        "{told}"
    );
}

#[test]
fn what_a_file_declares_is_neither_expanded_nor_fetched() {
    let mut laughs = "<!DOCTYPE collection [<!ENTITY l0 \"ha\">".to_owned();
    for level in 1..12 {
        laughs += &format!("<!ENTITY l{level} \"{}\">", format!("&l{};", level - 1).repeat(10));
    }
    laughs += "<!ENTITY host SYSTEM \"file:///etc/hostname\">]>\n<collection id='2020.sea'><volume id='main'><paper id='1'>\
               <title>Laughing at &l11; and &host; &amp; the caf&eacute;</title></paper></volume></collection>";
    assert_eq!(read(laughs)[0].title, "Laughing at &l11; and &host; & the café");
}

#[test]
fn a_million_attributes_and_a_hundred_thousand_levels_take_no_time() {
    let started = Instant::now();
    let attributes: String = (0..1_000_000).map(|n| format!(" a{n}='{n}'")).collect();
    let wide = ACL.replace("<paper id=\"2\">", &format!("<paper{attributes} id='2'>"));
    assert_eq!(ids(&read(wide)), ids(&read(ACL)));
    let deep = ACL.replace("Silence", &format!("{}Silence{}", "<i>".repeat(100_000), "</i>".repeat(100_000)));
    let lost = read_skipping(&deep).0.unwrap_err();
    assert!(
        matches!(lost, ReadError::Lost { .. }) && lost.kind() == ErrorKind::Usage,
        "skipping one record does not help: {lost}"
    );
    let refused = complaint_about(deep);
    assert!(refused.contains("line 28: expected at most 256 elements in each other"), "{refused}");
    assert!(refused.contains("nothing behind that line can be read"), "{refused}");
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[test]
fn hostile_bibtex_takes_no_time() {
    let started = Instant::now();
    let mut content = "@string{l0 = {laugh}}\n".to_owned();
    for level in 1..60 {
        content += &format!("@string{{l{level} = l{0} # l{0}}}\n", level - 1);
    }
    let braces = |count: usize| format!("{}x{}", "{".repeat(count), "}".repeat(count));
    content += &format!("@misc{{laughs, title = l59}}\n@misc{{deep, title = {}}}\n", braces(500_000));
    content += &format!("@misc{{wide, title = {{{}}}}}\n", "{}$a$".repeat(300_000));
    content += &format!("@misc{{names, title = {{T}}, author = {{{}}}}}\n", "a and ".repeat(300_000));
    content += &format!("@misc{{calls, title = {{{}{}}}}}\n", "\\'{".repeat(200_000), "}".repeat(200_000));
    content += "@misc{itself, title = {I}, crossref = {itself}, xdata = {itself}, ids = {itself}}\n";
    let (corpus, complaints) = read_skipping(content);
    let corpus = corpus.unwrap();
    assert_eq!(ids(&corpus.documents), ["laughs", "deep", "wide", "names", "calls", "itself"]);
    assert!(complaints[0].contains("expected values of at most"), "{complaints:?}");
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[test]
fn every_beginning_of_a_file_reads_or_is_refused() {
    for content in ALL {
        let whole = read(content).len();
        for end in (0..content.len()).filter(|&end| content.is_char_boundary(end)).step_by(13) {
            let (corpus, complaints) = read_skipping(&content[..end]);
            match corpus {
                Ok(corpus) => assert!(corpus.documents.len() <= whole),
                Err(error) => assert!(error.kind() == ErrorKind::Usage, "{end}: {error}"),
            }
            assert!(complaints.len() <= 1, "only the end can be malformed: {complaints:?}");
        }
    }
}

#[test]
fn a_file_cut_short_in_transit_is_an_error() {
    let whole = gzip(PUBMED.as_bytes());
    for end in (20..whole.len()).step_by(37) {
        let error = read_skipping(&whole[..end]).0.unwrap_err();
        assert!(matches!(error, ReadError::Damaged { .. }), "cut at {end}: {error}");
    }
}

proptest! {
    #[test]
    fn no_changed_byte_makes_a_reader_panic_or_take_long(
        which in 0..ALL.len(),
        at in 0..8000_usize,
        byte in any::<u8>(),
    ) {
        let mut bytes = ALL[which].as_bytes().to_vec();
        let at = at % bytes.len();
        bytes[at] = byte;
        let started = Instant::now();
        let (corpus, _) = read_skipping(&bytes);
        if let Err(error) = corpus {
            prop_assert!(error.kind() == ErrorKind::Usage, "{error}");
        }
        prop_assert!(started.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn no_bytes_behind_a_good_beginning_make_a_reader_panic(
        which in 0..ALL.len(),
        from in 0..8000_usize,
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let whole = ALL[which].as_bytes();
        let start = &whole[..from % whole.len()];
        let _ = read_skipping([start, &bytes].concat());
        let _ = read_skipping([start, &bytes, &whole[start.len()..]].concat());
    }
}
