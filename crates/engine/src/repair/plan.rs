//! What becomes of each segment.

use std::collections::HashSet;
use std::path::Path;

use semsearch_index::{RowId, RowSet};
use semsearch_store::check::{Inspected, InspectedVectors};
use semsearch_store::doc_store::Recorded;
use semsearch_store::generation;
use semsearch_store::layout::{COLUMNS_FILE, DOCUMENTS_FILE, INDEX_FILE, TOKENS_FILE, WORDS_FILE};
use semsearch_store::{CollectionError, Manifest, SegmentRecord, StoreReader, deletes, io_error, layout, unreadable};

use super::bit_flip::put_back;
use super::error::RepairError;
use super::job::Job;
use super::outcome::Lost;

/// What becomes of a segment.
pub(super) struct Plan {
    /// The documents that it keeps, by the rows they had.
    pub(super) kept: Vec<Kept>,
    /// Whether every row is kept.
    pub(super) rows_stay: bool,
    /// Whether documents and columns are written again.
    pub(super) is_rewritten: bool,
    /// What becomes of the vectors, in the order of the record.
    pub(super) vectors: Vec<VectorsPlan>,
    /// The deleted rows, by the rows they had.
    pub(super) deletes: RowSet,
}

impl Plan {
    /// The number of searchable documents afterwards.
    pub(super) fn documents(&self) -> u64 {
        self.kept.iter().filter(|kept| !self.deletes.contains(kept.row)).count() as u64
    }
}

/// A document that is kept.
pub(super) struct Kept {
    /// The row of the document before the repair.
    pub(super) row: RowId,
    /// The document as JSON, if it was found elsewhere.
    pub(super) found: Option<Vec<u8>>,
}

/// What becomes of the vectors of a segment by one model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum VectorsPlan {
    /// They stay as they are.
    Stay,
    /// Vectors and tokens are copied, the graph is built again.
    Graph,
    /// Vectors are copied, tokens counted and the graph built again.
    Tokens,
    /// Vectors, tokens and graph are made again.
    Embed,
    /// They are dropped, and their model with them.
    Drop,
}

