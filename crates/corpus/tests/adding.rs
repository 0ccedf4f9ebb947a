//! Adding to existing documents, through the public interface.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proptest::collection::vec;
use proptest::prelude::*;
use semsearch_corpus::{
    Document, Evidence, ExistingDocuments, Identity, Merge, ReadError, ReadEvent, ReadOptions, read_corpus,
    stream_corpus,
};
use semsearch_task::{ErrorKind, NoProgress};
use serde_json::{Value, json};

/// A collection that keeps its documents in memory and counts the lookups.
#[derive(Default)]
struct Collection {
    folder: Option<tempfile::TempDir>,
    /// Numbers are never given twice, as in a collection whose documents have moved on.
    documents: BTreeMap<u64, Document>,
    found_by: BTreeMap<Identity, BTreeSet<u64>>,
    next: u64,
    options: ReadOptions,
    asked: Cell<usize>,
}

impl ExistingDocuments for Collection {
    fn find(&self, identity: Identity) -> Result<Vec<u64>, ReadError> {
        self.asked.set(self.asked.get() + 1);
        Ok(self.found_by.get(&identity).into_iter().flatten().rev().copied().collect())
    }

    fn document(&self, number: u64) -> Result<Document, ReadError> {
        self.documents
            .get(&number)
            .cloned()
            .ok_or_else(|| ReadError::existing(ErrorKind::Damaged, format!("no document {number}")))
    }
}

/// The result of an addition.
#[derive(Debug, Default, PartialEq)]
struct Outcome {
    new: Vec<String>,
    changed: Vec<String>,
    unchanged: Vec<String>,
    merges: Vec<Merge>,
}

impl Collection {
    fn of(records: &[(&str, &[Value])]) -> Self {
        let mut collection = Collection::default();
        collection.add(records);
        collection
    }

    fn keeping_duplicates() -> Self {
        let options = ReadOptions::new().with_keep_duplicates(true);
        Collection { options, ..Collection::default() }
    }

    /// Adds files, given by their names and records.
    fn add(&mut self, files: &[(&str, &[Value])]) -> Outcome {
        self.try_add(files).unwrap()
    }

    fn try_add(&mut self, files: &[(&str, &[Value])]) -> Result<Outcome, ReadError> {
        let folder = self.folder.take().unwrap_or_else(|| tempfile::tempdir().unwrap());
        let inputs = written(folder.path(), files);
        let (mut outcome, mut arrivals) = (Outcome::default(), Vec::new());
        let mut merges = Vec::new();
        let read = stream_corpus::<ReadError>(
            &inputs,
            &self.options,
            &NoProgress,
            &mut |event| {
                if let ReadEvent::Merged(merge) = event {
                    merges.push(merge.clone());
                }
            },
            folder.path(),
            Some(self),
            &mut |arrival| {
                assert_eq!(arrival.json, serde_json::to_vec(arrival.document).unwrap());
                arrivals.push((arrival.document.clone(), arrival.replaces, arrival.unchanged));
                Ok(())
            },
        );
        self.folder = Some(folder);
        read?;
        outcome.merges = merges;
        for (document, replaces, unchanged) in arrivals {
            let list = match (replaces, unchanged) {
                (None, false) => &mut outcome.new,
                (Some(_), false) => &mut outcome.changed,
                (Some(_), true) => &mut outcome.unchanged,
                (None, true) => panic!("a new document cannot be unchanged"),
            };
            list.push(document.id.clone());
            if unchanged {
                continue;
            }
            if let Some(number) = replaces {
                let gone = self.documents.remove(&number).expect("each document is replaced once");
                assert_eq!(gone.id, document.id, "a known document keeps its id");
                self.found_by.values_mut().for_each(|numbers| numbers.retain(|&held| held != number));
            }
            for identity in document.identities() {
                self.found_by.entry(identity).or_default().insert(self.next);
            }
            self.documents.insert(self.next, document);
            self.next += 1;
        }
        let ids: BTreeSet<&str> = self.documents.values().map(|document| document.id.as_str()).collect();
        assert_eq!(ids.len(), self.documents.len(), "ids are unique");
        Ok(outcome)
    }

    fn document(&self, id: &str) -> &Document {
        self.documents.values().find(|document| document.id == id).unwrap()
    }

    fn places(&self, id: &str) -> Vec<(&str, u64)> {
        self.document(id).source.iter().map(|place| (place.file.as_str(), place.line)).collect()
    }
}

