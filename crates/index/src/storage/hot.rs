//! The part of an index that a walk reads, in memory of its own.
//!
//! A process that answers a handful of queries walks through the mapped file. One that stays copies the hot sections,
//! a sixth of a file with rows in single precision, into huge pages: everything is compared once, at the speed of
//! memory, and no walk waits for the disk or for the translation of addresses.

use semsearch_vector::Bytes;

use super::mmap::HotMemory;
use super::page::ALIGNMENT;
use super::section::{Damage, Section};
use crate::layout::{LevelParts, Parts};

impl Parts {
    /// The same parts with everything that a walk or a scan reads in memory of its own, compared and in huge pages where
    /// the system has such. Rows in full precision stay where they are.
    ///
    /// Without enough memory, all parts stay where they are: a walk through them is slower and finds the same.
    ///
    /// # Errors
    /// If any of it is damaged.
    pub(crate) fn load_hot(&self) -> Result<Parts, Damage> {
        let mut hot = self.clone();
        let mut sections = vec![&mut hot.codes, &mut hot.links, &mut hot.row_of_node, &mut hot.errors];
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
