//! The model store: where a model is found, which models may be added, and the errors for missing ones.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{
    Copy, FILES, Notes, Silence, assert_says, copy_files, entries, message, refused, toy, toy_manifest,
};
use semsearch_embed::{
    DEFAULT_MODEL, FolderError, MANIFEST_FILE, Manifest, ModelError, ModelStore, Source, StoreSettings, bundled,
};
use semsearch_task::{ErrorKind, NoProgress};
use tempfile::TempDir;

/// The commit that the manifest of the toy model names.
const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// A model directory and a Hugging Face cache of our own, both empty, and one known model: the toy.
struct Home {
    folder: TempDir,
}

impl Home {
    fn new() -> Self {
        Home { folder: tempfile::tempdir().unwrap() }
    }

    fn models(&self) -> PathBuf {
        self.folder.path().join("models")
    }

    fn hub_cache(&self) -> PathBuf {
        self.folder.path().join("hub")
    }

    fn store(&self) -> ModelStore {
        let settings = StoreSettings::new(self.models()).with_hub_cache(self.hub_cache()).with_known(vec![known_toy()]);
        ModelStore::new(settings)
    }

    /// Puts the toy into the Hugging Face cache as its libraries do: blobs, and links to them.
    fn cache(&self, repository: &str, commit: &str) -> PathBuf {
        let root = self.hub_cache().join(format!("models--{}", repository.replace('/', "--")));
        let snapshot = root.join("snapshots").join(commit);
        copy_files(&toy(), &snapshot);
        #[cfg(unix)]
        for (number, file) in FILES.into_iter().enumerate() {
            let blob = root.join("blobs").join(number.to_string());
            fs::create_dir_all(blob.parent().unwrap()).unwrap();
            fs::rename(snapshot.join(file), &blob).unwrap();
            std::os::unix::fs::symlink(&blob, snapshot.join(file)).unwrap();
        }
        snapshot
    }

    fn set_main(&self, repository: &str, commit: &str) {
        let refs = self.hub_cache().join(format!("models--{}", repository.replace('/', "--"))).join("refs");
        fs::create_dir_all(&refs).unwrap();
        fs::write(refs.join("main"), commit).unwrap();
    }
}

fn known_toy() -> Manifest {
    let mut manifest = toy_manifest();
    (manifest.source, manifest.licence) = (Source::hub("owner/toy", COMMIT), Some("CC0-1.0".into()));
    manifest
}

fn same_place(a: &Path, b: &Path) -> bool {
    fs::canonicalize(a).unwrap() == fs::canonicalize(b).unwrap()
}

#[test]
fn a_folder_comes_before_the_store_and_the_store_before_the_hub_cache() {
    let home = Home::new();
    let store = home.store();
    assert!(store.find("toy").unwrap().is_none());

    let cached = home.cache("owner/toy", COMMIT);
    assert!(same_place(&store.find("toy").unwrap().unwrap().path, &cached));

    let added = store.add(&toy(), Some("toy")).unwrap();
    assert_eq!(added.path, home.models().join("toy"));
    assert!(same_place(&store.find("toy").unwrap().unwrap().path, &added.path));

    let named = store.find(toy().to_str().unwrap()).unwrap().unwrap();
    assert!(same_place(&named.path, &toy()));
    for name in ["toy", "TOY", "owner/toy", "Owner/Toy"] {
        let found = store.resolve(name, &NoProgress).unwrap();
        assert!(same_place(&found.path, &added.path), "{name}");
        assert_eq!(found.manifest, known_toy(), "{name}");
        crate::common::load(&found).unwrap();
    }
}

#[test]
fn the_hub_cache_gives_a_known_model_at_its_revision_or_at_main() {
    let home = Home::new();
    home.cache("owner/toy", "fedcba");
    assert!(home.store().find("toy").unwrap().is_none(), "a revision that nothing points at");
    home.set_main("owner/toy", "fedcba\n");
    let model = home.store().find("toy").unwrap().unwrap();
    assert!(model.path.ends_with("fedcba"));
    assert!(!model.verified);
    crate::common::load(&model).unwrap();

    home.cache("owner/toy", COMMIT);
    assert!(home.store().find("toy").unwrap().unwrap().path.ends_with(COMMIT));
}

