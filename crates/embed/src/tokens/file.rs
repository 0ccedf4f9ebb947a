//! Reads a `tokenizer.json` that describes BERT's tokeniser and nothing else.
//!
//! Every field that shapes tokens must be present and have a value that this crate implements. A file with an unknown
//! field is left to the `tokenizers` crate, which also reports what is wrong with an unusable file. So are three features
//! of BERT files that no known published model has: fixed tokens that are searched in the normalised text, fixed tokens
//! that must be single words, and fixed tokens that begin or end with white space. Without the last, `lstrip` and
//! `rstrip` only decide which token white space belongs to, and white space never becomes a token.
//!
//! Parsing borrows the vocabulary from the text. Cost: 30,522 tokens are read and stored in 3 ms.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
#[cfg(feature = "tokenizers")]
use tokenizers::{PaddingParams, TruncationParams};

use super::normalise::Steps;
use super::packed::Around;
use super::table::{Place, Table};
use super::wordpiece::{Rules, WordPiece};

/// Truncation and padding, which the caller's limit replaces. Their form is only checked with the `tokenizers` crate.
#[cfg(not(feature = "tokenizers"))]
type PaddingParams = serde::de::IgnoredAny;
#[cfg(not(feature = "tokenizers"))]
type TruncationParams = serde::de::IgnoredAny;

/// The most bytes of a fixed token. A search for fixed tokens reads at most this many bytes at each place.
const LONGEST_FIXED: usize = 256;

/// The tokeniser and its special tokens; `None` if the `tokenizers` crate has to read the file.
pub(super) fn read(text: &str) -> Option<(WordPiece, Around)> {
    let file: File<'_> = serde_json::from_str(text).ok()?;
    let around = match &file.post_processor {
        Some(processor) => processor.around()?,
        None => Around::default(),
    };
    let model = file.model;
    let vocabulary = Table::build(&model.vocab.0, Some(model.continuing_subword_prefix.as_bytes()))?;
    let fixed = fixed(&file.added_tokens, &vocabulary, model.vocab.0.len())?;
    let fixed = Table::build(&fixed, None)?;
    let Normaliser::BertNormalizer { clean_text, handle_chinese_chars, strip_accents, lowercase } = file.normalizer;
    let rules = Rules {
        steps: Steps {
            clean_text,
            chinese_chars: handle_chinese_chars,
            strip_accents: strip_accents.unwrap_or(lowercase),
            lowercase,
        },
        max_chars: model.max_input_chars_per_word,
        unknown: vocabulary.view().find(Place::Begins, model.unk_token.as_bytes())?,
    };
    Some((WordPiece::new(rules, vocabulary, fixed), around))
}

/// The fixed tokens and their ids; `None` if the file has other ids than the `tokenizers` crate would give. That crate
/// ignores the ids of the file: a token in the vocabulary has its id there, the others are numbered behind the vocabulary.
fn fixed<'a>(added: &'a [AddedToken<'_>], vocabulary: &Table, size: usize) -> Option<Vec<(&'a [u8], u32)>> {
    let mut next = u32::try_from(size).ok()?;
    let (mut contents, mut ids) = (HashSet::new(), HashSet::new());
    let mut fixed = Vec::new();
    for token in added {
        let content: &str = &token.content;
        let plain = !token.normalized && !token.single_word && content.trim() == content;
        if !plain || content.is_empty() || content.len() > LONGEST_FIXED {
            return None;
        }
        let id = vocabulary.view().find(Place::Begins, content.as_bytes()).unwrap_or_else(|| {
            next += 1;
            next - 1
        });
        if id != token.id || !contents.insert(content) || !ids.insert(id) {
            return None;
        }
        fixed.push((content.as_bytes(), id));
    }
    Some(fixed)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "fields that are only checked")]
struct File<'a> {
    version: Version,
    truncation: Option<TruncationParams>,
    padding: Option<PaddingParams>,
    #[serde(borrow)]
    added_tokens: Vec<AddedToken<'a>>,
    normalizer: Normaliser,
    pre_tokenizer: PreTokeniser,
    #[serde(borrow)]
    post_processor: Option<PostProcessor<'a>>,
    decoder: Option<Decoder>,
    #[serde(borrow)]
    model: Model<'a>,
}

#[derive(Deserialize)]
enum Version {
    #[serde(rename = "1.0")]
    One,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "fields that make no difference to tokens")]
struct AddedToken<'a> {
    id: u32,
    #[serde(borrow)]
    content: Cow<'a, str>,
    single_word: bool,
    lstrip: bool,
    rstrip: bool,
    normalized: bool,
    special: bool,
}

#[derive(Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
enum Normaliser {
    BertNormalizer { clean_text: bool, handle_chinese_chars: bool, strip_accents: Option<bool>, lowercase: bool },
}

