//! The networks that differ from BERT only by names: BERT, RoBERTa, XLM-RoBERTa and DistilBERT; and MPNet, which also adds
//! a position bias to attention scores.
//!
//! All run the same arithmetic: word, position and perhaps token type embeddings are added and normalised; then every
//! layer is self-attention, residual, layer norm, feed-forward, residual, layer norm. They differ in the names of sizes
//! in `config.json`, the names of tensors in the weights file, and the first position. Those differences are data in this
//! file; [`super::bert`] runs the networks on candle and [`super::fused`] on kernels of our own.
//!
//! | family | positions | token types | published |
//! | --- | --- | --- | --- |
//! | BERT | from 0 | yes | Devlin et al., 2018 |
//! | RoBERTa, XLM-RoBERTa | from `pad_token_id + 1`; a pad token in the text stays at `pad_token_id` | yes | Liu et al., 2019; Conneau et al., 2019 |
//! | DistilBERT | from 0 | no | Sanh et al., 2019 |
//! | MPNet | from 2, as RoBERTa | no | Song et al., 2020 |

use std::path::Path;

use serde::Deserialize;

use super::dimensions::Places;
use super::layers::{Activation, check_heads};
use super::network::{NetworkError, Shape, read_config, refuse_config};
use crate::describe::{Family, ROBERTA_PADDING};

/// The names of all tensors in the weights file, without `.weight` and `.bias`.
#[derive(Debug)]
pub(super) struct BertNames {
    /// Prefixes of all names in the file: some files hold the network as part of a larger one.
    prefixes: &'static [&'static str],
    /// The word embeddings, one row a token id.
    pub(super) words: &'static str,
    /// The position embeddings, one row a position.
    pub(super) places: &'static str,
    /// The token type embeddings, one row a type.
    pub(super) types: &'static str,
    /// The norm after the embeddings.
    pub(super) norm: &'static str,
    /// A layer, whose number follows. The names below are inside a layer.
    layer: &'static str,
    /// Query, key and value.
    pub(super) attention: [&'static str; 3],
    /// The output projection of attention.
    pub(super) attended: &'static str,
    /// The norm after attention.
    pub(super) attended_norm: &'static str,
    /// The first linear layer of the feed-forward part.
    pub(super) up: &'static str,
    /// The second linear layer of the feed-forward part.
    pub(super) down: &'static str,
    /// The norm after the feed-forward part.
    pub(super) down_norm: &'static str,
}

impl BertNames {
    /// The prefix of a file that holds the tensors for which `has` is true.
    pub(super) fn prefix(&self, has: impl Fn(&str) -> bool) -> &'static str {
        let held = |prefix: &&&str| has(&format!("{prefix}{}.weight", self.words));
        self.prefixes.iter().find(held).copied().unwrap_or_default()
    }

    /// The name of a layer, without the prefix.
    pub(super) fn layer(&self, number: usize) -> String {
        format!("{}.{number}", self.layer)
    }
}

const BERT: BertNames = BertNames {
    prefixes: &["", "bert."],
    words: "embeddings.word_embeddings",
    places: "embeddings.position_embeddings",
    types: "embeddings.token_type_embeddings",
    norm: "embeddings.LayerNorm",
    layer: "encoder.layer",
    attention: ["attention.self.query", "attention.self.key", "attention.self.value"],
    attended: "attention.output.dense",
    attended_norm: "attention.output.LayerNorm",
    up: "intermediate.dense",
    down: "output.dense",
    down_norm: "output.LayerNorm",
};

const ROBERTA: BertNames = BertNames { prefixes: &["", "roberta."], ..BERT };

const DISTILBERT: BertNames = BertNames {
    prefixes: &["", "distilbert."],
    layer: "transformer.layer",
    attention: ["attention.q_lin", "attention.k_lin", "attention.v_lin"],
    attended: "attention.out_lin",
    attended_norm: "sa_layer_norm",
    up: "ffn.lin1",
    down: "ffn.lin2",
    down_norm: "output_layer_norm",
    ..BERT
};

const MPNET: BertNames = BertNames {
    prefixes: &["", "mpnet."],
    attention: ["attention.attn.q", "attention.attn.k", "attention.attn.v"],
    attended: "attention.attn.o",
    attended_norm: "attention.LayerNorm",
    ..BERT
};

/// A BERT-shaped network: its sizes, its names, and its first position.
#[derive(Clone, Debug)]
pub(super) struct BertShape {
    /// The names of the tensors.
    pub(super) names: &'static BertNames,
    /// Numbers in a token vector.
    pub(super) hidden: usize,
    /// The number of attention heads.
    pub(super) heads: usize,
    /// The number of layers.
    pub(super) layers: usize,
    /// The intermediate size: numbers between the two linear layers of the feed-forward part.
    pub(super) middle: usize,
    /// The activation between these two layers.
    pub(super) activation: Activation,
    /// The epsilon of layer norms, added to the variance.
    pub(super) epsilon: f64,
    /// Rows of the token table.
    pub(super) vocabulary: usize,
    /// The position embeddings.
    pub(super) places: Places,
    /// Rows of the table of token types, 0 without such a table. A text is always of the first type.
    pub(super) types: usize,
}

