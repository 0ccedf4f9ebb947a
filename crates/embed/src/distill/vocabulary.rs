//! The vocabulary of a transformer, reduced to the pieces that a static model uses.
//!
//! `[unused0]` and the like never occur in a tokenised text, and a static model puts no `[CLS]`, `[SEP]`, `[PAD]` or
//! `[MASK]` around one: together 998 of the 30,522 pieces of the usual BERT vocabulary. The rest is numbered from 0 in the
//! old order, the commonest pieces first. The unknown piece stays, for texts without known pieces.

use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

/// Pieces that stay.
#[derive(Debug)]
pub(super) struct Vocabulary {
    /// The old numbers of the pieces, in the order of the new ones.
    pub(super) ids: Vec<u32>,
    pieces: Vec<String>,
    file: File,
}

/// `tokenizer.json`, as far as it is rewritten.
#[derive(Debug, Deserialize, Serialize)]
struct File {
    version: Value,
    #[serde(default)]
    truncation: Option<Value>,
    #[serde(default)]
    padding: Option<Value>,
    #[serde(default)]
    added_tokens: Vec<Added>,
    normalizer: Value,
    pre_tokenizer: Value,
    #[serde(default)]
    post_processor: Option<Value>,
    #[serde(default)]
    decoder: Value,
    model: Model,
}

#[derive(Debug, Deserialize, Serialize)]
struct Added {
    content: String,
}

#[derive(Debug, Deserialize, Serialize)]
struct Model {
    #[serde(rename = "type")]
    kind: String,
    unk_token: String,
    continuing_subword_prefix: String,
    max_input_chars_per_word: usize,
    #[serde(serialize_with = "in_order")]
    vocab: Pieces,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Pieces {
    Given(Map<String, Value>),
    #[serde(skip)]
    Kept(Vec<String>),
}

impl Vocabulary {
    /// Reads a `tokenizer.json`.
    ///
    /// # Errors
    /// A message if the file is malformed or has another vocabulary than WordPiece.
    pub(super) fn read(text: &[u8]) -> Result<Self, String> {
        let file: File = serde_json::from_slice(text)
            .map_err(|error| format!("expected a tokeniser with a WordPiece vocabulary: {error}"))?;
        if file.model.kind != "WordPiece" {
            return Err(format!("expected a WordPiece vocabulary, found {:?}", file.model.kind));
        }
        let Pieces::Given(given) = &file.model.vocab else { unreachable!("only read as given") };
        let special = |piece: &str| file.added_tokens.iter().any(|added| added.content == piece);
        let mut kept = Vec::new();
        for (piece, id) in given {
            let id = id.as_u64().and_then(|id| u32::try_from(id).ok());
            let id = id.ok_or_else(|| format!("the number of the piece {piece:?} is not a valid id"))?;
            if *piece == file.model.unk_token || !(special(piece) || is_unused(piece)) {
                kept.push((id, piece.clone()));
            }
        }
        kept.sort_unstable();
        let (ids, pieces) = kept.into_iter().unzip();
        Ok(Vocabulary { ids, pieces, file })
    }

    /// The `tokenizer.json` of the pieces that stay, without special tokens around a text and without truncation.
    pub(super) fn into_file(mut self) -> Vec<u8> {
        self.file.truncation = None;
        self.file.padding = None;
        self.file.post_processor = None;
        self.file.added_tokens.clear();
        self.file.model.vocab = Pieces::Kept(self.pieces);
        serde_json::to_vec(&self.file).expect("what was read as JSON can be written as JSON")
    }
}

fn is_unused(piece: &str) -> bool {
    let number = piece.strip_prefix("[unused").and_then(|rest| rest.strip_suffix(']'));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

fn in_order<S: Serializer>(pieces: &Pieces, serializer: S) -> Result<S::Ok, S::Error> {
    match pieces {
        Pieces::Given(given) => given.serialize(serializer),
        Pieces::Kept(kept) => serializer.collect_map(kept.iter().zip(0u32..)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOY: &[u8] = include_bytes!("../../tests/toy/model/tokenizer.json");

    #[test]
    fn special_and_unused_pieces_go_and_the_rest_is_numbered_without_gaps() {
        let mut file: Value = serde_json::from_slice(TOY).unwrap();
        file["model"]["vocab"]["[unused7]"] = 10_000.into();
        file["model"]["vocab"]["[unusedx]"] = 10_001.into();
        let before = file["model"]["vocab"].as_object().unwrap().len();
        let vocabulary = Vocabulary::read(file.to_string().as_bytes()).unwrap();
        let ids = vocabulary.ids.clone();
        // [PAD], [CLS], [SEP], [MASK] and [unused7].
        assert_eq!(ids.len(), before - 5);
        let after: Value = serde_json::from_slice(&vocabulary.into_file()).unwrap();
        for (piece, new) in after["model"]["vocab"].as_object().unwrap() {
            assert_eq!(file["model"]["vocab"][piece], ids[new.as_u64().unwrap() as usize], "{piece}");
        }
        assert_eq!(after["model"]["vocab"]["[UNK]"], 0);
        assert!(after["truncation"].is_null() && after["padding"].is_null() && after["post_processor"].is_null());
    }

    #[test]
    fn another_kind_of_vocabulary_is_refused() {
        let text = String::from_utf8(TOY.to_vec()).unwrap();
        let error = Vocabulary::read(text.replace("\"WordPiece\"", "\"WordLevel\"").as_bytes()).unwrap_err();
        assert!(error.contains("WordPiece"), "{error}");
        assert!(Vocabulary::read(b"{}").is_err());
    }
}