#[derive(Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
enum PreTokeniser {
    BertPreTokenizer {},
}

/// Turns tokens back into text, which is not used here.
#[derive(Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
#[expect(dead_code, reason = "fields that are only checked")]
enum Decoder {
    WordPiece { prefix: String, cleanup: bool },
}

#[derive(Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
enum PostProcessor<'a> {
    BertProcessing {
        sep: (String, u32),
        cls: (String, u32),
    },
    TemplateProcessing {
        single: Vec<Piece>,
        #[expect(dead_code, reason = "only checked")]
        pair: Vec<Piece>,
        #[serde(borrow)]
        special_tokens: HashMap<Cow<'a, str>, SpecialToken>,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "fields that make no difference to tokens")]
enum Piece {
    Sequence { id: Sequence, type_id: u32 },
    SpecialToken { id: String, type_id: u32 },
}

#[derive(Deserialize, PartialEq, Eq)]
enum Sequence {
    A,
    B,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SpecialToken {
    id: String,
    ids: Vec<u32>,
    tokens: Vec<String>,
}

impl PostProcessor<'_> {
    /// The special tokens around a single text; `None` if the processor does more.
    fn around(&self) -> Option<Around> {
        match self {
            PostProcessor::BertProcessing { sep, cls } => Some((vec![cls.1], vec![sep.1])),
            PostProcessor::TemplateProcessing { single, pair: _, special_tokens } => {
                let ids = |pieces: &[Piece]| -> Option<Vec<u32>> {
                    let mut ids = Vec::new();
                    for piece in pieces {
                        let Piece::SpecialToken { id, .. } = piece else { return None };
                        let token = special_tokens.get(id.as_str())?;
                        if token.id != *id || token.ids.len() != token.tokens.len() {
                            return None;
                        }
                        ids.extend_from_slice(&token.ids);
                    }
                    Some(ids)
                };
                let is_text = |piece: &Piece| matches!(piece, Piece::Sequence { id: Sequence::A, .. });
                let text = single.iter().position(is_text)?;
                Some((ids(&single[..text])?, ids(&single[text + 1..])?))
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "fields that are only checked")]
struct Model<'a> {
    r#type: ModelType,
    #[serde(borrow)]
    unk_token: Cow<'a, str>,
    #[serde(borrow)]
    continuing_subword_prefix: Cow<'a, str>,
    max_input_chars_per_word: u32,
    #[serde(borrow)]
    vocab: Vocabulary<'a>,
}

#[derive(Deserialize)]
enum ModelType {
    WordPiece,
}

/// Tokens and their ids, in the order of the file.
struct Vocabulary<'a>(Vec<(Token<'a>, u32)>);

#[derive(Deserialize)]
#[serde(transparent)]
struct Token<'a>(#[serde(borrow)] Cow<'a, str>);

