//! What a query gains by an acronym or a long form it holds.

use std::ops::Range;

use super::dictionary::Meaning;
use super::key::{acronym_stems, stems};

/// What the other side of a definition weighs beside the one that was typed.
const WEIGHT: f32 = 0.7;

/// Part of a query that has another name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expansion<'a> {
    /// Which of the two names was typed.
    pub typed: Typed,
    /// Where it stands in the query.
    pub bytes: Range<usize>,
    /// Both names.
    pub meaning: &'a Meaning,
}

/// Which of the two names of a thing was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Typed {
    /// The acronym; the long form is added.
    Acronym,
    /// The long form; the acronym is added.
    LongForm,
}

impl Expansion<'_> {
    /// The name that is added, as papers write it.
    pub fn added(&self) -> &str {
        match self.typed {
            Typed::Acronym => &self.meaning.long_form,
            Typed::LongForm => &self.meaning.acronym,
        }
    }

    /// Stems of the name that was typed.
    pub fn typed_stems(&self) -> Vec<String> {
        self.stems(self.typed == Typed::Acronym)
    }

    /// Stems of the name that is added.
    pub fn added_stems(&self) -> Vec<String> {
        self.stems(self.typed == Typed::LongForm)
    }

    /// The weight of each added stem, from the idf of all stems on either side.
    ///
    /// It makes the added name as heavy as the typed one, less three tenths: three ordinary words stand for one rare
    /// acronym, not for three times as much.
    pub fn weight(typed_idf: f32, added_idf: f32) -> f32 {
        if added_idf > 0.0 { WEIGHT * typed_idf / added_idf } else { 0.0 }
    }

    fn stems(&self, of_acronym: bool) -> Vec<String> {
        if of_acronym { acronym_stems(&self.meaning.acronym) } else { stems(&self.meaning.long_form) }
    }
}

/// The query with `long form (ABC)` where one of the two stood: what a vector is made from. `expansions` are in the
/// order of the query, as [`find`](super::AcronymDictionary::find) gives them; one that overlaps an earlier one, or
/// lies outside of the query, is left out.
pub fn spelt_out(query: &str, expansions: &[Expansion<'_>]) -> String {
    let mut text = String::with_capacity(query.len() + 64 * expansions.len());
    let mut end = 0;
    for expansion in expansions {
        let Range { start, end: next } = expansion.bytes;
        let (Some(between), Some(typed)) = (query.get(end..start), query.get(start..next)) else { continue };
        let (long_form, acronym) = match expansion.typed {
            Typed::Acronym => (expansion.meaning.long_form.as_str(), typed),
            Typed::LongForm => (typed, expansion.meaning.acronym.as_str()),
        };
        text.extend([between, long_form, " (", acronym, ")"]);
        end = next;
    }
    text + &query[end..]
}

#[cfg(test)]
mod tests {
    use super::super::AcronymDictionary;
    use super::*;

    fn rag() -> AcronymDictionary {
        AcronymDictionary::new([("RAG", "retrieval-augmented generation", 2)])
    }

    #[test]
    fn the_text_to_encode_says_both_names() {
        let rag = rag();
        let spelt_out = |query| spelt_out(query, &rag.find(query, false));
        assert_eq!(spelt_out("fast RAG?"), "fast retrieval-augmented generation (RAG)?");
        assert_eq!(spelt_out("Retrieval augmented generation"), "Retrieval augmented generation (RAG)");
        assert_eq!(spelt_out("nothing here"), "nothing here");
    }

    #[test]
    fn expansions_of_another_query_are_left_out() {
        let rag = rag();
        assert_eq!(spelt_out("x", &rag.find("fast RAG?", false)), "x");
    }

    #[test]
    fn the_added_name_weighs_seven_tenths_of_the_typed_one() {
        let rag = rag();
        let short = &rag.find("RAG", false)[0];
        assert_eq!((short.typed_stems(), short.added_stems().len()), (vec!["rag".to_owned()], 3));
        let long = &rag.find("retrieval augmented generation", false)[0];
        assert_eq!((long.typed_stems().len(), long.added_stems()), (3, vec!["rag".to_owned()]));
        let each = Expansion::weight(6.0, 2.0 + 3.0 + 4.0);
        assert!((each * 9.0 - 0.7 * 6.0).abs() < 1e-6);
        assert_eq!(Expansion::weight(6.0, 0.0), 0.0);
    }
}
