//! What was read from a format and is written in it reads again as the same papers.

use std::path::Path;

use proptest::prelude::*;
use semsearch_corpus::{Date, Document, Format, ListForm, ListWriter};
use serde_json::{Map, Value, json};

/// Papers without their ids, which are names in one file, and without the places where they were read.
fn read(bytes: &[u8]) -> (Option<Format>, Vec<Document>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list");
    std::fs::write(&path, bytes).unwrap();
    match semsearch_corpus::open(&path) {
        Ok(documents) => (Some(documents.format()), papers(documents)),
        Err(_) => (None, Vec::new()),
    }
}

fn papers(documents: impl Iterator<Item = Result<Document, semsearch_corpus::ReadError>>) -> Vec<Document> {
    documents.filter_map(Result::ok).map(bare).collect()
}

fn bare(mut document: Document) -> Document {
    document.id = String::new();
    document.source = Vec::new();
    // Judgements name papers by their ids.
    document.judged = false;
    document
}

fn written(form: ListForm, documents: &[Document]) -> Vec<u8> {
    let mut list = ListWriter::begin(Vec::new(), form).unwrap();
    for document in documents {
        list.push(document).unwrap();
    }
    list.finish().unwrap()
}

/// The differences between papers and what is read of them after they were written.
fn lost(form: ListForm, before: &[Document]) -> Vec<String> {
    let bytes = written(form, before);
    let (_, mut after) = read(&bytes);
    let mut before = before.to_vec();
    match form {
        // Entries that wait for their parents come later.
        ListForm::Bibtex => {
            [&mut before, &mut after].into_iter().for_each(|papers| papers.sort_by_key(|paper| format!("{paper:?}")))
        }
        // CSL asks for a type of every item.
        ListForm::Csl => {
            for (before, after) in
                before.iter().zip(&mut after).filter(|(before, _)| !before.extra.contains_key("type"))
            {
                assert!(after.extra.remove("type").is_some(), "{before:?}");
            }
        }
        _ => {}
    }
    let mut lost: Vec<String> = before
        .iter()
        .zip(&after)
        .filter(|(before, after)| before != after)
        .map(|(before, after)| format!("{before:?}\nbecame\n{after:?}"))
        .collect();
    if before.len() != after.len() {
        lost.push(format!("{} papers became {}:\n{}", before.len(), after.len(), String::from_utf8_lossy(&bytes)));
    }
    lost
}

/// The form of a format that is read and written.
fn form_of(format: Format) -> Option<ListForm> {
    match format {
        Format::Bibtex => Some(ListForm::Bibtex),
        Format::Ris => Some(ListForm::Ris),
        Format::CslJson => Some(ListForm::Csl),
        Format::Delimited => Some(ListForm::Csv),
        Format::Jsonl => Some(ListForm::Jsonl),
        _ => None,
    }
}

#[test]
fn every_committed_list_survives() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut survived = Vec::new();
    for folder in ["imports/lists", "fixtures", "fixtures/formats"] {
        for entry in std::fs::read_dir(tests.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let Ok(documents) = semsearch_corpus::open(&path) else { continue };
            let Some(form) = form_of(documents.format()).filter(|_| path.is_file()) else { continue };
            // Only judgements know a paper without text.
            let before: Vec<Document> =
                papers(documents).into_iter().filter(|paper| !paper.passage().is_empty()).collect();
            assert_eq!(lost(form, &before), Vec::<String>::new(), "{}", path.display());
            // Whatever the format, JSON lines hold all of a paper.
            assert_eq!(lost(ListForm::Jsonl, &before), Vec::<String>::new(), "{}", path.display());
            survived.push(form);
        }
    }
    for (form, fewest) in [(ListForm::Bibtex, 25), (ListForm::Ris, 1)] {
        assert!(survived.iter().filter(|&&survivor| survivor == form).count() >= fewest, "{form:?}");
    }
}

/// A text as readers leave it: of one line, without white space at its ends.
fn text() -> impl Strategy<Value = String> {
    const PIECES: [&str; 44] = [
        "Tides",
        "of",
        "the",
        "sea",
        " ",
        " ",
        " ",
        "-",
        "--",
        "–",
        "é",
        "ß",
        "Ж",
        "$x_{1}$",
        "$",
        "{",
        "}",
        "\\",
        "%",
        "&",
        "&amp;",
        "#",
        "_",
        "^",
        "~",
        "\"",
        "'",
        "''",
        "``",
        "<i>",
        "<",
        "and",
        ",",
        ";",
        ":",
        "|",
        "5 ",
        "\\alpha",
        "@article{x,",
        "TY  - JOUR",
        "ER  - ",
        "[",
        "]",
        "=",
    ];
    let word = proptest::sample::select(&["Tides", "Étude", "On"][..]);
    (word, proptest::collection::vec(proptest::sample::select(&PIECES[..]), 0..12)).prop_map(|(first, pieces)| {
        (first.to_owned() + &pieces.concat()).split_whitespace().collect::<Vec<_>>().join(" ")
    })
}

