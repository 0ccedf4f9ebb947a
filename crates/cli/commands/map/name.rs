//! What a region is called.

use semsearch_report::map::Region;

/// Its terms, or what stands for a name where papers have no words.
pub(super) fn name(region: &Region) -> String {
    if region.terms.is_empty() { "other papers".to_owned() } else { region.terms.join(", ") }
}
