//! Exit codes, and which error gets which.
//!
//! | code | meaning |
//! | --- | --- |
//! | 0 | done; for `ask`: there are hits |
//! | 1 | no hit |
//! | 2 | usage: a flag, a query or an input that cannot be right |
//! | 3 | the index is missing or damaged |
//! | 4 | the model is missing, damaged, or not the one of the index |
//! | 5 | I/O: a file cannot be read or written, the disk is full |
//! | 130 | interrupted |

use std::process::ExitCode;

use semsearch_corpus::ReadError;
use semsearch_embed::{DeviceError, DistillError, EncodeError, FolderError, LoadError, ManifestError, ModelError};
use semsearch_engine::switch::SwitchError;
use semsearch_engine::{ExportError, ImportError, IngestError, RepairError, SearchError, VectorFileError};
use semsearch_eval::EvaluateError;
use semsearch_index::{OpenError, ParamsError, SaveError};
use semsearch_store::{ChangeError, CollectionError, DocumentError, FilterError, RemoveError};

use crate::output::StdoutError;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Success = 0,
    NoHit = 1,
    Usage = 2,
    Index = 3,
    Model = 4,
    Io = 5,
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// A mistake in what was typed that only shows once the program looks closer.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct UsageError(pub(crate) String);

/// The code for an error: the first cause in its chain that has an opinion.
pub(crate) fn code(error: &anyhow::Error) -> Exit {
    error.chain().find_map(code_of_cause).unwrap_or(Exit::Io)
}

