//! What comes with a model: manifests, folders, tokenisers, tables, weights and images.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use semsearch_embed::{
    CacheUse, Encoder, EncoderOptions, Manifest, ModelFolder, Precision, PrecisionChoice, SentenceTransformer,
    TextKind, Tokeniser, read_folder,
};
use semsearch_vector::Bytes;

use crate::scratch::put;
use crate::{let_caught_panics_pass, mend, scratch, sections, seeds, tell};

/// More tokens than any tokeniser here knows.
const VOCABULARY: usize = 1 << 16;
/// Texts of several scripts, with what tokenisers treat in a way of its own.
const TEXTS: [&str; 4] = [
    "",
    "The cafe\u{301}, [MASK] unaffableness; graphs",
    "\u{4e2d}\u{6587} [SEP] 12,345 \u{1f600}\u{302e}\u{0}",
    "a  b\tc\n",
];

/// `manifest.toml` of a model.
#[must_use]
pub fn manifest(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let path = Path::new("manifest.toml");
    match Manifest::parse(text, path) {
        Ok(manifest) => {
            let _ = manifest.network_dimension();
            let again = Manifest::parse(&manifest.to_toml(), path);
            assert_eq!(again.expect("what was written can be read"), manifest);
        }
        Err(error) => tell(&error),
    }
    true
}

/// `tokenizer.json`, and the packed form of what it says.
#[must_use]
pub fn tokeniser(bytes: &[u8]) -> bool {
    let_caught_panics_pass();
    let path = Path::new("tokenizer.json");
    let tokeniser = match Tokeniser::parse_bare(bytes, path, VOCABULARY) {
        Ok(tokeniser) => tokeniser,
        Err(error) => {
            tell(&error);
            return !bytes.is_empty();
        }
    };
    let ids = split(&tokeniser);
    if let Some(packed) = tokeniser.to_packed() {
        let again = Tokeniser::from_packed_bare(path, &Bytes::from(packed.clone()), VOCABULARY);
        let again = again.expect("what was packed can be read");
        assert_eq!(split(&again), ids);
        assert_eq!(again.to_packed(), Some(packed));
    }
    true
}

/// The packed form of a tokeniser.
#[must_use]
pub fn packed_tokeniser(bytes: &[u8]) -> bool {
    match Tokeniser::from_packed_bare(Path::new("packed"), &Bytes::from(bytes.to_vec()), VOCABULARY) {
        Ok(tokeniser) => drop(split(&tokeniser)),
        Err(error) => tell(&error),
    }
    true
}

fn split(tokeniser: &Tokeniser) -> Vec<Vec<u32>> {
    let mut all = Vec::new();
    for text in TEXTS {
        match tokeniser.split_whole(text) {
            Ok(ids) => all.push(ids),
            Err(error) => tell(&error),
        }
        match tokeniser.split_bare(text, 3) {
            Ok(tokens) => all.push(tokens.ids),
            Err(error) => tell(&error),
        }
    }
    assert!(all.iter().flatten().all(|id| (*id as usize) < VOCABULARY), "an id that no table has");
    let _ = (tokeniser.around(), tokeniser.unknown());
    all
}

/// Files that a folder may hold beside its weights and its tokeniser.
pub const FOLDER_FILES: [&str; 6] = [
    "modules.json",
    "config.json",
    "1_Pooling/config.json",
    "2_Dense/config.json",
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
];

/// A folder as sentence-transformers saves it: the files, each behind a line `=== NAME`, around the toy model's weights.
#[must_use]
pub fn folder(bytes: &[u8]) -> bool {
    if std::str::from_utf8(bytes).is_err() {
        return false;
    }
    let folder = scratch::folder("model");
    for (from, to) in [("tokenizer.json", "tokenizer.json"), ("model.safetensors", "model.safetensors")] {
        put(&folder.join(to), &seeds::toy_file(from));
    }
    put(&folder.join("2_Dense/model.safetensors"), &seeds::toy_file("model.safetensors"));
    for (name, content) in sections::split(bytes).filter(|(name, _)| FOLDER_FILES.contains(name)) {
        put(&folder.join(name), content);
    }
    match read_folder(&folder, "model") {
        Ok(manifest) => drop(load(&folder, manifest, &EncoderOptions::default())),
        Err(error) => tell(&error),
    }
    true
}

