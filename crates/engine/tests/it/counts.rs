//! Counts are right after any history: random sequences of commands, compared with a map of papers.
//!
//! The map says of each paper which form of it was read last and from which sources it comes. All that is counted follows from
//! the map before a command and the map after it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use semsearch_corpus::{ReadOptions, inspect};
use semsearch_embed::{Batch, EncodeError, Encoder, ModelInfo, TextKind, Tokens};
use semsearch_engine::switch::{SwitchOptions, commit, prepare};
use semsearch_engine::{IngestOptions, Ingested, Intake, IntakeMode, would_leave};
use semsearch_store::{Collection, Selection, compact, remove};
use semsearch_task::NoProgress;
use semsearch_testing::Random;
use semsearch_vector::{Matrix, normalise};
use serde_json::json;

const DIMENSION: usize = 16;
const PAPERS: usize = 12;

/// A text is the words that it has, as far as the model reads.
struct Words {
    model: ModelInfo,
    longest: usize,
}

impl Words {
    fn of(longest: usize) -> Self {
        let model = ModelInfo::new(&format!("words-{longest}"), DIMENSION).with_max_seq_length(longest);
        Words { model, longest }
    }
}

impl Encoder for Words {
    fn model(&self) -> &ModelInfo {
        &self.model
    }

    fn tokenise(&self, text: &str, _kind: TextKind) -> Result<Tokens, EncodeError> {
        let number = |word: &str| word.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        let mut ids: Vec<u32> = text.split_whitespace().map(number).collect();
        let truncated = ids.len() > self.longest;
        ids.truncate(self.longest);
        Ok(Tokens::new(ids, truncated))
    }

    fn encode_batch(&self, batch: &Batch) -> Result<Matrix, EncodeError> {
        let mut vectors = Matrix::zeros(batch.len(), DIMENSION);
        for (row, ids) in batch.sequences().enumerate() {
            ids.iter().for_each(|&id| vectors.row_mut(row)[id as usize % DIMENSION] += 1.0);
            normalise(vectors.row_mut(row));
        }
        Ok(vectors)
    }
}

/// A paper of a file: its number, and the form in which the file has it.
type Listed = (usize, u8);

/// What a file holds of paper `number` in this form.
fn line(&(number, form): &Listed) -> String {
    let mut random = Random::part(5, number as u64);
    let mut word = || format!("w{:x}", random.index(1 << 20));
    let title: Vec<String> = (0..6).map(|_| word()).collect();
    let text: Vec<String> = (0..[10, 30, 50][number % 3]).map(|_| word()).collect();
    let abstract_ = format!("{} form{form}", text.join(" "));
    let doi = format!("10.1000/p{number}");
    json!({ "id": format!("p{number}"), "title": title.join(" "), "abstract": abstract_, "doi": doi }).to_string()
}

/// The words of a paper's title and abstract.
fn words_of(number: usize) -> usize {
    6 + [10, 30, 50][number % 3] + 1
}

/// A paper of the index: the form that was read last, and the sources.
type Held = (u8, BTreeSet<String>);

#[derive(Clone, Debug)]
enum Step {
    /// Embeds a file of this name in a mode, with `--source` perhaps.
    Embed {
        file: usize,
        papers: Vec<Listed>,
        mode: IntakeMode,
        source: Option<usize>,
    },
    /// Embeds again what a source holds, under another name.
    Rename {
        file: usize,
    },
    Remove(Vec<usize>),
    Vacuum,
    Switch,
}

const FILES: [&str; 4] = ["a.jsonl", "b.jsonl", "c.jsonl", "d.jsonl"];
const SOURCES: [&str; 2] = ["mine", "yours"];

