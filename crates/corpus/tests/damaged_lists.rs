//! Lists that are cut short or damaged: what stands in front of the damage is read as it was, and nothing panics.

use std::path::{Path, PathBuf};

use semsearch_corpus::{Document, open};

/// Lists of formats that are read record by record.
const LISTS: [&str; 17] = [
    "arxiv_announced.xml",
    "arxiv_api.xml",
    "arxiv_rdf.xml",
    "better_bibtex.yaml",
    "datacite_file.xml",
    "dblp_person.xml",
    "endnote_desktop.xml",
    "marc_library.xml",
    "mods_library.xml",
    "oai_dspace.xml",
    "oai_marc.xml",
    "pmc_set.xml",
    "scholar.enw",
    "typst.yml",
    "wos_plain.txt",
    "zenodo_oai.xml",
    "zotero_library.rdf",
];

fn list(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/imports/lists").join(name)).unwrap()
}

/// The papers of a file and the number of complaints; `None` if its format is not known.
fn read(path: &PathBuf, bytes: &[u8]) -> Option<(Vec<Document>, usize)> {
    std::fs::write(path, bytes).unwrap();
    let (papers, complaints): (Vec<_>, Vec<_>) = open(path).ok()?.partition(Result::is_ok);
    Some((papers.into_iter().map(Result::unwrap).collect(), complaints.len()))
}

#[test]
fn a_list_that_is_cut_gives_what_stands_in_front_of_the_cut() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list");
    for name in LISTS {
        let bytes = list(name);
        let (whole, complaints) = read(&path, &bytes).unwrap();
        assert!(!whole.is_empty() && complaints == 0, "{name}");
        for end in (1..bytes.len()).step_by(37) {
            let Some((papers, _)) = read(&path, &bytes[..end]) else { continue };
            // The last one may lack what is behind the cut.
            let sure = papers.len().saturating_sub(1);
            assert!(papers.len() <= whole.len(), "{name} cut at {end}");
            assert_eq!(papers[..sure], whole[..sure], "{name} cut at {end}");
        }
    }
}

#[test]
fn a_byte_that_is_no_utf8_costs_one_record_at_most() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list");
    for name in LISTS {
        let bytes = list(name);
        let (whole, _) = read(&path, &bytes).unwrap();
        for at in (0..bytes.len()).step_by(61).filter(|&at| bytes[at].is_ascii_lowercase()) {
            let mut damaged = bytes.clone();
            damaged[at] = 0xff;
            let Some((papers, _)) = read(&path, &damaged) else { continue };
            // A tag that is damaged may hide the record in it and keep the next one from being told from it.
            assert!(papers.len() + 2 >= whole.len(), "{name} at {at}: {} of {}", papers.len(), whole.len());
        }
    }
}