impl Job<'_> {
    /// The deleted rows of each segment. Where they are lost, an older generation knows some of them, and a document
    /// with the id of a later one was replaced by it.
    pub(super) fn resolve_deletes(
        &mut self,
        base: &Manifest,
        inspected: &[Inspected],
    ) -> Result<Vec<RowSet>, RepairError> {
        let mut all = Vec::with_capacity(inspected.len());
        let mut is_known = Vec::with_capacity(inspected.len());
        for (record, inspected) in base.segments.iter().zip(inspected) {
            let known = match &inspected.deletes {
                Some(deletes) => Some(deletes.clone()),
                None => self.with_bit_put_back(base.generation, record)?,
            };
            is_known.push(known.is_some());
            all.push(match known {
                Some(deletes) => deletes,
                None => older_deletes(self.root, base.generation, record)?,
            });
        }
        let mut ids = HashSet::new();
        for number in (0..inspected.len()).rev() {
            let (record, inspected, deletes) = (&base.segments[number], &inspected[number], &mut all[number]);
            let mut replaced = 0;
            for (id, row) in inspected.ids.iter().rev() {
                if !deletes.contains(*row) && !ids.insert(*id) {
                    deletes.insert(*row);
                    replaced += 1;
                }
            }
            let folder = self.root.join(layout::SEGMENTS).join(&record.name);
            if !is_known[number] {
                let known = deletes.len() as u64;
                let text = match record.deleted.saturating_sub(known) {
                    0 => format!("which {known} papers are removed is found out again"),
                    left => format!(
                        "which papers are removed is found out again for {known} of {}; the other {left} can be found \
                         again until they are removed once more",
                        record.deleted
                    ),
                };
                self.act(folder, text);
            } else if replaced > 0 {
                self.act(folder, format!("{replaced} papers have the id of a later one: removed"));
            }
        }
        Ok(all)
    }

    /// The deleted rows of a segment whose file has one changed bit; `None` if the file cannot be restored.
    fn with_bit_put_back(&mut self, number: u64, record: &SegmentRecord) -> Result<Option<RowSet>, RepairError> {
        let Some(file) = &record.deletes else { return Ok(None) };
        let path = layout::generation(self.root, number).join(&file.path);
        let bytes = match semsearch_disk::read(&path).map_err(|source| unreadable(&path, source)) {
            Ok(bytes) => bytes,
            Err(error) if error.is_damage() => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let rows = record.rows as usize;
        let whole = put_back(&bytes, &file.blake3);
        let set = whole.and_then(|bytes| deletes::decode(&path, &bytes, file, rows, record.deleted).ok());
        if set.is_some() {
            self.act(path, "one bit of it has changed: put back");
        }
        Ok(set)
    }

    /// The models that are not active and whose vectors would have to be made again.
    pub(super) fn models_to_drop(&mut self, base: &Manifest, inspected: &[Inspected]) -> Vec<String> {
        let mut dropped = Vec::new();
        for model in base.models.iter().filter(|model| model.fingerprint != base.active) {
            let is_lost = |(record, vectors): (&semsearch_store::VectorsRecord, &InspectedVectors)| {
                record.fingerprint == model.fingerprint && (vectors.index.is_none() || vectors.tokens.is_none())
            };
            let mut segments = base.segments.iter().zip(inspected);
            if segments.any(|(record, seen)| record.vectors.iter().zip(&seen.vectors).any(is_lost)) {
                let text = format!("vectors of model `{}`, which is not in use, are damaged: dropped", model.reference);
                self.act(self.root.join(layout::VECTORS), text);
                dropped.push(model.fingerprint.clone());
            }
        }
        dropped
    }

    /// Decides what becomes of a segment, and records the actions.
    pub(super) fn plan(
        &mut self,
        base: &Manifest,
        record: &SegmentRecord,
        inspected: &Inspected,
        deletes: RowSet,
        dropped: &[String],
    ) -> Result<Plan, RepairError> {
        let own = self.root.join(layout::SEGMENTS).join(&record.name);
        // A manifest has at most 2^32 rows.
        let rows = || (0..record.rows as u32).map(RowId);
        let mut kept: Vec<Kept> = rows().map(|row| Kept { row, found: None }).collect();
        let mut rows_stay = true;
        if !inspected.documents_whole {
            let missing: Vec<RowId> = rows().filter(|row| !inspected.readable.contains(*row)).collect();
            let (mut found, lost) = self.look_elsewhere(&own, inspected, &missing)?;
            for kept in &mut kept {
                kept.found = found.remove(&kept.row);
            }
            let is_lost: HashSet<RowId> = lost.iter().map(|(row, _)| *row).collect();
            if !lost.is_empty() {
                rows_stay = false;
                kept.retain(|kept| !is_lost.contains(&kept.row) && !deletes.contains(kept.row));
            }
            let gone: Vec<_> = lost.into_iter().filter(|(row, _)| !deletes.contains(*row)).collect();
            let text = match missing.len() {
                0 => "damaged, but every paper can be read: written anew".to_owned(),
                missing => format!(
                    "{missing} of {} papers cannot be read: {} taken from elsewhere in the index, {} lost",
                    record.rows,
                    missing - is_lost.len(),
                    gone.len()
                ),
            };
            let path = own.join(DOCUMENTS_FILE);
            let named =
                |(row, id): (RowId, Option<[u8; 16]>)| Lost { path: path.clone(), row: row.0, id_hash: id.map(hex) };
            self.lost.extend(gone.into_iter().map(named));
            self.act(path, text);
        } else {
            if !inspected.columns_whole {
                self.act(own.join(COLUMNS_FILE), "made anew from the papers");
            }
            if !inspected.words_whole {
                let text = if record.has_words() { "made anew from the papers" } else { "words of the papers added" };
                self.act(own.join(WORDS_FILE), text);
            }
        }
        let mut vectors = Vec::with_capacity(record.vectors.len());
        for (record, seen) in record.vectors.iter().zip(&inspected.vectors) {
            let plan = match (&seen.index, &seen.tokens) {
                _ if dropped.contains(&record.fingerprint) => VectorsPlan::Drop,
                _ if seen.is_whole && rows_stay => VectorsPlan::Stay,
                (Some(_), Some(_)) => VectorsPlan::Graph,
                (Some(_), None) => VectorsPlan::Tokens,
                (None, _) => VectorsPlan::Embed,
            };
            let folder = self.root.join(layout::VECTORS).join(&record.name);
            let model = base.model_of(&record.fingerprint).map_or("", |model| &model.reference);
            match plan {
                VectorsPlan::Stay | VectorsPlan::Drop => {}
                VectorsPlan::Graph => self.act(folder.join(INDEX_FILE), "graph built anew from the vectors"),
                VectorsPlan::Tokens => {
                    self.act(folder.join(TOKENS_FILE), format!("tokens counted anew by model `{model}`"));
                }
                VectorsPlan::Embed => {
                    let text = format!("{} papers embedded again by model `{model}`", kept.len());
                    self.act(folder.join(INDEX_FILE), text);
                }
            }
            vectors.push(plan);
        }
        let is_rewritten = !inspected.documents_whole || !inspected.columns_whole || !inspected.words_whole;
        Ok(Plan { kept, rows_stay, is_rewritten, vectors, deletes })
    }

    /// Looks in all other segments of the folder, of whatever generation, for documents that cannot be read. Returns
    /// those that were found as JSON, and the others with the hash of their id, where the tables still have it.
    fn look_elsewhere(&self, own: &Path, inspected: &Inspected, missing: &[RowId]) -> Result<Elsewhere, RepairError> {
        let mut found = std::collections::HashMap::new();
        let Some(blocks) = &inspected.documents else {
            return Ok((found, missing.iter().map(|row| (*row, None)).collect()));
        };
        let mut wanted: Vec<(RowId, Option<Recorded>)> = Vec::with_capacity(missing.len());
        for row in missing {
            wanted.push((*row, blocks.recorded(*row).ok()));
        }
        let place = self.root.join(layout::SEGMENTS);
        let names = semsearch_disk::list(&place).map_err(|source| io_error("list", &place, source))?;
        for folder in names.iter().map(|name| place.join(name)).filter(|folder| folder != own) {
            if found.len() == wanted.len() {
                break;
            }
            // That segment may be damaged, too. Most often this one was made of it, with the same number of rows.
            let rows = blocks.len() as u64;
            let Ok(other) = StoreReader::open_damaged(&folder.join(DOCUMENTS_FILE), rows) else { continue };
            for (row, recorded) in wanted.iter().filter_map(|(row, recorded)| Some((row, recorded.as_ref()?))) {
                if !found.contains_key(row)
                    && let Some(json) = same_document(&other, recorded)
                {
                    found.insert(*row, json);
                }
            }
        }
        let id = |recorded: Option<Recorded>| recorded.and_then(|recorded| recorded.identities.first().copied());
        let lost = wanted.into_iter().filter(|(row, _)| !found.contains_key(row));
        let lost = lost.map(|(row, recorded)| (row, id(recorded))).collect();
        Ok((found, lost))
    }
}

