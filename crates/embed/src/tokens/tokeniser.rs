//! The tokeniser of a model, run by either implementation.

use std::path::{Path, PathBuf};

use semsearch_task::ErrorKind;
use semsearch_vector::Bytes;

use super::batch::Tokens;
#[cfg(not(feature = "tokenizers"))]
use super::no_stock::Stock;
#[cfg(feature = "tokenizers")]
use super::stock::Stock;
use super::wordpiece::WordPiece;
use super::{file, packed};

/// Why a tokeniser could not be loaded, or a text could not be split.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokeniseError {
    /// `tokenizer.json` cannot be used.
    #[error("{path}: not a usable tokeniser: {problem}")]
    Load {
        /// The tokeniser's file.
        path: PathBuf,
        /// What is wrong with the file.
        problem: String,
    },
    /// The tokeniser failed on a text.
    #[error("cannot split a text of {bytes} bytes into tokens: {problem}")]
    Text {
        /// Length of the text.
        bytes: usize,
        /// The tokeniser's message.
        problem: String,
    },
}

impl TokeniseError {
    /// What the error is about: always the model.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            TokeniseError::Load { .. } | TokeniseError::Text { .. } => ErrorKind::Model,
        }
    }
}

/// A loaded tokeniser with the caller's limit.
///
/// Special tokens stand around every text (`[CLS]` before and `[SEP]` after it). Known tokens are all except the one that
/// stands for words that the vocabulary cannot spell.
#[derive(Debug)]
pub struct Tokeniser {
    kind: Kind,
    before: Vec<u32>,
    after: Vec<u32>,
    max_seq_length: usize,
}

#[derive(Debug)]
enum Kind {
    WordPiece(Box<WordPiece>),
    Stock(Box<Stock>),
}

impl Tokeniser {
    /// Loads `path` for a network, with inputs of at most `max_seq_length` tokens, special tokens included.
    ///
    /// # Errors
    /// [`TokeniseError::Load`] if the file is not a valid tokeniser, has more tokens than the `vocabulary` rows of the
    /// model's table, adds no special tokens, or adds so many that no word fits within the limit.
    pub fn load(path: &Path, max_seq_length: usize, vocabulary: usize) -> Result<Self, TokeniseError> {
        Self::checked(path, Self::read(path), |tokeniser| tokeniser.fits_network(max_seq_length, vocabulary))
    }

    /// Loads `path` for a model that only looks up tokens, with [`Tokeniser::split_bare`]. It need not add special tokens,
    /// and those it adds need no rows.
    ///
    /// # Errors
    /// [`TokeniseError::Load`] if the file is not a valid tokeniser or has more tokens than the `vocabulary` rows of the
    /// table.
    pub fn load_bare(path: &Path, vocabulary: usize) -> Result<Self, TokeniseError> {
        Self::checked(path, Self::read(path), |tokeniser| tokeniser.fits_table(&[], vocabulary))
    }

    /// Reads the text of a `tokenizer.json` as [`Tokeniser::load_bare`] does; `path` is used in messages.
    ///
    /// # Errors
    /// As [`Tokeniser::load_bare`].
    pub fn parse_bare(text: &[u8], path: &Path, vocabulary: usize) -> Result<Self, TokeniseError> {
        let text = std::str::from_utf8(text).map_err(|error| error.to_string());
        Self::checked(path, text.and_then(Self::parse), |tokeniser| tokeniser.fits_table(&[], vocabulary))
    }

    /// Opens the packed form of [`Tokeniser::to_packed`] for a network; `path` is used in messages.
    ///
    /// # Errors
    /// [`TokeniseError::Load`] if the bytes are damaged or of another version, and as [`Tokeniser::load`].
    pub fn from_packed(
        path: &Path,
        bytes: &Bytes,
        max_seq_length: usize,
        vocabulary: usize,
    ) -> Result<Self, TokeniseError> {
        Self::checked(path, Self::open(bytes), |tokeniser| tokeniser.fits_network(max_seq_length, vocabulary))
    }

    /// Opens the packed form of [`Tokeniser::to_packed`] for a model that only looks up tokens.
    ///
    /// # Errors
    /// [`TokeniseError::Load`] if the bytes are damaged or of another version, and as [`Tokeniser::load_bare`].
    pub fn from_packed_bare(path: &Path, bytes: &Bytes, vocabulary: usize) -> Result<Self, TokeniseError> {
        Self::checked(path, Self::open(bytes), |tokeniser| tokeniser.fits_table(&[], vocabulary))
    }

    /// The packed form, which is opened without parsing; `None` if only the `tokenizers` crate can run the tokeniser.
    #[must_use]
    pub fn to_packed(&self) -> Option<Vec<u8>> {
        match &self.kind {
            Kind::WordPiece(words) => Some(packed::pack(words, &self.before, &self.after)),
            Kind::Stock(_) => None,
        }
    }

    fn read(path: &Path) -> Result<Self, String> {
        Self::parse(&std::fs::read_to_string(path).map_err(|error| error.to_string())?)
    }

