//! `semsearch` alone: five commands to begin with, and where the index is.

use semsearch_store::Collection;

use crate::args::IndexArg;
use crate::exit::Exit;
use crate::output::{self, FAINT, STRONG, count};
use crate::setup;

/// The commands that a first hour needs.
const FIRST: [(&str, &str); 5] = [
    ("embed papers.jsonl", "make an index of papers, or add to it"),
    ("ask \"a question\"", "find the papers that answer it"),
    ("similar ID", "find papers like one of yours"),
    ("info", "show what the index holds"),
    ("doctor", "check this machine, the model and the index"),
];

/// Says what to type. Ends as a usage error: a script that comes here has lost its command.
pub(crate) fn run() -> Exit {
    let mut text = format!(
        "{STRONG}semsearch{STRONG:#} {}: answers questions from paper abstracts, on this machine\n\n{STRONG}Usage:{STRONG:#} \
         semsearch COMMAND\n\n",
        env!("CARGO_PKG_VERSION")
    );
    for (command, does) in FIRST {
        text.push_str(&format!("  semsearch {command:<19}  {FAINT}{does}{FAINT:#}\n"));
    }
    text.push_str(&format!("\n{}\n\n`semsearch --help` lists all commands.", index()));
    output::complain(text);
    Exit::Usage
}

/// Where the index is, and what it holds.
fn index() -> String {
    let path = match setup::index_path(&IndexArg { index: setup::index_of_environment() }) {
        Ok(path) => path,
        Err(error) => return format!("Index: {error}"),
    };
    let shown = path.display();
    match Collection::open(&path) {
        Ok(collection) => {
            let papers = count(collection.manifest().documents(), "paper");
            format!("Index: {shown}: {papers}, {}", collection.model().name())
        }
        Err(semsearch_store::CollectionError::Missing { .. }) => {
            format!("Index: {shown}: no index yet; `semsearch embed FILE...` makes it")
        }
        Err(error) => format!("Index: {shown}: {error}; `semsearch doctor` says more"),
    }
}