fn step() -> impl Strategy<Value = Step> {
    let papers = prop::collection::btree_map(0..PAPERS, 0_u8..3, 1..PAPERS);
    let papers = papers.prop_map(|papers| papers.into_iter().collect::<Vec<Listed>>());
    let mode = prop_oneof![
        4 => Just(IntakeMode::Add),
        1 => Just(IntakeMode::Refresh),
        2 => Just(IntakeMode::Sync),
        1 => Just(IntakeMode::SyncAll),
        1 => Just(IntakeMode::Replace),
    ];
    let source = prop::option::weighted(0.3, 0..SOURCES.len());
    prop_oneof![
        6 => (0..FILES.len(), papers, mode, source)
            .prop_map(|(file, papers, mode, source)| Step::Embed { file, papers, mode, source }),
        2 => (0..FILES.len()).prop_map(|file| Step::Rename { file }),
        1 => prop::collection::vec(0..PAPERS, 1..4).prop_map(Step::Remove),
        1 => Just(Step::Vacuum),
        1 => Just(Step::Switch),
    ]
}

/// The index, and what should be in it.
struct World {
    folder: tempfile::TempDir,
    encoders: [Words; 2],
    active: usize,
    papers: BTreeMap<usize, Held>,
}

impl World {
    fn new() -> Self {
        let encoders = [Words::of(20), Words::of(40)];
        World { folder: tempfile::tempdir().unwrap(), encoders, active: 0, papers: BTreeMap::new() }
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("index")
    }

    fn of_source(&self, source: &str) -> Vec<Listed> {
        let held = self.papers.iter().filter(|(_, (_, sources))| sources.contains(source));
        held.map(|(number, (form, _))| (*number, *form)).collect()
    }

    /// The source that a file of these papers is, if its own name is not known.
    fn recognised(&self, name: &str, papers: &[Listed]) -> Option<String> {
        if !self.of_source(name).is_empty() {
            return None;
        }
        let all: BTreeSet<&String> = self.papers.values().flat_map(|(_, sources)| sources).collect();
        let is_in = |source: &str, number: usize| self.papers.get(&number).is_some_and(|held| held.1.contains(source));
        let shared = |source: &str| papers.iter().filter(|(number, _)| is_in(source, *number)).count();
        let best = all.into_iter().max_by(|one, other| shared(one).cmp(&shared(other)).then_with(|| other.cmp(one)))?;
        let (part, held) = (shared(best), self.of_source(best).len());
        (part >= 3 && part * 5 >= papers.len() * 4 && part * 5 >= held * 4).then(|| best.clone())
    }

    fn run(&mut self, step: &Step) {
        match step {
            Step::Embed { file, papers, mode, source } => {
                self.embed(FILES[*file], papers, *mode, source.map(|source| SOURCES[source]));
            }
            Step::Rename { file } => {
                let Some(source) = self.papers.values().flat_map(|(_, sources)| sources).next().cloned() else {
                    return;
                };
                self.embed(FILES[*file], &self.of_source(&source), IntakeMode::Add, None);
            }
            Step::Remove(numbers) => {
                let there: BTreeSet<usize> = numbers.iter().copied().filter(|n| self.papers.contains_key(n)).collect();
                if there.is_empty() {
                    return;
                }
                let ids = there.iter().map(|number| format!("p{number}")).collect();
                let removed = remove(&self.root(), &Selection::Ids(ids), &NoProgress).unwrap();
                self.papers.retain(|number, _| !there.contains(number));
                assert_eq!((removed.documents, removed.left), (there.len() as u64, self.papers.len() as u64));
            }
            Step::Vacuum => {
                if Collection::open(&self.root()).is_ok() {
                    let compacted = compact(&self.root(), &NoProgress).unwrap();
                    assert_eq!(compacted.manifest.documents(), self.papers.len() as u64);
                }
            }
            Step::Switch => {
                if self.papers.is_empty() {
                    return;
                }
                let next = 1 - self.active;
                let new = &self.encoders[next];
                let options = SwitchOptions::new(new.model.name.clone());
                prepare(&self.root(), new, None, &options, &NoProgress).unwrap();
                let fingerprint = new.fingerprint().to_string();
                let manifest = Collection::open(&self.root()).unwrap().manifest().clone();
                // Going back is a commit to the model before.
                match manifest.previous.as_ref() == Some(&fingerprint) {
                    true => semsearch_engine::switch::commit_to(&self.root(), &fingerprint).unwrap(),
                    false => commit(&self.root()).unwrap(),
                };
                self.active = next;
            }
        }
    }

