//! Whatever happens to a file, opening and searching it ends with an error or with the right answer.
//!
//! Files are spoilt in memory. A search here is any function from an opened index to hits, so that each way of
//! searching goes through the same damage.

use std::path::Path;

use crate::allocation::largest;
use crate::rows::{by_graph, clustered};
use semsearch_index::{
    Damage, Element, Hit, HnswIndex, HnswParams, Index, IndexMeta, NoProgress, OpenError, SearchError, SearchParams,
    StoredIndex, Vectors, open_bytes,
};
use semsearch_testing::Random;
use semsearch_testing::mend::index::{mend, table, with_links};
use semsearch_testing::mend::numbers::{put_u64, u32_at, u64_at};
use semsearch_testing::mend::page::{self, PAGE};
use semsearch_vector::{Bytes, Matrix, dot};

const ROWS: usize = if cfg!(miri) { 60 } else { 200 };
const DIM: usize = 16;
const K: usize = 10;
/// The fewest rows whose graph, with the fewest links, has a level between the top and the lowest.
const ROWS_OF_TWO_LEVELS: usize = 1024;
/// The fewest numbers of a row with which a graph of such rows is searched.
const DIM_OF_TWO_LEVELS: usize = 4;
/// FORMAT.md: the most links of a node, and of a member of an upper level.
const MOST_LINKS: usize = 256;

/// Miri takes a second for what takes others a millisecond.
const fn times(rounds: usize) -> usize {
    if cfg!(miri) { rounds / 500 } else { rounds }
}

type Search = fn(&StoredIndex, &[f32]) -> Result<Vec<Hit>, Fault>;

/// Why there are no hits: one of the errors that a caller has to expect.
#[derive(Debug)]
#[expect(dead_code, reason = "to be printed when a test fails")]
enum Fault {
    Open(OpenError),
    Search(SearchError),
    Damage(Damage),
}

impl From<OpenError> for Fault {
    fn from(error: OpenError) -> Self {
        Fault::Open(error)
    }
}

impl From<SearchError> for Fault {
    fn from(error: SearchError) -> Self {
        Fault::Search(error)
    }
}

impl From<Damage> for Fault {
    fn from(error: Damage) -> Self {
        Fault::Damage(error)
    }
}

/// Every way of searching an opened index.
const SEARCHES: [(&str, Search); 4] = [
    ("scan", |index, query| Ok(index.flat().search(query, &SearchParams::new(K))?)),
    ("graph", |index, query| Ok(index.hnsw()?.search(query, &by_graph(K, 40))?)),
    ("graph in memory", |index, query| Ok(index.hnsw()?.in_memory()?.search(query, &by_graph(K, 40))?)),
    ("graph with a beam of all rows", |index, query| Ok(index.hnsw()?.search(query, &by_graph(K, ROWS))?)),
];

struct Sample {
    name: String,
    bytes: Vec<u8>,
    queries: Matrix,
    /// For every way of searching and every query.
    answers: Vec<Vec<Vec<Hit>>>,
}

fn sample(element: Element) -> Sample {
    sample_of(ROWS, DIM, 4, element)
}

/// An index with a level between the top and the lowest, on which a search reads links that no smaller index has.
fn sample_of_two_levels() -> Sample {
    let sample = sample_of(ROWS_OF_TWO_LEVELS, DIM_OF_TWO_LEVELS, 2, Element::F32);
    assert_eq!(u32_at(&sample.bytes, 96), Some(2), "upper levels");
    sample
}

fn sample_of(rows: usize, dim: usize, m: usize, element: Element) -> Sample {
    let folder = tempfile::tempdir().unwrap();
    let vectors = Vectors::new(clustered(rows, dim, 5, 17)).unwrap();
    let vectors = if element == Element::F16 { vectors.to_half().unwrap() } else { vectors };
    let params = HnswParams::default().with_m(m);
    let graph = HnswIndex::build(vectors, &params, &NoProgress).unwrap();
    let meta = IndexMeta::new("a model, and how it was used").with_build_seconds(0.25);
    graph.save(folder.path(), &meta).unwrap();
    let bytes = std::fs::read(folder.path().join(semsearch_index::storage::INDEX_FILE)).unwrap();
    let queries = clustered(if cfg!(miri) { 1 } else { 3 }, dim, 5, 18);
    let index = opened(aligned(&bytes)).unwrap();
    let of = |search: &Search| queries.iter().map(|query| search(&index, query).unwrap()).collect();
    let answers = SEARCHES.iter().map(|(_, search)| of(search)).collect();
    Sample { name: format!("{element:?}, {rows} rows"), bytes, queries, answers }
}

fn opened(bytes: Bytes) -> Result<StoredIndex, OpenError> {
    open_bytes(Path::new("a file"), bytes)
}

