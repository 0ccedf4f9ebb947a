//! What is kept of a change of the model that is not done.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use semsearch_embed::Encoder;
use semsearch_engine::align::Alignment;
use semsearch_engine::switch::{Pending, status};
use semsearch_engine::{SearchOptions, Searcher, fuzz};
use semsearch_store::{Collection, CollectionError};

use crate::stub::Stub;
use crate::{mend, scratch, sections, tell, whole};

/// The record of the new model and a bridge, behind the lines `=== switch.json` and `=== bridge`, in a collection: read,
/// and asked over the bridge. The bridge comes twice, once as it is and once with a checksum that holds.
#[must_use]
pub fn switch(input: &[u8]) -> bool {
    let root = scratch::path("switched");
    if !root.exists() {
        let _ = whole::put("switched", whole::files());
    }
    let mut bridges = Vec::new();
    let record = root.join("checkpoint/switch.json");
    scratch::put(&record, b"");
    for (name, content) in sections::split(input) {
        match name {
            "switch.json" => scratch::put(&record, content),
            "bridge" => bridges.extend([content.to_vec(), mend::bridge(content)]),
            _ => {}
        }
    }
    let collection = Arc::new(Collection::open(&root).expect("nothing is wrong with it"));
    told(Pending::read(&root));
    bridges.iter().for_each(|bridge| cross(&collection, bridge));
    told(status(&collection));
    true
}

/// Where the bridge from the other model to that of the collection is kept.
#[must_use]
pub fn bridge_path(root: &Path) -> PathBuf {
    fuzz::alignment_path(root, Stub::other().fingerprint().as_str(), Stub::toy().fingerprint().as_str())
}

fn cross(collection: &Arc<Collection>, bytes: &[u8]) {
    let root = collection.root();
    scratch::put(&bridge_path(root), bytes);
    let (new, old) = (Stub::other().fingerprint().as_str(), Stub::toy().fingerprint().as_str());
    if let Some(Some(bridge)) = told(fuzz::read_alignment(root, new, old)) {
        let again = Alignment::decode(&bridge.encode()).expect("what was written can be read");
        assert_eq!(again.encode(), bridge.encode());
    }
    let searcher = match Searcher::new(collection.clone(), Arc::new(Stub::other().clone())) {
        Ok(searcher) => searcher,
        Err(error) => return tell(&error),
    };
    match searcher.search("tides", &SearchOptions::default()) {
        Ok(answer) => {
            assert!(answer.aligned.is_some(), "it is another model");
            assert!(answer.hits.iter().all(|hit| hit.score.is_finite()), "a score that is no number");
        }
        Err(error) => tell(&error),
    }
}

/// What was read, if it is what was written.
fn told<T>(outcome: Result<T, CollectionError>) -> Option<T> {
    outcome
        .inspect_err(|error| {
            assert!(error.is_damage(), "a file that can be read is damaged or whole: {error}");
            tell(error);
        })
        .ok()
}
