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
use semsearch_engine::exchange::{ExportError, ImportError};
use semsearch_engine::repair::RepairError;
use semsearch_engine::switch::SwitchError;
use semsearch_engine::{IngestError, SearchError, SessionError};
use semsearch_eval::EvaluateError;
use semsearch_index::{OpenError, ParamsError, SaveError};
use semsearch_store::{ChangeError, CollectionError, DocumentError, FilterError, RemoveError};
use semsearch_task::ErrorKind;

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
            CollectionError::Busy { .. } | CollectionError::Io { .. } => Some(Exit::Io),
            CollectionError::Missing { .. }
            | CollectionError::Damaged { .. }
            | CollectionError::Schema { .. }
            | CollectionError::Document { .. } => Some(Exit::Index),
            CollectionError::Incomplete { .. } => Some(Exit::Model),
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
    if let Some(kind) = kind_of(cause) {
        return Some(of_kind(kind));
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

/// The kind of an error of the engine.
fn kind_of(cause: &(dyn std::error::Error + 'static)) -> Option<ErrorKind> {
    let of_search = || cause.downcast_ref::<SearchError>().map(SearchError::kind);
    let of_session = || cause.downcast_ref::<SessionError>().map(SessionError::kind);
    let of_ingest = || cause.downcast_ref::<IngestError>().map(IngestError::kind);
    let of_switch = || cause.downcast_ref::<SwitchError>().map(SwitchError::kind);
    let of_export = || cause.downcast_ref::<ExportError>().map(ExportError::kind);
    let of_import = || cause.downcast_ref::<ImportError>().map(ImportError::kind);
    let of_repair = || cause.downcast_ref::<RepairError>().map(RepairError::kind);
    of_search()
        .or_else(of_session)
        .or_else(of_ingest)
        .or_else(of_switch)
        .or_else(of_export)
        .or_else(of_import)
        .or_else(of_repair)
}

fn of_kind(kind: ErrorKind) -> Exit {
    match kind {
        ErrorKind::Usage => Exit::Usage,
        ErrorKind::Missing | ErrorKind::Damaged => Exit::Index,
        ErrorKind::Model => Exit::Model,
        ErrorKind::Stopped => Exit::Interrupted,
        _ => Exit::Io,
    }
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