/// Opens and searches in every way. Returns for each search whether it gave hits, all of which have to be the right ones.
fn right_or_refused(sample: &Sample, bytes: Bytes, what: &dyn Fn() -> String) -> [bool; SEARCHES.len()] {
    let mut answered = [false; SEARCHES.len()];
    // Opened again for each, so that no search finds blocks that another one has checked.
    for (((name, search), answers), answered) in SEARCHES.iter().zip(&sample.answers).zip(&mut answered) {
        let Ok(index) = opened(bytes.clone()) else { continue };
        let all: Vec<_> = sample.queries.iter().map(|query| search(&index, query)).collect();
        for (hits, right) in all.iter().zip(answers) {
            assert!(hits.as_ref().is_err() || hits.as_ref().unwrap() == right, "{}, {name}: {hits:?}", what());
        }
        *answered = all.iter().all(Result::is_ok);
    }
    answered
}

#[test]
fn a_file_that_ends_too_early_is_refused_wherever_that_is() {
    let sample = sample(Element::F32);
    let whole = aligned(&sample.bytes);
    assert!(opened(whole.clone()).is_ok());
    let step = if cfg!(miri) { 4001 } else { 1 };
    for len in (0..whole.len()).step_by(step) {
        match opened(whole.part(0..len).unwrap()) {
            Err(OpenError::Truncated { end, len: found, .. }) => assert!(found == len as u64 && end > found),
            other => panic!("cut at {len}: {other:?}"),
        }
    }
    let longer = [&sample.bytes[..], &[0]].concat();
    assert!(matches!(opened(aligned(&longer)), Err(OpenError::TrailingBytes { .. })));
}

#[test]
fn a_flipped_bit_is_an_error_or_changes_nothing() {
    // A scan reads the rows: a good fifth of a file, half of that in half precision, and a seventh with two levels.
    let mut samples = vec![(sample(Element::F32), 10_000, 8), (sample(Element::F16), 2_000, 8)];
    if !cfg!(miri) {
        samples.push((sample_of_two_levels(), 1_000, 10));
    }
    for (sample, flips, read_by_a_scan) in samples {
        let lines = table(&sample.bytes);
        let mut random = Random::new(30);
        let mut refused = [0; SEARCHES.len()];
        let mut meaningless = 0;
        for _ in 0..times(flips) {
            let (place, bit) = (random.index(sample.bytes.len()), random.index(8));
            let mut bytes = sample.bytes.clone();
            bytes[place] ^= 1 << bit;
            let bytes = aligned(&bytes);
            let what = || format!("{} byte {place} bit {bit}", sample.name);
            let answered = right_or_refused(&sample, bytes.clone(), &what);
            refused.iter_mut().zip(answered).for_each(|(refused, answered)| *refused += usize::from(!answered));
            let means_something = place < PAGE || lines.iter().any(|line| line.range().contains(&place));
            let found = opened(bytes).map_or(true, |index| index.verify_all().is_err());
            assert_eq!(found, means_something, "{}: looked at as a whole", what());
            meaningless += usize::from(!means_something);
        }
        assert!(cfg!(miri) || meaningless < flips / 100, "{meaningless} in the gaps between sections");
        if !cfg!(miri) {
            let enough = refused[0] > flips / read_by_a_scan && refused[1] > flips / 2;
            assert!(enough, "{}: {refused:?} of {flips} were refused", sample.name);
        }
    }
}

#[test]
fn a_flipped_bit_under_mended_checksums_is_an_error_or_a_well_formed_answer() {
    let mut samples = vec![sample(Element::F32), sample(Element::F16)];
    if !cfg!(miri) {
        samples.push(sample_of_two_levels());
    }
    for sample in samples {
        let lines = table(&sample.bytes);
        let end_of_table = 256 + lines.len() * 40;
        let (mut answered, mut refused) = (0, 0);
        let mut random = Random::new(31);
        for round in 0..times(1000) {
            // A quarter of the flips goes into the header and the table, which are a hundredth of the file.
            let end = if round % 4 == 0 { end_of_table } else { sample.bytes.len() };
            let (place, bit) = (random.index(end), random.index(8));
            let mut bytes = sample.bytes.clone();
            bytes[place] ^= 1 << bit;
            mend(&mut bytes);
            let bytes = aligned(&bytes);
            for (name, search) in SEARCHES {
                let Ok(index) = opened(bytes.clone()) else {
                    refused += 1;
                    continue;
                };
                for query in &sample.queries {
                    match search(&index, query) {
                        Ok(hits) => {
                            let problem = well_formed(&index, query, &hits).err();
                            assert_eq!(problem, None, "{} byte {place} bit {bit}, {name}: {hits:?}", sample.name);
                            answered += 1;
                        }
                        Err(_) => refused += 1,
                    }
                }
            }
        }
        assert!(cfg!(miri) || answered > 0 && refused > 0, "{answered} answers, {refused} errors");
    }
}

