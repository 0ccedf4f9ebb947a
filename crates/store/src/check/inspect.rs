//! Checks one segment, each part on its own, so that damage to one part does not stop the check of the others.
//!
//! Cost: every byte is read twice, once for the checksum of the whole file and once for the checksums inside it; documents
//! are parsed and their columns rebuilt. Memory: the columns, twice, and 28 bytes a document for ids.

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use semsearch_corpus::{Document, Identity};
use semsearch_index::{OpenError, RowId, RowSet, SectionKind, StoredIndex};
use semsearch_lexical::{Analysed, LexicalSegment, LexicalWriter};

use super::finding::{Findings, Part};
use crate::columns::{Columns, ColumnsWriter};
use crate::doc_store::{BlockParts, Recorded, StoreReader};
use crate::error::{CollectionError, damaged, section_problem, unreadable};
use crate::key::Key;
use crate::layout::{COLUMNS_FILE, DOCUMENTS_FILE, INDEX_FILE, TOKENS_FILE, WORDS_FILE};
use crate::manifest::{FileRecord, Manifest, SegmentRecord, VectorsRecord};
use crate::segment::Tokens;
use crate::{deletes, layout, words};
use semsearch_task::Progress;

/// The state of a segment.
#[derive(Debug)]
#[non_exhaustive]
pub struct Inspected {
    /// Its document store; `None` if the file cannot be opened.
    pub documents: Option<StoreReader>,
    /// The rows whose documents can be read.
    pub readable: RowSet,
    /// Whether the document store is undamaged.
    pub documents_whole: bool,
    /// Whether the columns are undamaged.
    pub columns_whole: bool,
    /// Whether the words are there and undamaged.
    pub words_whole: bool,
    /// The deleted rows; `None` if their file is damaged or unreadable.
    pub deletes: Option<RowSet>,
    /// Its vectors, in the order of the record.
    pub vectors: Vec<InspectedVectors>,
    /// For each readable document, the hash of its id and its row.
    pub ids: Vec<([u8; 16], RowId)>,
}

/// The state of the vectors of a segment by one model.
#[derive(Debug)]
#[non_exhaustive]
pub struct InspectedVectors {
    /// Vectors and graph; `None` if a vector is missing or damaged.
    pub index: Option<StoredIndex>,
    /// The number of tokens of each document; `None` if their file is damaged.
    pub tokens: Option<Tokens>,
    /// Whether no damage was found.
    pub is_whole: bool,
}

/// Blocks of documents read in one batch, on all threads.
const BATCH_BLOCKS: u64 = 256;

/// Checks a segment of the generation in `folder`.
pub fn inspect(
    root: &Path,
    folder: &Path,
    manifest: &Manifest,
    record: &SegmentRecord,
    findings: &mut Findings,
    watch: &dyn Progress,
) -> Inspected {
    let own = root.join(layout::SEGMENTS).join(&record.name);
    // A manifest has at most 2^32 rows.
    let rows = record.rows as usize;
    let deletes = inspect_deletes(folder, record, rows, findings);
    let mut seen = inspect_documents(&own, record, findings, watch);
    let documents_whole = seen.is_whole && {
        // No damage was located inside the file: compare its length and checksum with the record.
        check_file(&own, &record.files, DOCUMENTS_FILE, Part::Documents, findings)
    };
    let columns_whole = inspect_columns(&own, record, seen.columns.take(), findings);
    let words_whole = record.has_words() && inspect_words(&own, record, seen.words.take(), findings);
    let others = |file: &&FileRecord| ![DOCUMENTS_FILE, COLUMNS_FILE, WORDS_FILE].contains(&&*file.path);
    for file in record.files.iter().filter(others) {
        check_file(&own, &record.files, &file.path, Part::Documents, findings);
    }
    let vectors = record.vectors.iter().map(|vectors| inspect_vectors(root, manifest, vectors, rows, findings));
    let vectors = vectors.collect();
    Inspected {
        documents: seen.blocks,
        readable: seen.readable,
        documents_whole,
        columns_whole,
        words_whole,
        deletes,
        vectors,
        ids: seen.ids,
    }
}

fn inspect_deletes(folder: &Path, record: &SegmentRecord, rows: usize, findings: &mut Findings) -> Option<RowSet> {
    match &record.deletes {
        Some(file) => match deletes::read(folder, file, rows, record.deleted) {
            Ok(rows) => Some(rows),
            Err(error) => {
                findings.error(Part::Deletes, &folder.join(&file.path), &error);
                None
            }
        },
        None if record.deleted > 0 => {
            findings.damage(
                Part::Deletes,
                &folder.join(layout::MANIFEST_FILE),
                format!("it does not say which rows of {} are removed", record.name),
            );
            None
        }
        None => Some(RowSet::empty(rows)),
    }
}

