//! Existing documents that were opened again, because a record of theirs was read.

use semsearch_task::ErrorKind;

use crate::document::Document;
use crate::error::ReadError;
use crate::existing::ExistingDocuments;
use crate::growth::push;
use crate::identity::Identity;
use crate::identity_table::IdentityTable;

/// The existing documents, and which of them are opened.
pub(crate) struct Opened<'k> {
    existing: Option<&'k dyn ExistingDocuments>,
    /// The number of the existing document that each document replaces, [`Opened::NONE`] for a new paper. Empty if the
    /// collection is new.
    numbers: Vec<u64>,
    table: IdentityTable,
}

impl<'k> Opened<'k> {
    const NONE: u64 = u64::MAX;

    pub(crate) fn new(existing: Option<&'k dyn ExistingDocuments>) -> Self {
        Opened { existing, numbers: Vec::new(), table: IdentityTable::default() }
    }

    /// The existing documents, whether opened or not.
    pub(crate) fn existing(&self) -> Option<&'k dyn ExistingDocuments> {
        self.existing
    }

    /// The numbers of the existing documents that have an identity and are not opened, in ascending order.
    pub(crate) fn find(&self, identity: Identity) -> Result<Vec<u64>, ReadError> {
        let Some(existing) = self.existing else { return Ok(Vec::new()) };
        let mut found = existing.find(identity)?;
        found.retain(|&number| !self.table.find(of_number(number)).iter().any(|&index| self.numbers[index] == number));
        found.sort_unstable();
        Ok(found)
    }

    pub(crate) fn document(&self, number: u64) -> Result<Document, ReadError> {
        match self.existing {
            Some(existing) => existing.document(number),
            None => Err(ReadError::existing(ErrorKind::Damaged, "the collection has no documents")),
        }
    }

    /// Adds document `index`, which opens existing document `number` unless it is a new paper.
    pub(crate) fn add(&mut self, index: usize, number: Option<u64>) {
        if self.existing.is_some() {
            push(&mut self.numbers, number.unwrap_or(Self::NONE));
            if let Some(number) = number {
                self.table.insert(of_number(number), index);
            }
        }
    }

    /// The number of the existing document that document `index` replaces.
    pub(crate) fn replaced_by(&self, index: usize) -> Option<u64> {
        self.numbers.get(index).copied().filter(|&number| number != Self::NONE)
    }

    /// Whether document `index` is an existing document.
    pub(crate) fn contains(&self, index: usize) -> bool {
        self.replaced_by(index).is_some()
    }
}

/// The key of an existing document in the table of opened documents, which holds no other keys.
fn of_number(number: u64) -> Identity {
    Identity::of_id(&number.to_string())
}
