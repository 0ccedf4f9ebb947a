//! What is damaged, and what was repaired.

use std::path::Path;

use semsearch_store::Verdict;

use crate::check::{Action, Finding, Lost, Note, Part, Repaired, RepairedSchema, Verified, VerifiedSchema};

impl Verified {
    /// What was found in `index`. `remedy` says what can be done about a part, and whether it is damaged (`true`) or could not
    /// be read.
    #[must_use]
    pub fn new(verdict: &Verdict, index: &Path, remedy: impl Fn(Part, bool) -> String) -> Self {
        let finding = |finding: &semsearch_store::Finding, is_damage: bool| {
            let part = Part::from(finding.part);
            let file = finding.path.display().to_string();
            Finding { file, part, problem: finding.problem.clone(), remedy: remedy(part, is_damage) }
        };
        Verified {
            schema: VerifiedSchema::V1,
            index: index.display().to_string(),
            whole: verdict.is_whole(),
            generation: verdict.generation,
            documents: verdict.documents,
            files: verdict.files,
            bytes: verdict.bytes,
            damages: verdict.damages.iter().map(|damage| finding(damage, true)).collect(),
            unreadable: verdict.unreadable.iter().map(|unreadable| finding(unreadable, false)).collect(),
            notes: verdict
                .notes
                .iter()
                .map(|note| Note { path: note.path.display().to_string(), note: note.text.clone() })
                .collect(),
        }
    }
}

impl From<semsearch_store::Part> for Part {
    fn from(part: semsearch_store::Part) -> Self {
        match part {
            semsearch_store::Part::Pointer => Part::Pointer,
            semsearch_store::Part::Manifest => Part::Manifest,
            semsearch_store::Part::Documents => Part::Documents,
            semsearch_store::Part::Columns => Part::Fields,
            semsearch_store::Part::Words => Part::Words,
            semsearch_store::Part::Deletes => Part::Removed,
            semsearch_store::Part::Vectors => Part::Vectors,
            semsearch_store::Part::Graph => Part::Graph,
            semsearch_store::Part::Tokens => Part::Tokens,
            semsearch_store::Part::Searches => Part::Searches,
        }
    }
}

impl Repaired {
    /// What was repaired in `index`, or would be if not for `dry_run`.
    #[must_use]
    pub fn new(repaired: &semsearch_engine::repair::Repaired, index: &Path, dry_run: bool) -> Self {
        let actions = repaired.actions.iter();
        let lost = repaired.lost.iter();
        Repaired {
            schema: RepairedSchema::V1,
            index: index.display().to_string(),
            dry_run,
            actions: actions
                .map(|action| Action { path: action.path.display().to_string(), action: action.text.clone() })
                .collect(),
            lost: lost
                .map(|lost| Lost {
                    file: lost.path.display().to_string(),
                    row: lost.row,
                    id_hash: lost.id_hash.clone(),
                })
                .collect(),
            generation: repaired.generation,
            documents: repaired.documents,
        }
    }
}