struct SeenDocuments {
    blocks: Option<StoreReader>,
    readable: RowSet,
    is_whole: bool,
    ids: Vec<([u8; 16], RowId)>,
    /// The columns rebuilt from the documents; `None` if a document is missing.
    columns: Option<Vec<u8>>,
    /// The words rebuilt from the documents; `None` if a document is missing.
    words: Option<Vec<u8>>,
}

/// What the documents of a segment say, gathered as long as none is missing.
#[derive(Default)]
struct Rebuilt {
    columns: ColumnsWriter,
    words: LexicalWriter,
}

fn inspect_documents(
    own: &Path,
    record: &SegmentRecord,
    findings: &mut Findings,
    watch: &dyn Progress,
) -> SeenDocuments {
    let path = own.join(DOCUMENTS_FILE);
    let rows = record.rows as usize;
    let mut seen = SeenDocuments {
        blocks: None,
        readable: RowSet::empty(rows),
        is_whole: false,
        ids: Vec::new(),
        columns: None,
        words: None,
    };
    let before = findings.len();
    let blocks = match StoreReader::open_damaged(&path, record.rows) {
        Ok(blocks) => blocks,
        Err(error) => {
            findings.error(Part::Documents, &path, &error.into());
            watch.advance(rows, 0);
            return seen;
        }
    };
    if blocks.len() != rows {
        findings.damage(Part::Documents, &path, format!("expected {rows} documents, found {}", blocks.len()));
        watch.advance(rows, 0);
        return seen;
    }
    let mut rebuilt = Some(Rebuilt::default());
    let mut first = 0;
    while first < blocks.blocks() {
        let end = (first + BATCH_BLOCKS).min(blocks.blocks());
        let batch: Vec<_> = (first..end).into_par_iter().map(|number| look(blocks.block(number))).collect();
        for Looked { rows, documents, recorded } in batch {
            if let Err(error) = &recorded {
                findings.error(Part::Documents, &path, error);
            }
            match documents {
                Err(error) => {
                    rebuilt = None;
                    findings.error(Part::Documents, &path, &named(error, &rows));
                }
                Ok(documents) => {
                    for (row, document) in rows.iter().zip(documents) {
                        match document {
                            Ok((document, words, problems)) => {
                                seen.readable.insert(*row);
                                seen.ids.push((Identity::of_id(&document.id).0, *row));
                                if let Some(rebuilt) = &mut rebuilt {
                                    rebuilt.columns.push(&document);
                                    rebuilt.words.push(words);
                                }
                                for problem in problems {
                                    findings.damage(Part::Documents, &path, format!("document {}: {problem}", row.0));
                                }
                            }
                            Err(problem) => {
                                rebuilt = None;
                                findings.damage(Part::Documents, &path, format!("document {}: {problem}", row.0));
                            }
                        }
                    }
                }
            }
            watch.advance(rows.len(), 0);
        }
        blocks.mended().into_iter().for_each(|problem| findings.damage(Part::Documents, &path, problem));
        first = end;
    }
    if findings.len() == before
        && let Err(error) = blocks.verify_all()
    {
        findings.error(Part::Documents, &path, &error.into());
    }
    blocks.mended().into_iter().for_each(|problem| findings.damage(Part::Documents, &path, problem));
    seen.is_whole = findings.len() == before;
    seen.blocks = Some(blocks);
    if let Some(Rebuilt { columns, words }) = rebuilt {
        seen.columns = Some(columns.finish());
        seen.words = Some(words.finish());
    }
    seen
}

/// A document and how it contradicts what is recorded of it, or the reason why it cannot be parsed.
type LookedDocument = Result<(Document, Analysed, Vec<&'static str>), String>;

/// A block whose documents were checked.
struct Looked {
    rows: Vec<RowId>,
    documents: Result<Vec<LookedDocument>, CollectionError>,
    recorded: Result<(), CollectionError>,
}

fn look(block: BlockParts) -> Looked {
    let BlockParts { rows, json, recorded } = block;
    let known = recorded.as_ref().ok();
    let documents = json.map(|lines| {
        let parsed = |(number, line): (usize, &Vec<u8>)| {
            let document: Document = serde_json::from_slice(line).map_err(|error| error.to_string())?;
            let problems = known.and_then(|known| known.get(number)).map(|known| contradictions(&document, known));
            let words = words::analysed(&document);
            Ok((document, words, problems.unwrap_or_default()))
        };
        lines.iter().enumerate().map(parsed).collect()
    });
    Looked {
        rows,
        documents: documents.map_err(CollectionError::from),
        recorded: recorded.map(|_| ()).map_err(CollectionError::from),
    }
}

/// The recorded facts that do not fit a document.
fn contradictions(document: &Document, recorded: &Recorded) -> Vec<&'static str> {
    let mut problems = Vec::new();
    if document.content_hash() != recorded.content {
        problems.push("its recorded hash is another one");
    }
    if Key::of(&document.passage()).0 != recorded.passage {
        problems.push("the recorded hash of its passage is another one");
    }
    if document.identities().iter().any(|identity| !recorded.identities.contains(&identity.0)) {
        problems.push("it is not found by all of its names");
    }
    problems
}

