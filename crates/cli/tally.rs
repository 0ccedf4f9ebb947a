//! What a command did to the papers of an index, in the same words everywhere.
//!
//! ```text
//! 3 new, 1 changed, 220 unchanged, 2 removed; 224 papers in the index
//! ```

use crate::output::{count, thousands};

/// Counts of papers. `None` where a command does not do such a thing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) new: Option<u64>,
    pub(crate) changed: Option<u64>,
    pub(crate) unchanged: Option<u64>,
    pub(crate) removed: Option<u64>,
}

impl Tally {
    /// What became of the papers, with commas between.
    pub(crate) fn words(&self) -> String {
        let counts =
            [(self.new, "new"), (self.changed, "changed"), (self.unchanged, "unchanged"), (self.removed, "removed")];
        let told = counts.iter().filter_map(|(count, word)| Some(format!("{} {word}", thousands((*count)?))));
        told.collect::<Vec<_>>().join(", ")
    }

    /// The same, and how many papers are in the index afterwards.
    pub(crate) fn line(&self, documents: u64) -> String {
        format!("{}; {} in the index\n", self.words(), count(documents, "paper"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_command_does_not_do_is_not_told() {
        let tally = Tally { new: Some(1_234), removed: Some(0), ..Tally::default() };
        assert_eq!(tally.line(1), "1,234 new, 0 removed; 1 paper in the index\n");
    }
}