/// Documents that were found as JSON, and documents that were not, each with the hash of its id.
type Elsewhere = (std::collections::HashMap<RowId, Vec<u8>>, Vec<(RowId, Option<[u8; 16]>)>);

/// A document with this content as JSON, from a segment that may be damaged, too.
fn same_document(blocks: &StoreReader, recorded: &Recorded) -> Option<Vec<u8>> {
    let rows = blocks.find(*recorded.identities.first()?).ok()?;
    rows.into_iter().find_map(|row| {
        let document = blocks.get(row).ok()?;
        (document.content_hash() == recorded.content).then(|| blocks.json(row).ok()).flatten()
    })
}

/// The deleted rows of a segment in the newest older generation that can be read. Later generations only add to them.
fn older_deletes(root: &Path, current: u64, record: &SegmentRecord) -> Result<RowSet, CollectionError> {
    let rows = record.rows as usize;
    let list = root.join(layout::GENERATIONS);
    let numbers = generation::numbers(root).map_err(|source| io_error("list", &list, source))?;
    for number in numbers.into_iter().rev().filter(|number| *number != current) {
        let folder = layout::generation(root, number);
        let path = folder.join(layout::MANIFEST_FILE);
        let read = semsearch_disk::read(&path).map_err(|source| unreadable(&path, source));
        let Ok(manifest) = read.and_then(|bytes| generation::parse(&path, number, &bytes)) else { continue };
        let older = manifest.segments.iter().find(|segment| segment.name == record.name && segment.rows == record.rows);
        let Some(older) = older else { continue };
        if let Some(file) = &older.deletes
            && let Ok(deletes) = deletes::read(&folder, file, rows, older.deleted)
        {
            return Ok(deletes);
        }
    }
    Ok(RowSet::empty(rows))
}

fn hex(key: [u8; 16]) -> String {
    key.iter().map(|byte| format!("{byte:02x}")).collect()
}
