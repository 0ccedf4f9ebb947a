//! Family names, given names and the names of groups go out as they came in, whatever the formats.

use semsearch_corpus::{Document, FAMILY_NAMES, ListForm, ListWriter};
use serde_json::{Value, json};

const BIBTEX: &str = "@article{marquez1967,\n  title = {On solitude},\n  author = {Garc{\\'i}a M{\\'a}rquez, Gabriel and \
                      {European Space Agency} and van der Berg, Jan},\n  year = {1967}\n}\n";

const CSL: &str = r#"[{"id": "a", "type": "article-journal", "title": "On solitude", "author": [
    {"family": "García Márquez", "given": "Gabriel"}, {"literal": "Médecins Sans Frontières"},
    {"family": "Sousa", "given": "Maria de"}, {"literal": "World Health Organization"},
    {"family": "Berg", "non-dropping-particle": "van der", "given": "Jan", "suffix": "Jr."}]}]"#;

const RIS: &str =
    "TY  - JOUR\nTI  - On solitude\nAU  - Van Gogh, Vincent\nAU  - European Space Agency,\nAU  - Dune, Ada\nER  - \n";

fn read(text: &str) -> Vec<Document> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list");
    std::fs::write(&path, text).unwrap();
    semsearch_corpus::open(&path).unwrap().map(Result::unwrap).collect()
}

fn written(documents: &[Document], form: ListForm) -> String {
    let mut list = ListWriter::begin(Vec::new(), form).unwrap();
    documents.iter().for_each(|document| list.push(document).unwrap());
    String::from_utf8(list.finish().unwrap()).unwrap()
}

/// The values of lines that begin so.
fn lines<'a>(text: &'a str, begin: &str) -> Vec<&'a str> {
    text.lines().filter_map(|line| line.trim().strip_prefix(begin)).collect()
}

fn authors_in_csl(documents: &[Document]) -> Value {
    serde_json::from_str::<Value>(&written(documents, ListForm::Csl)).unwrap()[0]["author"].clone()
}

#[test]
fn names_of_bibtex_stay_as_they_are() {
    let papers = read(BIBTEX);
    assert_eq!(papers[0].authors, ["Gabriel García Márquez", "European Space Agency", "Jan van der Berg"]);
    // Only a name that does not tell its family name is noted.
    assert_eq!(papers[0].extra[FAMILY_NAMES], json!({"Gabriel García Márquez": "García Márquez"}));
    assert_eq!(
        lines(&written(&papers, ListForm::Bibtex), "author = "),
        ["{García Márquez, Gabriel and {European Space Agency} and Jan van der Berg},"]
    );
    assert_eq!(
        lines(&written(&papers, ListForm::Ris), "AU  - "),
        ["García Márquez, Gabriel", "European Space Agency", "van der Berg, Jan"]
    );
    assert_eq!(
        authors_in_csl(&papers),
        json!([{"family": "García Márquez", "given": "Gabriel"}, {"literal": "European Space Agency"},
            {"family": "van der Berg", "given": "Jan"}])
    );
}

#[test]
fn names_of_csl_stay_as_they_are() {
    let papers = read(CSL);
    assert_eq!(
        lines(&written(&papers, ListForm::Bibtex), "author = "),
        [
            "{García Márquez, Gabriel and {Médecins Sans Frontières} and Sousa, Maria de and {World Health Organization} \
          and van der Berg, Jr., Jan},"
        ]
    );
    assert_eq!(
        lines(&written(&papers, ListForm::Ris), "AU  - "),
        [
            "García Márquez, Gabriel",
            "Médecins Sans Frontières,",
            "Sousa, Maria de",
            "World Health Organization",
            "van der Berg, Jan, Jr."
        ]
    );
    assert_eq!(
        authors_in_csl(&papers),
        json!([{"family": "García Márquez", "given": "Gabriel"}, {"literal": "Médecins Sans Frontières"},
            {"family": "Sousa", "given": "Maria de"}, {"literal": "World Health Organization"},
            {"family": "van der Berg", "given": "Jan", "suffix": "Jr."}])
    );
}

#[test]
fn names_of_ris_stay_as_they_are() {
    let papers = read(RIS);
    assert_eq!(papers[0].authors, ["Vincent Van Gogh", "European Space Agency", "Ada Dune"]);
    assert_eq!(
        lines(&written(&papers, ListForm::Ris), "AU  - "),
        ["Van Gogh, Vincent", "European Space Agency", "Dune, Ada"]
    );
    assert_eq!(
        lines(&written(&papers, ListForm::Bibtex), "author = "),
        ["{Van Gogh, Vincent and {European Space Agency} and Ada Dune},"]
    );
}

#[test]
fn names_survive_every_format_on_the_way() {
    for papers in [read(BIBTEX), read(CSL), read(RIS)] {
        let expected = authors_in_csl(&papers);
        for form in [ListForm::Bibtex, ListForm::Ris, ListForm::Csl, ListForm::Csv, ListForm::Jsonl] {
            let again = read(&written(&papers, form));
            assert_eq!(again[0].authors, papers[0].authors, "{form:?}");
            assert_eq!(authors_in_csl(&again), expected, "{form:?}");
            assert_eq!(again[0].extra.get(FAMILY_NAMES), papers[0].extra.get(FAMILY_NAMES), "{form:?}");
        }
    }
}