/// The table of a static model.
#[must_use]
pub fn static_table(bytes: &[u8]) -> bool {
    let folder = scratch::path("static");
    if !folder.exists() {
        for name in ["config.json", "modules.json", "tokenizer.json", "model.safetensors"] {
            put(&folder.join(name), &seeds::toy_static_file(name));
        }
    }
    let manifest = read_folder(&folder, "static");
    put(&folder.join("model.safetensors"), bytes);
    load(&folder, manifest.expect("the toy model is whole"), &EncoderOptions::default());
    put(&folder.join("model.safetensors"), &seeds::toy_static_file("model.safetensors"));
    true
}

/// The header of the weights of a network, in front of the toy model's numbers.
#[must_use]
pub fn weights(header: &[u8]) -> bool {
    let (folder, manifest) = toy();
    let whole = seeds::toy_file("model.safetensors");
    let data = whole.get(8 + seeds::header_of(&whole).len()..).unwrap_or_default();
    let file = [&(header.len() as u64).to_le_bytes(), header, data].concat();
    put(&folder.join("model.safetensors"), &file);
    load(&folder, manifest, &EncoderOptions::default());
    put(&folder.join("model.safetensors"), &whole);
    true
}

/// The description of an image, in front of the sections of the toy model's.
#[must_use]
pub fn image(description: &[u8]) -> bool {
    let (folder, manifest) = toy();
    let (images, options) = images();
    let (path, whole) = image_of_toy();
    put(&path, &with_description(&whole, description));
    let used = load(&folder, manifest, &options);
    assert!(description != seeds::description_of(&whole) || used == Some(true), "its own image has to be mapped");
    let left = fs::read_dir(&images).map_or(0, Iterator::count);
    assert_eq!(left, 1, "a damaged image is replaced, and nothing temporary stays");
    true
}

/// Where images are kept, and how to load a model that has one.
fn images() -> (PathBuf, EncoderOptions) {
    let images = scratch::path("images");
    let precision = PrecisionChoice::Fixed(Precision::Int8);
    (images.clone(), EncoderOptions::default().with_precision(precision).with_weights_cache(images))
}

/// The image of the toy model, made when there is none, and where it is.
///
/// # Panics
/// If it cannot be made.
#[must_use]
pub fn image_of_toy() -> (PathBuf, Vec<u8>) {
    let (folder, manifest) = toy();
    let (images, options) = images();
    let kept = scratch::path("image");
    if !kept.exists() {
        load(&folder, manifest, &options);
        let first = fs::read_dir(&images).expect("images were made").next().expect("one image");
        let path = first.expect("a folder that can be read").path();
        fs::copy(&path, &kept).expect("there is room for temporary files");
        fs::write(scratch::path("image.path"), path.as_os_str().as_encoded_bytes()).expect("there is room");
    }
    let path = fs::read_to_string(scratch::path("image.path")).expect("written above");
    (PathBuf::from(path), fs::read(kept).expect("written above"))
}

/// An image with another description.
fn with_description(whole: &[u8], description: &[u8]) -> Vec<u8> {
    const HEADER: usize = 32;
    let sections = (HEADER + seeds::description_of(whole).len()).next_multiple_of(64);
    let mut file = whole[..24].to_vec();
    file.extend_from_slice(&(description.len() as u64).to_le_bytes());
    file.extend_from_slice(description);
    file.resize(file.len().next_multiple_of(64), 0);
    file.extend_from_slice(whole.get(sections..).unwrap_or_default());
    mend::image(&mut file);
    file
}

/// A copy of the toy model whose files are always of the same age.
fn toy() -> (PathBuf, Manifest) {
    let folder = scratch::path("toy");
    let names = semsearch_testing::toy::FILES;
    if !folder.exists() {
        for name in names {
            put(&folder.join(name), &seeds::toy_file(name));
        }
    }
    for name in names {
        let file = File::options().write(true).open(folder.join(name)).expect("it was just written");
        file.set_modified(UNIX_EPOCH + Duration::from_secs(1_000_000_000)).expect("a file of our own");
    }
    let manifest = read_folder(&folder, "toy").expect("the toy model is whole");
    (folder, manifest)
}

/// Loads a model and encodes with it; tells whether an image was mapped for that, or `None` if the model cannot be loaded.
fn load(folder: &Path, manifest: Manifest, options: &EncoderOptions) -> Option<bool> {
    let mut model = ModelFolder::new(folder, manifest);
    model.verified = true;
    let encoder = SentenceTransformer::load(&model, options).map_err(|error| tell(&error)).ok()?;
    match encoder.encode(&TEXTS, TextKind::Passage) {
        Ok(encoded) => assert_eq!(encoded.vectors.rows(), TEXTS.len()),
        Err(error) => tell(&error),
    }
    Some(matches!(encoder.cache_use(), CacheUse::Mapped(_)))
}