#[test]
fn an_incomplete_snapshot_of_a_known_model_is_passed_over() {
    for file in FILES {
        let home = Home::new();
        let snapshot = home.cache("owner/toy", COMMIT);
        fs::remove_file(snapshot.join(file)).unwrap();
        assert!(home.store().find("toy").unwrap().is_none(), "{file} is missing");
        fs::write(snapshot.join(file), "short").unwrap();
        assert!(home.store().find("toy").unwrap().is_none(), "{file} is short");
    }
}

#[test]
fn any_model_in_the_hub_cache_can_be_named_by_its_repository() {
    let home = Home::new();
    home.cache("someone/other", "abc");
    assert!(home.store().find("someone/other").unwrap().is_none(), "nothing points at the snapshot");
    home.set_main("someone/other", "abc");
    let model = home.store().find("someone/other").unwrap().unwrap();
    assert_eq!(model.manifest.name, "other");
    assert_eq!(crate::common::load(&model).unwrap().manifest().files, toy_manifest().files);
    for wanted in ["other", "someone/other/more", "/someone/other", "../other", "someone/..", "someone/", "/"] {
        if !Path::new(wanted).is_dir() {
            assert!(home.store().find(wanted).unwrap().is_none(), "{wanted}");
        }
    }
}

#[test]
fn a_folder_added_is_copied_whole_with_its_manifest_and_nothing_else() {
    let home = Home::new();
    let source = Copy::new();
    source.write("README.md", "not part of the model").write("pytorch_model.bin", "nor is this");
    let model = home.store().add(&source.folder(), Some("mine")).unwrap();
    assert!(model.verified);
    assert_eq!(entries(&home.models()), ["mine"], "no staging folder is left");
    let mut expected = vec!["1_Pooling", MANIFEST_FILE];
    expected.extend(FILES.into_iter().filter(|file| !file.contains('/')));
    expected.sort_unstable();
    assert_eq!(entries(&model.path), expected);
    for file in FILES {
        assert_eq!(fs::read(model.path.join(file)).unwrap(), fs::read(toy().join(file)).unwrap(), "{file}");
    }

    let found = home.store().find("mine").unwrap().unwrap();
    let mut expected = toy_manifest();
    expected.name = "mine".into();
    assert_eq!(found.manifest, expected);
    assert!(!found.verified, "hashes are taken again when it is loaded");
    crate::common::load(&found).unwrap();
}

#[test]
fn a_folder_added_without_a_name_keeps_its_own() {
    let home = Home::new();
    let source = Copy::new();
    assert_eq!(home.store().add(&source.folder(), None).unwrap().manifest.name, "toy");
    // It is the known model, so its manifest is the known one.
    assert_eq!(home.store().find("toy").unwrap().unwrap().manifest, known_toy());
    assert_eq!(Manifest::read(&home.models().join("toy").join(MANIFEST_FILE)).unwrap(), known_toy());
}

#[test]
fn the_same_model_may_be_added_twice_and_another_may_not_take_its_name() {
    let home = Home::new();
    let first = home.store().add(&toy(), Some("mine")).unwrap();
    let again = home.store().add(&toy(), Some("mine")).unwrap();
    assert_eq!((again.path, again.manifest), (first.path.clone(), first.manifest));

    let other = Copy::new();
    other.set("sentence_bert_config.json", "max_seq_length", 32);
    for taken in ["mine", "toy", "TOY"] {
        let error = refused(home.store().add(&other.folder(), Some(taken)));
        assert!(matches!(&error, ModelError::NameTaken { name } if name == taken), "{error:?}");
        assert_says(&message(&error), &[taken]);
    }
    assert_eq!(entries(&home.models()), ["mine"]);
    assert_eq!(
        fs::read(first.path.join("sentence_bert_config.json")).unwrap(),
        fs::read(toy().join("sentence_bert_config.json")).unwrap()
    );
}

#[test]
fn a_damaged_model_of_ones_own_is_mended_by_adding_it_again() {
    let home = Home::new();
    let path = home.store().add(&toy(), Some("mine")).unwrap().path;
    let weights = path.join("model.safetensors");
    let whole = fs::read(&weights).unwrap();
    fs::write(&weights, &whole[..whole.len() / 2]).unwrap();
    home.store().add(&toy(), Some("mine")).unwrap();
    assert_eq!(fs::read(&weights).unwrap(), whole);
    assert_eq!(entries(&home.models()), ["mine"]);
}

