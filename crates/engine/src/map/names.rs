//! What tells a region from the others: words and pairs of words that its papers have and others have not.
//!
//! A term counts once for each paper that has it in its title or abstract. It is as telling as the logarithm of its odds in the
//! region over those outside, times the same in units of its error (Monroe, Colaresi and Quinn, *Fightin' Words*, 2008): by
//! the first alone, rare words that happen to be in one region would come first, by the second alone, words that are somewhat
//! more frequent there. Terms are compared by their stems and shown in
//! the form that papers use most. No two regions share a term, except that a fine region may have one of a region elsewhere.
//!
//! Cost: reads at most [`SAMPLE`] papers twice.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use semsearch_corpus::Document;
use semsearch_lexical::analyse::{TokenKind, for_each_token, is_stop_word, stem};
use semsearch_map::Regions;
use semsearch_store::{Collection, DocId};
use semsearch_task::Progress;

use super::error::MapError;

/// Papers whose words are counted, evenly chosen.
const SAMPLE: usize = 12_000;
/// Terms of a name.
const TERMS: usize = 3;
/// The least share of a region's papers that have a term of its name.
const LEAST_SHARE: f64 = 0.05;
/// How much more a pair of words tells than a word.
const PAIR: f64 = 1.5;
/// Papers between two looks whether to stop.
const BLOCK: usize = 256;

/// The terms of each region, the most telling first. A region whose papers have no words has none.
pub(super) fn names(
    collection: &Collection,
    papers: &[DocId],
    found: &Regions,
    progress: &dyn Progress,
) -> Result<Vec<Vec<String>>, MapError> {
    let step = papers.len().div_ceil(SAMPLE).max(1);
    let sample: Vec<(DocId, usize)> =
        papers.iter().copied().zip(found.of_rows.iter().map(|region| usize::from(*region))).step_by(step).collect();
    let each = |visit: &mut dyn FnMut(&Document, usize)| -> Result<(), MapError> {
        for block in sample.chunks(BLOCK) {
            progress.check()?;
            for (paper, region) in block {
                visit(&collection.document(*paper)?, *region);
            }
        }
        Ok(())
    };
    let mut counted = Counted::new(found);
    each(&mut |document, region| counted.add(document, region))?;
    let chosen = counted.choose();
    let mut forms = Forms::of(chosen.iter().flatten().map(|term| counted.terms[*term as usize].as_str()));
    each(&mut |document, _| forms.add(document))?;
    let named = chosen.iter().map(|terms| {
        let forms = terms.iter().map(|term| forms.best(&counted.terms[*term as usize]));
        forms.collect()
    });
    Ok(named.collect())
}

/// How many papers have which term, in all regions.
struct Counted<'a> {
    found: &'a Regions,
    numbers: HashMap<String, u32>,
    terms: Vec<String>,
    /// For each region, the papers with a term; those of a fine region count in its coarse one too.
    papers: Vec<HashMap<u32, u32>>,
    all: Vec<u32>,
    sizes: Vec<u32>,
    size: u32,
}

impl<'a> Counted<'a> {
    fn new(found: &'a Regions) -> Self {
        let regions = found.regions.len();
        Counted {
            found,
            numbers: HashMap::new(),
            terms: Vec::new(),
            papers: vec![HashMap::new(); regions],
            all: Vec::new(),
            sizes: vec![0; regions],
            size: 0,
        }
    }

    fn add(&mut self, document: &Document, region: usize) {
        let mut terms = HashSet::new();
        for text in [&document.title, &document.r#abstract] {
            for_each_term(text, &mut |term, _| {
                let number = match self.numbers.get(term) {
                    Some(number) => *number,
                    None => {
                        let number = self.terms.len() as u32;
                        self.numbers.insert(term.to_owned(), number);
                        self.terms.push(term.to_owned());
                        self.all.push(0);
                        number
                    }
                };
                terms.insert(number);
            });
        }
        self.size += 1;
        let parent = self.found.regions.get(region).and_then(|region| region.parent).map(usize::from);
        for region in [Some(region), parent].into_iter().flatten() {
            self.sizes[region] += 1;
            terms.iter().for_each(|term| *self.papers[region].entry(*term).or_default() += 1);
        }
        terms.iter().for_each(|term| self.all[*term as usize] += 1);
    }

