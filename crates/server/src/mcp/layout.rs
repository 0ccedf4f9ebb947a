//! Papers in a text of so many tokens.
//!
//! First it is settled how many papers there are: as many as fit with their first lines and the beginning of an abstract, and one at least. Then
//! what is left is shared out among abstracts, so that long ones are cut before short ones are.

use semsearch_report::ask::Hit;

use super::tokens::{Measured, Tokens};
use super::wording::{BEGIN, CUT, END, Facts, clean};
use crate::problem::Problem;

/// Authors that are named of a paper among others.
const NAMES: usize = 3;
/// Tokens of an abstract without which a paper is better shown on the next page.
const LEAST: usize = 60;
/// The longest `extra` of a paper among others, in bytes.
const EXTRA: usize = 2000;

/// Papers as text.
#[derive(Debug, Default)]
pub(crate) struct Laid {
    pub(crate) text: String,
    pub(crate) tokens: usize,
    /// Ids of papers whose abstracts are cut.
    pub(crate) cut: Vec<String>,
    /// Ids of papers whose `extra` is left out.
    pub(crate) without_extra: Vec<String>,
}

/// Lays hits out in at most `most` tokens. Hits that do not fit are taken off the list, and abstracts of the others are cut in it as they are in the text.
pub(crate) fn lay(hits: &mut Vec<Hit>, most: usize, tokens: &Tokens<'_>) -> Result<Laid, Problem> {
    let mark = tokens.count(CUT)?;
    let mut heads = Vec::with_capacity(hits.len());
    let mut needed = 0;
    for hit in hits.iter() {
        let head = format!("{BEGIN}{}. (score {:.3}) {}", hit.rank, hit.score, Facts::from(hit).head(NAMES));
        let head_tokens = tokens.count(&head)? + tokens.count(END)?;
        let measured = tokens.measure(&hit.r#abstract, most)?;
        let whole = measured.tokens() + mark;
        let is_first = heads.is_empty();
        needed += head_tokens + whole.min(LEAST);
        if needed > most && !is_first {
            break;
        }
        heads.push((head, head_tokens, measured));
    }
    hits.truncate(heads.len());
    let used: usize = heads.iter().map(|(_, tokens, _)| tokens + mark).sum();
    let share = share(heads.iter().map(|(_, _, measured)| measured), most.saturating_sub(used));
    let mut laid = Laid::default();
    for (hit, (head, head_tokens, measured)) in hits.iter_mut().zip(heads) {
        let (end, abstract_tokens, is_cut) = measured.within(share);
        hit.r#abstract.truncate(end);
        laid.text.push_str(&head);
        laid.text.push_str(&clean(&hit.r#abstract));
        laid.tokens += head_tokens + abstract_tokens;
        if is_cut {
            laid.text.push_str(CUT);
            laid.tokens += mark;
            laid.cut.push(hit.id.clone());
        }
        laid.text.push('\n');
        laid.text.push_str(END);
        if serde_json::to_string(&hit.extra).map_or(0, |extra| extra.len()) > EXTRA {
            hit.extra.clear();
            laid.without_extra.push(hit.id.clone());
        }
    }
    Ok(laid)
}

/// The most tokens that an abstract may have, so that all have `left` together.
fn share<'a>(abstracts: impl Iterator<Item = &'a Measured>, left: usize) -> usize {
    let mut lengths: Vec<usize> = abstracts.map(Measured::tokens).collect();
    lengths.sort_unstable();
    let (mut left, mut others) = (left, lengths.len());
    for length in lengths {
        if length > left / others {
            return left / others;
        }
        left -= length;
        others -= 1;
    }
    usize::MAX
}
