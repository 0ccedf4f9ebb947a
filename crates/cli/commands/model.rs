//! `semsearch model`: the models on this machine.

use semsearch_embed::{Manifest, ModelFolder, ModelStore};
use serde::Serialize;

use crate::args::Model;
use crate::commands::{distill, switch};
use crate::exit::Exit;
use crate::output::{self, FAINT, STRONG};

/// `model list --json`.
#[derive(Serialize)]
struct ListJson {
    schema: &'static str,
    folder: String,
    models: Vec<ModelJson>,
}

/// `model show --json`, and an entry of the list.
#[derive(Serialize)]
struct ModelJson {
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<&'static str>,
    path: Option<String>,
    #[serde(flatten)]
    manifest: Manifest,
}

pub(crate) fn run(command: &Model, offline: bool) -> anyhow::Result<Exit> {
    let store = ModelStore::from_env(offline);
    match command {
        Model::List { json } => list(&store, *json),
        Model::Show { name, json } => show(&store, name, *json),
        Model::Pull { name } => {
            let model = store.pull(name, &output::Notes)?;
            output::print(&format!("{} is in {}, every file verified\n", model.manifest.name, model.path.display()))?;
            Ok(Exit::Success)
        }
        Model::Add { dir, name } => {
            let model = store.add(dir, name.as_deref())?;
            output::print(&format!(
                "{} is in {}\ntry: semsearch embed INPUT... --model {}\n",
                model.manifest.name,
                model.path.display(),
                model.manifest.name
            ))?;
            Ok(Exit::Success)
        }
        Model::Distill(args) => distill::run(args, &store, offline),
        Model::Switch(args) => switch::run(args, offline),
    }
}

fn list(store: &ModelStore, json: bool) -> anyhow::Result<Exit> {
    let listings = store.list()?;
    if json {
        let models = listings.into_iter().map(|listing| ModelJson {
            schema: None,
            path: listing.path.map(|path| path.display().to_string()),
            manifest: listing.manifest,
        });
        output::print_json(&ListJson {
            schema: "semsearch.models/1",
            folder: store.folder().display().to_string(),
            models: models.collect(),
        })?;
        return Ok(Exit::Success);
    }
    let mut text = String::new();
    for listing in listings {
        let Manifest { name, family, dimension, max_seq_length, .. } = &listing.manifest;
        let place = match &listing.path {
            Some(path) => path.display().to_string(),
            None => format!("not here; semsearch model pull {name}"),
        };
        text.push_str(&format!(
            "{STRONG}{name}{STRONG:#}  {family}, {dimension} dimensions, {max_seq_length} tokens\n"
        ));
        text.push_str(&format!("  {FAINT}{place}{FAINT:#}\n"));
    }
    output::print(&text)?;
    Ok(Exit::Success)
}

fn show(store: &ModelStore, name: &str, json: bool) -> anyhow::Result<Exit> {
    let here: Option<ModelFolder> = store.find(name)?;
    let path = here.as_ref().map(|model| model.path.display().to_string());
    let known = here.map(|model| model.manifest).or_else(|| semsearch_embed::find_bundled(name));
    let manifest = known.ok_or_else(|| semsearch_embed::ModelError::Unknown { name: name.to_owned() })?;
    if json {
        output::print_json(&ModelJson { schema: Some("semsearch.model/1"), path, manifest })?;
    } else {
        let place = path.unwrap_or_else(|| format!("not here; semsearch model pull {}", manifest.name));
        output::print(&format!("# {place}\n{}", manifest.to_toml()))?;
    }
    Ok(Exit::Success)
}