/// Makes an error about a whole block name all of its documents.
fn named(error: CollectionError, rows: &[RowId]) -> CollectionError {
    use crate::doc_store::DocumentError::Damaged;
    match (error, rows) {
        (CollectionError::Documents(Damaged { path, problem, .. }), [first, .., last]) => {
            damaged(&path, &format!("documents {} to {}: {problem}", first.0, last.0))
        }
        (error, _) => error,
    }
}

fn inspect_columns(own: &Path, record: &SegmentRecord, expected: Option<Vec<u8>>, findings: &mut Findings) -> bool {
    let path = own.join(COLUMNS_FILE);
    let bytes = match semsearch_disk::read(&path) {
        Ok(bytes) => bytes,
        Err(source) => {
            findings.error(Part::Columns, &path, &unreadable(&path, source));
            return false;
        }
    };
    let problem = match Columns::decode(bytes.clone()) {
        Err(error) => Some(error.to_string()),
        Ok(columns) if columns.rows() as u64 != record.rows => {
            Some(format!("expected {} rows, found {}", record.rows, columns.rows()))
        }
        Ok(columns) => columns.verify().err().map(|error| error.to_string()),
    };
    let problem = problem.or_else(|| compare(&bytes, &record.files, COLUMNS_FILE));
    // Compared last: damaged columns differ too, and the damage is the better explanation.
    let differs = || expected.is_some_and(|expected| expected != bytes);
    let problem = problem.or_else(|| differs().then(|| "it does not say what its documents say".to_owned()));
    if let Some(problem) = &problem {
        findings.damage(Part::Columns, &path, problem);
    }
    problem.is_none()
}

fn inspect_words(own: &Path, record: &SegmentRecord, expected: Option<Vec<u8>>, findings: &mut Findings) -> bool {
    let path = own.join(WORDS_FILE);
    let bytes = match semsearch_disk::read(&path) {
        Ok(bytes) => bytes,
        Err(source) => {
            findings.error(Part::Words, &path, &unreadable(&path, source));
            return false;
        }
    };
    let problem = match LexicalSegment::open(bytes.clone().into()) {
        Err(error) => Some(error.to_string()),
        Ok(words) if u64::from(words.rows()) != record.rows => {
            Some(format!("expected {} rows, found {}", record.rows, words.rows()))
        }
        Ok(words) => words.verify().err().map(|error| error.to_string()),
    };
    let problem = problem.or_else(|| compare(&bytes, &record.files, WORDS_FILE));
    // Compared last, since it says least: whatever is damaged differs.
    let differs = || expected.is_some_and(|expected| expected != bytes);
    let problem = problem.or_else(|| differs().then(|| "it does not hold the words of its documents".to_owned()));
    if let Some(problem) = &problem {
        findings.damage(Part::Words, &path, problem);
    }
    problem.is_none()
}

fn inspect_vectors(
    root: &Path,
    manifest: &Manifest,
    record: &VectorsRecord,
    rows: usize,
    findings: &mut Findings,
) -> InspectedVectors {
    let folder = root.join(layout::VECTORS).join(&record.name);
    let before = findings.len();
    let index = inspect_index(&folder, manifest, record, rows, findings);
    let tokens = inspect_tokens(&folder, record, rows, findings);
    for file in record.files.iter().filter(|file| ![INDEX_FILE, TOKENS_FILE].contains(&&*file.path)) {
        check_file(&folder, &record.files, &file.path, Part::Vectors, findings);
    }
    InspectedVectors { index, tokens, is_whole: findings.len() == before }
}

