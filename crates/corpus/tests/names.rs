//! Names within files: no paper is lost to another's.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

use proptest::collection::vec;
use proptest::prelude::*;
use semsearch_corpus::{
    Document, ExistingDocuments, Identity, ReadError, ReadEvent, ReadOptions, Report, read_corpus, stream_corpus,
};
use semsearch_task::{ErrorKind, NoProgress};

/// A collection in memory, beside the folder that its files are written to.
struct Collection {
    folder: tempfile::TempDir,
    documents: BTreeMap<u64, Document>,
    found_by: RefCell<BTreeMap<Identity, BTreeSet<u64>>>,
    next: u64,
    told: Vec<String>,
}

impl ExistingDocuments for Collection {
    fn find(&self, identity: Identity) -> Result<Vec<u64>, ReadError> {
        Ok(self.found_by.borrow().get(&identity).into_iter().flatten().copied().collect())
    }

    fn document(&self, number: u64) -> Result<Document, ReadError> {
        let found = self.documents.get(&number).cloned();
        found.ok_or_else(|| ReadError::existing(ErrorKind::Damaged, format!("no document {number}")))
    }
}

/// The numbers of new, changed and unchanged documents.
type Counts = [usize; 3];

impl Collection {
    fn new() -> Self {
        Collection {
            folder: tempfile::tempdir().unwrap(),
            documents: BTreeMap::new(),
            found_by: RefCell::default(),
            next: 0,
            told: Vec::new(),
        }
    }

    /// Adds files, by path and content.
    fn add(&mut self, files: &[(&str, &str)]) -> Counts {
        self.try_add(files).unwrap().1
    }

    fn try_add(&mut self, files: &[(&str, &str)]) -> Result<(Report, Counts), ReadError> {
        let inputs = written(self.folder.path(), files);
        let (mut arrivals, mut told) = (Vec::new(), Vec::new());
        let report = stream_corpus::<ReadError>(
            &inputs,
            &ReadOptions::default(),
            &NoProgress,
            &mut |event| match event {
                ReadEvent::Numbered(named) => told.push(format!("{} for {}", named.id, named.key)),
                ReadEvent::Replaced(papers) => told.push(format!("{} over {}", papers.after, papers.before)),
                _ => {}
            },
            self.folder.path(),
            Some(self),
            &mut |arrival| {
                arrivals.push((arrival.document.clone(), arrival.replaces, arrival.unchanged));
                Ok(())
            },
        )?;
        self.told = told;
        let mut counts = [0; 3];
        for (document, replaces, unchanged) in arrivals {
            counts[if unchanged { 2 } else { usize::from(replaces.is_some()) }] += 1;
            if unchanged {
                continue;
            }
            if let Some(number) = replaces {
                let gone = self.documents.remove(&number).unwrap();
                assert_eq!(gone.id, document.id, "a known document keeps its id");
                self.found_by.borrow_mut().values_mut().for_each(|numbers| numbers.retain(|held| *held != number));
            }
            for identity in document.identities() {
                self.found_by.borrow_mut().entry(identity).or_default().insert(self.next);
            }
            self.documents.insert(self.next, document);
            self.next += 1;
        }
        let ids: BTreeSet<&str> = self.documents.values().map(|document| document.id.as_str()).collect();
        assert_eq!(ids.len(), self.documents.len(), "ids are unique");
        Ok((report, counts))
    }

    fn remove(&mut self, id: &str) {
        let number = *self.documents.iter().find(|(_, document)| document.id == id).unwrap().0;
        self.documents.remove(&number);
        self.found_by.borrow_mut().values_mut().for_each(|numbers| numbers.retain(|held| *held != number));
    }

    /// Ids and titles, by id.
    fn papers(&self) -> BTreeMap<&str, &str> {
        self.documents.values().map(|document| (document.id.as_str(), document.title.as_str())).collect()
    }
}

fn written(folder: &Path, files: &[(&str, &str)]) -> Vec<PathBuf> {
    let write = |(name, content): &(&str, &str)| {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    };
    files.iter().map(write).collect()
}