fn name() -> impl Strategy<Value = String> {
    proptest::sample::select(
        &[
            "Ada Dune",
            "Carl van der Wave",
            "Martin L. King Jr.",
            "Sea and Shore Group",
            "José María García",
            "Nguyễn Duc",
            "NASA",
            "A.-C. O'Neil",
            "Department of Seas",
            "Łukasz Świątek",
            "others",
            "Team {Sea}",
        ][..],
    )
    .prop_map(str::to_owned)
}

fn date() -> impl Strategy<Value = Option<Date>> {
    proptest::sample::select(&["", "2020", "1998-07", "2020-05-01", "1000-12-31"][..])
        .prop_map(|text| text.parse().ok())
}

fn keyword() -> impl Strategy<Value = String> {
    proptest::sample::select(&["tides", "deep sea", "R&D", "C#", "Ж", "cs.CL", "50% _x_"][..]).prop_map(str::to_owned)
}

/// Kept fields, named like fields of papers among others.
fn extra() -> impl Strategy<Value = Map<String, Value>> {
    let name = proptest::sample::select(
        &["volume", "pages", "publisher", "note", "doi", "year", "date", "url", "C1", "page"][..],
    );
    let value = prop_oneof![
        text().prop_map(Value::String),
        Just(json!("in press")),
        Just(json!("12-19")),
        Just(json!("https://sea.example/a--b_c%20{d}")),
        proptest::collection::vec(text(), 2..4).prop_map(|texts| json!(texts)),
    ];
    proptest::collection::vec((name, value), 0..4)
        .prop_map(|fields| fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn link() -> impl Strategy<Value = Option<String>> {
    let links =
        ["", "https://sea.example/~a/b_c?d=%20&e=1#f--g", "https://arxiv.org/abs/2101.00001", "http://a.example/{x}"];
    proptest::sample::select(links.to_vec()).prop_map(|link| Some(link.to_owned()).filter(|link| !link.is_empty()))
}

fn document() -> impl Strategy<Value = Document> {
    let doi = proptest::sample::select(&["", "10.1000/7", "10.1002/(sici)1097<1::aid-x_1>3.0.co;2-#"][..]);
    let arxiv = proptest::sample::select(&["", "2101.00001", "hep-th/9901001"][..]);
    let kind = proptest::sample::select(&["article", "inproceedings", "misc", "phdthesis"][..]);
    let people = proptest::collection::vec(name(), 0..4);
    let keywords = proptest::collection::vec(keyword(), 0..3);
    let places = (proptest::option::of(text()), link(), date(), doi, arxiv, kind);
    (text(), text(), people, keywords, places, extra()).prop_map(|(title, summary, people, keywords, places, extra)| {
        let (venue, url, date, doi, arxiv, kind) = places;
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        // RIS has each name and keyword once.
        let unique = |list: Vec<String>| {
            let mut known = std::collections::HashSet::new();
            list.into_iter().filter(|item| known.insert(item.clone())).collect::<Vec<_>>()
        };
        let mut document = Document::new("id", title, summary)
            .with_authors(unique(people))
            .with_date(date)
            .with_year(date.map(|date| date.year()))
            .with_venue(venue)
            .with_doi(some(doi))
            .with_arxiv(some(arxiv))
            .with_url(url)
            .with_keywords(unique(keywords));
        document.extra = extra;
        if document.url.is_none() {
            // It would have been the link.
            document.extra.remove("url");
        }
        document.extra.insert("entry_type".to_owned(), json!(kind));
        document
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn papers_survive_every_form(document in document()) {
        for (form, format) in [
            (ListForm::Bibtex, Format::Bibtex),
            (ListForm::Ris, Format::Ris),
            (ListForm::Csl, Format::CslJson),
            (ListForm::Csv, Format::Delimited),
            (ListForm::Jsonl, Format::Jsonl),
        ] {
            let bytes = written(form, std::slice::from_ref(&document));
            let (found, once) = read(&bytes);
            let text = String::from_utf8_lossy(&bytes);
            prop_assert_eq!(found, Some(format), "{}", text);
            prop_assert_eq!(once.len(), 1, "{}", text);
            let paper = &once[0];
            // What every format has a place for is there at once.
            prop_assert_eq!(&paper.title, &document.title, "{}", text);
            prop_assert_eq!(&paper.r#abstract, &document.r#abstract, "{}", text);
            prop_assert_eq!(&paper.authors, &document.authors, "{}", text);
            prop_assert_eq!(paper.date, document.date, "{}", text);
            prop_assert_eq!(&paper.venue, &document.venue, "{}", text);
            let link = document.url.as_deref();
            // CSL has no place for an arXiv id but its link.
            prop_assert!(paper.url.as_deref() == link || (form == ListForm::Csl && link.is_none()), "{}", text);
            prop_assert!(document.arxiv.is_none() || paper.arxiv.is_some(), "{}", text);
            prop_assert_eq!(&paper.doi, &document.doi, "{}", text);
            prop_assert_eq!(&paper.keywords, &document.keywords, "{}", text);
            // What came in goes out and in again without loss.
            let again = lost(form, &once);
            prop_assert!(again.is_empty(), "{:?}: {}\n{}", form, again.join("\n"), text);
        }
    }
}