impl AsRef<[u8]> for Token<'_> {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Vocabulary<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = Vocabulary<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("tokens and their ids")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Vocabulary(entries))
            }
        }

        deserializer.deserialize_map(Entries)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const TOY: &str = include_str!("../../tests/toy/model/tokenizer.json");

    fn toy() -> Value {
        serde_json::from_str(TOY).unwrap()
    }

    /// Whether the toy model's file is still read here when `change` is made.
    fn is_read(change: impl FnOnce(&mut Value)) -> bool {
        let mut file = toy();
        change(&mut file);
        read(&file.to_string()).is_some()
    }

    #[test]
    fn berts_tokeniser_is_read() {
        let (words, (before, after)) = read(TOY).unwrap();
        assert_eq!((before, after), (vec![2], vec![3]));
        assert_eq!((words.rules.max_chars, words.rules.unknown), (100, 1));
        let steps = Steps { clean_text: true, chinese_chars: true, strip_accents: true, lowercase: true };
        assert_eq!(words.rules.steps, steps, "accents are stripped where nothing is said and the case is lowered");
    }

    #[test]
    fn what_makes_no_difference_to_tokens_may_vary() {
        assert!(is_read(|file| file["decoder"] = json!(null)));
        assert!(is_read(|file| file["truncation"] = json!(null)));
        assert!(is_read(|file| file["padding"] = json!(null)));
        assert!(is_read(|file| drop(file["normalizer"].as_object_mut().unwrap().remove("strip_accents"))));
        assert!(is_read(|file| file["added_tokens"][0]["lstrip"] = json!(true)));
        assert!(is_read(|file| file["post_processor"]["pair"] = json!([])));
    }

    #[test]
    fn special_tokens_may_be_given_in_two_ways_or_not_at_all() {
        let mut file = toy();
        file["post_processor"] = json!({"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]});
        assert_eq!(read(&file.to_string()).unwrap().1, (vec![2], vec![3]));
        file["post_processor"] = json!(null);
        assert_eq!(read(&file.to_string()).unwrap().1, (vec![], vec![]));
        let mut file = toy();
        let prompt = json!({"id": "prompt", "ids": [7, 8], "tokens": ["#", "$"]});
        file["post_processor"]["special_tokens"]["prompt"] = prompt;
        let piece = json!({"SpecialToken": {"id": "prompt", "type_id": 0}});
        file["post_processor"]["single"].as_array_mut().unwrap().insert(1, piece);
        assert_eq!(read(&file.to_string()).unwrap().1, (vec![2, 7, 8], vec![3]));
    }

    #[test]
    fn an_unknown_field_anywhere_leaves_the_file_to_the_crate() {
        let places = [
            "",
            "/added_tokens/0",
            "/normalizer",
            "/pre_tokenizer",
            "/post_processor",
            "/post_processor/single/0",
            "/post_processor/single/0/SpecialToken",
            "/post_processor/special_tokens/[SEP]",
            "/decoder",
            "/model",
        ];
        for place in places {
            assert!(!is_read(|file| file.pointer_mut(place).unwrap()["new"] = json!(true)), "{place}");
        }
    }

    #[test]
    fn every_value_that_is_not_followed_leaves_the_file_to_the_crate() {
        let template = |pieces: Value| move |file: &mut Value| file["post_processor"]["single"] = pieces;
        let text = |id: &str| json!({"Sequence": {"id": id, "type_id": 0}});
        let cls = || json!({"SpecialToken": {"id": "[CLS]", "type_id": 0}});
        let odd = || json!({"SpecialToken": {"id": "[ODD]", "type_id": 0}});
        assert!(is_read(template(json!([cls(), text("A")]))));
        for pieces in
            [json!([]), json!([cls()]), json!([text("B")]), json!([text("A"), text("A")]), json!([odd(), text("A")])]
        {
            assert!(!is_read(template(pieces.clone())), "{pieces}");
        }
        for (place, value) in [
            ("/version", json!("2.0")),
            ("/truncation", json!(5)),
            ("/padding", json!({})),
            ("/normalizer", json!(null)),
            ("/normalizer", json!({"type": "Sequence", "normalizers": []})),
            ("/normalizer/type", json!("Bert")),
            ("/normalizer/lowercase", json!(null)),
            ("/normalizer/strip_accents", json!("yes")),
            ("/pre_tokenizer", json!(null)),
            ("/pre_tokenizer/type", json!("Whitespace")),
            ("/post_processor", json!({})),
            ("/post_processor/type", json!("RobertaProcessing")),
            ("/post_processor/special_tokens/[SEP]/id", json!("[ODD]")),
            ("/post_processor/special_tokens/[SEP]/tokens", json!([])),
            ("/decoder/type", json!("ByteLevel")),
            ("/model/type", json!("WordLevel")),
            ("/model/unk_token", json!("[ODD]")),
            ("/model/max_input_chars_per_word", json!(-1)),
            ("/model/vocab/the", json!(-1)),
            ("/model/vocab", json!([])),
            ("/added_tokens/0/normalized", json!(true)),
            ("/added_tokens/0/single_word", json!(true)),
            ("/added_tokens/0/id", json!(9)),
            ("/added_tokens/0/content", json!("[UNK]")),
            ("/added_tokens/0/content", json!("")),
            ("/added_tokens/0/content", json!(" [PAD]")),
            ("/added_tokens/0/content", json!("[PAD]\u{a0}")),
            ("/added_tokens/0/content", json!("p".repeat(LONGEST_FIXED + 1))),
        ] {
            let change = |file: &mut Value| {
                // A new content would get the next free id and hide the change under test.
                let size = file["model"]["vocab"].as_object().unwrap().len();
                if place.ends_with("content") && value != "[UNK]" {
                    file["added_tokens"][0]["id"] = json!(size);
                }
                *file.pointer_mut(place).unwrap() = value.clone();
            };
            assert!(toy().pointer(place).is_some() && !is_read(change), "{place}: {value}");
        }
        assert!(is_read(|file| {
            file["added_tokens"][0]["id"] = json!(file["model"]["vocab"].as_object().unwrap().len());
            file["added_tokens"][0]["content"] = json!("new one");
        }));
    }

    #[test]
    fn a_token_that_is_there_twice_leaves_the_file_to_the_crate() {
        assert!(read(&TOY.replacen("\"the\":", "\"the\":4,\"the\":", 1)).is_none());
        assert_ne!(TOY, TOY.replacen("\"the\":", "\"the\":4,\"the\":", 1));
    }
}
