//! Files of a collection, and filters.

use std::path::Path;

use semsearch_embed::Fingerprint;
use semsearch_engine::exchange::{VectorFile, VectorFileError};
use semsearch_engine::fuzz;
use semsearch_index::{RowId, RowSet};
use semsearch_store::{Columns, DocumentError, FacetField, Facets, Field, Filter, StoreReader, TextField};

use crate::{mend, scratch, tell};

/// The file of documents, as it is and with checksums that hold.
#[must_use]
pub fn documents(input: &[u8]) -> bool {
    let mut file = mend::unfold(input);
    let as_it_is = look_at_documents(&file);
    mend::documents(&mut file);
    let mended = look_at_documents(&file);
    as_it_is || mended
}

fn look_at_documents(file: &[u8]) -> bool {
    const ROWS: usize = 40;
    let blocks = match StoreReader::open(&scratch::write("documents.blocks", file)) {
        Ok(blocks) => blocks,
        Err(error) => {
            tell(&error);
            return false;
        }
    };
    let _ = (blocks.sizes(), blocks.is_empty());
    let mut found: Vec<DocumentError> = Vec::new();
    let rows = blocks.len().min(ROWS) as u32;
    // The row behind the last one does not exist, which is an error and not a panic.
    for row in (0..=rows).map(RowId) {
        let _ = blocks.get(row).map_err(|error| tell(&error));
        let own = (blocks.json(row), blocks.content(row), blocks.passage(row), blocks.identities(row));
        let (Ok(_), Ok(_), Ok(_), Ok(identities)) = own else {
            let (json, content, passage, identities) = own;
            let errors = [json.err(), content.err(), passage.err(), identities.err()];
            errors.iter().flatten().for_each(|error| tell(error));
            found.extend(errors.into_iter().flatten().filter(|_| row.0 < rows));
            continue;
        };
        for identity in identities.into_iter().take(4) {
            match blocks.find(identity) {
                Ok(all) => assert!(all.is_sorted() && all.len() <= blocks.len()),
                Err(error) => {
                    tell(&error);
                    found.push(error);
                }
            }
        }
    }
    let all: Vec<RowId> = (0..rows).rev().map(RowId).collect();
    if let Err(error) = semsearch_store::fuzz::visit_documents(&blocks, &all) {
        tell(&error);
        found.push(error);
    }
    match blocks.verify_all() {
        Ok(()) => {
            assert!(found.is_empty(), "verifying found nothing, and reading did: {}", found[0]);
            for row in (0..rows).map(RowId) {
                for identity in blocks.identities(row).expect("all was verified") {
                    assert!(
                        blocks.find(identity).expect("all was verified").contains(&row),
                        "an identity without its row"
                    );
                }
            }
        }
        Err(error) => tell(&error),
    }
    true
}

/// The file of fields, as it is and with checksums that hold.
#[must_use]
pub fn fields(input: &[u8]) -> bool {
    let as_it_is = look_at_fields(input);
    let mut file = input.to_vec();
    mend::fields(&mut file);
    let mended = look_at_fields(&file);
    as_it_is || mended
}

/// One of each kind of test.
const FILTERS: [&str; 6] = [
    "date >= 2020-05 and date < 2024-02-29 or not has venue",
    "year in (1999, 2020, 2024) or comments between 1 and 9 or authors != 3",
    "venue = \"ACL\" or category in (\"cs.CL\", \"cs.IR\")",
    "author ~ \"o\" or org ~ \"uni\"",
    "source starts with \"a\" or venue starts with \"j\" or not author != \"b\"",
    "has date and has year and has comments and has org and has author and has source and has category",
];

