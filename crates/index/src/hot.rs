//! The sections that a graph search reads, copied into memory.
//!
//! A process that answers a handful of queries searches the mapped file. A process that stays copies the hot sections, a
//! sixth of a file with rows in single precision, into huge pages: each block is compared with its checksum once, at the
//! speed of memory, and no search waits for the disk or for the translation of addresses.

use semsearch_vector::Bytes;

use crate::file::mmap::HotMemory;
use crate::file::{ALIGNMENT, Damage, Section};
use crate::layout::{LevelParts, Parts};

impl Parts {
    /// A copy whose searched sections, full rows aside, are in memory: compared with their checksums, and in huge pages
    /// where the system has such.
    ///
    /// Without enough memory, all sections stay where they are: a search is slower and finds the same.
    ///
    /// # Errors
    /// If a section that is copied is damaged.
    pub(crate) fn load_hot(&self) -> Result<Parts, Damage> {
        let mut hot = self.clone();
        let mut sections = vec![&mut hot.codes, &mut hot.links, &mut hot.row_of_node, &mut hot.residual_norms];
        for LevelParts { nodes, links, .. } in &mut hot.levels {
            sections.extend([nodes, links]);
        }
        sections.push(&mut hot.entry_codes);

        let alignment = ALIGNMENT as usize;
        let len = sections.iter().map(|section| section.bytes().len().next_multiple_of(alignment)).sum();
        let Ok(mut memory) = HotMemory::new(len) else { return Ok(self.clone()) };
        let mut rest = memory.as_mut();
        for section in &sections {
            let bytes = section.bytes().len();
            let (place, behind) = rest.split_at_mut(bytes.next_multiple_of(alignment));
            section.copy_verified(&mut place[..bytes])?;
            rest = behind;
        }
        let Ok(copy) = memory.freeze() else { return Ok(self.clone()) };
        let mut start = 0;
        for section in sections {
            let end = start + section.bytes().len();
            *section = part(&copy, start, end, section.record());
            start = end.next_multiple_of(alignment);
        }
        Ok(hot)
    }
}

fn part(copy: &Bytes, start: usize, end: usize, record: usize) -> Section {
    Section::trusted(copy.part(start..end).expect("a part of the copy"), record)
}
