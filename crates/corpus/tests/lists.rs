//! Lists of papers as databases and reference managers export them, read through the public interface. All papers are
//! invented.

use std::path::Path;

use proptest::prelude::*;
use semsearch_corpus::{Document, Format, ReadEvent, ReadOptions, read_corpus};
use semsearch_task::NoProgress;

/// The format and the papers of a file, and the messages about malformed records.
fn read(content: impl AsRef<[u8]>) -> (Format, Vec<Document>, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    // The file's name is misleading.
    let path = folder.path().join("papers.jsonl");
    std::fs::write(&path, content).unwrap();
    let mut complaints = Vec::new();
    let options = ReadOptions::new().with_skip_bad(true);
    let corpus = read_corpus(&[path], &options, &NoProgress, &mut |event| {
        if let ReadEvent::Skipped(error) = event {
            complaints.push(error.to_string());
        }
    });
    let corpus = corpus.unwrap();
    (corpus.report.inputs[0].format, corpus.documents, complaints)
}

/// The papers of a fixture of some format, all of them well-formed.
fn papers(name: &str, format: Format) -> Vec<Document> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats").join(name);
    let (found, papers, complaints) = read(std::fs::read(path).unwrap());
    assert_eq!((found, complaints), (format, Vec::new()), "{name}");
    papers
}

fn date(paper: &Document) -> String {
    paper.date.map(|date| date.to_string()).unwrap_or_default()
}

fn extra<'a>(paper: &'a Document, name: &str) -> &'a str {
    paper.extra.get(name).and_then(|value| value.as_str()).unwrap_or_default()
}

