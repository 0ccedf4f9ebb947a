//! Which model of an index the arguments of a switch mean.
//!
//! An index may hold vectors of one model by several settings. A name and the flags beside it mean every model of the index
//! that has the name and agrees with the flags. If that is one, the switch goes on with it; if it is none, a new one begins; if
//! there are several, the user has to say which.

use semsearch_engine::settings::{ModelSettings, Setting};
use semsearch_engine::switch::{Pending, SwitchError};
use semsearch_store::{Collection, ModelRecord};

use crate::args::{PrecisionArg, Switch};

/// The model of the index that is meant; `None` if it is a new one.
pub(super) fn choose(collection: &Collection, name: &str, args: &Switch) -> anyhow::Result<Option<ModelRecord>> {
    let manifest = collection.manifest();
    let pending = Pending::read(collection.root())?.map(|pending| pending.model);
    let pending = pending.filter(|pending| manifest.model_of(&pending.fingerprint).is_none());
    let folder = std::fs::canonicalize(name).ok().map(|folder| folder.display().to_string());
    let is_called = |model: &ModelRecord| {
        model.name() == name
            || model.reference == name
            || Some(&model.reference) == folder.as_ref()
            || (name.len() >= 8 && model.fingerprint.starts_with(name))
    };
    let meant = |model: &&ModelRecord| is_called(model) && agrees(model, args);
    let (active, others): (Vec<&ModelRecord>, Vec<&ModelRecord>) =
        manifest.models.iter().chain(&pending).filter(meant).partition(|model| model.fingerprint == manifest.active);
    // Whoever names the active model does not mean another one, unless it is to be cut over to or dropped.
    let means_another = args.commit || args.forget;
    if !active.is_empty() && (!means_another || others.is_empty()) {
        return Ok(None);
    }
    match others[..] {
        [] => Ok(None),
        [one] => Ok(Some(one.clone())),
        _ => Err(SwitchError::Several {
            models: others.into_iter().cloned().collect(),
            active: Box::new(manifest.model().clone()),
        }
        .into()),
    }
}

/// Whether a model is used as the flags say, as far as they say anything.
fn agrees(model: &ModelRecord, args: &Switch) -> bool {
    ModelSettings::of(model).all().iter().all(|setting| match setting {
        Setting::Dimension(kept) => args.dim.is_none_or(|dim| dim == *kept),
        Setting::MaxTokens(longest) => args.max_tokens.is_none_or(|asked| asked == *longest),
        Setting::Windows(rule) => {
            args.windows.is_none_or(|asked| semsearch_embed::Windows::from(asked).as_str() == rule)
        }
        Setting::Precision(precision) => match args.run.precision {
            PrecisionArg::Auto => true,
            PrecisionArg::F32 => precision == "f32",
            PrecisionArg::Int8 => precision == "int8",
        },
        Setting::QueryPrompt(prompt) => args.query_prompt.as_ref().is_none_or(|asked| asked == prompt),
        Setting::PassagePrompt(prompt) => args.passage_prompt.as_ref().is_none_or(|asked| asked == prompt),
        _ => true,
    })
}
