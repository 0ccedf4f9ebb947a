//! The parts of a transformer's `config.json` that a manifest repeats.

use std::path::Path;

use serde::Deserialize;

use super::files::{FolderError, unsupported};
use crate::describe::{CONFIG, Family, NOMIC_TRAINED_POSITIONS, ROBERTA_PADDING};

/// The sizes in `config.json` that a manifest repeats. Families name the same sizes differently.
#[derive(Deserialize)]
pub(super) struct NetworkConfig {
    model_type: Option<String>,
    hidden_size: Option<usize>,
    dim: Option<usize>,
    n_embd: Option<usize>,
    max_position_embeddings: Option<usize>,
    n_positions: Option<usize>,
    pad_token_id: Option<u32>,
    rotary_scaling_factor: Option<f64>,
    max_trained_positions: Option<usize>,
}

impl NetworkConfig {
    pub(super) fn family(&self, folder: &Path) -> Result<Family, FolderError> {
        let name = self.model_type.as_deref();
        name.and_then(Family::of_model_type).ok_or_else(|| {
            let found = name.map_or("missing".to_owned(), |name| format!("{name:?}"));
            unsupported(folder, CONFIG, "model_type", found, Family::model_types())
        })
    }

    /// Numbers in a token vector.
    pub(super) fn dimension(&self, folder: &Path) -> Result<usize, FolderError> {
        let found = self.hidden_size.or(self.dim).or(self.n_embd);
        found.ok_or_else(|| unsupported(folder, CONFIG, "hidden_size", "missing".to_owned(), "a number"))
    }

    /// The most tokens a text may have.
    pub(super) fn positions(&self, family: Family, folder: &Path) -> Result<usize, FolderError> {
        let found = self.max_position_embeddings.or(self.n_positions);
        let rows = found
            .ok_or_else(|| unsupported(folder, CONFIG, "max_position_embeddings", "missing".to_owned(), "a number"))?;
        // If positions are counted from the pad token, no text reaches the rows up to it.
        let before = match family {
            Family::Roberta | Family::XlmRoberta => self.pad_token_id.unwrap_or(ROBERTA_PADDING) as usize + 1,
            Family::Mpnet => ROBERTA_PADDING as usize + 1,
            // Longer texts have other angles.
            Family::NomicBert if self.rotary_scaling_factor.is_some() => {
                return Ok(rows.min(self.max_trained_positions.unwrap_or(NOMIC_TRAINED_POSITIONS)));
            }
            _ => 0,
        };
        Ok(rows.saturating_sub(before))
    }
}
