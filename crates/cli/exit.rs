//! Exit codes, and the exit code of each kind of error.
//!
//! | code | meaning |
//! | --- | --- |
//! | 0 | done; for `ask`: there are hits |
//! | 1 | no hit |
//! | 2 | usage: a flag, a query or an input that cannot be right |
//! | 3 | the index is missing or damaged |
//! | 4 | the model is missing, damaged, or not the one of the index |
//! | 5 | I/O: a file cannot be read or written, the disk is full |
//! | 6 | busy: another process is changing the index |
//! | 130 | interrupted |

use std::process::ExitCode;

use semsearch_corpus::ReadError;
use semsearch_embed::{
    ChecksumError, DeviceError, DistillError, EncodeError, FetchError, FolderError, LoadError, ManifestError,
    ModelError, NetworkError, TokeniseError,
};
use semsearch_engine::align::AlignmentError;
use semsearch_engine::dupes::DupesError;
use semsearch_engine::exchange::{ExportError, ImportError, VectorFileError};
use semsearch_engine::map::MapError;
use semsearch_engine::repair::RepairError;
use semsearch_engine::switch::SwitchError;
use semsearch_engine::{IngestError, SearchError, SessionError};
use semsearch_eval::EvaluateError;
use semsearch_eval::retrieval::{self, AskError, CompareError, ParseMeasureError, RunError, WriteError};
use semsearch_index::{BuildError, OpenError, ParamsError, SaveError, VectorsError};
use semsearch_store::{ChangeError, CollectionError, DocumentError, FilterError, RemoveError};
use semsearch_task::ErrorKind;

use crate::output::StdoutError;

/// An exit code of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Success = 0,
    NoHit = 1,
    Usage = 2,
    Index = 3,
    Model = 4,
    Io = 5,
    Busy = 6,
    Interrupted = 130,
}

impl From<ErrorKind> for Exit {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Usage => Exit::Usage,
            ErrorKind::Missing | ErrorKind::Damaged => Exit::Index,
            ErrorKind::Model => Exit::Model,
            ErrorKind::Busy => Exit::Busy,
            ErrorKind::Stopped => Exit::Interrupted,
            // `Io`, and kinds that later versions of the libraries may add.
            _ => Exit::Io,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// A usage error that the parser of arguments cannot find.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct UsageError(pub(crate) String);

/// A server that does not answer, or refuses.
#[derive(Debug, thiserror::Error)]
#[error("{told}")]
pub(crate) struct ServerFailure {
    pub(crate) told: String,
    pub(crate) kind: ErrorKind,
}

impl ServerFailure {
    fn kind(&self) -> ErrorKind {
        self.kind
    }
}

/// Whether the error is a closed standard output: a reader that has seen enough, such as `head`, is not a failure.
pub(crate) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().filter_map(|cause| cause.downcast_ref::<StdoutError>()).any(StdoutError::is_closed_pipe)
}

/// The kind of an error: that of the first cause in its chain that has a kind.
pub(crate) fn kind(error: &anyhow::Error) -> ErrorKind {
    error.chain().find_map(kind_of).unwrap_or(ErrorKind::Io)
}

/// The kind of a cause, if it is of one of these types.
macro_rules! kind_said_by {
    ($cause:expr, $($type:ty),+ $(,)?) => {
        None$(.or_else(|| $cause.downcast_ref::<$type>().map(<$type>::kind)))+
    };
}

fn kind_of(cause: &(dyn std::error::Error + 'static)) -> Option<ErrorKind> {
    let said = kind_said_by!(
        cause,
        ServerFailure,
        SessionError,
        SearchError,
        DupesError,
        MapError,
        IngestError,
        SwitchError,
        ExportError,
        ImportError,
        VectorFileError,
        RepairError,
        AlignmentError,
        EvaluateError,
        retrieval::ReadError,
        AskError,
        CompareError,
        ParseMeasureError,
        RunError,
        WriteError,
        CollectionError,
        ChangeError,
        RemoveError,
        DocumentError,
        FilterError,
        OpenError,
        SaveError,
        BuildError,
        ParamsError,
        VectorsError,
        ChecksumError,
        DeviceError,
        DistillError,
        EncodeError,
        FetchError,
        FolderError,
        LoadError,
        ManifestError,
        ModelError,
        NetworkError,
        TokeniseError,
        ReadError,
    );
    if said.is_some() {
        return said;
    }
    if cause.is::<UsageError>() {
        return Some(ErrorKind::Usage);
    }
    cause.is::<std::io::Error>().then_some(ErrorKind::Io)
}