const TIDES: &str = "title = {Harbours of the far north and their tides}, author = {Dune, Ada}, year = 2001, \
                     abstract = {We measure tides in four harbours.}";
const WINDS: &str =
    "title = {Winds of the south}, author = {Dune, Bo}, year = 2001, abstract = {We watch winds from a hill.}";

fn entry(key: &str, fields: &str) -> String {
    format!("@article{{{key}, {fields}}}\n")
}

#[test]
fn two_papers_under_one_key_are_both_kept_in_one_file_in_two_and_in_two_runs() {
    let (tides, winds) = (entry("dune2001", TIDES), entry("dune2001", WINDS));
    let both = BTreeMap::from([
        ("dune2001", "Harbours of the far north and their tides"),
        ("dune2001-2", "Winds of the south"),
    ]);
    let mut collection = Collection::new();
    assert_eq!(collection.add(&[("a.bib", &format!("{tides}{winds}{tides}"))]), [2, 0, 0]);
    assert_eq!((collection.papers(), &*collection.told), (both.clone(), &["dune2001-2 for dune2001".to_owned()][..]));

    let mut collection = Collection::new();
    assert_eq!(collection.add(&[("a.bib", &tides), ("b.bib", &winds)]), [2, 0, 0]);
    assert_eq!(collection.papers(), both);

    let mut collection = Collection::new();
    collection.add(&[("a.bib", &tides)]);
    assert_eq!(collection.add(&[("b.bib", &winds)]), [1, 0, 0]);
    assert_eq!((collection.papers(), collection.told.len()), (both, 1));
    assert_eq!(collection.add(&[("a.bib", &tides), ("b.bib", &winds)]), [0, 0, 2]);
    assert_eq!(collection.told, Vec::<String>::new(), "what was told is not told again");
}

#[test]
fn files_of_one_name_in_two_folders_are_told_apart_by_what_they_hold() {
    let mut collection = Collection::new();
    collection.add(&[("one/references.bib", &entry("dune2001", TIDES))]);
    assert_eq!(collection.add(&[("two/references.bib", &entry("dune2001", WINDS))]), [1, 0, 0]);
    assert_eq!(collection.add(&[("one/references.bib", &entry("dune2001", TIDES))]), [0, 0, 1]);
}

#[test]
fn the_same_paper_under_one_key_in_two_files_is_one() {
    let mut collection = Collection::new();
    let short = entry("dune2001", "title = {Tides}, author = {Dune, Ada}");
    assert_eq!(collection.add(&[("a.bib", &short), ("b.bib", &short)]), [1, 0, 0]);
    assert_eq!(collection.add(&[("renamed.bib", &short)]), [0, 1, 0], "another place is noted");
    assert_eq!(collection.add(&[("c.bib", &short.replace("Ada", "Bo"))]), [1, 0, 0]);
}

#[test]
fn a_corrected_entry_replaces_itself() {
    let mut collection = Collection::new();
    collection.add(&[("a.bib", &entry("dune2001", TIDES)), ("b.bib", &entry("dune2001", WINDS))]);
    let corrected = WINDS.replace("Winds of the south", "The winds of the southern sea");
    assert_eq!(collection.add(&[("b.bib", &entry("dune2001", &corrected))]), [0, 1, 0]);
    assert_eq!(collection.papers()["dune2001-2"], "The winds of the southern sea");
    assert_eq!(collection.add(&[("b.bib", &entry("dune2001", &corrected))]), [0, 0, 1]);
    let dated = corrected.replace("2001", "2002");
    assert_eq!(collection.add(&[("b.bib", &entry("dune2001", &dated))]), [0, 1, 0]);
    assert_eq!(collection.documents.values().filter(|paper| paper.year == Some(2002)).count(), 1);
    // The key may change, too, as long as the paper is recognised by its text.
    assert_eq!(collection.add(&[("b.bib", &entry("dune2002", &dated))]), [0, 1, 0]);
    let again = dated.replace("southern sea", "southern ocean");
    assert_eq!(collection.add(&[("b.bib", &entry("dune2002", &again))]), [0, 1, 0]);
    assert_eq!(collection.papers()["dune2001-2"], "The winds of the southern ocean");
}

