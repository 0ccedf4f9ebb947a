//! The definitions of all papers, and which of them are believed.

use std::collections::HashMap;

use super::key::Keys;

/// Papers that have to agree before a definition is believed.
const FEWEST_PAPERS: u64 = 2;
/// Of all definitions of an acronym, the share that has to agree: three in five.
const AGREEMENT: (u64, u64) = (3, 5);

/// What acronyms stand for, as far as papers agree.
///
/// A meaning is believed if at least two papers give it, and at least three in five of all definitions of this acronym
/// . Long forms are the same if their stems are, stop words inside left out. An acronym of two fields that both use it is believed in neither sense.
///
/// The same definitions in another order, or counted in other portions, make the same dictionary.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AcronymDictionary {
    /// By acronym, ascending.
    meanings: Vec<Meaning>,
    by_acronym: HashMap<String, usize>,
    by_lower_case: HashMap<String, usize>,
    by_long_form: HashMap<String, usize>,
    longest: usize,
}

/// An acronym and its long form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meaning {
    /// The acronym, capitals as papers write it.
    pub acronym: String,
    /// The long form, in the spelling that most papers use.
    pub long_form: String,
    /// Papers that say so, in this spelling or another.
    pub papers: u64,
}

impl AcronymDictionary {
    /// The dictionary of these definitions: acronym, long form, and the number of papers that say so. The same one may
    /// come several times: the papers of two segments are different papers.
    pub fn new<'a>(definitions: impl IntoIterator<Item = (&'a str, &'a str, u64)>) -> Self {
        let mut definitions: Vec<_> = definitions.into_iter().collect();
        // Of segments, each in this order already, a sort that merges runs makes one.
        definitions.sort();
        let mut keys = Keys::default();
        let mut dictionary = Self::default();
        for same in definitions.chunk_by(|one, next| one.0 == next.0) {
            if let Some(believed) = believed(same, &mut keys) {
                dictionary.add(believed);
            }
        }
        dictionary
    }

    /// The number of acronyms.
    pub fn len(&self) -> usize {
        self.meanings.len()
    }

    /// Whether nothing is believed.
    pub fn is_empty(&self) -> bool {
        self.meanings.is_empty()
    }

    /// All that is believed, by acronym, ascending.
    pub fn meanings(&self) -> &[Meaning] {
        &self.meanings
    }

    /// What an acronym stands for. In any case, the one that most papers define, if several differ only in capitals.
    pub fn meaning(&self, acronym: &str, any_case: bool) -> Option<&Meaning> {
        let found = self.by_acronym.get(acronym);
        let found = found.or_else(|| any_case.then(|| self.by_lower_case.get(&acronym.to_lowercase())).flatten());
        found.map(|&number| &self.meanings[number])
    }

    /// The acronym that most papers use for the long form with this key.
    pub(super) fn by_key(&self, key: &str) -> Option<&Meaning> {
        self.by_long_form.get(key).map(|&number| &self.meanings[number])
    }

    /// The most words in the key of a long form.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// Meanings come by acronym, ascending, so a later one has to be better to take a place.
    fn add(&mut self, Believed { meaning, key, words }: Believed) {
        let number = self.meanings.len();
        let meanings = &self.meanings;
        let offer = |places: &mut HashMap<String, usize>, key: String| {
            let place = places.entry(key).or_insert(number);
            if *place != number && meanings[*place].papers < meaning.papers {
                *place = number;
            }
        };
        offer(&mut self.by_lower_case, meaning.acronym.to_lowercase());
        offer(&mut self.by_long_form, key);
        self.by_acronym.insert(meaning.acronym.clone(), number);
        self.longest = self.longest.max(words);
        self.meanings.push(meaning);
    }
}

struct Believed {
    meaning: Meaning,
    key: String,
    words: usize,
}