fn code_of_cause(cause: &(dyn std::error::Error + 'static)) -> Option<Exit> {
    if let Some(error) = cause.downcast_ref::<StdoutError>() {
        // Whoever read the pipe has seen enough.
        let closed = error.0.kind() == std::io::ErrorKind::BrokenPipe;
        return Some(if closed { Exit::Success } else { Exit::Io });
    }
    if let Some(ReadError::Known(inner)) = cause.downcast_ref::<ReadError>() {
        return code_of_cause(inner.as_ref());
    }
    if let Some(error) = cause.downcast_ref::<ReadError>() {
        return Some(if error.is_bad_input() { Exit::Usage } else { Exit::Io });
    }
    if let Some(error) = cause.downcast_ref::<CollectionError>() {
        return match error {
            CollectionError::NotACollection { .. } => Some(Exit::Usage),
            CollectionError::ModelMismatch(_) => Some(Exit::Model),
            CollectionError::Busy { .. } | CollectionError::Io { .. } => Some(Exit::Io),
            CollectionError::Missing { .. }
            | CollectionError::Damaged { .. }
            | CollectionError::Schema { .. }
            | CollectionError::Document { .. } => Some(Exit::Index),
            CollectionError::Incomplete { .. } | CollectionError::Bridge { .. } => Some(Exit::Model),
            // Transparent: what is wrapped decides.
            CollectionError::Index(inner) => Some(open_code(inner)),
            CollectionError::Documents(inner) => Some(document_code(inner)),
            _ => None,
        };
    }
    if let Some(error) = cause.downcast_ref::<OpenError>() {
        return Some(open_code(error));
    }
    if let Some(error) = cause.downcast_ref::<DocumentError>() {
        return Some(document_code(error));
    }
    if let Some(error) = cause.downcast_ref::<IngestError>() {
        return match error {
            IngestError::Stopped { .. } => Some(Exit::Interrupted),
            IngestError::NoDocuments => Some(Exit::Usage),
            IngestError::Vector { .. } => Some(Exit::Model),
            // Transparent: what is wrapped decides.
            IngestError::Collection(inner) => code_of_cause(inner),
            IngestError::Read(inner) => code_of_cause(inner),
            IngestError::Change(inner) => code_of_cause(inner),
            _ => None,
        };
    }
    if let Some(error) = cause.downcast_ref::<SwitchError>() {
        return match error {
            SwitchError::Stopped { .. } => Some(Exit::Interrupted),
            SwitchError::Active { .. }
            | SwitchError::Another { .. }
            | SwitchError::NoOther { .. }
            | SwitchError::NoPrevious { .. } => Some(Exit::Usage),
            SwitchError::Incomplete { .. } | SwitchError::Bridge(_) => Some(Exit::Model),
            SwitchError::Running { .. } => Some(Exit::Io),
            // Transparent: what is wrapped decides.
            SwitchError::Ingest(inner) => code_of_cause(inner),
            SwitchError::Change(inner) => code_of_cause(inner),
            SwitchError::Collection(inner) => code_of_cause(inner),
            _ => None,
        };
    }
    if let Some(error) = cause.downcast_ref::<ChangeError>() {
        return match error {
            ChangeError::Stopped => Some(Exit::Interrupted),
            ChangeError::Vector { .. } | ChangeError::NoVectors { .. } => Some(Exit::Model),
            // Transparent: what is wrapped decides.
            ChangeError::Collection(inner) => code_of_cause(inner),
            _ => None,
        };
    }
    if let Some(error) = cause.downcast_ref::<ExportError>() {
        return match error {
            ExportError::Exists { .. } | ExportError::NoFolder { .. } | ExportError::TooLarge { .. } => {
                Some(Exit::Usage)
            }
            ExportError::Collection(inner) => code_of_cause(inner),
            _ => None,
        };
    }
    if let Some(error) = cause.downcast_ref::<ImportError>() {
        return match error {
            ImportError::OtherModel { .. } => Some(Exit::Model),
            ImportError::File(VectorFileError::Io { .. }) => Some(Exit::Io),
            ImportError::Change(inner) => code_of_cause(inner),
            _ => Some(Exit::Usage),
        };
    }
    if let Some(error) = cause.downcast_ref::<RepairError>() {
        return match error {
            RepairError::Unreadable(_) => Some(Exit::Io),
            RepairError::Hopeless { .. } | RepairError::OtherDimension { .. } => Some(Exit::Index),
            RepairError::Model { .. } | RepairError::OtherModel { .. } | RepairError::Tokenise(_) => Some(Exit::Model),
            // Transparent: what is wrapped decides.
            RepairError::Collection(inner) => code_of_cause(inner),
            RepairError::Change(inner) => code_of_cause(inner),
            RepairError::Ingest(inner) => code_of_cause(inner),
            _ => None,
        };
    }
    if let Some(error) = cause.downcast_ref::<RemoveError>() {
        return match error {
            RemoveError::Unknown { .. } => Some(Exit::Usage),
            RemoveError::Change(inner) => code_of_cause(inner),
            _ => None,
        };
    }
    if let Some(error) = cause.downcast_ref::<EvaluateError>() {
        return match error {
            EvaluateError::NoQueries => Some(Exit::Usage),
            EvaluateError::Open(inner) => Some(open_code(inner)),
            _ => None,
        };
    }
    if let Some(error) = cause.downcast_ref::<SearchError>() {
        return match error {
            SearchError::EmptyQuery => Some(Exit::Usage),
            SearchError::Collection(inner) => code_of_cause(inner),
            SearchError::Document(inner) => Some(document_code(inner)),
            SearchError::Index(semsearch_index::SearchError::Damaged(_)) => Some(Exit::Index),
            _ => None,
        };
    }
    if let Some(error) = cause.downcast_ref::<LoadError>() {
        return Some(match error {
            LoadError::MaxSeqLength { .. }
            | LoadError::TruncateDim { .. }
            | LoadError::Device(DeviceError::NotBuilt) => Exit::Usage,
            _ => Exit::Model,
        });
    }
    if let Some(error) = cause.downcast_ref::<ModelError>() {
        return Some(match error {
            ModelError::Io { .. } => Exit::Io,
            ModelError::NameTaken { .. } | ModelError::BadName { .. } => Exit::Usage,
            _ => Exit::Model,
        });
    }
    if let Some(error) = cause.downcast_ref::<DistillError>() {
        return Some(match error {
            DistillError::Dimension { .. } | DistillError::Ragged { .. } => Exit::Usage,
            _ => Exit::Model,
        });
    }
    if cause.is::<FolderError>() || cause.is::<ManifestError>() || cause.is::<EncodeError>() {
        return Some(Exit::Model);
    }
    if cause.is::<UsageError>() || cause.is::<ParamsError>() || cause.is::<FilterError>() {
        return Some(Exit::Usage);
    }
    if cause.is::<SaveError>() || cause.is::<std::io::Error>() {
        return Some(Exit::Io);
    }
    None
}

fn open_code(error: &OpenError) -> Exit {
    match error {
        OpenError::ModelMismatch { .. } => Exit::Model,
        OpenError::Io { .. } => Exit::Io,
        _ => Exit::Index,
    }
}

fn document_code(error: &DocumentError) -> Exit {
    match error {
        DocumentError::Io { .. } => Exit::Io,
        _ => Exit::Index,
    }
}
