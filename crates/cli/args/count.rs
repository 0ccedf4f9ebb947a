//! Flags of the command that counts the papers with some words in a row.

use clap::Args;

use super::index::IndexArg;
use crate::filters::FilterArgs;

#[derive(Debug, Args)]
#[command(after_help = "\
Counts are exact: papers that have the words in a row in the title or in the abstract, and the places where they do. Case, accents, \
hyphens and LaTeX make no difference: `retrieval augmented` is also `Retrieval-Augmented`. Forms of a word are other words: \
`language model` does not count `language models`, unless --forms is given; `the` and other short words count. No model is needed.

Examples:
  semsearch count \"retrieval augmented\"
  semsearch count \"language model\" --forms --year 2024..
  semsearch count BERT LLaMA Mamba --where 'title ~ \"pre-training\"'

Exit code 1: no paper has any of them.")]
pub(crate) struct Count {
    /// Words to be found in a row; several are counted one by one
    #[arg(required = true, value_name = "PHRASE")]
    pub(crate) phrases: Vec<String>,
    #[command(flatten)]
    pub(crate) index: IndexArg,
    /// Count all forms of the words: `networks` and `networking` are also `network`. Slower, since papers are read
    #[arg(long)]
    pub(crate) forms: bool,
    #[command(flatten)]
    pub(crate) filters: FilterArgs,
    /// Report as one JSON document per phrase
    #[arg(long, help_heading = "Options")]
    pub(crate) json: bool,
}
