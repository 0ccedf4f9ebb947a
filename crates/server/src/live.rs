//! The newest generation of a collection, for as long as the server runs.
//!
//! A request takes the searcher that is newest when it begins, and keeps it to its end, whatever is added meanwhile.

use std::sync::{Arc, Mutex, PoisonError};

use semsearch_embed::Encoder;
use semsearch_engine::{SearchError, Searcher, Session, SessionError};

use crate::gather::Gather;
use crate::problem::Problem;

/// Opens a session again, when the collection has gone over to another model.
pub type OpenSession = Box<dyn Fn() -> Result<Session, SessionError> + Send + Sync>;

/// A searcher that follows its collection.
pub(crate) struct Live {
    open: OpenSession,
    newest: Mutex<Newest>,
}

/// A searcher, and the number by which answers of its generation are kept.
#[derive(Clone)]
pub(crate) struct Newest {
    pub(crate) searcher: Searcher,
    pub(crate) number: u64,
}

impl Live {
    pub(crate) fn new(session: &Session, open: OpenSession) -> Result<Self, SearchError> {
        Ok(Live { newest: Mutex::new(Newest { searcher: gathering(session)?, number: 0 }), open })
    }

    /// The searcher of the newest generation.
    pub(crate) fn newest(&self) -> Result<Newest, Problem> {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        match newest.searcher.reload() {
            Ok(false) => {}
            Ok(true) => newest.number += 1,
            // The collection has gone over to another model.
            Err(SearchError::Model(_)) => {
                let session = (self.open)()?;
                *newest = Newest { searcher: gathering(&session)?, number: newest.number + 1 };
            }
            Err(error) => return Err(error.into()),
        }
        Ok(newest.clone())
    }
}

/// A searcher whose questions are encoded together.
fn gathering(session: &Session) -> Result<Searcher, SearchError> {
    let encoder: Arc<dyn Encoder> = session.encoder().clone();
    Searcher::new(session.collection().clone(), Arc::new(Gather::new(encoder)))
}