    fn embed(&mut self, file: &str, papers: &[Listed], mode: IntakeMode, source: Option<&str>) {
        let path = self.folder.path().join(file);
        let lines: Vec<String> = papers.iter().map(line).collect();
        std::fs::write(&path, lines.join("\n")).unwrap();
        let before = self.papers.clone();
        let expected = self.read(file, papers, mode, source);
        let options = ReadOptions::new().with_source(source.map(str::to_owned));
        let leaving = Collection::open(&self.root()).ok().filter(|_| mode != IntakeMode::Replace).map(|collection| {
            let found = inspect(std::slice::from_ref(&path), &options, &NoProgress, Some(&collection), 0).unwrap();
            would_leave(&collection, mode, &found).unwrap()
        });
        let intake = Intake::read(&self.root(), mode, &[path], &options, &mut |_| {}, &NoProgress).unwrap();
        if let Some(leaving) = leaving {
            // What would be removed is what is.
            let gone: BTreeSet<String> = leaving.removed.into_iter().map(|paper| paper.id).collect();
            let left = before.keys().filter(|number| !expected.contains_key(number));
            assert_eq!(gone, left.map(|number| format!("p{number}")).collect());
            assert_eq!((leaving.detached, leaving.unlike.as_slice()), (intake.tally().detached, intake.unlike()));
        }
        let encoder = &self.encoders[self.active];
        let options = IngestOptions::new(encoder.model.name.clone()).with_fresh(mode == IntakeMode::Refresh);
        let ingested = intake.embed(encoder, &options, &NoProgress).unwrap();
        self.compare(&before, &expected, papers, mode, &ingested);
        self.papers = expected;
    }

    /// What the index should hold after a file was read.
    fn read(&self, file: &str, papers: &[Listed], mode: IntakeMode, source: Option<&str>) -> BTreeMap<usize, Held> {
        let name = source.unwrap_or(file).to_owned();
        if mode == IntakeMode::Replace {
            return papers.iter().map(|&(number, form)| (number, (form, BTreeSet::from([name.clone()])))).collect();
        }
        let mut after = self.papers.clone();
        let known = self.recognised(&name, papers);
        let read_as = known.clone().unwrap_or_else(|| name.clone());
        for &(number, form) in papers {
            let held = after.entry(number).or_insert((form, BTreeSet::new()));
            held.0 = form;
            held.1.insert(read_as.clone());
        }
        let is_read = |number: &usize| papers.iter().any(|(read, _)| read == number);
        let held = self.of_source(&name);
        let read = held.iter().filter(|(number, _)| is_read(number)).count();
        let leaves = match mode {
            IntakeMode::Sync => 2 * read >= held.len(),
            IntakeMode::SyncAll => true,
            _ => false,
        };
        if leaves && known.is_none() {
            for (_, (_, sources)) in after.iter_mut().filter(|(number, _)| !is_read(number)) {
                sources.remove(&name);
            }
            after.retain(|_, (_, sources)| !sources.is_empty());
        }
        if known.is_some() && source.is_some() {
            for (_, sources) in after.values_mut() {
                if sources.remove(&read_as) {
                    sources.insert(name.clone());
                }
            }
        }
        after
    }

