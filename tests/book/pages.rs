//! The Markdown files of the clone.

use std::path::{Path, PathBuf};

/// What is not ours, or is made.
const PASSED_OVER: [&str; 5] = ["target", "book", ".git", ".cache", "node_modules"];

/// Every Markdown file in a folder and below it.
pub(crate) fn all_markdown(folder: &Path) -> Vec<PathBuf> {
    ending_in(folder, "md")
}

/// The Markdown files in a folder itself, by name.
pub(crate) fn markdown_in(folder: &Path) -> Vec<PathBuf> {
    all_markdown(folder).into_iter().filter(|path| path.parent() == Some(folder)).collect()
}

/// Every file of this ending in a folder and below it.
pub(crate) fn ending_in(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            // A clone beside the sources would be looked at as if it were this one.
            if path.is_dir() && !path.is_symlink() {
                if !(PASSED_OVER.contains(&name.as_str()) && path.join("../Cargo.toml").exists()) {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|found| found == ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The first heading of a page, without signs.
pub(crate) fn title(path: &Path) -> String {
    let text = super::read(path);
    let heading = text.lines().find_map(|line| line.strip_prefix("# "));
    heading.unwrap_or_else(|| panic!("{} has no title", path.display())).replace(['`', '[', ']'], "")
}
