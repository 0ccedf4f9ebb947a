//! Helpers that check how a folder is refused.

use std::fs;
use std::time::{Duration, Instant};

use semsearch_embed::{FolderError, LoadError, ModelError, NetworkError, TokeniseError, read_folder};

use crate::common::{Copy, assert_says, message, refused};

/// The error of reading the folder, and its message.
#[track_caller]
pub(crate) fn folder_refused(copy: &Copy) -> (FolderError, String) {
    let error = refused(read_folder(&copy.folder(), "toy"));
    let told = message(&error);
    // The store gives the same reason.
    let ModelError::Folder(same) = refused(copy.open()) else { panic!("the store gives another reason than {told}") };
    assert_eq!(
        same.to_string(),
        error
            .to_string()
            .replace(copy.folder().to_str().unwrap(), fs::canonicalize(copy.folder()).unwrap().to_str().unwrap(),)
    );
    (error, told)
}

/// The error of loading the model, and its message.
#[track_caller]
pub(crate) fn load_refused(copy: &Copy) -> (LoadError, String) {
    let start = Instant::now();
    let error = refused(copy.load());
    assert!(start.elapsed() < Duration::from_secs(5), "refusing took {:?}", start.elapsed());
    let told = message(&error);
    assert_says(&told, &["model `toy`"]);
    (error, told)
}

#[track_caller]
pub(crate) fn assert_unsupported(copy: &Copy, says: &[&str]) {
    let (error, told) = folder_refused(copy);
    assert!(matches!(error, FolderError::Unsupported { .. }), "{error:?}");
    assert_says(&told, says);
    assert_says(&told, &["this encoder runs"]);
}

#[track_caller]
pub(crate) fn assert_config_refused(copy: &Copy, says: &[&str]) {
    let (error, told) = load_refused(copy);
    assert!(matches!(error, LoadError::Network { source: NetworkError::Config { .. }, .. }), "{error:?}");
    assert_says(&told, &["config.json"]);
    assert_says(&told, says);
}

/// Asserts that the weights are refused as those of another network.
#[track_caller]
pub(crate) fn assert_weights_refused(copy: &Copy, says: &[&str]) {
    let (error, told) = load_refused(copy);
    assert!(matches!(error, LoadError::Network { source: NetworkError::Weights { .. }, .. }), "{error:?}");
    assert_says(&told, &["model.safetensors", "do not belong to this config.json"]);
    assert_says(&told, says);
}

/// Asserts that the weights are refused as an invalid safetensors file.
#[track_caller]
pub(crate) fn assert_not_safetensors(copy: &Copy, why: &str) {
    let (error, told) = load_refused(copy);
    let expected = matches!(error, LoadError::Network { source: NetworkError::NotSafetensors { .. }, .. });
    assert!(expected, "{why}: {error:?}");
    assert_says(&told, &["model.safetensors: not a whole safetensors file"]);
}

#[track_caller]
pub(crate) fn assert_tokeniser_refused(copy: &Copy, says: &[&str]) {
    let (error, told) = load_refused(copy);
    assert!(matches!(error, LoadError::Tokenise { source: TokeniseError::Load { .. }, .. }), "{error:?}");
    assert_says(&told, &["tokenizer.json"]);
    assert_says(&told, says);
}
