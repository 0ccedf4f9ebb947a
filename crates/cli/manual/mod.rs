//! The manual: a page for each command, from the definition of the arguments.
//!
//! | file       | holds                                                        |
//! |------------|--------------------------------------------------------------|
//! | `page`     | what a page says, whatever it looks like                     |
//! | `facts`    | exit codes, environment variables, files: the same everywhere |
//! | `roff`     | pages for `man`                                              |
//! | `markdown` | pages for the book in `docs/`                                |

mod facts;
mod markdown;
mod page;
mod roff;

use clap::Command;

use self::page::Page;
use crate::help::{self, Amount};

/// A file of the manual.
pub(crate) struct File {
    /// Its name.
    pub(crate) name: String,
    /// What is in it.
    pub(crate) text: String,
}

/// The page of a command for `man`; of the program, if there are no words. `None` if no command has these words.
pub(crate) fn page(command: &[String]) -> Option<String> {
    all(&root()).iter().find(|page| page.words[1..] == *command).map(roff::render)
}

/// The whole help of a command; of the program, if there are no words. `None` if no command has these words.
pub(crate) fn help(command: &[String]) -> Option<String> {
    let root = root();
    let found = command.iter().try_fold(&root, |command, word| command.find_subcommand(word))?;
    Some(found.clone().render_long_help().ansi().to_string())
}

/// A page for every command, for `man`.
pub(crate) fn pages() -> Vec<File> {
    let file = |page: &Page| File { name: format!("{}.1", page.words.join("-")), text: roff::render(page) };
    all(&root()).iter().map(file).collect()
}

/// A page for every command, for the book, and one that lists them.
pub(crate) fn book() -> Vec<File> {
    let root = root();
    let pages = all(&root);
    let file = |page: &Page| File { name: markdown::file_name(&page.words), text: markdown::render(page) };
    let mut files: Vec<File> = pages.iter().skip(1).map(file).collect();
    files.push(File { name: "README.md".to_owned(), text: markdown::contents(&pages) });
    files
}

/// The command line with its help laid out, and global flags at every command.
fn root() -> Command {
    let mut root = help::arranged(Amount::All);
    root.build();
    root
}

/// The pages of all commands, the program's first.
fn all(root: &Command) -> Vec<Page> {
    let mut pages = Vec::new();
    collect(root, &[], &mut pages);
    pages
}

fn collect(command: &Command, above: &[String], pages: &mut Vec<Page>) {
    let page = Page::of(command, above);
    let words = page.words.clone();
    pages.push(page);
    for below in command.get_subcommands().filter(|below| !below.is_hide_set() && below.get_name() != "help") {
        collect(below, &words, pages);
    }
}
