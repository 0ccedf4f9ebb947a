//! What people say to a person before they say what they look for: "could you recommend papers on".

use crate::analyse::{TokenKind, for_each_token, is_stop_word};

/// Talk about the talk: "Hi, I am looking for ..., could you list ...".
const MOST_ROUNDS: usize = 3;

/// At least this many words that say something are left.
const FEWEST_WORDS_LEFT: usize = 2;

/// No talk is longer.
const MOST_WORDS: usize = 64;

/// The text without the words at its start that ask for papers, and say nothing about them.
///
/// Only words of asking are taken, and only if at least two words that say something are left:
///
/// ```
/// use semsearch_lexical::query::strip_request_talk;
///
/// assert_eq!(strip_request_talk("Could you recommend papers on dense retrieval?"), "dense retrieval?");
/// assert_eq!(strip_request_talk("papers on attention"), "papers on attention");
/// ```
pub fn strip_request_talk(text: &str) -> &str {
    let mut rest = text;
    for _ in 0..MOST_ROUNDS {
        let words = Words::of(rest);
        let taken = words.request();
        let Some(next) = words.starts.get(taken).filter(|_| taken > 0) else { break };
        let shorter = &rest[*next..];
        if !says_something(shorter) {
            break;
        }
        rest = shorter;
    }
    rest
}

fn says_something(text: &str) -> bool {
    let mut words = 0;
    for_each_token(text, &mut |token| {
        words += usize::from(token.kind == TokenKind::Word && !is_stop_word(token.word));
    });
    words >= FEWEST_WORDS_LEFT
}

/// The first words of a text in small letters. Reading functions take the number of words that were read, and give the
/// number with what they read.
struct Words {
    words: Vec<String>,
    starts: Vec<usize>,
}

impl Words {
    fn of(text: &str) -> Self {
        let mut words = Vec::new();
        let mut starts = Vec::new();
        let mut at = 0;
        for piece in text.split_inclusive(char::is_whitespace) {
            let written = piece.trim_end();
            // A mark alone is no word, and what is in quotation marks or brackets is meant.
            if written.chars().any(char::is_alphanumeric) {
                starts.push(at);
                let word = written.trim_end_matches([',', ';', '.', ':', '!', '?']);
                words.push(word.replace('’', "'").to_lowercase());
            }
            at += piece.len();
            if words.len() > MOST_WORDS {
                break;
            }
        }
        Self { words, starts }
    }

    fn is(&self, at: usize, list: &[&str]) -> bool {
        self.words.get(at).is_some_and(|word| list.contains(&word.as_str()))
    }

    fn begins(&self, at: usize, beginnings: &[&str]) -> bool {
        self.words.get(at).is_some_and(|word| beginnings.iter().any(|beginning| word.starts_with(beginning)))
    }

    /// `at`, behind a word of the list if there is one.
    fn maybe(&self, at: usize, list: &[&str]) -> usize {
        at + usize::from(self.is(at, list))
    }

    /// `at`, behind as many words of the list as there are.
    fn all(&self, mut at: usize, list: &[&str]) -> usize {
        while self.is(at, list) {
            at += 1;
        }
        at
    }

    /// Behind the words `phrase`, if they stand at `at`.
    fn phrase(&self, at: usize, phrase: &[&str]) -> Option<usize> {
        let words = self.words.get(at..at + phrase.len())?;
        words.iter().zip(phrase).all(|(word, expected)| word == expected).then_some(at + phrase.len())
    }

    /// How many words at the start ask for papers.
    fn request(&self) -> usize {
        self.greeting()
            .or_else(|| self.asked_of_you())
            .or_else(|| self.wanted_by_me())
            .or_else(|| self.asked_about_papers())
            .or_else(|| self.papers_alone())
            .unwrap_or(0)
    }

    /// "Hello all", "please".
    fn greeting(&self) -> Option<usize> {
        if self.is(0, &["hi", "hello", "hey", "dear"]) {
            return Some(self.all(1, &["there", "all", "everyone", "everybody", "team", "colleagues", "friends"]));
        }
        self.is(0, &["please", "kindly"]).then_some(1)
    }

    /// "Could you please recommend me some papers on", "show me", "list papers about".
    fn asked_of_you(&self) -> Option<usize> {
        let asked = self.is(0, &["could", "can", "would", "will"]) && self.is(1, &["you"]);
        let verb = if asked { self.maybe(2, &["please", "kindly"]) } else { 0 };
        if asked && self.is(verb, ASKING_VERBS) {
            return Some(self.object(verb + 1));
        }
        if self.is(verb, ASKING_VERBS) && self.is(verb + 1, &["me", "us"]) {
            return Some(self.object(verb + 1));
        }
        if self.is(verb, &["list", "find", "show", "provide", "give", "recommend", "suggest", "name"]) {
            return self.papers(verb + 1);
        }
        None
    }

    /// What follows a verb of asking: "me to find some papers on".
    fn object(&self, at: usize) -> usize {
        let at = self.maybe(at, &["me", "us"]);
        let at = self.phrase(at, &["to", "find"]).or_else(|| self.phrase(at, &["find"])).unwrap_or(at);
        let at = self.maybe(at, &["to", "with", "for", "of", "at", "about", "towards"]);
        self.papers_if_any(at)
    }

