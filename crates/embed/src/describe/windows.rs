//! How texts are encoded that are longer than the model reads.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How a text is encoded that is longer than the model reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Windows {
    /// Only the beginning is encoded: the text is truncated.
    #[default]
    First,
    /// The whole text is encoded window by window; its vector is the mean of the windows' vectors.
    Mean,
}

impl Windows {
    /// The name used on the command line and in files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Windows::First => "first",
            Windows::Mean => "mean",
        }
    }

    /// Whether this is [`Windows::First`], which files leave out.
    #[must_use]
    pub fn is_first(&self) -> bool {
        *self == Windows::First
    }
}

impl fmt::Display for Windows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
