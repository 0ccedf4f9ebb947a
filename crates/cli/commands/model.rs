//! `semsearch model`: the models on this machine.

use std::time::Instant;

use semsearch_embed::{DEFAULT_MODEL, Listing, Manifest, ModelFolder, ModelStore};
use semsearch_report::model::{Model, ModelChanged, ModelDone, Models};

use crate::args;
use crate::commands::{distill, switch};
use crate::exit::Exit;
use crate::output::{self, FAINT, STRONG};

pub(crate) fn run(command: &args::Model, offline: bool) -> anyhow::Result<Exit> {
    let (store, started) = (ModelStore::from_env(offline), Instant::now());
    match command {
        args::Model::List { json } => list(&store, *json),
        args::Model::Show { name, json } => show(&store, name, *json),
        args::Model::Pull { name, json } => {
            let model = store.pull(name, &output::Notes)?;
            told(&model, ModelDone::Pulled, started, *json, |name, place| {
                format!("{name} is in {place}, every file verified\n")
            })
        }
        args::Model::Add { dir, name, json } => {
            let model = store.add(dir, name.as_deref())?;
            told(&model, ModelDone::Added, started, *json, |name, place| {
                format!("{name} is in {place}\ntry: semsearch embed INPUT... --model {name}\n")
            })
        }
        args::Model::Remove { name, json } => remove(&store, name, *json, started),
        args::Model::Distill(args) => distill::run(args, &store, offline),
        args::Model::Switch(args) => switch::run(args, offline),
    }
}

/// Reports what was done to a model.
fn told(
    model: &ModelFolder,
    done: ModelDone,
    started: Instant,
    json: bool,
    text: impl Fn(&str, &str) -> String,
) -> anyhow::Result<Exit> {
    if json {
        output::print_json(&ModelChanged::new(done, model, started.elapsed()))?;
    } else {
        output::print(&text(&model.manifest.name, &model.path.display().to_string()))?;
    }
    Ok(Exit::Success)
}

fn remove(store: &ModelStore, name: &str, json: bool, started: Instant) -> anyhow::Result<Exit> {
    let model = store.remove(name)?;
    let again = match store.fetchable().contains(&model.manifest.name) {
        true => format!("`semsearch model pull {}`", model.manifest.name),
        false => "`semsearch model add DIR`".to_owned(),
    };
    told(&model, ModelDone::Removed, started, json, |name, place| {
        format!("{name} is removed from {place}\nan index of it needs it again to be asked; {again} brings it back\n")
    })
}

fn list(store: &ModelStore, json: bool) -> anyhow::Result<Exit> {
    let listings = store.list()?;
    if json {
        output::print_json(&Models::new(store.folder(), &listings))?;
        return Ok(Exit::Success);
    }
    let mut text = String::new();
    for listing in listings {
        let Manifest { name, family, dimension, max_seq_length, .. } = &listing.manifest;
        let place = match &listing.path {
            Some(path) => path.display().to_string(),
            None => format!("not here; semsearch model pull {name}"),
        };
        let default = if name == DEFAULT_MODEL { " (default)" } else { "" };
        text.push_str(&format!(
            "{STRONG}{name}{STRONG:#}  {family}, {dimension} dimensions, {max_seq_length} tokens{default}\n"
        ));
        text.push_str(&format!("  {FAINT}{place}{FAINT:#}\n"));
    }
    text.push_str(&format!(
        "\n`semsearch model pull NAME` fetches {}; `semsearch model add DIR` adds a folder of your own\n",
        store.fetchable().join(", ")
    ));
    output::print(&text)?;
    Ok(Exit::Success)
}

fn show(store: &ModelStore, name: &str, json: bool) -> anyhow::Result<Exit> {
    let here = store.find(name)?.map(|model| Listing::from(&model));
    let known = here.or_else(|| semsearch_embed::find_bundled(name).map(|manifest| Listing::from(&manifest)));
    let listing = known.ok_or_else(|| semsearch_embed::ModelError::Unknown { name: name.to_owned() })?;
    let Listing { manifest, path, .. } = &listing;
    if json {
        output::print_json(&Model::new(&listing))?;
    } else {
        let missing = || format!("not here; semsearch model pull {}", manifest.name);
        let place = path.as_ref().map_or_else(missing, |path| path.display().to_string());
        output::print(&format!("# {place}\n{}", manifest.to_toml()))?;
    }
    Ok(Exit::Success)
}