#[test]
fn swapped_entries_and_swapped_keys_lose_no_paper() {
    let mut collection = Collection::new();
    let file = |one: &str, other: &str| entry(one, TIDES) + &entry(other, WINDS);
    collection.add(&[("a.bib", &file("a", "b"))]);
    let swapped = entry("b", WINDS) + &entry("a", TIDES);
    assert_eq!(collection.add(&[("a.bib", &swapped)]), [0, 0, 2]);
    collection.add(&[("a.bib", &file("b", "a"))]);
    let papers = collection.papers();
    assert_eq!((papers["a"], papers["b"]), ("Harbours of the far north and their tides", "Winds of the south"));
    assert_eq!(collection.add(&[("a.bib", &file("b", "a"))]), [0, 0, 2]);
}

#[test]
fn a_removed_paper_comes_back_under_its_key_and_takes_no_other_place() {
    let mut collection = Collection::new();
    let (tides, winds) = (entry("dune2001", TIDES), entry("dune2001", WINDS));
    collection.add(&[("a.bib", &tides), ("b.bib", &winds)]);
    collection.remove("dune2001");
    assert_eq!(collection.add(&[("b.bib", &winds)]), [0, 0, 1]);
    assert_eq!(collection.add(&[("a.bib", &tides)]), [1, 0, 0]);
    assert_eq!(collection.papers()["dune2001"], "Harbours of the far north and their tides");
}

#[test]
fn rows_and_items_of_two_lists_are_papers_of_their_own() {
    let table = |one: &str, two: &str| format!("id,title,abstract\n1,{one},About {one}.\n2,{two},About {two}.\n");
    let lines = |one: &str, two: &str| {
        let line =
            |id: u32, title: &str| serde_json::json!({"id": id, "title": title, "abstract": format!("About {title}.")});
        format!("{}\n{}\n", line(1, one), line(2, two))
    };
    let items = |title: &str| {
        serde_json::json!([{"id": 1, "type": "book", "title": title, "abstract": "a", "author": [{"family": "Dune"}]}])
            .to_string()
    };
    let mut collection = Collection::new();
    assert_eq!(collection.add(&[("a.csv", &table("Harbours", "Winds"))]), [2, 0, 0]);
    assert_eq!(collection.add(&[("b.csv", &table("Volcanoes", "Rivers"))]), [2, 0, 0]);
    assert_eq!(collection.add(&[("a.jsonl", &lines("Lakes", "Seas"))]), [2, 0, 0]);
    assert_eq!(collection.add(&[("b.jsonl", &lines("Birds", "Fish"))]), [2, 0, 0]);
    assert_eq!(collection.add(&[("a.json", &items("Ice")), ("b.json", &items("Fog"))]), [2, 0, 0]);
    assert_eq!(collection.documents.len(), 10);
    // Sorted anew, the rows have other numbers.
    assert_eq!(collection.add(&[("a.csv", &table("Winds", "Harbours"))])[0], 0);
    assert_eq!(collection.documents.len(), 10);
}

#[test]
fn an_id_in_quotes_is_the_users_own() {
    let line = |title: &str| format!("{{\"id\": \"t\", \"title\": \"{title}\", \"abstract\": \"About {title}.\"}}\n");
    let mut collection = Collection::new();
    collection.add(&[("a.jsonl", &line("Tides"))]);
    assert_eq!(collection.add(&[("b.jsonl", &line("Winds"))]), [0, 1, 0]);
    assert_eq!(collection.told, ["Winds over Tides"]);
    let error = collection.try_add(&[("a.jsonl", &line("Lakes")), ("b.jsonl", &line("Rivers"))]).unwrap_err();
    assert!(error.to_string().contains("an id of its own for every paper"), "{error}");
}