#[test]
fn a_name_that_is_no_folder_name_is_refused() {
    let home = Home::new();
    for name in ["../x", "a/b", "", ".", "..", ".hidden", "a b", "C:x", "a\\b", "naïve", "x\0"] {
        let error = refused(home.store().add(&toy(), Some(name)));
        assert!(matches!(&error, ModelError::BadName { name: told } if told == name), "{name:?}: {error:?}");
        assert_says(&message(&error), &["letters, digits"]);
    }
    assert_eq!(entries(home.folder.path()), Vec::<String>::new(), "nothing is written");
}

#[test]
fn adding_a_folder_that_is_not_a_model_leaves_nothing_behind() {
    let home = Home::new();
    let error = refused(home.store().add(&home.folder.path().join("absent"), None));
    assert!(matches!(error, ModelError::NoFolder { .. }), "{error:?}");
    assert_says(&message(&error), &["there is no model folder", "absent"]);

    let broken = Copy::new();
    broken.remove("modules.json");
    let error = refused(home.store().add(&broken.folder(), None));
    assert!(matches!(error, ModelError::Folder(FolderError::MissingFile { .. })), "{error:?}");
    assert_eq!(entries(home.folder.path()), Vec::<String>::new());
}

/// Unix only: elsewhere the age of a folder cannot be set this way.
#[cfg(unix)]
#[test]
fn staging_folders_left_by_a_killed_program_are_removed_after_a_day() {
    use std::time::{Duration, SystemTime};
    let home = Home::new();
    for (name, hours) in [(".staging-old", 25), (".staging-new", 1), (".other", 25)] {
        let folder = home.models().join(name);
        fs::create_dir_all(folder.join("model")).unwrap();
        let changed = SystemTime::now() - Duration::from_secs(hours * 3600);
        fs::File::open(folder).unwrap().set_modified(changed).unwrap();
    }
    home.store().add(&toy(), Some("mine")).unwrap();
    assert_eq!(entries(&home.models()), [".other", ".staging-new", "mine"]);
}

#[test]
fn a_store_that_cannot_be_written_says_so() {
    let home = Home::new();
    fs::write(home.models(), "a file where the folder should be").unwrap();
    let error = refused(home.store().add(&toy(), Some("mine")));
    assert!(matches!(error, ModelError::Io { .. }), "{error:?}");
    assert_says(&message(&error), &["cannot create", "models"]);
}

#[test]
fn an_unknown_name_is_refused() {
    let home = Home::new();
    let store = home.store();
    assert!(store.find("minilm").unwrap().is_none());
    let error = refused(store.resolve("minilm", &NoProgress));
    assert!(matches!(&error, ModelError::Unknown { name } if name == "minilm"), "{error:?}");
    assert_eq!((message(&error).as_str(), error.kind()), ("no model is called `minilm`", ErrorKind::Model));
    // Who would fetch one is told which can be.
    let error = refused(store.pull("minilm", &NoProgress));
    assert!(
        matches!(&error, ModelError::NotFetchable { fetchable, .. } if fetchable == &store.fetchable()),
        "{error:?}"
    );
    let expected = "no model is called `minilm` among those that can be fetched";
    assert_eq!((message(&error).as_str(), error.kind()), (expected, ErrorKind::Model));
    for path in ["./absent", "models/absent", "../absent"] {
        let error = refused(store.resolve(path, &NoProgress));
        assert!(matches!(error, ModelError::NoFolder { .. }), "{error:?}");
        assert_says(&message(&error), &[path]);
    }
}

#[test]
fn offline_is_told() {
    let home = Home::new();
    for error in [refused(home.store().resolve("toy", &NoProgress)), refused(home.store().pull("toy", &NoProgress))] {
        assert!(matches!(&error, ModelError::Offline { name } if name == "toy"), "{error:?}");
        assert_says(&message(&error), &["`toy`", "not on this machine", "switched off"]);
    }
    assert_eq!(entries(home.folder.path()), Vec::<String>::new(), "nothing is written");
}

#[test]
fn pulling_what_is_there_and_whole_needs_no_network() {
    let home = Home::new();
    home.store().add(&toy(), Some("toy")).unwrap();
    let model = home.store().pull("toy", &Silence).unwrap();
    assert!(model.verified);
    // A malformed manifest in the folder is ignored: the known one counts.
    fs::write(model.path.join(MANIFEST_FILE), "spoiled").unwrap();
    home.store().pull("toy", &NoProgress).unwrap();
    crate::common::load(&home.store().find("toy").unwrap().unwrap()).unwrap();
}