/// Bytes that begin on a multiple of 64, so that opening them does not copy them.
fn aligned(bytes: &[u8]) -> Bytes {
    let mut copy = vec![0; bytes.len() + 64];
    let address = copy.as_ptr() as usize;
    let start = address.next_multiple_of(64) - address;
    copy[start..][..bytes.len()].copy_from_slice(bytes);
    Bytes::from(copy).part(start..start + bytes.len()).unwrap()
}

/// Checks that hits are as many as requested, of different rows, in order, and have the scores of their rows.
fn well_formed(index: &StoredIndex, query: &[f32], hits: &[Hit]) -> Result<(), String> {
    if hits.len() != K {
        return Err(format!("{} hits", hits.len()));
    }
    if !hits.is_sorted_by(|a, b| a.best_first(b).is_lt()) {
        return Err("not in order, or one twice".to_owned());
    }
    for hit in hits {
        let row = index.vectors().row(hit.id).map_err(|error| error.to_string())?;
        if dot(query, &row) != hit.score {
            return Err(format!("{:?} has the score {}", hit.id, dot(query, &row)));
        }
    }
    Ok(())
}

#[test]
fn a_file_that_was_mended_without_need_is_the_same() {
    let mut mended = sample(Element::F32).bytes;
    let good = mended.clone();
    mend(&mut mended);
    assert!(mended == good, "the description that the tests go by is that of the writer");
}

#[test]
fn what_a_header_asks_for_is_refused_before_it_is_allocated() {
    let good = sample(Element::F32).bytes;
    let (index, usual) = largest(|| opened(aligned(&good)));
    assert!(index.is_ok() && usual < 2 * good.len());
    let mut random = Random::new(32);
    let lines = table(&good).len();
    let numbers = [u64::MAX, u64::MAX / 64, 1 << 63, 1 << 48, 0xffff_ffff, 0x7f80_0000, 0x7fff_ffff, 1 << 20, 1, 0];
    let mut refused = 0;
    for _ in 0..times(20_000) {
        let mut bytes = good.clone();
        for _ in 0..1 + random.index(3) {
            // A field of the header, or one of a line of the table, four or eight bytes wide.
            let place =
                if random.index(2) == 0 { 16 + 4 * random.index(21) } else { 256 + 4 * random.index(10 * lines) };
            let number = numbers[random.index(numbers.len())].to_le_bytes();
            let width = 4 + 4 * random.index(2);
            bytes[place..][..width].copy_from_slice(&number[..width]);
        }
        // With a correct checksum, the header could by chance be that of a smaller index.
        page::mend(&mut bytes);
        let bytes = aligned(&bytes);
        let (result, asked) = largest(|| opened(bytes));
        assert!(asked < good.len(), "{asked} bytes for {:?}", result.err());
        refused += usize::from(result.is_err());
    }
    assert!(refused > times(20_000) * 9 / 10, "{refused}");
}

#[test]
fn sections_that_overlap_are_refused() {
    let good = sample(Element::F32).bytes;
    for line in (1..table(&good).len()).step_by(if cfg!(miri) { 5 } else { 1 }) {
        let mut bytes = good.clone();
        let at = 256 + line * 40 + 8;
        put_u64(&mut bytes, at, u64_at(&good, at - 40).unwrap());
        mend(&mut bytes);
        assert!(matches!(opened(aligned(&bytes)), Err(OpenError::Malformed { .. })), "line {line}");
    }
}

#[test]
#[cfg_attr(miri, ignore = "builds a graph of a thousand rows")]
fn more_links_than_a_search_has_room_for_are_refused_and_as_many_are_followed() {
    let good = sample_of_two_levels();
    for (degree, upper_degree) in [(4, 3), (4, MOST_LINKS), (MOST_LINKS, 3), (MOST_LINKS, MOST_LINKS)] {
        let index = opened(aligned(&with_links(&good.bytes, degree, upper_degree))).unwrap();
        index.verify_all().unwrap();
        for (name, search) in SEARCHES {
            for query in &good.queries {
                let hits = search(&index, query).unwrap();
                assert_eq!(well_formed(&index, query, &hits), Ok(()), "{degree} and {upper_degree} links, {name}");
            }
        }
    }
    let more = [MOST_LINKS + 1, 300, 511, 4096, 4097];
    for (degree, upper_degree) in more.into_iter().flat_map(|more| [(4, more), (more, 3), (more, more)]) {
        match opened(aligned(&with_links(&good.bytes, degree, upper_degree))) {
            Err(OpenError::Malformed { offset: 72 | 76, .. }) => {}
            other => panic!("{degree} and {upper_degree} links: {other:?}"),
        }
    }
}