#[test]
fn a_given_id_does_not_replace_a_paper_of_that_name_in_a_file() {
    let given = "{\"id\": \"dune2001\", \"title\": \"Winds\", \"abstract\": \"We watch them.\"}\n";
    let tides = entry("dune2001", TIDES);
    for together in [false, true] {
        let mut collection = Collection::new();
        collection.add(&[("a.bib", &tides)]);
        let files = [("a.bib", tides.as_str()), ("b.jsonl", given)];
        assert_eq!(collection.add(&files[usize::from(!together)..])[0], 1);
        assert_eq!(collection.papers()["dune2001-2"], "Winds");
        assert_eq!(collection.add(&files), [0, 0, 2]);
        let corrected = given.replace("Winds", "The winds");
        assert_eq!(collection.add(&[("b.jsonl", &corrected)]), [0, 1, 0]);
    }
    // Read at once, the given id is kept.
    let mut collection = Collection::new();
    collection.add(&[("a.bib", &tides), ("b.jsonl", given)]);
    assert_eq!(collection.papers()["dune2001"], "Winds");
    // Judgements name their papers by the id.
    let mut collection = Collection::new();
    collection.add(&[("a.bib", &tides)]);
    assert!(collection.try_add(&[("b.jsonl", &given.replace("\"id\"", "\"_id\""))]).is_err());
}

#[test]
fn an_export_with_a_corrected_title_replaces_the_paper_it_was_made_of() {
    let mut collection = Collection::new();
    collection.add(&[("a.bib", &entry("dune2001", TIDES))]);
    let exported =
        "{\"id\": \"dune2001\", \"title\": \"On tides\", \"abstract\": \"We measure tides in four harbours.\"}";
    assert_eq!(collection.add(&[("export.jsonl", exported)]), [0, 1, 0]);
    assert_eq!(collection.papers()["dune2001"], "On tides");
}

#[test]
fn notes_of_one_path_in_two_folders_are_two() {
    let mut collection = Collection::new();
    let folder = collection.folder.path().to_owned();
    let note = |path: &str, text: &str| written(&folder, &[(path, text)]);
    note("one/README.md", "# On Tides\n\nThe moon pulls at the sea.");
    note("two/README.md", "# On Winds\n\nThey blow from high to low.");
    let add = |name: &str| {
        let mut seen = 0;
        stream_corpus::<ReadError>(
            &[folder.join(name)],
            &ReadOptions::default(),
            &NoProgress,
            &mut |_| (),
            &folder,
            None,
            &mut |arrival| {
                seen += 1;
                assert_eq!(arrival.document.source[0].key.as_deref(), Some("README"));
                Ok(())
            },
        )
        .unwrap();
        seen
    };
    assert_eq!((add("one"), add("two")), (1, 1));
    let both = [folder.join("one"), folder.join("two")];
    let corpus = read_corpus(&both, &ReadOptions::default(), &NoProgress, &mut |_| ()).unwrap();
    let ids: Vec<&str> = corpus.documents.iter().map(|document| document.id.as_str()).collect();
    assert_eq!((ids, corpus.report.numbered), (vec!["README", "README-2"], 1));
    collection.told.clear();
}

