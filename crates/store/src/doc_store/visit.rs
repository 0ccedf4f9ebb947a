//! Reading many documents in order, decompressing each block once, as merging segments does.

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use semsearch_index::RowId;

use super::block::Block;
use super::error::DocumentError;
use super::format::{BLOCK_ROWS, Section};
use super::read::StoreReader;
use super::table::{Key, RowFacts};
use super::write::Record;

/// Blocks decompressed in one batch, on all threads.
const BATCH_BLOCKS: usize = 64;
/// A batch has fewer blocks if they have more bytes than this.
const BATCH_BYTES: u64 = 64 << 20;

impl StoreReader {
    /// Calls `visit` with each of `rows`, in their order. Rows of one block that follow each other cost one decompression,
    /// and blocks are decompressed on all threads.
    ///
    /// # Errors
    /// The first error that `visit` returns, and [`DocumentError`] as the other functions.
    pub fn for_each<E: From<DocumentError>>(
        &self,
        rows: impl Iterator<Item = RowId>,
        mut visit: impl FnMut(RowId, &Record<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut runs: Vec<Run> = Vec::new();
        let mut bytes = 0;
        for row in rows {
            let block = self.block_of(row)?;
            if let Some(run) = runs.last_mut().filter(|run| run.block == block) {
                run.rows.push(row);
                continue;
            }
            if runs.len() >= BATCH_BLOCKS || bytes >= BATCH_BYTES {
                self.visit_runs(&runs, &mut visit)?;
                runs.clear();
                bytes = 0;
            }
            bytes += u64::from(self.block_entry(block, row)?.raw);
            runs.push(Run { block, rows: vec![row] });
        }
        self.visit_runs(&runs, &mut visit)
    }

    /// The facts recorded of a document.
    ///
    /// # Errors
    /// [`DocumentError`] as the other functions.
    pub fn recorded(&self, row: RowId) -> Result<Recorded, DocumentError> {
        let (content, passage) = (self.content(row)?, self.passage(row)?);
        Ok(Recorded { content, passage, identities: self.identities(row)? })
    }

    /// The number of blocks, for [`block`](Self::block).
    pub fn blocks(&self) -> u64 {
        self.source.header.rows.div_ceil(BLOCK_ROWS)
    }

    /// Reads a block: its documents as lines of JSON, and the facts recorded of them. Damage to one of the two does not
    /// affect the other.
    pub fn block(&self, number: u64) -> BlockParts {
        let first = number.saturating_mul(BLOCK_ROWS);
        let end = first.saturating_add(BLOCK_ROWS).min(self.source.header.rows);
        // At most 2^31 rows.
        let rows: Vec<RowId> = (first..end).map(|row| RowId(row as u32)).collect();
        let lines = |block: Block| rows.iter().map(|row| self.line(&block, *row).map(<[u8]>::to_vec)).collect();
        let json = self.read_block(number, RowId(first as u32)).and_then(lines);
        let recorded = self.facts_of(&Run { block: number, rows: rows.clone() }).map(|facts| {
            let recorded = |(facts, identities): (RowFacts, _)| Recorded {
                content: facts.content,
                passage: facts.passage,
                identities,
            };
            facts.into_iter().map(recorded).collect()
        });
        BlockParts { rows, json, recorded }
    }

    fn visit_runs<E: From<DocumentError>>(
        &self,
        runs: &[Run],
        visit: &mut impl FnMut(RowId, &Record<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let read = |run: &Run| Ok((self.read_block(run.block, run.rows[0])?, self.facts_of(run)?));
        let read: Vec<(Block, RunFacts)> = runs.par_iter().map(read).collect::<Result<_, DocumentError>>()?;
        for (run, (block, facts)) in runs.iter().zip(&read) {
            for (row, (facts, identities)) in run.rows.iter().zip(facts) {
                let (content, passage) = (facts.content, facts.passage);
                visit(*row, &Record { json: self.line(block, *row)?, content, passage, identities })?;
            }
        }
        Ok(())
    }

    /// Reads facts and identities of the rows of a run, each section once.
    fn facts_of(&self, run: &Run) -> Result<RunFacts, DocumentError> {
        let start = run.block * BLOCK_ROWS;
        let end = (start + BLOCK_ROWS).min(self.source.header.rows);
        let record = RowFacts::BYTES as u64;
        let bytes = self.source.table(Section::Rows, start * record, (end - start) * record)?;
        let of_block: Vec<RowFacts> = bytes.as_chunks().0.iter().map(RowFacts::decode).collect();
        let first = of_block.first().map_or(0, |facts| u64::from(facts.first));
        let count = of_block.iter().map(|facts| u64::from(facts.count)).sum();
        let entries = self.entries(first, count)?;
        let of_row = |row: &RowId| {
            let facts = of_block[(u64::from(row.0) - start) as usize];
            let from = u64::from(facts.first).checked_sub(first).and_then(|from| usize::try_from(from).ok());
            let own = from.and_then(|from| entries.get(from..)?.get(..facts.count as usize));
            let own = own.ok_or_else(|| self.damaged(*row, "its identities lie among those of others"))?;
            Ok((facts, self.identities_among(own, *row)?))
        };
        run.rows.iter().map(of_row).collect()
    }
}

/// The readable parts of a block.
pub struct BlockParts {
    /// Its rows.
    pub rows: Vec<RowId>,
    /// The documents, each a line of JSON.
    pub json: Result<Vec<Vec<u8>>, DocumentError>,
    /// The facts recorded of each document.
    pub recorded: Result<Vec<Recorded>, DocumentError>,
}

/// The facts recorded of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The hash of the whole document.
    pub content: Key,
    /// The key of its passage.
    pub passage: Key,
    /// Its identities; the first one is that of its id.
    pub identities: Vec<Key>,
}

/// Requested rows of one block that follow each other.
struct Run {
    block: u64,
    rows: Vec<RowId>,
}

/// Facts and identities of each row of a run.
type RunFacts = Vec<(RowFacts, Vec<Key>)>;
