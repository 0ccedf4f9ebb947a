//! How a model is used: the settings that shape vectors beside the files of the model.
//!
//! An index may hold vectors of one model by two settings, for instance while it is switched from whole vectors to
//! truncated ones. The name of the model does not tell the two apart; the [`Setting`]s in which they differ do.

use std::fmt;

use semsearch_embed::{Fingerprint, Manifest};
use semsearch_store::ModelRecord;

/// How a model is used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModelSettings {
    /// Numbers kept of each vector.
    pub dimension: usize,
    /// Numbers in a vector as the model makes it.
    pub full_dimension: usize,
    /// Longest input in tokens.
    pub max_tokens: usize,
    /// What becomes of longer texts: `first` or `mean`.
    pub windows: String,
    /// In what passages are encoded: `f32` or `int8`.
    pub precision: String,
    /// The text put before every query.
    pub query_prompt: String,
    /// The text put before every passage.
    pub passage_prompt: String,
}

/// One of the settings of a model, with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Setting {
    /// Numbers kept of each vector.
    Dimension(usize),
    /// Longest input in tokens.
    MaxTokens(usize),
    /// What becomes of longer texts.
    Windows(String),
    /// In what passages are encoded.
    Precision(String),
    /// The text put before every query.
    QueryPrompt(String),
    /// The text put before every passage.
    PassagePrompt(String),
}

impl ModelSettings {
    /// The settings of a recorded model. Prompts of a model that this version does not know are taken for empty.
    #[must_use]
    pub fn of(record: &ModelRecord) -> Self {
        let (query_prompt, passage_prompt) =
            manifest_of(record).map(|manifest| (manifest.query_prompt, manifest.passage_prompt)).unwrap_or_default();
        ModelSettings {
            dimension: record.dimension(),
            full_dimension: record.manifest.dimension(),
            max_tokens: record.max_seq_length,
            windows: record.windows.clone(),
            precision: record.precision.clone(),
            query_prompt,
            passage_prompt,
        }
    }

    /// All settings, in a fixed order.
    #[must_use]
    pub fn all(&self) -> [Setting; 6] {
        [
            Setting::Dimension(self.dimension),
            Setting::MaxTokens(self.max_tokens),
            Setting::Windows(self.windows.clone()),
            Setting::Precision(self.precision.clone()),
            Setting::QueryPrompt(self.query_prompt.clone()),
            Setting::PassagePrompt(self.passage_prompt.clone()),
        ]
    }

    /// The settings in which this use differs from at least one other.
    #[must_use]
    pub fn apart_from<'a>(&self, others: impl IntoIterator<Item = &'a ModelSettings>) -> Vec<Setting> {
        let others: Vec<[Setting; 6]> = others.into_iter().map(ModelSettings::all).collect();
        let own = self.all().into_iter().enumerate();
        own.filter(|(place, own)| others.iter().any(|other| other[*place] != *own)).map(|(_, own)| own).collect()
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Setting::Dimension(kept) => write!(out, "{kept} dimensions"),
            Setting::MaxTokens(longest) => write!(out, "{longest} tokens"),
            Setting::Windows(rule) => write!(out, "windows {rule}"),
            Setting::Precision(precision) => out.write_str(precision),
            Setting::QueryPrompt(prompt) => write!(out, "query prompt {prompt:?}"),
            Setting::PassagePrompt(prompt) => write!(out, "passage prompt {prompt:?}"),
        }
    }
}

/// Settings in words, with commas between them.
#[must_use]
pub fn in_words(settings: &[Setting]) -> String {
    settings.iter().map(Setting::to_string).collect::<Vec<_>>().join(", ")
}

/// What tells a recorded model from others that have its name: the settings in which they differ, or the beginning of the
/// fingerprint if they differ only in their files. Empty if no other has its name.
#[must_use]
pub fn told_apart<'a>(record: &ModelRecord, among: impl IntoIterator<Item = &'a ModelRecord>) -> String {
    let namesakes: Vec<ModelSettings> = among
        .into_iter()
        .filter(|other| other.name() == record.name() && other.fingerprint != record.fingerprint)
        .map(ModelSettings::of)
        .collect();
    let settings = ModelSettings::of(record).apart_from(&namesakes);
    match (namesakes.is_empty(), settings.is_empty()) {
        (true, _) => String::new(),
        (false, false) => in_words(&settings),
        (false, true) => format!("fingerprint {}", shortened(&record.fingerprint)),
    }
}

/// The beginning of a fingerprint: twelve digits are enough to tell two models apart by eye.
#[must_use]
pub fn shortened(fingerprint: &str) -> &str {
    fingerprint.get(..12).unwrap_or(fingerprint)
}

/// Whether a recorded model is made of the files of `manifest`, however it is used.
///
/// The same model may list more files in one place than in another. So files that both list must be the same, and the
/// model's own prompts too: they are in a file that not every list has.
#[must_use]
pub fn is_made_of(record: &ModelRecord, manifest: &Manifest) -> bool {
    let Some(recorded) = manifest_of(record) else { return false };
    let own_prompts = |of: &Manifest| of.files.iter().any(|file| file.path == PROMPTS);
    let same_prompts =
        (&recorded.query_prompt, &recorded.passage_prompt) == (&manifest.query_prompt, &manifest.passage_prompt);
    has_files_of(&recorded, manifest) && (same_prompts || own_prompts(&recorded) == own_prompts(manifest))
}

fn manifest_of(record: &ModelRecord) -> Option<Manifest> {
    record.manifest.parse().ok()
}

/// The file of a sentence-transformers folder that holds its prompts.
const PROMPTS: &str = "config_sentence_transformers.json";

fn has_files_of(one: &Manifest, other: &Manifest) -> bool {
    let shape = |of: &Manifest| Fingerprint::of(&without_prompts(of), 0);
    let agree =
        |file: &semsearch_embed::ModelFile| other.file(&file.path).is_none_or(|held| held.sha256 == file.sha256);
    shape(one) == shape(other) && one.files.iter().all(agree)
}

fn without_prompts(manifest: &Manifest) -> Manifest {
    let mut bare = manifest.clone();
    (bare.query_prompt, bare.passage_prompt) = (String::new(), String::new());
    bare
}
