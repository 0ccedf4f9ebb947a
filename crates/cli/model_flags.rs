//! The settings of a model as flags, and commands that mean one model of an index and no other.

use semsearch_engine::settings::{ModelSettings, Setting, shortened};
use semsearch_store::ModelRecord;

/// The flag of a setting, without its value.
pub(crate) fn flag(setting: &Setting) -> &'static str {
    match setting {
        Setting::Dimension(_) => "--dim",
        Setting::MaxTokens(_) => "--max-tokens",
        Setting::Windows(_) => "--windows",
        Setting::Precision(_) => "--precision",
        Setting::QueryPrompt(_) => "--query-prompt",
        // `PassagePrompt`, and settings that later versions may add.
        _ => "--passage-prompt",
    }
}

/// The flag of a setting and its value, as a shell takes them.
pub(crate) fn with_value(setting: &Setting) -> String {
    let value = match setting {
        Setting::Dimension(number) | Setting::MaxTokens(number) => number.to_string(),
        Setting::Windows(name) | Setting::Precision(name) => name.clone(),
        Setting::QueryPrompt(text) | Setting::PassagePrompt(text) => quoted(text),
        _ => String::new(),
    };
    format!("{} {value}", flag(setting))
}

/// The command that goes on with this model of an index, or cuts over to it with `--commit`. `all` are the models of the
/// index.
pub(crate) fn switch_command<'a>(model: &ModelRecord, all: impl IntoIterator<Item = &'a ModelRecord>) -> String {
    let is_namesake = |other: &&ModelRecord| other.name() == model.name() && other.fingerprint != model.fingerprint;
    let namesakes: Vec<ModelSettings> = all.into_iter().filter(is_namesake).map(ModelSettings::of).collect();
    let settings = ModelSettings::of(model).apart_from(&namesakes);
    let name = match namesakes.is_empty() || !settings.is_empty() {
        true => quoted(model.name()),
        false => shortened(&model.fingerprint).to_owned(),
    };
    let flags: String = settings.iter().map(|setting| format!(" {}", with_value(setting))).collect();
    format!("semsearch model switch {name}{flags}")
}

/// A word as a shell takes it.
pub(crate) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:+@%,".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_as_a_shell_takes_them() {
        assert_eq!(with_value(&Setting::Dimension(128)), "--dim 128");
        assert_eq!(with_value(&Setting::QueryPrompt("query: ".to_owned())), "--query-prompt 'query: '");
        assert_eq!(
            (quoted("it's").as_str(), quoted("").as_str(), quoted("a/b-1").as_str()),
            ("'it'\\''s'", "''", "a/b-1")
        );
    }
}