fn written(folder: &Path, files: &[(&str, &[Value])]) -> Vec<PathBuf> {
    let write = |(name, records): &(&str, &[Value])| {
        let path = folder.join(name);
        let lines: String = records.iter().map(|record| format!("{record}\n")).collect();
        std::fs::write(&path, lines).unwrap();
        path
    };
    files.iter().map(write).collect()
}

const TIDES: &str = "The sea rises and falls twice a day because the moon pulls at the near side of the earth more \
                     strongly than at its far side, and we measure how much";
const WINDS: &str = "Winds blow from high pressure to low, bent by the turning of the earth; we give a table of them";

fn tides() -> Value {
    json!({"id": "t", "title": "On Tides", "abstract": TIDES})
}

/// A copy of the object with other fields added.
fn with(record: &Value, fields: Value) -> Value {
    let mut record = record.clone();
    for (name, value) in fields.as_object().unwrap() {
        record[name] = value.clone();
    }
    record
}

/// A copy of the object without the id.
fn nameless(record: &Value) -> Value {
    let mut record = record.clone();
    record.as_object_mut().unwrap().remove("id");
    record
}

#[test]
fn the_same_file_again_changes_nothing() {
    let files: Vec<Value> = vec![
        tides(),
        with(&tides(), json!({"id": "again", "venue": "Seas", "stars": 0.1})),
        json!({"title": "On Winds", "abstract": WINDS}),
        json!({"title": "Editorial", "abstract": ""}),
        json!({"title": "Editorial", "abstract": ""}),
        json!({"title": "Editorial", "abstract": "Others wrote this one."}),
        json!({"_id": "7", "title": "On Winds", "text": "A judged one."}),
        json!({"_id": "8", "title": "On Winds", "text": "A judged one."}),
        json!({"title": "???", "abstract": "?"}),
    ];
    for mut collection in [Collection::default(), Collection::keeping_duplicates()] {
        let first = collection.add(&[("a.jsonl", &files), ("b.jsonl", &[nameless(&tides())])]);
        assert_eq!(first.new.len(), collection.documents.len());
        let before = collection.documents.clone();
        let again = collection.add(&[("a.jsonl", &files), ("b.jsonl", &[nameless(&tides())])]);
        assert_eq!((again.new, again.changed, again.unchanged.len()), (vec![], vec![], before.len()));
        // A blank line at the top moves every record.
        let mut moved = vec![json!({"id": "m", "title": "Moved", "abstract": "x"})];
        moved.extend(files.iter().cloned());
        let again = collection.add(&[("a.jsonl", &moved)]);
        assert_eq!((again.new, again.changed), (vec!["m".to_owned()], vec![]));
        assert_eq!(collection.documents.range(..before.len() as u64).count(), before.len());
    }
}

#[test]
fn documents_without_new_records_are_neither_handed_out_nor_looked_at() {
    let many: Vec<Value> =
        (0..500).map(|n| json!({"id": n, "title": format!("Paper {n}"), "abstract": format!("It has {n}")})).collect();
    let mut collection = Collection::of(&[("a.jsonl", &many)]);
    collection.asked.set(0);
    let outcome = collection.add(&[("b.jsonl", &[tides()])]);
    assert_eq!((outcome.new, outcome.changed, outcome.unchanged), (vec!["t".to_owned()], vec![], vec![]));
    assert!(collection.asked.get() <= 5, "{} questions", collection.asked.get());
}

#[test]
fn a_record_with_a_known_id_takes_the_place_of_its_document() {
    let mut collection = Collection::of(&[("a.jsonl", &[with(&tides(), json!({"venue": "Seas"}))])]);
    // Even with another text, since the user gave the same id.
    let outcome = collection.add(&[("a.jsonl", &[json!({"id": "t", "title": "On Winds", "abstract": WINDS})])]);
    assert_eq!((outcome.changed, outcome.merges), (vec!["t".to_owned()], vec![]));
    let paper = collection.document("t");
    assert_eq!((paper.title.as_str(), paper.venue.as_deref()), ("On Winds", None));
    assert_eq!(collection.places("t"), [("a.jsonl", 1)]);
}

