//! The architectures that the networks run, by the names that files call them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An architecture that the encoder can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Family {
    /// BERT with absolute positions (Devlin et al., 2018).
    Bert,
    /// RoBERTa (Liu et al., 2019).
    Roberta,
    /// XLM-RoBERTa (Conneau et al., 2019).
    XlmRoberta,
    /// DistilBERT (Sanh et al., 2019).
    Distilbert,
    /// MPNet (Song et al., 2020).
    Mpnet,
    /// ModernBERT (Warner et al., 2024).
    Modernbert,
    /// Nomic-BERT (Nussbaum et al., 2024).
    NomicBert,
    /// GTE (Zhang et al., 2024).
    Gte,
    /// Qwen3 as an encoder (Zhang et al., 2025).
    Qwen3,
    /// A vector for every token and no network, in the layout of Model2Vec.
    Static,
}

impl Family {
    /// Every family with its name in manifests and its names in `config.json`.
    const NAMES: &[(Family, &'static str, &'static [&'static str])] = &[
        (Family::Bert, "bert", &["bert"]),
        (Family::Roberta, "roberta", &["roberta", "camembert"]),
        (Family::XlmRoberta, "xlm-roberta", &["xlm-roberta"]),
        (Family::Distilbert, "distilbert", &["distilbert"]),
        (Family::Mpnet, "mpnet", &["mpnet"]),
        (Family::Modernbert, "modernbert", &["modernbert"]),
        (Family::NomicBert, "nomic-bert", &["nomic_bert"]),
        (Family::Gte, "gte", &["new", "gte"]),
        (Family::Qwen3, "qwen3", &["qwen3"]),
        (Family::Static, "static", &[]),
    ];

    /// The family whose `model_type` in `config.json` is `name`.
    pub(crate) fn of_model_type(name: &str) -> Option<Self> {
        let (family, ..) = Self::NAMES.iter().find(|(.., types)| types.contains(&name))?;
        Some(*family)
    }

    /// Every `model_type` that a network exists for.
    pub(crate) fn model_types() -> String {
        let types = Self::NAMES.iter().flat_map(|(.., types)| types.iter().map(|name| format!("{name:?}")));
        types.collect::<Vec<_>>().join(", ")
    }

    /// Whether the network is BERT except for its names and MPNet's addition to attention scores.
    pub(crate) fn is_bert_shaped(self) -> bool {
        use Family::{Bert, Distilbert, Mpnet, Roberta, XlmRoberta};
        matches!(self, Bert | Roberta | XlmRoberta | Distilbert | Mpnet)
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::NAMES.iter().find(|(family, ..)| family == self).map_or("unnamed", |(_, name, _)| name);
        f.write_str(name)
    }
}

/// The pad token of a RoBERTa whose configuration does not name one.
pub(crate) const ROBERTA_PADDING: u32 = 1;

/// The number of positions that a Nomic-BERT was trained on if its configuration does not say. In longer texts, the angles
/// of its rotary position embeddings depend on the length of the text.
pub(crate) const NOMIC_TRAINED_POSITIONS: usize = 2048;

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::describe::{Manifest, bundled};

    #[test]
    fn a_family_has_one_name_everywhere() {
        for (family, name, types) in Family::NAMES {
            assert_eq!(family.to_string(), *name);
            let mut manifest = bundled().remove(0);
            manifest.family = *family;
            assert!(manifest.to_toml().contains(&format!("family = \"{name}\"")), "{}", manifest.to_toml());
            assert_eq!(Manifest::parse(&manifest.to_toml(), Path::new("x.toml")).unwrap().family, *family);
            assert!(types.iter().all(|model_type| Family::of_model_type(model_type) == Some(*family)));
        }
        assert_eq!(Family::of_model_type("llama"), None);
    }
}
