//! Reading real files: the captured pages, 60,000 papers, SciFact and Cranfield.
//!
//! The data is in `../shared` beside the repository. Where it is missing, each test says that it was left out;
//! `SEMSEARCH_REQUIRE_SHARED` turns that into a failure.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use semsearch_corpus::{
    Corpus, Document, Evidence, FAMILY_NAMES, Format, ReadOptions, read_corpus, read_qrels, read_queries,
};
use semsearch_task::NoProgress;
use semsearch_testing::needs::shared;
use serde_json::{Value, json};

fn captures() -> Option<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(shared("seeds")?)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    files.sort();
    Some(files)
}

fn read(paths: &[PathBuf]) -> Corpus {
    read_corpus(paths, &ReadOptions::default(), &NoProgress, &mut |_| ()).unwrap()
}

#[test]
fn the_captured_pages_give_every_record() {
    let Some(pages) = captures() else { return };
    let records: Vec<Document> =
        pages.iter().flat_map(|page| semsearch_corpus::open(page).unwrap()).map(Result::unwrap).collect();
    let count = |holds: fn(&Document) -> bool| records.iter().filter(|&record| holds(record)).count();

    assert_eq!(records.len(), 286);
    assert_eq!(count(|record| record.authors_count.is_some()), 104);
    assert_eq!(count(|record| record.organization.is_some()), 9);
    // The three dates of the pages themselves make it 116.
    assert_eq!(count(|record| record.date.is_some()), 113);
    assert_eq!(count(|record| record.extra.contains_key("date_as_shown")), 38);
    assert_eq!(count(|record| record.comments.is_some()), 28);
    assert!(records.iter().all(|record| record.r#abstract.split_whitespace().count() >= 170));
    assert!(records.iter().all(|record| { record.date.is_none_or(|date| (2000..=2025).contains(&date.year())) }));
}

#[test]
fn papers_on_several_pages_are_merged_and_no_others() {
    let Some(pages) = captures() else { return };
    let Corpus { documents, report, .. } = read(&pages);
    assert_eq!((report.records, report.merged, report.skipped), (286, 61, 0));
    assert_eq!((documents.len(), report.merges.len()), (225, 39));
    assert_eq!(report.merges.iter().map(|merge| merge.records - 1).sum::<u64>(), 61);
    let per_page: Vec<u64> = report.inputs.iter().map(|input| input.records).collect();
    assert_eq!(per_page, [51, 76, 26, 94, 39]);
    assert!(report.inputs.iter().all(|input| input.format == Format::DailyPapers));

    let everywhere = report.merges.iter().max_by_key(|merge| merge.records).unwrap();
    assert_eq!(
        (everywhere.id.as_str(), everywhere.records),
        ("autoregressive-search-engines-generating-substrings-as", 5)
    );
    let titles: HashSet<&str> = documents.iter().map(|document| document.title.as_str()).collect();
    assert_eq!(titles.len(), 225);
}

#[test]
fn the_demo_papers_have_the_ids_and_metadata_of_the_pages() {
    let (Some(pages), Some(demo)) = (captures(), shared("data/demo_papers.jsonl")) else {
        return;
    };
    let demo = read(&[demo]);
    assert_eq!((demo.documents.len(), demo.report.merged), (225, 0));
    let pages: HashMap<String, Document> =
        read(&pages).documents.into_iter().map(|document| (document.id.clone(), document)).collect();
    for paper in demo.documents {
        let page = &pages[&paper.id];
        assert_eq!(semsearch_corpus::slug(&paper.title), paper.id);
        assert_eq!(page.title, paper.title);
        assert_eq!(
            (page.authors_count, &page.organization, page.date, page.comments),
            (paper.authors_count, &paper.organization, paper.date, paper.comments),
            "{}",
            paper.id
        );
    }
}

#[test]
fn retold_abstracts_are_not_taken_for_the_originals() {
    let (Some(mut inputs), Some(demo)) = (captures(), shared("data/demo_papers.jsonl")) else {
        return;
    };
    inputs.push(demo);
    let Corpus { documents, report, .. } = read(&inputs);
    assert_eq!((documents.len(), report.merged), (450, 61));
    let ids: HashSet<&str> = documents.iter().map(|document| document.id.as_str()).collect();
    assert_eq!(ids.len(), 450);
}

#[test]
fn sixty_thousand_papers_are_read_and_all_kept() {
    let (Some(first), Some(more)) = (shared("data/papers_10k.jsonl.gz"), shared("data/papers_50k_more.jsonl.gz"))
    else {
        return;
    };
    let Corpus { documents, report, .. } = read(&[first.clone(), more]);
    assert_eq!((report.records, report.merged, documents.len()), (60_000, 0, 60_000));
    assert_eq!(documents.iter().filter(|document| document.date.is_none()).count(), 332);
    assert!(documents.iter().all(|document| document.year.is_some()));
    // Nothing is kept but the family name of `Martín Abadi, David G. Andersen`, which stands in the list as one author.
    let kept: Vec<_> = documents.iter().filter(|document| !document.extra.is_empty()).collect();
    let names: Vec<_> = kept.iter().flat_map(|document| document.extra.keys()).collect();
    assert_eq!(names, [FAMILY_NAMES], "{kept:?}");

    let twice = read(&[first.clone(), first]);
    assert_eq!((twice.documents.len(), twice.report.merged), (10_000, 10_000));
}

/// 10,000 papers by number, as another source might have them: with other ids, and a part of the other fields.
fn told_again(folder: &Path, tell: impl Fn(usize, &Document) -> Option<Value>) -> Option<(Vec<Document>, Corpus)> {
    let first = shared("data/papers_10k.jsonl.gz")?;
    let papers = read(std::slice::from_ref(&first)).documents;
    let told: String =
        papers.iter().enumerate().filter_map(|(number, paper)| Some(format!("{}\n", tell(number, paper)?))).collect();
    let other = folder.join("other.jsonl");
    std::fs::write(&other, told).unwrap();
    Some((papers, read(&[first, other])))
}

/// Counts, for each evidence, the papers that were recognised by it, after making sure that each is the right one.
fn recognised(papers: &[Document], corpus: &Corpus) -> HashMap<Evidence, usize> {
    let numbers: HashMap<&str, usize> =
        papers.iter().enumerate().map(|(number, paper)| (paper.id.as_str(), number)).collect();
    let documents: HashMap<&str, &Document> =
        corpus.documents.iter().map(|document| (document.id.as_str(), document)).collect();
    let mut counts = HashMap::new();
    for merge in &corpus.report.merges {
        let number = numbers[merge.id.as_str()];
        assert_eq!(documents[merge.id.as_str()].extra["merged_ids"], json!([format!("other-{number}")]));
        assert_eq!((merge.records, merge.by.len()), (2, 1));
        *counts.entry(merge.by[0]).or_insert(0) += 1;
    }
    counts
}

#[test]
fn papers_of_another_source_are_recognised_and_none_is_taken_for_another() {
    let folder = tempfile::tempdir().unwrap();
    // Titles in another spelling, years that are off by one, authors by last name and initial, no abstracts.
    let Some((papers, corpus)) = told_again(folder.path(), |number, paper| {
        let authors: Vec<String> = paper.authors.iter().map(|name| last_name_first(name)).collect();
        let year = paper.year? + number as i32 % 3 - 1;
        let title = paper.title.to_uppercase();
        Some(json!({"id": format!("other-{number}"), "title": title, "abstract": "", "authors": authors, "year": year}))
    }) else {
        return;
    };
    let counts = recognised(&papers, &corpus);
    assert_eq!(counts.len(), 1);
    let found = counts[&Evidence::TitleAndYear];
    // The others have short titles.
    assert!(found > 9_500, "{found}");

    // Other years or other authors, with other texts: none is recognised as the same paper.
    let (_, corpus) = told_again(folder.path(), |number, paper| {
        let other = &papers[(number + 1) % papers.len()];
        let year = paper.year? + if number % 2 == 0 { 2 } else { 0 };
        let id = format!("other-{number}");
        Some(json!({"id": id, "title": paper.title, "abstract": other.r#abstract, "authors": ["N. N. Nobody"], "year": year}))
    })
    .unwrap();
    assert_eq!(corpus.report.merged, 0);
}

fn last_name_first(name: &str) -> String {
    match name.rsplit_once(' ') {
        Some((given, last)) => format!("{last}, {}.", &given[..given.chars().next().map_or(0, char::len_utf8)]),
        None => name.to_owned(),
    }
}

#[test]
fn papers_with_an_arxiv_id_are_recognised_under_a_new_title() {
    let folder = tempfile::tempdir().unwrap();
    let on_arxiv = |paper: &Document| paper.arxiv.is_some() && !paper.authors.is_empty();
    let Some((papers, corpus)) = told_again(folder.path(), |number, paper| {
        let arxiv = paper.arxiv.as_ref().filter(|_| on_arxiv(paper))?;
        let doi = format!("https://doi.org/10.48550/arXiv.{arxiv}");
        let id = format!("other-{number}");
        Some(json!({"id": id, "title": "Retitled", "abstract": "", "doi": doi, "authors": [paper.authors[0]]}))
    }) else {
        return;
    };
    let expected = papers.iter().filter(|paper| on_arxiv(paper)).count();
    assert!(expected > 8_000);
    assert_eq!(recognised(&papers, &corpus), HashMap::from([(Evidence::Arxiv, expected)]));
}

#[test]
fn benchmark_papers_without_their_ids_are_merged_only_where_they_are_reprints() {
    // The worst case for titles: all papers have the same year, and none has an id or an author.
    for (folder, expected) in [("scifact", 0), ("cranfield", 2)] {
        let Some(corpus) = shared(&format!("data/{folder}/corpus.jsonl.gz")) else { return };
        let records: Vec<Document> = semsearch_corpus::open(&corpus).unwrap().map(Result::unwrap).collect();
        let told: String = records
            .iter()
            .filter(|paper| !paper.title.is_empty())
            .map(|paper| json!({"title": paper.title, "abstract": paper.r#abstract, "year": 1960}))
            .map(|record| format!("{record}\n"))
            .collect();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("papers.jsonl");
        std::fs::write(&path, told).unwrap();
        let report = read(&[path]).report;
        let told: Vec<_> = report.merges.iter().map(|merge| (&merge.title, &merge.by, &merge.sources)).collect();
        assert_eq!(report.merged, expected, "{told:#?}");
    }
}

#[test]
fn benchmark_folders_keep_every_document_that_is_judged() {
    for (folder, documents, queries, judgements, relevant_to_first) in
        [("scifact", 5_183, 300, 339, "1"), ("cranfield", 1_400, 225, 1_837, "1")]
    {
        let Some(folder) = shared(&format!("data/{folder}")) else {
            return;
        };
        let corpus = read(std::slice::from_ref(&folder));
        assert_eq!(corpus.report.inputs[0].format, Format::Beir);
        assert_eq!((corpus.documents.len(), corpus.report.merged), (documents, 0));
        // The file named by itself is the same corpus.
        assert_eq!(read(&[folder.join("corpus.jsonl.gz")]).documents.len(), documents);

        let (read_queries, qrels) = (read_queries(&folder).unwrap(), read_qrels(&folder).unwrap());
        assert_eq!((read_queries.len(), qrels.len()), (queries, judgements));
        assert_eq!(read_queries[0].id, relevant_to_first);
        let ids: HashSet<&str> = corpus.documents.iter().map(|document| document.id.as_str()).collect();
        assert!(qrels.iter().all(|judgement| ids.contains(judgement.document.as_str())));
    }
}

#[test]
fn the_two_empty_documents_of_cranfield_stay_two() {
    let Some(folder) = shared("data/cranfield") else {
        return;
    };
    let corpus = read(&[folder.clone(), folder]);
    let empty: Vec<&str> = corpus
        .documents
        .iter()
        .filter(|document| document.passage().is_empty())
        .map(|document| document.id.as_str())
        .collect();
    assert_eq!(empty, ["471", "995"]);
    assert_eq!((corpus.documents.len(), corpus.report.merged), (1_400, 1_400));
}