    fn compare(
        &self,
        before: &BTreeMap<usize, Held>,
        after: &BTreeMap<usize, Held>,
        read: &[Listed],
        mode: IntakeMode,
        ingested: &Ingested,
    ) {
        let form = |number: &usize| before.get(number).map(|held| held.0);
        let count = |is: &dyn Fn(&Listed) -> bool| read.iter().filter(|listed| is(listed)).count() as u64;
        let added = count(&|(number, _)| form(number).is_none());
        let unchanged = count(&|(number, now)| form(number) == Some(*now));
        let changed = read.len() as u64 - added - unchanged;
        let removed = before.keys().filter(|number| !after.contains_key(number)).count() as u64;
        let tally = ingested.tally;
        assert_eq!((tally.added, tally.changed, tally.unchanged), (added, changed, unchanged), "{tally:?}");
        assert_eq!(tally.removed, removed);
        // Everything that is not as it was is stored, and no paper is encoded whose text is there.
        let is_read = |number: &usize| read.iter().any(|(read, _)| read == number);
        let all_again = matches!(mode, IntakeMode::Refresh | IntakeMode::Replace);
        let is_stored =
            |(number, held): &(&usize, &Held)| before.get(number) != Some(held) || (all_again && is_read(number));
        let stored: Vec<usize> = after.iter().filter(is_stored).map(|(number, _)| *number).collect();
        assert_eq!(ingested.stored, stored.len() as u64);
        let fresh = if mode == IntakeMode::Refresh { stored.len() as u64 } else { added + changed };
        assert_eq!((ingested.encoded(), ingested.resumed), (fresh, 0));
        let longest = self.encoders[self.active].longest;
        let truncated = stored.iter().filter(|&&number| words_of(number) > longest).count() as u64;
        assert_eq!(ingested.truncated, truncated);
        assert_eq!(ingested.manifest.documents(), after.len() as u64);
    }

    /// What the index says of itself.
    fn check(&self) {
        let Ok(collection) = Collection::open(&self.root()) else { return assert!(self.papers.is_empty()) };
        assert_eq!(collection.len(), self.papers.len());
        let longest = self.encoders[self.active].longest;
        let lengths = self.papers.keys().map(|&number| words_of(number));
        let truncated = lengths.clone().filter(|&words| words > longest).count() as u64;
        let tokens: usize = lengths.map(|words| words.min(longest)).sum();
        assert_eq!(collection.tokens().unwrap(), (tokens as u64, truncated));
        let mut sources: BTreeMap<String, u64> = BTreeMap::new();
        self.papers
            .values()
            .flat_map(|(_, sources)| sources)
            .for_each(|source| *sources.entry(source.clone()).or_default() += 1);
        assert_eq!(collection.sources().unwrap().into_iter().collect::<BTreeMap<_, _>>(), sources);
        for (number, (form, sources)) in &self.papers {
            let id = collection.find_id(&format!("p{number}")).unwrap().expect("the paper is there");
            let document = collection.document(id).unwrap();
            assert!(document.r#abstract.ends_with(&format!("form{form}")), "{document:?}");
            let places: BTreeSet<String> = document.source.iter().map(|place| place.file.clone()).collect();
            assert_eq!(&places, sources);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn counts_are_right_after_any_history(steps in prop::collection::vec(step(), 1..12)) {
        let mut world = World::new();
        for step in &steps {
            world.run(step);
            world.check();
        }
    }
}

#[test]
fn a_renamed_file_changes_no_paper_and_adds_no_source() {
    let mut world = World::new();
    let papers: Vec<Listed> = (0..6).map(|number| (number, 0)).collect();
    world.embed("a.jsonl", &papers, IntakeMode::Add, None);
    world.embed("b.jsonl", &papers, IntakeMode::Add, None);
    world.check();
    assert_eq!(world.of_source("a.jsonl").len(), 6);
    // A name of its own stays with it, whatever the file is called.
    world.embed("b.jsonl", &papers, IntakeMode::Add, Some("mine"));
    world.embed("c.jsonl", &papers[1..], IntakeMode::Sync, Some("mine"));
    world.check();
    assert_eq!(world.of_source("mine").len(), 5);
    assert!(Path::new(&world.root()).exists());
}
