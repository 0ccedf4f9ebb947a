//! From an identity to the rows that have it.

use semsearch_index::RowId;

use super::error::DocumentError;
use super::format::{CHUNK, Section};
use super::read::StoreReader;
use super::table::{IdentityEntry, Key, Slot, home, tag};

impl StoreReader {
    /// The rows that have an identity, ascending.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn find(&self, identity: Key) -> Result<Vec<RowId>, DocumentError> {
        let bytes = self.source.layout.span(Section::Slots).len;
        let slots = bytes / Slot::BYTES as u64;
        if slots == 0 {
            return Ok(Vec::new());
        }
        let (home, tag) = (home(&identity, slots), tag(&identity));
        let mut passed = 0;
        while passed < slots {
            // Reads the rest of the chunk at once: all of it is read anyway to compare its checksum.
            let start = ((home + passed) & (slots - 1)) * Slot::BYTES as u64;
            let end = (start / CHUNK + 1).saturating_mul(CHUNK).min(bytes);
            let run = self.source.table(Section::Slots, start, end - start)?;
            for slot in run.as_chunks().0.iter().map(Slot::decode) {
                if slot.entry == 0 {
                    return Ok(Vec::new());
                }
                if slot.tag == tag
                    && let Some(rows) = self.chain(slot.entry, &identity)?
                {
                    return Ok(rows);
                }
                passed += 1;
            }
        }
        Err(self.source.damaged("section `slots`: none of them is empty"))
    }

    /// The rows of a chain of entries; `None` if the chain belongs to another identity.
    fn chain(&self, first: u32, identity: &Key) -> Result<Option<Vec<RowId>>, DocumentError> {
        let mut rows: Vec<RowId> = Vec::new();
        let mut next = first;
        loop {
            let entry = IdentityEntry::decode(&self.source.record(Section::Identities, u64::from(next) - 1)?);
            if entry.identity != *identity {
                if rows.is_empty() {
                    return Ok(None);
                }
                return Err(self.source.damaged("section `identities`: a chain leads to another identity"));
            }
            let ascends = rows.last().is_none_or(|last| *last <= RowId(entry.row));
            if !ascends || u64::from(entry.row) >= self.source.header.rows {
                return Err(self
                    .source
                    .damaged(format!("section `identities`: entry {} has a row that cannot be", next - 1)));
            }
            // A document may have the same identity twice.
            if rows.last() != Some(&RowId(entry.row)) {
                rows.push(RowId(entry.row));
            }
            match entry.next {
                0 => return Ok(Some(rows)),
                // Only to later entries, so that the loop ends.
                later if later > next => next = later,
                _ => return Err(self.source.damaged("section `identities`: a chain leads backwards")),
            }
        }
    }
}