#[test]
fn what_other_files_told_stays_where_a_new_edition_says_nothing() {
    let first = with(&tides(), json!({"year": 2001}));
    let second = with(&tides(), json!({"id": "u", "venue": "Seas", "year": 2002}));
    let mut collection = Collection::of(&[("a.jsonl", &[first]), ("b.jsonl", &[second])]);
    let outcome = collection.add(&[(
        "a.jsonl",
        &[json!({"id": "x", "title": "X", "abstract": "x"}), with(&tides(), json!({"year": 2003}))],
    )]);
    assert_eq!((outcome.new, outcome.changed), (vec!["x".to_owned()], vec!["t".to_owned()]));
    let paper = collection.document("t");
    assert_eq!((paper.year, paper.venue.as_deref()), (Some(2003), Some("Seas")));
    assert_eq!(paper.extra["merged_ids"], json!(["u"]));
    assert_eq!(collection.places("t"), [("a.jsonl", 2), ("b.jsonl", 1)]);
}

#[test]
fn a_copy_under_another_id_fills_gaps_and_the_known_id_stays() {
    let mut collection = Collection::of(&[("a.jsonl", &[with(&tides(), json!({"year": 2001}))])]);
    let copy = with(&tides(), json!({"id": "u", "venue": "Seas", "year": 2002}));
    let outcome = collection.add(&[("b.jsonl", std::slice::from_ref(&copy))]);
    assert_eq!(outcome.changed, ["t"]);
    assert_eq!((outcome.merges.len(), outcome.merges[0].by.as_slice()), (1, &[Evidence::Text][..]));
    let paper = collection.document("t");
    assert_eq!((paper.year, paper.venue.as_deref()), (Some(2001), Some("Seas")));
    assert_eq!(paper.extra["merged_ids"], json!(["u"]));
    assert_eq!(collection.places("t"), [("a.jsonl", 1), ("b.jsonl", 1)]);
    // Read again, it adds nothing, wherever it stands in its file.
    let again = collection.add(&[("b.jsonl", &[json!({"id": "x", "title": "X", "abstract": "x"}), copy])]);
    assert_eq!((again.unchanged, again.merges), (vec!["t".to_owned()], vec![]));
}