    /// The terms of each region.
    fn choose(&self) -> Vec<Vec<u32>> {
        let mut chosen = vec![Vec::new(); self.found.regions.len()];
        for is_coarse in [true, false] {
            let of_level = |region: &usize| self.found.regions[*region].parent.is_none() == is_coarse;
            let mut telling: Vec<(f64, usize, u32)> =
                (0..chosen.len()).filter(of_level).flat_map(|region| self.telling(region)).collect();
            let term = |number: u32| self.terms[number as usize].as_str();
            telling.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then_with(|| term(a.2).cmp(term(b.2))));
            let mut taken = HashSet::new();
            for (_, region, number) in telling {
                let parent = self.found.regions[region].parent.map(usize::from);
                let near = chosen[region].iter().chain(parent.iter().flat_map(|parent| &chosen[*parent]));
                let is_said = near.copied().any(|other: u32| share_a_word(term(other), term(number)));
                if chosen[region].len() < TERMS && !is_said && taken.insert(number) {
                    chosen[region].push(number);
                }
            }
        }
        chosen
    }

    /// The terms that a region has more than others have, with how telling they are.
    fn telling(&self, region: usize) -> Vec<(f64, usize, u32)> {
        let size = f64::from(self.sizes[region]);
        let outside = f64::from(self.size) - size;
        let least = (LEAST_SHARE * size).max(2.0_f64.min(size));
        let papers = self.papers[region].iter().filter(|(_, count)| f64::from(**count) >= least);
        let score = |(&term, &count): (&u32, &u32)| {
            let here = f64::from(count);
            let elsewhere = f64::from(self.all[term as usize]) - here;
            let odds = |with: f64, of: f64| ((with + 0.5) / (of - with + 0.5)).ln();
            let error = (1.0 / (here + 0.5) + 1.0 / (elsewhere + 0.5)).sqrt();
            let pair = if self.terms[term as usize].contains(' ') { PAIR } else { 1.0 };
            // A region that is all there is has nothing outside to differ from: frequent words name it.
            let more = if outside > 0.0 { odds(here, size) - odds(elsewhere, outside) } else { here / size };
            (pair * more * more.abs() / error, region, term)
        };
        papers.map(score).filter(|(score, ..)| *score > 0.0).collect()
    }
}

fn share_a_word(one: &str, other: &str) -> bool {
    one.split(' ').any(|word| other.split(' ').any(|known| known == word))
}

/// The forms in which chosen terms are written.
struct Forms {
    counts: HashMap<String, HashMap<String, u32>>,
}

impl Forms {
    fn of<'t>(terms: impl Iterator<Item = &'t str>) -> Self {
        Forms { counts: terms.map(|term| (term.to_owned(), HashMap::new())).collect() }
    }

    fn add(&mut self, document: &Document) {
        // In titles every word may be written large.
        for (text, weight) in [(&document.r#abstract, 1000), (&document.title, 1)] {
            for_each_term(text, &mut |term, form| {
                if let Some(forms) = self.counts.get_mut(term) {
                    *forms.entry(form.to_owned()).or_default() += weight;
                }
            });
        }
    }

    /// The form that is used most. One that begins with a capital may stand at the beginning of a sentence, so the same in
    /// small letters is preferred, if it is used too.
    fn best(&self, term: &str) -> String {
        let Some(forms) = self.counts.get(term) else { return term.to_owned() };
        let best = forms.iter().max_by(|a, b| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0)));
        let Some((best, count)) = best else { return term.to_owned() };
        let small = best.to_lowercase();
        match forms.get(&small) {
            Some(others) if others * 4 >= *count => small,
            _ => best.clone(),
        }
    }
}

/// Calls `visit` with the stems of every word and every two neighbouring words that can name something, and with how they are
/// written.
fn for_each_term(text: &str, visit: &mut dyn FnMut(&str, &str)) {
    let mut before: Option<(String, std::ops::Range<usize>)> = None;
    let mut pair = String::new();
    for_each_token(text, &mut |token| {
        if token.kind != TokenKind::Word {
            return;
        }
        let written = &text[token.bytes.clone()];
        if !can_name(token.word, written) {
            before = None;
            return;
        }
        let stem = stem_of(token.word);
        let is_plain = |form: &str| !form.contains(['\\', '$', '{', '}', '^', '_', '\n', '*']);
        if let Some((first, place)) = &before {
            let between = text.get(place.end..token.bytes.start);
            if matches!(between, Some(" " | "-" | "\n")) && *first != stem {
                pair.clear();
                pair.extend([first, " ", &stem]);
                let form = &text[place.start..token.bytes.end];
                visit(&pair, if is_plain(form) { form } else { &pair });
            }
        }
        if VAGUE.binary_search(&&*stem).is_err() {
            visit(&stem, if is_plain(written) { written } else { token.word });
        }
        before = Some((stem.into_owned(), token.bytes));
    });
}

/// The stem of a word. Stemming leaves an acronym in the plural as it is, since it has no vowel.
fn stem_of(word: &str) -> Cow<'_, str> {
    match word.strip_suffix('s') {
        Some(one) if one.len() > 1 && !one.contains(['a', 'e', 'i', 'o', 'u', 'y', 's']) => Cow::Borrowed(one),
        _ => stem(word),
    }
}

/// Whether a word can be part of a name.
fn can_name(word: &str, written: &str) -> bool {
    let letters = word.chars().filter(|letter| letter.is_alphabetic()).count();
    let is_short = word.chars().count() < 3;
    let is_acronym = written.chars().all(|letter| letter.is_uppercase() || letter.is_ascii_digit());
    letters > 0
        && word.len() > 1
        && (!is_short || is_acronym)
        && !is_stop_word(word)
        && EMPTY.binary_search(&word).is_err()
}