impl BertShape {
    /// Reads `config.json`, and refuses sizes that would later be divided by or indexed with unchecked.
    ///
    /// # Errors
    /// [`NetworkError::Config`] says what is wrong with the file.
    pub(super) fn read(family: Family, folder: &Path) -> Result<Self, NetworkError> {
        let shape = match family {
            Family::Distilbert => read_config::<DistilConfig>(folder)?.shape(),
            Family::Roberta | Family::XlmRoberta => {
                let config: Config = read_config(folder)?;
                let padding = config.pad_token_id.unwrap_or(ROBERTA_PADDING);
                config.shape(&ROBERTA, Some(padding))
            }
            // The code that trained MPNet fixes the id of the pad token and has no token types, whatever the file says.
            Family::Mpnet => {
                BertShape { types: 0, ..read_config::<Config>(folder)?.shape(&MPNET, Some(ROBERTA_PADDING)) }
            }
            _ => read_config::<Config>(folder)?.shape(&BERT, None),
        };
        let check = check_heads(shape.hidden, shape.heads).and_then(|()| {
            let Places { rows, .. } = shape.places;
            if shape.places.most() > 0 {
                return Ok(());
            }
            Err(format!("max_position_embeddings {rows} leaves no place: the first is {}", shape.places.first()))
        });
        check.map_err(|problem| refuse_config(folder, problem))?;
        Ok(shape)
    }

    /// The limits on a text.
    pub(super) fn limits(&self) -> Shape {
        Shape { dimension: self.hidden, vocabulary: self.vocabulary, max_positions: self.places.most() }
    }
}

/// `config.json` of BERT, RoBERTa, XLM-RoBERTa and MPNet.
#[derive(Deserialize)]
struct Config {
    vocab_size: usize,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    hidden_act: Activation,
    max_position_embeddings: usize,
    #[serde(default)]
    type_vocab_size: Option<usize>,
    layer_norm_eps: f64,
    #[serde(default)]
    pad_token_id: Option<u32>,
    #[serde(default, rename = "position_embedding_type")]
    _position_embedding_type: Positions,
}

impl Config {
    fn shape(self, names: &'static BertNames, padding: Option<u32>) -> BertShape {
        BertShape {
            names,
            hidden: self.hidden_size,
            heads: self.num_attention_heads,
            layers: self.num_hidden_layers,
            middle: self.intermediate_size,
            activation: self.hidden_act,
            epsilon: self.layer_norm_eps,
            vocabulary: self.vocab_size,
            places: Places { rows: self.max_position_embeddings, padding },
            types: self.type_vocab_size.unwrap_or(2),
        }
    }
}

/// The kind of position embeddings. Only the one kind that has a table in the file is run.
#[derive(Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Positions {
    #[default]
    Absolute,
}

/// `config.json` of DistilBERT.
#[derive(Deserialize)]
struct DistilConfig {
    vocab_size: usize,
    dim: usize,
    n_layers: usize,
    n_heads: usize,
    hidden_dim: usize,
    activation: Activation,
    max_position_embeddings: usize,
}

impl DistilConfig {
    fn shape(self) -> BertShape {
        BertShape {
            names: &DISTILBERT,
            hidden: self.dim,
            heads: self.n_heads,
            layers: self.n_layers,
            middle: self.hidden_dim,
            activation: self.activation,
            // Not in the file: the code that trained DistilBERT fixes this number.
            epsilon: 1e-12,
            vocabulary: self.vocab_size,
            places: Places { rows: self.max_position_embeddings, padding: None },
            types: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(padding: Option<u32>) -> BertShape {
        BertShape {
            names: &ROBERTA,
            hidden: 8,
            heads: 2,
            layers: 1,
            middle: 16,
            activation: Activation::Gelu,
            epsilon: 1e-5,
            vocabulary: 9,
            places: Places { rows: 20, padding },
            types: 1,
        }
    }

    #[test]
    fn places_begin_after_the_pad_token_and_skip_pads_in_the_text() {
        let roberta = shape(Some(1));
        assert_eq!(roberta.places.of(&[0, 5, 1, 6, 2]).collect::<Vec<_>>(), [2, 3, 1, 4, 5]);
        assert_eq!(roberta.limits().max_positions, 18);
        let bert = shape(None);
        assert_eq!(bert.places.of(&[0, 5, 1, 6, 2]).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
        assert_eq!(bert.limits().max_positions, 20);
    }

    #[test]
    fn the_prefix_is_the_one_whose_words_are_there() {
        let held = |name: &str| name == "roberta.embeddings.word_embeddings.weight";
        assert_eq!(ROBERTA.prefix(held), "roberta.");
        assert_eq!(ROBERTA.prefix(|_| true), "");
        assert_eq!(ROBERTA.prefix(|_| false), "");
    }
}
