//! Existing documents that records were found for.

use crate::document::Document;
use crate::error::ReadError;
use crate::existing::Known;
use crate::growth::push;
use crate::identity::Identity;
use crate::table::Table;

/// The known documents, and which of them were opened as what.
pub(crate) struct Opened<'k> {
    known: Option<&'k dyn Known>,
    /// The known document that each document stands for, [`Opened::NONE`] for a new one. Empty if nothing is known.
    numbers: Vec<u64>,
    table: Table,
}

impl<'k> Opened<'k> {
    const NONE: u64 = u64::MAX;

    pub(crate) fn new(known: Option<&'k dyn Known>) -> Self {
        Opened { known, numbers: Vec::new(), table: Table::default() }
    }

    /// What existing documents there are.
    pub(crate) fn existing(&self) -> Option<&'k dyn Known> {
        self.known
    }

    /// The known documents with an identity that are not opened, in order.
    pub(crate) fn find(&self, identity: Identity) -> Result<Vec<u64>, ReadError> {
        let Some(known) = self.known else { return Ok(Vec::new()) };
        let mut found = known.find(identity)?;
        found.retain(|&number| !self.table.find(of_number(number)).iter().any(|&index| self.numbers[index] == number));
        found.sort_unstable();
        Ok(found)
    }

    pub(crate) fn document(&self, number: u64) -> Result<Document, ReadError> {
        match self.known {
            Some(known) => known.document(number),
            None => Err(ReadError::Known("a document was asked for where none is known".into())),
        }
    }

    pub(crate) fn note(&mut self, index: usize, number: Option<u64>) {
        if self.known.is_some() {
            push(&mut self.numbers, number.unwrap_or(Self::NONE));
            if let Some(number) = number {
                self.table.insert(of_number(number), index);
            }
        }
    }

    pub(crate) fn number(&self, index: usize) -> Option<u64> {
        self.numbers.get(index).copied().filter(|&number| number != Self::NONE)
    }

    pub(crate) fn is(&self, index: usize) -> bool {
        self.number(index).is_some()
    }
}

/// Only for the table of opened documents: nothing else is looked up there.
fn of_number(number: u64) -> Identity {
    Identity::of_id(&number.to_string())
}