/// What papers agree on of the definitions of one acronym, which come by long form, ascending.
fn believed(definitions: &[(&str, &str, u64)], keys: &mut Keys) -> Option<Believed> {
    let sum = |sum: u64, &(_, _, papers): &(&str, &str, u64)| sum.saturating_add(papers);
    let all = definitions.iter().fold(0, sum);
    // Most acronyms are one paper's own; nothing of theirs is worth stemming.
    if all < FEWEST_PAPERS {
        return None;
    }
    let spellings = definitions.chunk_by(|one, next| one.1 == next.1);
    let spellings = spellings.map(|same| (same[0].1, same.iter().fold(0, sum)));
    let mut groups: Vec<Group<'_>> = Vec::new();
    for (long_form, papers) in spellings {
        let (key, words) = keys.of(long_form);
        match groups.iter_mut().find(|group| group.key == key) {
            Some(group) => {
                group.papers = group.papers.saturating_add(papers);
                // Of spellings that as many papers use, the first in the order of their letters.
                if group.best.1 < papers {
                    group.best = (long_form, papers);
                }
            }
            None => groups.push(Group { key, words, papers, best: (long_form, papers) }),
        }
    }
    let agrees = |papers: u64| {
        papers >= FEWEST_PAPERS
            && u128::from(papers) * u128::from(AGREEMENT.1) >= u128::from(all) * u128::from(AGREEMENT.0)
    };
    // More than half agree, so there is at most one.
    let Group { key, words, papers, best } = groups.into_iter().find(|group| agrees(group.papers))?;
    let meaning = Meaning { acronym: definitions[0].0.to_owned(), long_form: best.0.to_owned(), papers };
    (words > 0).then_some(Believed { meaning, key, words })
}

/// Spellings of one long form.
struct Group<'a> {
    key: String,
    words: usize,
    papers: u64,
    best: (&'a str, u64),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dictionary(counted: &[(&str, &str, u64)]) -> AcronymDictionary {
        AcronymDictionary::new(counted.iter().copied())
    }

    #[test]
    fn two_papers_are_believed_and_one_is_not() {
        assert!(dictionary(&[("RAG", "retrieval augmented generation", 1)]).is_empty());
        let believed = dictionary(&[
            ("RAG", "retrieval augmented generation", 1),
            ("RAG", "Retrieval-Augmented Generation", 3),
            ("RAG", "ragged arrays", 2),
        ]);
        let meaning = believed.meaning("RAG", false).unwrap();
        assert_eq!((meaning.long_form.as_str(), meaning.papers), ("Retrieval-Augmented Generation", 4));
    }

    #[test]
    fn an_acronym_of_two_fields_is_believed_in_neither_sense() {
        let divided = [("CRF", "conditional random field", 5), ("CRF", "corticotropin-releasing factor", 4)];
        assert!(dictionary(&divided).is_empty());
        let clear = [("CRF", "conditional random field", 6), ("CRF", "corticotropin-releasing factor", 4)];
        assert_eq!(dictionary(&clear).len(), 1);
    }

    #[test]
    fn capitals_decide_unless_any_case_is_asked_for() {
        let both = dictionary(&[("MAP", "maximum a posteriori", 3), ("mAP", "mean average precision", 7)]);
        assert_eq!(both.meaning("MAP", true).unwrap().papers, 3);
        assert_eq!(both.meaning("mAP", true).unwrap().papers, 7);
        assert_eq!(both.meaning("map", true).unwrap().papers, 7);
        assert_eq!(both.meaning("map", false), None);
    }

    #[test]
    fn of_two_acronyms_for_one_thing_the_one_of_more_papers_is_taken() {
        let both =
            dictionary(&[("GCN", "graph network", 2), ("GN", "graph networks", 3), ("GNN", "graph networks", 3)]);
        assert_eq!(both.by_key("graph network").unwrap().acronym, "GN");
    }

    #[test]
    fn counts_from_a_forged_file_do_not_overflow() {
        assert_eq!(dictionary(&[("AB", "a b", u64::MAX), ("AB", "a-b", u64::MAX), ("AB", "c", 7)]).len(), 1);
    }

    proptest::proptest! {
        #[test]
        fn order_and_portions_change_nothing(
            counted in proptest::collection::vec((0..4_usize, 0..6_usize, 1..5_u64), 0..40),
            order in proptest::collection::vec(0..1000_u32, 40),
        ) {
            let acronyms = ["AB", "Ab", "ABC", "XY"];
            let forms = ["alpha beta", "Alpha Beta", "alpha-betas", "a big cat", "xylophone yard", "x y"];
            let named = |&(acronym, form, papers): &(usize, usize, u64)| (acronyms[acronym], forms[form], papers);
            let at_once = AcronymDictionary::new(counted.iter().map(named));
            let mut shuffled: Vec<_> = counted.iter().zip(&order).collect();
            shuffled.sort_by_key(|&(_, order)| order);
            let one_by_one = shuffled.into_iter().flat_map(|(counted, _)| {
                let (acronym, long_form, papers) = named(counted);
                (0..papers).map(move |_| (acronym, long_form, 1))
            });
            proptest::prop_assert_eq!(at_once, AcronymDictionary::new(one_by_one));
        }
    }
}