    /// "I am looking for", "we would like to know about", "interested in".
    fn wanted_by_me(&self) -> Option<usize> {
        let person = if self.is(0, &["i'm", "we're"]) {
            Some(1)
        } else {
            self.phrase(0, &["i", "am"]).or_else(|| self.phrase(0, &["we", "are"]))
        };
        let at = self.all(person.unwrap_or(0), &["currently", "also", "really", "now", "just"]);
        if self.is(at, &["looking", "searching"]) && self.is(at + 1, &["for"]) {
            return Some(self.papers_if_any(at + 2));
        }
        if let Some(at) = self.phrase(at, &["interested", "in"]) {
            return Some(self.papers_if_any(at));
        }
        let at = if self.is(0, &["i'd", "we'd"]) {
            self.phrase(1, &["like"])?
        } else if self.is(0, &["i", "we"]) {
            self.phrase(1, &["would", "like"]).or_else(|| self.is(1, &["want", "need", "like"]).then_some(2))?
        } else {
            return None;
        };
        let at = if self.is(at, &["to"]) && self.is(at + 1, &["find", "see", "read", "know", "learn", "get", "study"]) {
            at + 2
        } else {
            at
        };
        let at = self.maybe(at, &["more"]);
        Some(self.papers_if_any(self.maybe(at, &["about", "on"])))
    }

    /// "Are there any papers on", "what is known about", "which studies have explored".
    fn asked_about_papers(&self) -> Option<usize> {
        if self.is(0, &["are", "is"]) && self.is(1, &["there"]) {
            return self.papers(2);
        }
        if let Some(at) = self.phrase(0, &["do", "you", "know"]) {
            return self.papers(self.maybe(at, &["of", "about"]));
        }
        if self.is(0, &["has", "have"]) && self.is(1, &["there"]) && self.is(2, &["been"]) {
            return self.papers(3);
        }
        if self.phrase(0, &["what", "is"]).is_some()
            && self.is(2, &["known", "done", "written", "published"])
            && self.is(3, &["about", "on"])
        {
            return Some(4);
        }
        if !self.is(0, &["what", "which", "any"]) {
            return None;
        }
        // "What is the effect of" asks for an effect, not for papers.
        self.papers(self.maybe(1, &["are", "is"]))
    }

    /// "Papers on", "recent articles that discuss".
    fn papers_alone(&self) -> Option<usize> {
        let noun = self.all(0, ADJECTIVES);
        let subject = self.link(noun + 1);
        (self.is(noun, &["papers", "articles", "publications"]) && subject > noun + 1).then_some(subject)
    }

    fn papers_if_any(&self, at: usize) -> usize {
        self.papers(at).unwrap_or_else(|| self.all(at, ARTICLES))
    }

    /// "Some of the recent papers that discuss": adjectives, a noun, and what leads to the subject.
    fn papers(&self, at: usize) -> Option<usize> {
        let noun = self.all(at, ADJECTIVES);
        let behind = self.all(noun, NOUNS);
        if behind == noun {
            return None;
        }
        let subject = self.link(behind);
        // "Paper folding", "resource allocation": the noun is the subject, unless something leads on to that.
        (subject > behind || self.is(behind - 1, PLURALS)).then_some(subject)
    }

    /// Behind the words that lead from "papers" to the subject.
    fn link(&self, mut at: usize) -> usize {
        while self.is(at, LINKS) || self.begins(at, LINK_VERBS) {
            at += 1;
        }
        at
    }
}

const ASKING_VERBS: &[&str] = &[
    "recommend",
    "suggest",
    "find",
    "show",
    "give",
    "provide",
    "list",
    "name",
    "point",
    "tell",
    "help",
    "share",
    "send",
    "direct",
    "get",
    "identify",
    "locate",
    "search",
    "look",
];

const ARTICLES: &[&str] = &["a", "an", "the", "some", "any"];

const ADJECTIVES: &[&str] = &[
    "a",
    "an",
    "the",
    "some",
    "any",
    "all",
    "few",
    "several",
    "many",
    "other",
    "more",
    "most",
    "list",
    "of",
    "recent",
    "latest",
    "new",
    "newest",
    "current",
    "relevant",
    "related",
    "key",
    "main",
    "major",
    "important",
    "influential",
    "seminal",
    "foundational",
    "notable",
    "significant",
    "representative",
    "existing",
    "previous",
    "prior",
    "earlier",
    "past",
    "good",
    "great",
    "best",
    "top",
    "interesting",
    "useful",
    "scientific",
    "academic",
    "scholarly",
    "published",
    "peer-reviewed",
];

const NOUNS: &[&str] = &[
    "papers",
    "paper",
    "studies",
    "study",
    "works",
    "work",
    "research",
    "articles",
    "article",
    "publications",
    "publication",
    "literature",
    "references",
    "reference",
    "resources",
    "resource",
    "preprints",
    "preprint",
];

/// Nouns that can be nothing else when someone asks for them.
const PLURALS: &[&str] = &["papers", "studies", "articles", "publications", "preprints"];

const LINKS: &[&str] = &[
    "that",
    "which",
    "who",
    "where",
    "on",
    "about",
    "regarding",
    "concerning",
    "of",
    "in",
    "into",
    "for",
    "have",
    "has",
    "been",
    "are",
    "is",
    "do",
    "does",
    "can",
    "related",
    "relating",
    "relevant",
    "to",
    "with",
    "done",
    "written",
    "published",
    "conducted",
    "available",
    "out",
    "there",
];

const LINK_VERBS: &[&str] = &[
    "discuss",
    "explor",
    "address",
    "investigat",
    "examin",
    "deal",
    "focus",
    "study",
    "studie",
    "describ",
    "propos",
    "present",
    "introduc",
    "cover",
    "consider",
    "analyz",
    "analys",
    "use",
    "using",
    "show",
    "talk",
    "look",
    "apply",
    "applies",
    "applied",
    "employ",
];