fn inspect_index(
    folder: &Path,
    manifest: &Manifest,
    record: &VectorsRecord,
    rows: usize,
    findings: &mut Findings,
) -> Option<StoredIndex> {
    let path = folder.join(INDEX_FILE);
    let index = match semsearch_index::open(folder) {
        Ok(index) => index,
        Err(OpenError::Missing { .. }) => {
            findings.damage(Part::Vectors, &path, "the file is missing");
            return None;
        }
        Err(error) => {
            findings.error(Part::Vectors, &path, &error.into());
            return None;
        }
    };
    let dimension = manifest.model_of(&record.fingerprint).map(crate::manifest::ModelRecord::dimension);
    let problem = if index.len() != rows {
        Some(format!("expected {rows} vectors, found {}", index.len()))
    } else if dimension != Some(index.dim()) {
        Some(format!("its vectors have {} numbers, those of the model another number", index.dim()))
    } else if index.expect_fingerprint(&record.fingerprint).is_err() {
        Some("its vectors are of another model than the manifest says".to_owned())
    } else {
        None
    };
    if let Some(problem) = problem {
        findings.damage(Part::Vectors, &path, problem);
        return None;
    }
    let damages = index.damages();
    for damage in &damages {
        // The checksums are damaged, so the vectors cannot be trusted either.
        let of_rows = [SectionKind::Rows, SectionKind::Checks, SectionKind::Fingerprint].contains(&damage.section);
        let part = if of_rows { Part::Vectors } else { Part::Graph };
        findings.damage(part, &path, section_problem(damage));
    }
    if index.hnsw_params().is_none() {
        findings.damage(Part::Graph, &path, "it has no graph");
    } else if damages.is_empty() {
        // Bytes between the sections are covered only by the checksum of the whole file.
        check_file(folder, &record.files, INDEX_FILE, Part::Graph, findings);
    }
    index.vectors().verify_all().is_ok().then_some(index)
}

fn inspect_tokens(folder: &Path, record: &VectorsRecord, rows: usize, findings: &mut Findings) -> Option<Tokens> {
    let path = folder.join(TOKENS_FILE);
    let bytes = match semsearch_disk::read(&path) {
        Ok(bytes) => bytes,
        Err(source) => {
            findings.error(Part::Tokens, &path, &unreadable(&path, source));
            return None;
        }
    };
    if let Some(problem) = compare(&bytes, &record.files, TOKENS_FILE) {
        findings.damage(Part::Tokens, &path, problem);
        return None;
    }
    if bytes.len() / 4 != rows || bytes.len() % 4 != 0 {
        findings.damage(Part::Tokens, &path, format!("expected {rows} rows, found {} bytes", bytes.len()));
        return None;
    }
    let tokens = Tokens::decode(&bytes);
    if tokens.totals() != (record.tokens, record.truncated) {
        let (found, cut) = tokens.totals();
        let problem = format!(
            "expected {} tokens and {} cut documents, found {found} and {cut}",
            record.tokens, record.truncated
        );
        findings.damage(Part::Tokens, &path, problem);
        return None;
    }
    Some(tokens)
}

/// Compares bytes with the record of a file. `Some` says what is wrong.
fn compare(bytes: &[u8], files: &[FileRecord], name: &str) -> Option<String> {
    let Some(record) = files.iter().find(|file| file.path == name) else {
        return Some("the manifest does not mention it".to_owned());
    };
    if bytes.len() as u64 != record.bytes {
        return Some(format!("expected {} bytes, found {}", record.bytes, bytes.len()));
    }
    (FileRecord::of(name.to_owned(), bytes) != *record).then(|| "its checksum does not hold".to_owned())
}

/// Compares a file with its record and records a finding if they differ.
fn check_file(folder: &Path, files: &[FileRecord], name: &str, part: Part, findings: &mut Findings) -> bool {
    let path = folder.join(name);
    let Some(record) = files.iter().find(|file| file.path == name) else {
        findings.damage(part, &path, "the manifest does not mention it");
        return false;
    };
    let outcome = compare_file(&path, record);
    if let Err(error) = &outcome {
        findings.error(part, &path, error);
    }
    outcome.is_ok()
}

/// Compares a file with its record: length, checksum of the whole file, and checksum of its beginning. The last one is all
/// that opening compares, and in a damaged manifest it may be wrong while the other is right.
pub fn compare_file(path: &Path, record: &FileRecord) -> Result<(), CollectionError> {
    let found = semsearch_disk::length(path).map_err(|source| unreadable(path, source))?;
    if found != record.bytes {
        return Err(damaged(path, &format!("expected {} bytes, found {found}", record.bytes)));
    }
    let found = FileRecord::measure(path, &record.path).map_err(|source| unreadable(path, source))?;
    match found == *record {
        true => Ok(()),
        false => Err(damaged(path, "its checksum does not hold")),
    }
}

/// All files that a manifest names, each with the folder it is in.
pub fn files<'a>(root: &Path, manifest: &'a Manifest) -> impl Iterator<Item = (PathBuf, &'a FileRecord)> {
    let (root, generation) = (root.to_owned(), layout::generation(root, manifest.generation));
    manifest.segments.iter().flat_map(move |segment| {
        let own = root.join(layout::SEGMENTS).join(&segment.name);
        let documents = segment.files.iter().map(|file| (own.clone(), file));
        let deletes = segment.deletes.iter().map(|file| (generation.clone(), file));
        let vectors = segment.vectors.iter().flat_map(|vectors| {
            let folder = root.join(layout::VECTORS).join(&vectors.name);
            vectors.files.iter().map(move |file| (folder.clone(), file))
        });
        documents.chain(deletes).chain(vectors).collect::<Vec<_>>()
    })
}