#[test]
fn ris_of_zotero_ovid_and_the_cochrane_library_is_read() {
    let tides = papers("zotero.ris", Format::Ris).remove(0);
    assert_eq!((tides.id.as_str(), tides.title.as_str()), ("on-tides-of-the-north", "On tides of the north"));
    assert_eq!((tides.r#abstract.as_str(), date(&tides).as_str()), ("The sea moves twice a day.", "2020-05-01"));
    assert_eq!(
        (tides.authors.as_slice(), tides.year),
        (["Ada Dune".into(), "Carl Wave".into()].as_slice(), Some(2020))
    );
    assert_eq!((tides.venue.as_deref(), tides.doi.as_deref()), (Some("Journal of Seas"), Some("10.1000/seas.7")));
    assert_eq!((tides.keywords.as_slice(), extra(&tides, "volume")), (["tides".to_owned()].as_slice(), "3"));
    for (name, line) in [("ovid.ris", 2), ("cochrane.ris", 5)] {
        let papers = papers(name, Format::Ris);
        let shown: Vec<_> = papers.iter().map(|paper| (paper.title.as_str(), paper.r#abstract.as_str())).collect();
        assert_eq!(shown, [("Tides", "They move.")], "{name}");
        assert_eq!(papers[0].source[0].line, line, "{name}");
    }
}

#[test]
fn nbib_of_pubmed_is_read_as_its_xml_is() {
    let tides = papers("pubmed.nbib", Format::Nbib).remove(0);
    assert_eq!(tides.title, "Tides in the blood of harbours and of their inhabitants between the seas and SAMD9 winds");
    assert_eq!(
        tides.r#abstract,
        "Tides are found in blood. We measured them in two hundred people who live by the sea."
    );
    assert_eq!((tides.id.as_str(), tides.doi.as_deref()), ("35000001", Some("10.1000/pm.1")));
    assert_eq!(tides.url.as_deref(), Some("https://pubmed.ncbi.nlm.nih.gov/35000001/"));
    assert_eq!((date(&tides).as_str(), tides.venue.as_deref()), ("2022-04-28", Some("Journal of seas")));
    assert_eq!(tides.authors, ["Ada Dune"]);
    assert!(tides.extra.is_empty(), "{:?}", tides.extra);
}

#[test]
fn every_export_of_web_of_science_is_read() {
    for name in ["wos_plain.txt", "wos_tab.txt", "wos_tab_utf16.txt"] {
        let tides = papers(name, Format::WebOfScience).remove(0);
        assert_eq!(tides.id, "WOS:000985648900009", "{name}");
        assert!(tides.title.starts_with("Generative tides"), "{name}");
        assert!(tides.r#abstract.starts_with("Tides are generated"), "{name}");
        assert_eq!((tides.authors.join(", ").as_str(), date(&tides).as_str()), ("Ada Dune, Carl Wave", "2023-05-04"));
        assert_eq!((tides.venue.as_deref(), tides.doi.as_deref()), (Some("RESEARCH ON SEAS"), Some("10.1000/wos.1")));
        let keywords: &[String] = if name == "wos_plain.txt" { &[] } else { &["tides".to_owned(), "moon".to_owned()] };
        assert_eq!(tides.keywords, keywords);
    }
}

#[test]
fn utf16_is_read_in_every_format() {
    let table: Vec<u8> =
        "\u{feff}title,abstract\nÖn Tides,It.\n".encode_utf16().flat_map(|unit| unit.to_be_bytes()).collect();
    let (format, papers, _) = read(table);
    assert_eq!((format, papers[0].title.as_str()), (Format::Delimited, "Ön Tides"));
}

/// What the tests of tables compare: id, title, beginning of the abstract, authors, date or year, venue, DOI, keywords, link.
fn told(paper: &Document) -> [String; 9] {
    let when = paper.date.map(|date| date.to_string()).or(paper.year.map(|year| year.to_string()));
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    [
        paper.id.clone(),
        paper.title.clone(),
        paper.r#abstract.chars().take(16).collect(),
        paper.authors.join("; "),
        when.unwrap_or_default(),
        text(&paper.venue),
        text(&paper.doi),
        paper.keywords.join("; "),
        text(&paper.url),
    ]
}

#[test]
fn tables_of_databases_and_reference_managers_are_read_by_their_headings() {
    for (name, at, expected) in [
        (
            "scopus.csv",
            0,
            [
                "2-s2.0-1",
                "Tides of harbours; [Mareas de los puertos]",
                "Introduction: ti",
                "Ada Dune; Carl Wave",
                "2024",
                "Journal of Seas",
                "10.1000/eglobal.579041",
                "tides; harbours",
                "https://www.scopus.com/inward/record.uri?eid=2-s2.0-1",
            ],
        ),
        (
            "scopus.csv",
            1,
            ["2-s2.0-2", "Lone tides", "", "Pia Solo", "2023", "Seas", "", "", "https://www.scopus.com/2"],
        ),
        (
            "zotero.csv",
            0,
            [
                "AB12CD34",
                "On Tides",
                "The sea moves. T",
                "Ada Dune; Carl Wave",
                "2020-05-01",
                "Journal of Seas",
                "10.1000/seas.7",
                "tides; moon",
                "https://sea.example/7",
            ],
        ),
        ("zotero.csv", 1, ["EF56GH78", "Winds", "", "Berta Balazs", "2019-05", "", "", "", ""]),
        (
            "ieee.csv",
            0,
            [
                "deep-learning-for-tides",
                "Deep Learning for Tides",
                "Tides are learnt",
                "A. Dune; C. Wave",
                "2019",
                "2019 IEEE Sea Symposium",
                "10.1109/ss.2019.1",
                "tides; learning",
                "https://ieeexplore.ieee.org/1",
            ],
        ),
        (
            "dimensions.csv",
            0,
            [
                "pub.1147772711",
                "IoT for tides",
                "We sense tides.",
                "Ada Dune; Carl Wave",
                "2022-04-28",
                "Journal of Seas",
                "10.1000/s11356",
                "",
                "https://app.dimensions.ai/details/publication/pub.1147772711",
            ],
        ),
        (
            "lens.csv",
            0,
            [
                "000-001",
                "Tides seen",
                "We saw tides.",
                "Ada Dune; Carl Wave",
                "2021-03-01",
                "Journal of Seas",
                "10.1000/lens.1",
                "tides; sea",
                "https://sea.example",
            ],
        ),
        (
            "pubmed.csv",
            0,
            ["35000001", "Tides in the blood", "", "A Dune; C Wave", "2022", "J Seas", "10.1000/pm.1", "", ""],
        ),
        (
            "cord19.csv",
            1,
            [
                "02tnwd4m",
                "Nitric tides",
                "",
                "Pia Solo",
                "2000-08-15",
                "Respir Seas",
                "10.1000/rr14",
                "",
                "https://x.example/1",
            ],
        ),
        (
            "openalex_web.csv",
            0,
            [
                "W31",
                "On Tides",
                "The sea moves.",
                "Ada Dune; Carl Wave",
                "2021-04-03",
                "Journal of Seas",
                "10.1000/seas.7",
                "tides; moon",
                "",
            ],
        ),
        (
            "pop.csv",
            0,
            [
                "the-uselessness-of-tides",
                "The uselessness of tides",
                "Abstract: As the",
                "Ada Dune",
                "2022",
                "Seas and Ethics",
                "10.1000/s43681-022-1",
                "",
                "https://doi.org/10.1000/s43681-022-1",
            ],
        ),
        ("pop.csv", 2, ["zero-tides", "Zero tides", "", "A Dune; C Wave", "", "", "", "", "https://sea.example/2"]),
    ] {
        let papers = papers(name, Format::Delimited);
        assert_eq!(told(&papers[at]), expected, "{name}");
    }
    assert_eq!(extra(&papers("pop.csv", Format::Delimited)[2], "year"), "0");
    assert_eq!(extra(&papers("scopus.csv", Format::Delimited)[0], "Authors"), "Dune A.; Wave C.");
}

#[test]
fn a_table_may_name_its_delimiter_and_have_no_abstracts() {
    let (_, excel, _) = read("sep=;\r\ntitle;abstract;year\r\nOn Tides;The sea moves.;2020\r\n");
    assert_eq!((excel[0].title.as_str(), excel[0].year, excel[0].source[0].line), ("On Tides", Some(2020), 3));
    let (_, titles, complaints) = read("id,title,year\n1,On Tides,2001\n2,,2002\n");
    assert_eq!((titles.len(), titles[0].year, complaints.len()), (1, Some(2001), 0));
}

#[test]
fn a_date_that_is_not_understood_costs_no_paper() {
    let (_, papers, complaints) =
        read("title,abstract,date,year\nA,a,n.d.,MMX\nB,b,3 May 2019,2019.0\nC,c,05/10/2023,NaN\nD,d,2019-07-00,0\n");
    assert_eq!(complaints, Vec::<String>::new());
    let dates: Vec<String> = papers.iter().map(date).collect();
    assert_eq!(dates, ["", "2019-05-03", "2023", "2019-07"]);
    assert_eq!(papers.iter().map(|paper| paper.year).collect::<Vec<_>>(), [None, Some(2019), Some(2023), Some(2019)]);
    assert_eq!((extra(&papers[0], "date"), extra(&papers[0], "year")), ("n.d.", "MMX"));
    assert!(papers[2].extra.is_empty());
}

#[cfg(feature = "bibtex")]
#[test]
fn bibtex_behind_other_text_is_read() {
    let trees = papers("scopus_header.bib", Format::Bibtex).remove(0);
    assert_eq!((trees.id.as_str(), trees.source[0].line), ("Dune20171339", 4));
    assert_eq!(trees.authors, ["A. Dune", "C. Wave"]);
    assert_eq!((trees.year, trees.doi.as_deref()), (Some(2017), Some("10.1000/seas.2016.10.021")));
    let old = papers("jabref_old_header.bib", Format::Bibtex);
    assert_eq!((old.len(), old[0].id.as_str(), old[0].year), (1, "Dune2010", Some(2010)));
}

#[test]
fn a_lone_quote_of_a_table_with_tabs_swallows_no_row() {
    let rows = papers("quotes.tsv", Format::Delimited);
    let titles: Vec<&str> = rows.iter().map(|paper| paper.title.as_str()).collect();
    assert_eq!(titles, ["A 5\" gun of tides", "\"Deep\" tides", "\"Winds", "Rivers", "Lakes\""]);
    let (_, quoted, _) = read("title\tabstract\n\"On\ttides\"\t\"The \"\"sea\"\"\nmoves.\"\n");
    assert_eq!((quoted[0].title.as_str(), quoted[0].r#abstract.as_str()), ("On tides", "The \"sea\" moves."));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_lines_of_tags_or_cells_make_a_reader_panic(
        front in proptest::sample::select(vec!["TY  - JOUR\nTI  - T", "PMID- 1\nTI  - T", "FN W\nVR 1.0\nPT J\nTI T",
            "PT\tAU\tTI\nJ\tA\tT", "sep=;\ntitle;abstract;date\nT;a;1", "Scopus\n@misc{a, title = {T}}\n"]),
        pieces in proptest::collection::vec(proptest::sample::select(vec![
            "\n", "\r\n", "\n\n", "TY  - JOUR", "ER  - ", "AU  - ", "PY  - 2020///", "PMID- ", "FAU - ", "DP  - ", "PT J", "ER",
            "EF", "PY ", "PD ", "AF ", "   ", "      ", ",", ";", "\t", "\"", "é", "\u{feff}", "2020", "\u{0}", "Dune, A", "[doi]",
            "10.1000/a", "2. ", "Record #1 of 2", "|", "(1)", "-",
        ]), 0..40),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("papers");
        std::fs::write(&path, format!("{front}{}", pieces.concat())).unwrap();
        let _ = read_corpus(&[path], &ReadOptions::new().with_skip_bad(true), &NoProgress, &mut |_| ());
    }
}
