//! A collection with changed bytes.
//!
//! ```text
//! byte     what is to be done besides: MENDED, REPAIRED
//! edits    file, what, where (two bytes), how much, and for INSERT the bytes
//! ```
//!
//! Files are counted in the order of their paths, places from the beginning of the file and round again.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use semsearch_testing::mend;
use serde_json::Value;

use crate::whole::{self, Answers, Files, GENERATION, MANIFEST};
use crate::{scratch, tell};

/// Records the changed files in the manifest, and the changed manifest in the pointer, as a buggy program or an attacker would.
pub const MENDED: u8 = 1;
/// Repairs the collection for real, which takes longer than a dry run.
pub const REPAIRED: u8 = 2;

/// A byte becomes another one.
pub const CHANGE: u8 = 0;
/// The file ends here.
pub const CUT: u8 = 1;
/// Bytes are inserted.
pub const INSERT: u8 = 2;
/// Bytes are removed.
pub const DELETE: u8 = 3;
/// The file is gone.
pub const REMOVE: u8 = 4;
/// The file has the content of another one.
pub const CONFUSE: u8 = 5;

/// The greatest number of edits.
const MOST: usize = 16;

/// Opens, asks, verifies and repairs the collection with these edits.
#[must_use]
pub fn damaged(input: &[u8]) -> bool {
    let Some((flags, edits)) = input.split_first() else { return false };
    let original = whole::files();
    let mut files = original.clone();
    edit(&mut files, edits);
    if flags & MENDED != 0 {
        vouch(&mut files);
    }
    let root = scratch::path("damaged");
    if !root.exists() {
        let _ = whole::put("damaged", original);
    }
    let changed = || original.keys().filter(|path| files.get(*path) != original.get(*path));
    changed().for_each(|path| match files.get(path) {
        Some(content) => scratch::put(&root.join(path), content),
        None => std::fs::remove_file(root.join(path)).expect("it was put there"),
    });
    look(&root, &files == original, flags & MENDED != 0);
    if flags & REPAIRED != 0 {
        whole::mend_for_good(&root);
        std::fs::remove_dir_all(&root).expect("a folder of our own");
    } else {
        let _ = whole::mend(&root, true);
        changed().for_each(|path| scratch::put(&root.join(path), &original[path]));
    }
    true
}

/// A damaged collection is refused or answers as it did before; and what refuses, verifying finds.
fn look(root: &Path, is_original: bool, is_mended: bool) {
    let asked = whole::ask(root).inspect_err(|error| tell(&**error));
    let verdict = whole::look(root);
    let is_whole = verdict.as_ref().is_some_and(semsearch_store::Verdict::is_whole);
    match &asked {
        Ok(answers) if !is_mended => assert!(answers == expected(), "a damaged collection answers wrongly"),
        Ok(_) => assert!(verdict.is_some(), "what can be asked can be verified"),
        Err(error) => assert!(!is_whole, "verifying found nothing, and a search did: {error}"),
    }
    assert!(is_whole || !is_original, "nothing is wrong with it: {verdict:?}");
}

/// What the collection answers when nothing is wrong with it.
fn expected() -> &'static Answers {
    static EXPECTED: OnceLock<Answers> = OnceLock::new();
    EXPECTED.get_or_init(|| whole::ask(&whole::put("whole", whole::files())).expect("nothing is wrong with it"))
}

fn edit(files: &mut Files, mut edits: &[u8]) {
    let paths: Vec<PathBuf> = files.keys().cloned().collect();
    let contents: Vec<Vec<u8>> = files.values().cloned().collect();
    for _ in 0..MOST {
        let Some(([file, what, low, high, much], rest)) = edits.split_first_chunk::<5>() else { return };
        edits = rest;
        let path = &paths[usize::from(*file) % paths.len()];
        let Some(content) = files.get_mut(path) else { continue };
        let at = usize::from(u16::from_le_bytes([*low, *high])) % content.len().max(1);
        let much = usize::from(*much);
        match *what % 6 {
            CHANGE => content.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= (much as u8).max(1)),
            CUT => content.truncate(at),
            INSERT => {
                let (bytes, rest) = edits.split_at(much.min(edits.len()));
                edits = rest;
                content.splice(at.min(content.len())..at.min(content.len()), bytes.iter().copied());
            }
            DELETE => drop(content.drain(at.min(content.len())..(at + much).min(content.len()))),
            REMOVE => drop(files.remove(path)),
            _ => *content = contents[much % contents.len()].clone(),
        }
    }
}

/// Makes the manifest say what is true of the files.
fn vouch(files: &mut Files) {
    let Some(mut manifest) = files.get(Path::new(MANIFEST)).and_then(|text| serde_json::from_slice::<Value>(text).ok())
    else {
        return whole::point(files);
    };
    mend::manifest::records(&mut manifest, GENERATION, &mut |path| files.get(path).cloned());
    let manifest = serde_json::to_vec_pretty(&manifest).unwrap_or_default();
    files.insert(PathBuf::from(MANIFEST), manifest);
    whole::point(files);
}