#[test]
fn a_revised_record_without_an_id_is_a_new_edition_of_its_paper() {
    let mut collection = Collection::of(&[("a.jsonl", &[nameless(&tides())])]);
    let revised = TIDES.replace("twice a day", "twice daily");
    let outcome = collection.add(&[("a.jsonl", &[json!({"title": "On tides", "abstract": revised})])]);
    assert_eq!(outcome.changed, ["on-tides"]);
    assert_eq!(collection.document("on-tides").r#abstract, revised);
}

#[test]
fn a_record_without_an_id_out_of_a_second_file_only_fills_gaps() {
    let mut collection = Collection::of(&[("a.jsonl", &[with(&nameless(&tides()), json!({"year": 2001}))])]);
    let second = [with(&nameless(&tides()), json!({"year": 2002, "venue": "Seas"}))];
    let outcome = collection.add(&[("b.jsonl", &second)]);
    assert_eq!((outcome.changed, outcome.merges.len()), (vec!["on-tides".to_owned()], 1));
    let paper = collection.document("on-tides");
    assert_eq!((paper.year, paper.venue.as_deref()), (Some(2001), Some("Seas")));
    // Read again, the same records do not report the merge again.
    let again = collection.add(&[("b.jsonl", &second)]);
    assert_eq!((again.unchanged, again.merges), (vec!["on-tides".to_owned()], vec![]));
}

#[test]
fn an_edition_that_replaces_all_still_stands_for_the_ids_that_were_merged_into_it() {
    let mut collection = Collection::of(&[("a.jsonl", &[tides(), with(&tides(), json!({"id": "u"}))])]);
    let revised = with(&tides(), json!({"abstract": WINDS}));
    assert_eq!(collection.add(&[("a.jsonl", &[revised])]).changed, ["t"]);
    assert_eq!(collection.document("t").extra["merged_ids"], json!(["u"]));
}

#[test]
fn a_made_id_never_takes_the_place_of_another_paper() {
    let mut collection = Collection::of(&[("a.jsonl", &[nameless(&tides())])]);
    let other = json!({"title": "On Tides", "abstract": WINDS});
    let third = json!({"title": "On Tides", "abstract": "Neither of the two."});
    assert_eq!(collection.add(&[("b.jsonl", &[other.clone(), third])]).new, ["on-tides-2", "on-tides-3"]);
    assert_eq!(collection.document("on-tides").r#abstract, TIDES);
    assert_eq!(collection.add(&[("b.jsonl", &[other])]).unchanged, ["on-tides-2"]);
    // The id of a record that was merged away is not given out either.
    let away = with(&tides(), json!({"id": "on-winds"}));
    collection.add(&[("c.jsonl", &[away])]);
    assert_eq!(collection.add(&[("d.jsonl", &[json!({"title": "On Winds", "abstract": WINDS})])]).new, ["on-winds-2"]);
}

#[test]
fn judged_papers_keep_their_ids_in_a_collection_too() {
    let judged = |id: &str| json!({"_id": id, "title": "On Tides", "text": TIDES});
    let mut collection = Collection::of(&[("a.jsonl", &[tides()])]);
    assert_eq!(collection.add(&[("b.jsonl", &[judged("1"), judged("2")])]).new, ["1", "2"]);
    assert_eq!(collection.add(&[("c.jsonl", &[judged("3")])]).new, ["3"]);
    let mut collection = Collection::of(&[("a.jsonl", &[judged("1")])]);
    assert_eq!(collection.add(&[("b.jsonl", &[tides()])]).new, ["t"]);
    let mut collection = Collection::of(&[("a.jsonl", &[judged("1")])]);
    let outcome = collection.add(&[("b.jsonl", &[nameless(&tides())])]);
    assert_eq!(outcome.changed, ["1"], "a record without an id of its own may join");
}

#[test]
fn an_id_that_was_merged_away_leads_to_its_paper_until_it_becomes_another() {
    let copy = with(&tides(), json!({"id": "u"}));
    let mut collection = Collection::of(&[("a.jsonl", &[tides()]), ("b.jsonl", &[copy])]);
    let more = with(&tides(), json!({"id": "u", "venue": "Seas"}));
    assert_eq!(collection.add(&[("b.jsonl", &[more])]).changed, ["t"]);
    let another = json!({"id": "u", "title": "On Winds", "abstract": WINDS});
    assert_eq!(collection.add(&[("a.jsonl", &[tides()]), ("b.jsonl", std::slice::from_ref(&another))]).new, ["u"]);
    assert_eq!(collection.add(&[("b.jsonl", &[another])]).unchanged, ["u"]);
}

#[test]
fn two_papers_under_one_id_are_an_error_in_one_run_only() {
    let winds = json!({"id": "t", "title": "On Winds", "abstract": WINDS});
    let mut collection = Collection::of(&[("a.jsonl", &[tides()])]);
    let error = collection.try_add(&[("a.jsonl", &[tides(), winds.clone()])]).unwrap_err().to_string();
    assert!(error.contains("an id of its own for every paper"), "{error}");
    assert_eq!(collection.add(&[("a.jsonl", &[winds])]).changed, ["t"]);
}

#[test]
fn told_to_keep_duplicates_every_record_is_a_document() {
    let mut collection = Collection::keeping_duplicates();
    let named = |id: &str| with(&tides(), json!({"id": id, "doi": "10.1000/7"}));
    let records = [named("a"), named("b"), nameless(&tides()), nameless(&tides())];
    assert_eq!(collection.add(&[("a.jsonl", &records)]).new, ["a", "b", "on-tides", "on-tides-2"]);
    assert_eq!(collection.add(&[("b.jsonl", &[named("c"), nameless(&tides())])]).new, ["c", "on-tides-3"]);
    let error =
        collection.try_add(&[("c.jsonl", &[named("d"), json!({"id": "d", "title": "On Winds", "abstract": WINDS})])]);
    assert!(error.is_err(), "ids are unique all the same");
}

#[test]
fn every_merge_says_by_what_the_paper_was_recognised() {
    let title = "How the Moon Pulls at the Sea, Measured in Four Harbours";
    let base =
        json!({"id": "a", "title": title, "abstract": "", "year": 2020, "doi": "10.1000/7", "arxiv_id": "2401.01234"});
    let other = |fields: Value| with(&json!({"id": "b", "title": title, "abstract": ""}), fields);
    for (record, by) in [
        (other(json!({"doi": "https://doi.org/10.1000/7"})), Evidence::Doi),
        (other(json!({"url": "https://arxiv.org/abs/2401.01234v3"})), Evidence::Arxiv),
        (other(json!({"year": 2021})), Evidence::TitleAndYear),
        (other(json!({"id": "a"})), Evidence::Id),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let inputs = written(folder.path(), &[("a.jsonl", &[base.clone(), record])]);
        let report = read_corpus(&inputs, &ReadOptions::default(), &NoProgress, &mut |_| ()).unwrap().report;
        assert_eq!((report.merged, report.merges[0].by.as_slice()), (1, &[by][..]));
        assert_eq!(serde_json::to_value(&report.merges[0]).unwrap()["by"], json!([by.to_string()]));
    }
}

#[test]
fn a_collection_that_cannot_answer_says_so_itself() {
    struct Broken;
    impl ExistingDocuments for Broken {
        fn find(&self, _: Identity) -> Result<Vec<u64>, ReadError> {
            Err(ReadError::existing(ErrorKind::Damaged, "segment 3 is damaged"))
        }
        fn document(&self, _: u64) -> Result<Document, ReadError> {
            Err(ReadError::existing(ErrorKind::Damaged, "segment 3 is damaged"))
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let inputs = written(folder.path(), &[("a.jsonl", &[tides()])]);
    let error = stream_corpus::<ReadError>(
        &inputs,
        &ReadOptions::new().with_skip_bad(true),
        &NoProgress,
        &mut |_| (),
        folder.path(),
        Some(&Broken),
        &mut |_| Ok(()),
    )
    .unwrap_err();
    assert_eq!(error.to_string(), "segment 3 is damaged");
    assert_eq!(error.kind(), ErrorKind::Damaged);
}

/// A record of one of a few papers. All records of a paper can be recognised by each other: they have the same title and
/// text, and differ in the id, the year and other fields.
fn record() -> impl Strategy<Value = Value> {
    (0..6_u32, 0..40_u32, any::<[bool; 3]>()).prop_map(|(paper, copy, [has_id, has_doi, has_venue])| {
        let mut record = json!({
            "title": format!("On Paper {}", paper % 3),
            "abstract": format!("What paper {paper} says is {paper} times {paper} in {paper} words of {paper}"),
            "year": 2000 + copy,
        });
        if has_id {
            record["id"] = json!(format!("{paper}-{copy}"));
        }
        if has_doi {
            record["doi"] = json!(format!("10.1000/{paper}"));
        }
        if has_venue {
            record["venue"] = json!("Seas");
        }
        record
    })
}

/// The papers of a collection: the text of each, and every id, DOI and venue that a record gave it.
fn papers<'a>(
    documents: impl Iterator<Item = &'a Document>,
) -> BTreeSet<(String, BTreeSet<String>, Option<String>, bool)> {
    let paper = |document: &Document| {
        let own = (!document.id.starts_with("on-paper")).then(|| document.id.clone());
        let merged = document.extra.get("merged_ids").and_then(Value::as_array).into_iter().flatten();
        let ids = own.into_iter().chain(merged.filter_map(Value::as_str).map(str::to_owned)).collect();
        (document.r#abstract.clone(), ids, document.doi.clone(), document.venue.is_some())
    };
    documents.map(paper).collect()
}

proptest! {
    /// If the records of a paper can be recognised by each other, then the papers, their ids and their content depend
    /// neither on the order of records nor on their division into runs.
    #[test]
    fn papers_are_the_same_in_any_order_and_any_number_of_runs(
        (records, shuffled) in vec(record(), 1..20).prop_flat_map(|records| (Just(records.clone()), Just(records).prop_shuffle())),
        cuts in vec(any::<prop::sample::Index>(), 0..4),
    ) {
        let mut at_once = Collection::default();
        at_once.add(&[("all.jsonl", &records)]);
        let expected = papers(at_once.documents.values());
        prop_assert_eq!(expected.len(), at_once.documents.len());

        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(shuffled.len())).chain([0, shuffled.len()]).collect();
        cuts.sort_unstable();
        cuts.dedup();
        let mut in_runs = Collection::default();
        let pieces: Vec<(String, &[Value])> = cuts.windows(2).enumerate()
            .map(|(run, ends)| (format!("{run}.jsonl"), &shuffled[ends[0]..ends[1]])).collect();
        for (name, piece) in &pieces {
            in_runs.add(&[(name.as_str(), piece)]);
        }
        prop_assert_eq!(papers(in_runs.documents.values()), expected);

        // Everything once more, in one run: nothing is new, and no document loses a place.
        let places = |collection: &Collection| -> BTreeSet<(String, usize)> {
            collection.documents.values().map(|paper| (paper.id.clone(), paper.source.len())).collect()
        };
        let before = places(&in_runs);
        let all: Vec<(&str, &[Value])> = pieces.iter().map(|(name, piece)| (name.as_str(), *piece)).collect();
        prop_assert_eq!(in_runs.add(&all).new, Vec::<String>::new());
        prop_assert_eq!(places(&in_runs), before);
    }
}