fn look_at_fields(file: &[u8]) -> bool {
    let fields = match Columns::decode(file) {
        Ok(fields) => fields,
        Err(error) => {
            tell(&error);
            return false;
        }
    };
    assert!(fields.rows() <= file.len(), "more rows than bytes");
    // Each column finds out for itself; after that, all of them at once have to agree.
    let mut found = Vec::new();
    for filter in FILTERS {
        let filter = Filter::parse(filter).expect("a filter as the documentation has it");
        match filter.rows(&fields) {
            Ok(rows) => assert!(rows.len() <= fields.rows() && rows.rows() == fields.rows()),
            Err(error) => found.push(error),
        }
    }
    let texts = Field::ALL.into_iter().filter_map(|field| match field {
        Field::Text(field) => Some(FacetField::Text(field)),
        _ => None,
    });
    for by in texts.chain([FacetField::Year, FacetField::Text(TextField::Venue)]) {
        let mut facets = Facets::new(by);
        match facets.add(&fields, &RowSet::all(fields.rows())) {
            Ok(()) => {
                assert_eq!(facets.papers(), fields.rows() as u64);
                let _ = facets.counts();
            }
            Err(error) => found.push(error),
        }
    }
    found.iter().for_each(|error| tell(error));
    match fields.verify() {
        Ok(()) => assert!(found.is_empty(), "verifying found nothing, and a filter did: {}", found[0]),
        Err(error) => tell(&error),
    }
    true
}

/// `manifest.json`.
#[must_use]
pub fn manifest(bytes: &[u8]) -> bool {
    let path = Path::new("manifest.json");
    match semsearch_store::fuzz::parse_manifest(path, 3, bytes) {
        Ok(manifest) => {
            let _ = (manifest.documents(), manifest.model().dimension(), manifest.tokens(), manifest.truncated());
            let _ = manifest.seconds();
            let again = serde_json::to_vec(&manifest).expect("a manifest is JSON");
            assert_eq!(semsearch_store::fuzz::parse_manifest(path, 3, &again).expect("it was a manifest"), manifest);
        }
        Err(error) => tell(&error),
    }
    true
}

/// `CURRENT`.
#[must_use]
pub fn pointer(bytes: &[u8]) -> bool {
    let folder = scratch::write("collection/CURRENT", bytes);
    let folder = folder.parent().unwrap_or(&folder);
    match semsearch_store::fuzz::read_pointer(folder) {
        Ok(line) => assert_eq!(line.as_bytes(), bytes, "a generation has one name"),
        Err(error) => tell(&error),
    }
    true
}

/// What `checkpoint` keeps vectors for, and of how many numbers each.
#[must_use]
pub fn checkpoint_of() -> (Fingerprint, usize) {
    (Fingerprint::of(&semsearch_embed::bundled()[0], 64), 3)
}

/// Vectors that a killed run left.
#[must_use]
pub fn checkpoint(bytes: &[u8]) -> bool {
    let (fingerprint, dim) = checkpoint_of();
    let folder = scratch::folder("checkpoint");
    let passages = ["one", "two", "three"];
    let first = fuzz::use_checkpoint(&folder, &fingerprint, dim, &[]);
    first.expect("an empty folder will do");
    for entry in std::fs::read_dir(&folder).expect("it was just made").flatten() {
        std::fs::write(entry.path(), bytes).expect("there is room for temporary files");
    }
    // A second time with what the first one made of it.
    for _ in 0..2 {
        if let Err(error) = fuzz::use_checkpoint(&folder, &fingerprint, dim, &passages) {
            panic!("whatever a run left, the next one goes on: {error}");
        }
    }
    true
}

/// Vectors of other programs, once as `.npy` tells itself and once as `.fbin`, which its name tells.
#[must_use]
pub fn vector_file(bytes: &[u8]) -> bool {
    for name in ["vectors.npy", "vectors.fbin"] {
        match VectorFile::open(&scratch::write(name, bytes)) {
            Ok(mut file) => {
                assert!(file.rows() * file.dim() as u64 * 4 <= bytes.len() as u64, "more numbers than bytes");
                let mut row = vec![0.0; file.dim()];
                for _ in 0..file.rows() {
                    file.read(&mut row).expect("its length was compared");
                }
            }
            Err(VectorFileError::Io { source, .. }) => panic!("the file can be read: {source}"),
            Err(error) => tell(&error),
        }
    }
    true
}

/// Filters: what is written is what was read.
#[must_use]
pub fn filter(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    match Filter::parse(text) {
        Ok(filter) => {
            let written = filter.to_string();
            match Filter::parse(&written) {
                Ok(again) => assert_eq!(again, filter, "{written}"),
                Err(error) => panic!("{written}: {error}"),
            }
            let negated = Filter::all(vec![Filter::any(vec![filter.clone()]), filter]);
            assert!(Filter::parse(&negated.to_string()).is_ok(), "{negated}");
        }
        Err(error) => tell(&error),
    }
    true
}