/// A distinct paper, by number. All records of it can be recognised by each other.
fn fields(paper: u32, edition: u32) -> [(&'static str, String); 4] {
    let words = ["tides", "winds", "lakes", "rivers", "birds", "ice", "fog", "dunes"];
    let word = words[paper as usize % words.len()];
    let correction = ["", ", revised", ", again"][edition as usize];
    [
        // Some titles are of several papers.
        ("title", format!("On {}{correction}", if paper.is_multiple_of(3) { "the sea" } else { word })),
        (
            "abstract",
            format!("Paper {paper} measures {word} in {paper} harbours and finds {word} in {} of them", paper + 7),
        ),
        ("author", format!("Dune, A{paper}")),
        ("year", (2000 + paper).to_string()),
    ]
}

/// A file of random papers under random keys, in one of four formats.
#[derive(Clone, Debug)]
struct List {
    name: String,
    papers: Vec<(u32, u32)>,
}

impl List {
    /// The text of the file, with the papers in the edition `edition`.
    fn text(&self, edition: u32) -> String {
        let mut text = String::new();
        if self.name.ends_with(".csv") {
            text.push_str("id,title,abstract,author,year\n");
        }
        let mut items = Vec::new();
        for &(paper, key) in &self.papers {
            let fields = fields(paper, edition);
            if self.name.ends_with(".bib") {
                let body: Vec<String> = fields.iter().map(|(name, value)| format!("{name} = {{{value}}}")).collect();
                text.push_str(&entry(&format!("k{key}"), &body.join(", ")));
            } else if self.name.ends_with(".csv") {
                let cells: Vec<String> = fields.iter().map(|(_, value)| format!("\"{value}\"")).collect();
                writeln!(text, "{key},{}", cells.join(",")).unwrap();
            } else {
                let [title, summary, author, year] = fields.map(|(_, value)| value);
                let (family, given) = author.split_once(", ").unwrap();
                items.push(if self.name.ends_with(".jsonl") {
                    serde_json::json!({"id": key, "title": title, "abstract": summary, "authors": [author],
                                       "year": year})
                } else {
                    serde_json::json!({"id": key, "type": "book", "title": title, "abstract": summary,
                        "author": [{"family": family, "given": given}],
                        "issued": {"date-parts": [[year.parse::<u32>().unwrap()]]}})
                });
            }
        }
        match self.name.rsplit('.').next() {
            Some("jsonl") => items.iter().for_each(|item| writeln!(text, "{item}").unwrap()),
            Some("json") => text.push_str(&serde_json::Value::from(items).to_string()),
            _ => {}
        }
        text
    }
}

fn list() -> impl Strategy<Value = List> {
    let name = ("[ab]/", 0..3_usize, prop::sample::select(vec!["bib", "csv", "jsonl", "json"]));
    (name, vec((0..12_u32, 1..4_u32), 1..7)).prop_map(|((folder, stem, ending), papers)| List {
        name: format!("{folder}{}.{ending}", ["references", "library", "list"][stem]),
        papers,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(
        std::env::var("SEMSEARCH_SETS_OF_FILES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(300)
    ))]

    /// Whatever files hold the papers, under whatever names, in whatever order and division into runs, read again
    /// unchanged or corrected: there are as many documents as papers.
    #[test]
    fn there_are_as_many_documents_as_papers(
        lists in vec(list(), 1..6),
        runs in vec(vec((any::<prop::sample::Index>(), any::<bool>()), 1..4), 1..6),
    ) {
        let mut collection = Collection::new();
        let (mut seen, mut editions) = (BTreeSet::new(), vec![0; lists.len()]);
        for run in &runs {
            let mut files: BTreeMap<&str, String> = BTreeMap::new();
            for (index, is_corrected) in run {
                let number = index.index(lists.len());
                let list = &lists[number];
                if files.contains_key(list.name.as_str()) {
                    continue;
                }
                // A paper that two records of the file hold, or two files, has its first title in one of them.
                let is_told_once = |paper: u32| {
                    lists.iter().flat_map(|list| &list.papers).filter(|(other, _)| *other == paper).count() == 1
                };
                if *is_corrected && editions[number] < 2 && list.papers.iter().all(|&(paper, _)| is_told_once(paper)) {
                    editions[number] += 1;
                }
                files.insert(&list.name, list.text(editions[number]));
                seen.extend(list.papers.iter().map(|(paper, _)| *paper));
            }
            let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
            collection.add(&files);
            let summaries: BTreeSet<&str> =
                collection.documents.values().map(|paper| paper.r#abstract.as_str()).collect();
            let wanted: Vec<String> = seen.iter().map(|&paper| fields(paper, 0)[1].1.clone()).collect();
            prop_assert_eq!(summaries, wanted.iter().map(String::as_str).collect::<BTreeSet<_>>());
            prop_assert_eq!(collection.documents.len(), seen.len());
            // The same files again change nothing.
            prop_assert_eq!(collection.add(&files)[..2].to_vec(), vec![0, 0]);
        }
    }
}