    fn parse(text: &str) -> Result<Self, String> {
        if let Some((words, around)) = file::read(text) {
            return Ok(Self::new(Kind::WordPiece(Box::new(words)), around));
        }
        let (stock, around) = Stock::read(text)?;
        Ok(Self::new(Kind::Stock(Box::new(stock)), around))
    }

    fn open(bytes: &Bytes) -> Result<Self, String> {
        let (words, around) = packed::open(bytes)?;
        Ok(Self::new(Kind::WordPiece(Box::new(words)), around))
    }

    fn new(kind: Kind, (before, after): (Vec<u32>, Vec<u32>)) -> Self {
        Tokeniser { kind, before, after, max_seq_length: usize::MAX }
    }

    /// Refuses a tokeniser that was not read or does not fit its model.
    fn checked(
        path: &Path,
        tokeniser: Result<Self, String>,
        fits: impl FnOnce(&mut Self) -> Result<(), String>,
    ) -> Result<Self, TokeniseError> {
        let fitted = tokeniser.and_then(|mut tokeniser| fits(&mut tokeniser).map(|()| tokeniser));
        fitted.map_err(|problem| TokeniseError::Load { path: path.to_owned(), problem })
    }

    /// Sets the limit, unless a network cannot use the tokeniser.
    fn fits_network(&mut self, max_seq_length: usize, vocabulary: usize) -> Result<(), String> {
        let special = [self.before.as_slice(), &self.after].concat();
        if special.is_empty() {
            return Err("it adds no special tokens, expected [CLS] and [SEP] around a text".to_owned());
        }
        if special.len() >= max_seq_length {
            return Err(format!("it adds {} special tokens, the limit is {max_seq_length} in all", special.len()));
        }
        self.max_seq_length = max_seq_length;
        self.fits_table(&special, vocabulary)
    }

    /// Whether a table has a row for each token of a text and each of `special`.
    fn fits_table(&self, special: &[u32], vocabulary: usize) -> Result<(), String> {
        let known = match &self.kind {
            Kind::WordPiece(words) => words.largest_id(),
            Kind::Stock(stock) => stock.largest_id(),
        };
        match special.iter().copied().chain(known).max().filter(|&id| id as usize >= vocabulary) {
            Some(largest) => Err(format!("it has token ids up to {largest}, the model's table has {vocabulary} rows")),
            None => Ok(()),
        }
    }

    /// The special tokens before and after every text.
    #[must_use]
    pub fn around(&self) -> (&[u32], &[u32]) {
        (&self.before, &self.after)
    }

    /// Splits one text, truncates it to the network's limit and puts the special tokens around it.
    ///
    /// # Errors
    /// [`TokeniseError::Text`] if the tokeniser fails.
    pub fn split(&self, text: &str) -> Result<Tokens, TokeniseError> {
        let most = self.max_seq_length - self.before.len() - self.after.len();
        let mut ids = self.before.clone();
        let truncated = self.append(text, most, &mut ids)?;
        ids.extend_from_slice(&self.after);
        Ok(Tokens { ids, truncated })
    }

    /// All tokens of one text without special tokens and without a limit, to be divided into windows.
    ///
    /// # Errors
    /// As [`Tokeniser::split`].
    pub fn split_whole(&self, text: &str) -> Result<Vec<u32>, TokeniseError> {
        let mut ids = Vec::new();
        self.append(text, usize::MAX, &mut ids)?;
        Ok(ids)
    }

    /// The known tokens among the first `most` of one text, without special tokens, for a model that only looks up and
    /// averages. The unknown token stands for many words, so its row would say nothing about a text. The limit counts
    /// unknown tokens: that is Model2Vec's rule.
    ///
    /// # Errors
    /// As [`Tokeniser::split`].
    pub fn split_bare(&self, text: &str, most: usize) -> Result<Tokens, TokeniseError> {
        let mut ids = Vec::new();
        let truncated = self.append(text, most, &mut ids)?;
        if let Some(unknown) = self.unknown() {
            ids.retain(|&id| id != unknown);
        }
        Ok(Tokens { ids, truncated })
    }

    /// Whether the vocabulary has this word whole.
    #[must_use]
    pub fn is_one_token(&self, word: &str) -> bool {
        let mut ids = Vec::with_capacity(2);
        let is_whole = self.append(word, 2, &mut ids).is_ok_and(|has_more| !has_more) && ids.len() == 1;
        is_whole && ids.first().copied() != self.unknown()
    }

    /// The token that stands for unknown pieces, if the tokeniser has one.
    #[must_use]
    pub fn unknown(&self) -> Option<u32> {
        match &self.kind {
            Kind::WordPiece(words) => Some(words.rules.unknown),
            Kind::Stock(stock) => stock.unknown(),
        }
    }

    /// Appends at most `most` tokens of `text` to `ids`; returns whether there were more.
    fn append(&self, text: &str, most: usize, ids: &mut Vec<u32>) -> Result<bool, TokeniseError> {
        match &self.kind {
            Kind::WordPiece(words) => Ok(words.append(text, most, ids)),
            Kind::Stock(stock) => {
                stock.append(text, most, ids).map_err(|problem| TokeniseError::Text { bytes: text.len(), problem })
            }
        }
    }
}
