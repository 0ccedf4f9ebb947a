//! `semsearch model`: the models on this machine.

use semsearch_embed::{Manifest, ModelFolder, ModelStore};
use semsearch_report::model::{Model, Models};

use crate::args;
use crate::commands::{distill, switch};
use crate::exit::Exit;
use crate::output::{self, FAINT, STRONG};

pub(crate) fn run(command: &args::Model, offline: bool) -> anyhow::Result<Exit> {
    let store = ModelStore::from_env(offline);
    match command {
        args::Model::List { json } => list(&store, *json),
        args::Model::Show { name, json } => show(&store, name, *json),
        args::Model::Pull { name } => {
            let model = store.pull(name, &output::Notes)?;
            output::print(&format!("{} is in {}, every file verified\n", model.manifest.name, model.path.display()))?;
            Ok(Exit::Success)
        }
        args::Model::Add { dir, name } => {
            let model = store.add(dir, name.as_deref())?;
            output::print(&format!(
                "{} is in {}\ntry: semsearch embed INPUT... --model {}\n",
                model.manifest.name,
                model.path.display(),
                model.manifest.name
            ))?;
            Ok(Exit::Success)
        }
        args::Model::Distill(args) => distill::run(args, &store, offline),
        args::Model::Switch(args) => switch::run(args, offline),
    }
}

fn list(store: &ModelStore, json: bool) -> anyhow::Result<Exit> {
    let listings = store.list()?;
    if json {
        let models = listings.iter().map(|listing| (listing.path.as_deref(), &listing.manifest));
        output::print_json(&Models::new(store.folder(), models))?;
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
    let path = here.as_ref().map(|model| model.path.clone());
    let known = here.map(|model| model.manifest).or_else(|| semsearch_embed::find_bundled(name));
    let manifest = known.ok_or_else(|| semsearch_embed::ModelError::Unknown { name: name.to_owned() })?;
    if json {
        output::print_json(&Model::new(path.as_deref(), &manifest))?;
    } else {
        let missing = || format!("not here; semsearch model pull {}", manifest.name);
        let place = path.map_or_else(missing, |path| path.display().to_string());
        output::print(&format!("# {place}\n{}", manifest.to_toml()))?;
    }
    Ok(Exit::Success)
}
