//! Flags for the model and how it runs, shared by several subcommands.

use clap::{Args, ValueEnum};
use semsearch_embed::{DEFAULT_MODEL, DeviceChoice, Windows};

use super::values::positive;

/// The encoder, and how it runs.
#[derive(Clone, Debug, Args)]
pub(crate) struct EncoderArgs {
    /// A model's name or folder [default: the index's own, or all-MiniLM-L6-v2]
    #[arg(long, value_name = "NAME|DIR")]
    pub(crate) model: Option<String>,
    /// Longest input in tokens; longer texts are truncated [default: the index's own, or the model's]
    #[arg(long, value_name = "N")]
    pub(crate) max_tokens: Option<usize>,
    /// How longer texts are encoded: `first` truncates them, `mean` takes the mean over windows of the whole text
    /// [default: the index's own, or first]
    #[arg(long, value_name = "RULE")]
    pub(crate) windows: Option<WindowsArg>,
    /// Truncate each vector to its first N dimensions, for models trained for it (Matryoshka) [default: the
    /// index's own, or all]
    #[arg(long, value_name = "N", value_parser = positive)]
    pub(crate) dim: Option<usize>,
    /// Put this before every query [default: the index's own prompt, or the model's]
    #[arg(long, value_name = "TEXT")]
    pub(crate) query_prompt: Option<String>,
    /// Put this before every passage [default: the index's own prompt, or the model's]
    #[arg(long, value_name = "TEXT")]
    pub(crate) passage_prompt: Option<String>,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

impl EncoderArgs {
    /// The named model, else the default model.
    pub(crate) fn model(&self) -> &str {
        self.model.as_deref().unwrap_or(DEFAULT_MODEL)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum WindowsArg {
    First,
    Mean,
}

impl From<WindowsArg> for Windows {
    fn from(choice: WindowsArg) -> Self {
        match choice {
            WindowsArg::First => Windows::First,
            WindowsArg::Mean => Windows::Mean,
        }
    }
}

/// Threads and device.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct RunArgs {
    /// Threads to use [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) threads: Option<u16>,
    /// Where the encoder runs; `auto` is the GPU if this build and this machine have one
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    pub(crate) device: DeviceArg,
    /// Precision of the encoder; `auto` is that of the index where papers are added to one, else int8 if measurements of
    /// the model showed no loss, else f32
    #[arg(long, value_name = "BITS", default_value = "auto")]
    pub(crate) precision: PrecisionArg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PrecisionArg {
    Auto,
    F32,
    Int8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DeviceArg {
    Auto,
    Cpu,
    Cuda,
}

impl From<DeviceArg> for DeviceChoice {
    fn from(choice: DeviceArg) -> Self {
        match choice {
            DeviceArg::Auto => DeviceChoice::Auto,
            DeviceArg::Cpu => DeviceChoice::Cpu,
            DeviceArg::Cuda => DeviceChoice::Cuda,
        }
    }
}
