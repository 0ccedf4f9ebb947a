//! Flags of the command that checks the machine, the model and the index.

use clap::Args;

use super::index::IndexArg;

#[derive(Debug, Args)]
#[command(after_help = "\
The whole index is read, as `semsearch verify` does, and its model is loaded, without a network. Nothing is changed.

Examples:
  semsearch doctor
  semsearch doctor --json | jq '.checks[] | select(.state != \"good\")'

Exit code 3: the index is damaged or too old. 4: the model of the index is missing or damaged. Advice alone ends with 0.")]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) index: IndexArg,
    /// Report as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}
