//! The change of an index to another model.

use std::path::Path;

use semsearch_engine::settings::{ModelSettings, told_apart};
use semsearch_engine::switch::{OtherModel, SwitchStatus, Totals};
use semsearch_store::ModelRecord;

use crate::switch::{
    Comparison, Done, Example, Moved, Pick, SwitchBridge, SwitchModel, SwitchOther, SwitchRun, Switched, SwitchedSchema,
};

impl Switched {
    /// Where the switch of `index` stands, which is at `generation`, after a run that did `done`.
    #[must_use]
    pub fn new(done: Done, index: &Path, generation: u64, status: &SwitchStatus) -> Self {
        Switched {
            schema: SwitchedSchema::V1,
            done,
            index: index.display().to_string(),
            generation,
            documents: status.documents,
            active: SwitchModel::new(&status.active, &told_apart(&status.active, status.all())),
            others: status.others.iter().map(SwitchOther::from).collect(),
            dropped: Vec::new(),
            is_running: status.is_running,
            run: None,
            comparison: None,
        }
    }

    /// With what this run embedded.
    #[must_use]
    pub fn with_run(self, run: Option<Totals>) -> Self {
        Switched { run: run.map(Into::into), ..self }
    }

    /// With the models whose vectors this run dropped.
    #[must_use]
    pub fn with_dropped(self, dropped: &[ModelRecord]) -> Self {
        let model = |model| SwitchModel::new(model, &told_apart(model, dropped));
        Switched { dropped: dropped.iter().map(model).collect(), ..self }
    }

    /// With how the answers of the new model differ.
    #[must_use]
    pub fn with_comparison(self, comparison: Option<&semsearch_engine::switch::Comparison>) -> Self {
        Switched { comparison: comparison.map(Into::into), ..self }
    }
}

impl SwitchModel {
    fn new(model: &ModelRecord, told_apart: &str) -> Self {
        let settings = ModelSettings::of(model);
        SwitchModel {
            name: model.name().to_owned(),
            fingerprint: model.fingerprint.clone(),
            dimension: settings.dimension as u64,
            max_tokens: settings.max_tokens as u64,
            windows: settings.windows,
            precision: settings.precision,
            query_prompt: settings.query_prompt,
            passage_prompt: settings.passage_prompt,
            told_apart: Some(told_apart.to_owned()).filter(|words| !words.is_empty()),
        }
    }
}

impl From<&OtherModel> for SwitchOther {
    fn from(other: &OtherModel) -> Self {
        SwitchOther {
            model: SwitchModel::new(&other.model, &other.told_apart),
            state: other.state.into(),
            embedded: other.embedded,
            bridge: other.alignment.map(|(overlap, fitted_on)| SwitchBridge {
                is_used: overlap.suffices(),
                fitted_on: fitted_on as u64,
                agreement: overlap.into(),
            }),
        }
    }
}

impl From<Totals> for SwitchRun {
    fn from(totals: Totals) -> Self {
        SwitchRun {
            embedded: totals.embedded,
            resumed: totals.resumed,
            tokens: totals.tokens_encoded,
            seconds_encode: totals.seconds_encode,
            seconds_index: totals.seconds_index,
        }
    }
}

impl From<&semsearch_engine::switch::Comparison> for Comparison {
    fn from(comparison: &semsearch_engine::switch::Comparison) -> Self {
        Comparison {
            queries: comparison.queries as u64,
            overlap_at_10: comparison.overlap_at_10.into(),
            rbo: comparison.rbo.into(),
            first_kept: comparison.first_kept,
            depth: comparison.depth as u64,
            examples: comparison.examples.iter().map(Example::from).collect(),
        }
    }
}

impl From<&semsearch_engine::switch::Example> for Example {
    fn from(example: &semsearch_engine::switch::Example) -> Self {
        Example {
            query: example.query.clone(),
            pick: match example.pick {
                semsearch_engine::switch::Pick::MostDifferent => Pick::MostDifferent,
                semsearch_engine::switch::Pick::Median => Pick::Median,
            },
            overlap_at_10: example.overlap_at_10,
            rbo: example.rbo,
            came_in: example.came_in.iter().map(Moved::from).collect(),
            fell_out: example.fell_out.iter().map(Moved::from).collect(),
        }
    }
}

impl From<&semsearch_engine::switch::Moved> for Moved {
    fn from(moved: &semsearch_engine::switch::Moved) -> Self {
        Moved {
            id: moved.document.id.clone(),
            title: moved.document.title.clone(),
            old_rank: moved.old_rank.map(|rank| rank as u64),
            new_rank: moved.new_rank.map(|rank| rank as u64),
        }
    }
}