/// Words that name nothing: small words beyond the stop words of search, and what papers say about themselves.
const EMPTY: [&str; 158] = [
    "about",
    "above",
    "achieve",
    "achieves",
    "across",
    "additionally",
    "after",
    "all",
    "also",
    "although",
    "among",
    "any",
    "approach",
    "approaches",
    "based",
    "because",
    "been",
    "before",
    "being",
    "better",
    "between",
    "both",
    "can",
    "compared",
    "could",
    "current",
    "demonstrate",
    "demonstrates",
    "different",
    "do",
    "does",
    "due",
    "during",
    "each",
    "effective",
    "effectively",
    "either",
    "enable",
    "enables",
    "even",
    "existing",
    "experiments",
    "extensive",
    "finally",
    "find",
    "first",
    "from",
    "further",
    "furthermore",
    "given",
    "had",
    "has",
    "have",
    "he",
    "her",
    "here",
    "high",
    "his",
    "how",
    "however",
    "i",
    "improve",
    "improved",
    "improves",
    "including",
    "introduce",
    "introduces",
    "introducing",
    "its",
    "itself",
    "key",
    "large",
    "less",
    "many",
    "may",
    "method",
    "methods",
    "might",
    "more",
    "moreover",
    "most",
    "much",
    "must",
    "new",
    "nor",
    "novel",
    "number",
    "often",
    "one",
    "only",
    "other",
    "others",
    "our",
    "out",
    "outperform",
    "outperforms",
    "over",
    "own",
    "paper",
    "papers",
    "per",
    "present",
    "presents",
    "propose",
    "proposed",
    "proposes",
    "provide",
    "provides",
    "recent",
    "recently",
    "respectively",
    "result",
    "results",
    "same",
    "several",
    "she",
    "should",
    "show",
    "showing",
    "shows",
    "significant",
    "significantly",
    "since",
    "so",
    "some",
    "state",
    "still",
    "study",
    "than",
    "them",
    "therefore",
    "those",
    "through",
    "thus",
    "two",
    "under",
    "up",
    "use",
    "used",
    "uses",
    "using",
    "various",
    "very",
    "via",
    "we",
    "well",
    "were",
    "what",
    "when",
    "where",
    "whether",
    "which",
    "while",
    "who",
    "whose",
    "within",
    "without",
    "work",
];

/// Stems of words that name nothing alone, and something in a pair: diffusion models, open source.
const VAGUE: [&str; 49] = [
    "accuraci",
    "algorithm",
    "analysi",
    "applic",
    "base",
    "benchmark",
    "compar",
    "complex",
    "comput",
    "cost",
    "data",
    "dataset",
    "design",
    "differ",
    "effici",
    "evalu",
    "featur",
    "framework",
    "function",
    "gener",
    "high",
    "human",
    "inform",
    "input",
    "label",
    "learn",
    "level",
    "low",
    "model",
    "open",
    "optim",
    "output",
    "perform",
    "problem",
    "process",
    "qualiti",
    "real",
    "scale",
    "set",
    "sourc",
    "structur",
    "survey",
    "system",
    "task",
    "term",
    "test",
    "time",
    "train",
    "world",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(text: &str) -> Vec<(String, String)> {
        let mut terms = Vec::new();
        for_each_term(text, &mut |term, form| terms.push((term.to_owned(), form.to_owned())));
        terms
    }

    #[test]
    fn the_lists_of_words_are_in_order() {
        assert!(EMPTY.is_sorted() && VAGUE.is_sorted());
    }

    #[test]
    fn terms_are_words_and_pairs_without_what_names_nothing() {
        let found = terms("We propose KV cache compression for the Large models, in 3 ways.");
        let forms: Vec<&str> = found.iter().map(|(_, form)| form.as_str()).collect();
        assert_eq!(forms, ["KV", "KV cache", "cache", "cache compression", "compression", "ways"]);
        assert_eq!(found[3].0, "cach compress");
        let forms: Vec<String> = terms("CNNs and LLM diffusion models").into_iter().map(|(term, _)| term).collect();
        assert_eq!(forms, ["cnn", "llm", "llm diffus", "diffus", "diffus model"]);
        assert!(terms("we use it to do so, and 12.5 of 7").is_empty());
    }

    #[test]
    fn a_form_is_the_one_used_most_and_small_where_that_is_used_too() {
        let mut forms = Forms::of(["network", "gpt", "diffus model"].into_iter());
        forms.add(&Document::new("a", "Networks and GPT", "Networks of networks. A network. GPT gpt GPT GPT GPT GPT."));
        assert_eq!(
            ["network", "gpt", "diffus model"].map(|term| forms.best(term)),
            ["networks", "GPT", "diffus model"]
        );
    }
}