#[test]
fn pulling_a_damaged_model_tells_the_damage_before_it_fetches() {
    let home = Home::new();
    let model = home.store().add(&toy(), Some("toy")).unwrap();
    fs::write(model.path.join("config.json"), "{}").unwrap();
    let notes = Notes::default();
    let error = refused(home.store().pull("toy", &notes));
    assert!(matches!(error, ModelError::Offline { .. }), "{error:?}");
    let notes = notes.taken();
    assert_eq!(notes.len(), 1);
    assert_says(&notes[0], &["config.json", "truncated", "fetching it again"]);
}

#[test]
fn a_model_of_ones_own_cannot_be_pulled_and_the_message_says_why() {
    let home = Home::new();
    home.store().add(&toy(), Some("mine")).unwrap();
    let error = refused(home.store().pull("mine", &NoProgress));
    assert!(matches!(error, ModelError::NoSource { .. }), "{error:?}");
    assert_says(&message(&error), &["mine", "added from a folder"]);
}

#[test]
fn the_list_has_known_models_first_then_added_ones_by_name() {
    let home = Home::new();
    let listed = |home: &Home| -> Vec<(String, bool)> {
        let listings = home.store().list().unwrap();
        listings.into_iter().map(|line| (line.manifest.name, line.path.is_some())).collect()
    };
    assert_eq!(listed(&home), [("toy".to_owned(), false)]);
    home.store().add(&toy(), Some("zebra")).unwrap();
    home.store().add(&toy(), Some("ant")).unwrap();
    fs::create_dir(home.models().join("no-model")).unwrap();
    fs::create_dir(home.models().join(".staging-left-by-a-crash")).unwrap();
    let added = |name: &str| (name.to_owned(), true);
    assert_eq!(listed(&home), [("toy".to_owned(), false), added("ant"), added("zebra")]);
    home.store().add(&toy(), Some("toy")).unwrap();
    assert_eq!(listed(&home), [added("toy"), added("ant"), added("zebra")]);
}

#[test]
fn a_spoiled_manifest_is_named_with_its_line() {
    let home = Home::new();
    let model = home.store().add(&toy(), Some("mine")).unwrap();
    let own = model.path.join(MANIFEST_FILE);
    for (text, says) in [("name = \"mine\"\ncolour = 3\n", "line 2"), ("name = ", "line 1"), ("\u{0}", "line 1")] {
        fs::write(&own, text).unwrap();
        let error = refused(home.store().find("mine"));
        assert!(matches!(error, ModelError::Manifest(_)), "{error:?}");
        assert_says(&message(&error), &[MANIFEST_FILE, "not a model manifest", says]);
    }
    fs::write(&own, b"name = \"\xff\"").unwrap();
    assert_says(&message(&refused(home.store().find("mine"))), &[MANIFEST_FILE, "cannot read"]);
    let whole = known_toy().to_toml();
    fs::write(&own, whole.replace("name = \"toy\"", "name = \"mine\"").replace("max_tokens = 64", "max_tokens = 640"))
        .unwrap();
    assert_says(&message(&refused(home.store().find("mine"))), &[MANIFEST_FILE, "`max_tokens` is 640", "128"]);
}

#[test]
fn a_folder_that_claims_a_known_name_is_held_to_the_known_manifest() {
    let home = Home::new();
    let copy = Copy::new();
    copy.set("sentence_bert_config.json", "max_seq_length", 32);
    let theirs = semsearch_embed::read_folder(&copy.folder(), "toy").unwrap();
    copy.write(MANIFEST_FILE, theirs.to_toml());
    let model = home.store().find(copy.folder().to_str().unwrap()).unwrap().unwrap();
    let error = refused(crate::common::load(&model));
    assert!(matches!(error, semsearch_embed::LoadError::Damaged { .. }), "{error:?}");
}

#[test]
fn a_store_of_one_folder_knows_the_bundled_models_and_stays_off_the_network() {
    let home = Home::new();
    let store = ModelStore::only(&home.models());
    assert_eq!(store.folder(), home.models());
    assert_eq!(store.list().unwrap().len(), bundled().len());
    assert!(matches!(refused(store.resolve(DEFAULT_MODEL, &NoProgress)), ModelError::Offline { .. }));
}