#[test]
fn bibtex_tells_families_by_particles_and_braces() {
    for (value, expected) in [
        ("Charles de la Vall{\\'e}e Poussin", json!({"family": "de la Vallée Poussin", "given": "Charles"})),
        ("{d'Alembert}, Jean le Rond", json!({"family": "d'Alembert", "given": "Jean le Rond"})),
        ("Ana {Delgado de Molina}", json!({"family": "Delgado de Molina", "given": "Ana"})),
        ("{{Van Gogh}}, Vincent", json!({"family": "Van Gogh", "given": "Vincent"})),
        ("{Doctors Without Borders}", json!({"literal": "Doctors Without Borders"})),
        ("family=Gogh, given=Vincent, prefix=Van", json!({"family": "Van Gogh", "given": "Vincent"})),
        (
            "Garc\\'ia M\\'arquez, Jr., Gabriel",
            json!({"family": "García Márquez", "given": "Gabriel", "suffix": "Jr."}),
        ),
    ] {
        let papers = read(&format!("@misc{{a, title = {{On Tides}}, author = {{{value}}}}}"));
        assert_eq!(authors_in_csl(&papers), json!([expected]), "{value}");
        let again = read(&written(&papers, ListForm::Bibtex));
        assert_eq!(authors_in_csl(&again), json!([expected]), "{value}");
    }
}

#[test]
fn other_formats_tell_families_too() {
    let xml = "<?xml version='1.0'?><PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>7</PMID><Article>\
               <ArticleTitle>On Tides</ArticleTitle><AuthorList><Author><LastName>García Márquez</LastName><ForeName>Gabriel\
               </ForeName></Author><Author><CollectiveName>Médecins Sans Frontières</CollectiveName></Author></AuthorList>\
               </Article></MedlineCitation></PubmedArticle></PubmedArticleSet>";
    let nbib = "PMID- 7\nTI  - On Tides\nFAU - García Márquez, Gabriel\nAU  - García Márquez G\n";
    let csv = "title,authors,abstract\nOn Tides,\"García Márquez, Gabriel; Dune, Ada\",It.\n";
    let json = r#"{"title": "On Tides", "authors": [{"firstName": "Gabriel", "lastName": "García Márquez"}]}"#;
    for text in [xml, nbib, csv, json] {
        let authors = authors_in_csl(&read(text));
        assert_eq!(authors[0], json!({"family": "García Márquez", "given": "Gabriel"}), "{text}");
    }
    assert_eq!(authors_in_csl(&read(xml))[1], json!({"literal": "Médecins Sans Frontières"}));
}

#[test]
fn papers_whose_names_tell_all_keep_the_content_that_they_had() {
    let plain = read("@misc{a, title = {On Tides}, author = {Dune, Ada and {Sea Group} and van der Wave, Carl}}");
    assert!(!plain[0].extra.contains_key(FAMILY_NAMES));
    let told = read("@misc{a, title = {On Tides}, author = {Sand Dune, Ada}}");
    let untold = read("@misc{a, title = {On Tides}, author = {Ada Sand Dune}}");
    assert_eq!((&told[0].id, told[0].identities()), (&untold[0].id, untold[0].identities()));
    assert_eq!((&told[0].authors, told[0].passage()), (&untold[0].authors, untold[0].passage()));
}

#[test]
fn a_row_of_scopus_is_an_entry_of_bibtex() {
    let papers = read(include_str!("imports/lists/scopus.csv"));
    let text = written(&papers[..1], ListForm::Bibtex);
    let names: Vec<&str> =
        text.lines().filter_map(|line| line.trim().split_once(" = ")).map(|(name, _)| name).collect();
    for name in &names {
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)), "{name}");
        assert_eq!(names.iter().filter(|other| *other == name).count(), 1, "{text}");
    }
    for gone in ["authors", "page-start", "page-end", "issue"] {
        assert!(!names.contains(&gone), "{text}");
    }
    assert_eq!((lines(&text, "pages = "), lines(&text, "number = ")), (vec!["{339--354},"], vec!["{1},"]));
    assert_eq!((lines(&text, "authors-id = ").len(), lines(&text, "author = ").len()), (1, 1), "{text}");
    let ris = written(&papers[..1], ListForm::Ris);
    assert_eq!((lines(&ris, "SP  - "), lines(&ris, "EP  - ")), (vec!["339"], vec!["354"]));
    let csl: Value = serde_json::from_str(&written(&papers[..1], ListForm::Csl)).unwrap();
    assert_eq!(csl[0]["page"], "339-354");
}

#[test]
fn a_record_of_ris_is_an_entry_of_bibtex() {
    let papers = read("TY  - JOUR\nTI  - On Tides\nIS  - 2\nVL  - 3\nSP  - 1\nEP  - 9\nER  - \n");
    let text = written(&papers, ListForm::Bibtex);
    assert_eq!((lines(&text, "type"), lines(&text, "issue")), (vec![], vec![]), "{text}");
    assert_eq!((lines(&text, "number = "), lines(&text, "pages = ")), (vec!["{2},"], vec!["{1--9},"]), "{text}");
}

#[test]
fn pages_of_bibtex_stay_as_they_are() {
    for pages in ["1--9", "1-9", "A-12", "e123"] {
        let papers = read(&format!("@article{{a, title = {{On Tides}}, pages = {{{pages}}}, type = {{JOUR}}}}"));
        let text = written(&papers, ListForm::Bibtex);
        let expected = format!("{{{pages}}},");
        assert_eq!((lines(&text, "pages = "), lines(&text, "type = ")), (vec![expected.as_str()], vec!["{JOUR},"]));
    }
}

#[test]
fn names_of_fields_are_those_of_bibtex() {
    let papers = read(r#"{"title": "On Tides", "abstract": "It.", "Art. No.": "7", "Cited (by)": "3", "a.b:c": "x"}"#);
    let text = written(&papers, ListForm::Bibtex);
    for line in ["eid = {7},", "cited-by = {3},", "a-b-c = {x},"] {
        assert_eq!(lines(&text, line).len(), 1, "{line}: {text}");
    }
}
