//! Every target over its seeds and some mutations of them, without libFuzzer, the same in every run.
//!
//! These are unit tests of the library, because cargo builds all forty programs before it runs an integration test.

use std::collections::BTreeSet;
use std::path::Path;

use semsearch_engine::align::Alignment;
use semsearch_testing::Random;

use crate::{Target, every, mend, sections, seeds, targets, whole};

/// Mutations of the seeds that each target reads, unless `FUZZ_RUNS` is set.
const RUNS: u32 = 1000;
/// Bytes of the longest mutation, unless a seed is longer.
const LONGEST: usize = 1 << 15;

macro_rules! targets {
    ($($name:ident),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                run(&targets::$name());
            }
        )*

        #[test]
        fn every_target_has_a_program_and_a_test() {
            let tested: BTreeSet<&str> = [$(stringify!($name)),*].into();
            let known: BTreeSet<&str> = every().iter().map(|target| target.name).collect();
            assert_eq!(tested, known);
            for name in known {
                let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz_targets").join(format!("{name}.rs"));
                let text = std::fs::read_to_string(&program).unwrap();
                assert!(text.contains(&format!("target!({name});")), "{name}");
            }
        }
    };
}

targets! {
    acl, any, arrow, arxiv, bibtex, checkpoint, collection_v1, csl, csl_yaml, csv, daily_papers, damaged, datacite,
    dblp, documents, endnote, excel, export_record, feed, fields, filter, gzip, hayagriva, identity, image, index,
    jats, jsonl, manifest, marc, model_folder, model_manifest, mods, nbib, oai, openalex, packed_tokeniser, parquet,
    pointer, pubmed, qrels, queries, refer, removed, ris, semantic_scholar, sqlite, static_table, switch, text_file,
    tokeniser, tokens, vector_file, web_of_science, weights, zip, zotero_rdf, zstd,
}

#[test]
fn seeds_are_well_formed() {
    let texts = |target: Target| (target.seeds)().into_iter().map(|seed| String::from_utf8(seed).unwrap());
    for seed in texts(targets::manifest()) {
        semsearch_store::fuzz::parse_manifest(Path::new("manifest.json"), 3, seed.as_bytes()).unwrap();
    }
    for seed in texts(targets::model_manifest()) {
        semsearch_embed::Manifest::parse(&seed, Path::new("manifest.toml")).unwrap();
    }
    for seed in texts(targets::filter()) {
        semsearch_store::Filter::parse(&seed).unwrap();
    }
    for seed in texts(targets::tokeniser()) {
        semsearch_embed::Tokeniser::parse_bare(seed.as_bytes(), Path::new("tokenizer.json"), 1 << 16).unwrap();
    }
    for seed in texts(targets::export_record()) {
        serde_json::from_str::<semsearch_engine::exchange::ExportRecord>(&seed).unwrap();
    }
    assert!(!(targets::packed_tokeniser().seeds)().is_empty());
    let switch = (targets::switch().seeds)();
    let bridges = switch.iter().flat_map(|seed| sections::split(seed)).filter(|(name, _)| *name == "bridge");
    let bridges: Vec<Alignment> = bridges.map(|(_, bytes)| Alignment::decode(bytes).unwrap()).collect();
    assert_eq!(bridges.iter().map(|bridge| bridge.overlap().suffices()).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn the_model_that_costs_nothing_mends_the_golden_collection_of_version_1() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/store/tests/golden/collection-v1");
    for damaged in [None, Some("g000001/documents.idx"), Some("g000001/index/vectors.index")] {
        let mut files = whole::read(&folder);
        files.retain(|path, _| damaged.is_none_or(|damaged| path != Path::new(damaged)));
        let root = whole::put("golden", &files);
        let repaired = whole::mend(&root, false).unwrap();
        assert_eq!((repaired.documents, repaired.lost.len()), (6, 0), "without {damaged:?}");
        whole::ask(&root).unwrap();
    }
}

/// Once, a search had room for 256 links of a member of an upper level, and opening allowed 4,096.
#[test]
fn more_links_than_a_search_has_room_for_are_refused() {
    use semsearch_testing::mend::index::with_links;
    let whole = seeds::index_of_two_levels();
    let reads = |upper_degree| (targets::index().read)(&mend::fold(&with_links(&whole, 4, upper_degree)));
    assert!(reads(256), "as many as the format allows");
    for more in [300, 257, 4096] {
        assert!(!reads(more), "{more} links are more than the format allows");
    }
}

fn run(target: &Target) {
    let seeds = (target.seeds)();
    for (place, seed) in seeds.iter().enumerate() {
        assert!((target.read)(seed), "seed {place} is not what the target reads");
    }
    let runs = std::env::var("FUZZ_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(RUNS);
    let longest = seeds.iter().map(Vec::len).max().unwrap_or(0).max(LONGEST);
    let mut random = Random::new(1);
    for _ in 0..runs {
        let mut bytes = seeds[random.index(seeds.len())].clone();
        let other = &seeds[random.index(seeds.len())];
        (0..=random.index(4)).for_each(|_| mutate(&mut bytes, other, &mut random));
        bytes.truncate(longest);
        (target.read)(&bytes);
    }
}

/// Changes a byte or a number, takes a part out, doubles it, or puts one of another seed in its place.
fn mutate(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    const ODD: [u64; 6] = [0, 1, u64::MAX, i64::MAX as u64, u32::MAX as u64, 1 << 31];
    let at = random.index(bytes.len());
    let len = 1 + random.index(32);
    let end = (at + len).min(bytes.len());
    match random.index(6) {
        0 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << random.index(8)),
        1 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = random.number() as u8),
        2 => {
            let number = ODD[random.index(ODD.len())].to_le_bytes();
            let width = [1, 2, 4, 8][random.index(4)];
            bytes.iter_mut().skip(at).zip(number).take(width).for_each(|(byte, new)| *byte = new);
        }
        3 => drop(bytes.drain(at..end)),
        4 => {
            let part = bytes[at..end].to_vec();
            bytes.splice(at..at, part);
        }
        _ => {
            let from = random.index(other.len());
            let part = other[from..(from + len).min(other.len())].to_vec();
            bytes.splice(at..end, part);
        }
    }
}
