//! Files that are damaged, or lie.
//!
//! Whatever bytes a file has: it is refused, or answers without panic, endless loop, or memory that its size does not
//! justify.

use std::sync::Arc;

use proptest::prelude::*;
use semsearch_lexical::{LexicalError, LexicalIndex, LexicalSegment, WeightedStem};

use crate::papers::{Owned, collections, file};

/// Where the lengths of sections begin and end in the header.
const LENGTHS: std::ops::Range<usize> = 24..24 + 16 * 8;
/// Bytes with a checksum of their own.
const BLOCK: usize = 1 << 14;

fn papers() -> Vec<Owned> {
    let mut papers: Vec<Owned> = Vec::new();
    for number in 0..40 {
        let mut paper = Owned::of(
            &format!("Graph networks {number} of the GPT-4"),
            &format!(
                "A graph network (GN) learns to be. Word{} networks {}",
                number % 7,
                "attention ".repeat(number % 5)
            ),
        );
        paper.authors = vec!["Ashish Vaswani".into(), format!("Noam Name{}", number % 3)];
        paper.venue = Some(format!("ACL {}", 2000 + number % 4));
        paper.identifiers = vec![format!("arxiv:2000.{number:05}"), "doi:10.1/shared".into()];
        papers.push(paper);
    }
    papers
}

/// Asks everything that can be asked; whether all of it was answered.
fn ask(bytes: &[u8]) -> Result<(), LexicalError> {
    let segment = Arc::new(LexicalSegment::open(bytes.to_vec().into())?);
    let rows = segment.rows();
    let removed = (rows > 2).then(|| vec![1]);
    let index = LexicalIndex::new(vec![(segment.clone(), removed), (segment, None)])?;
    let mut first = Ok(());
    // What one question stumbles over does not keep the next from being asked.
    let mut note = |answer: Result<(), LexicalError>| {
        if first.is_ok() {
            first = answer;
        }
    };
    let stems = ["graph", "network", "gpt4", "4", "word3", "attent", "absent"];
    let terms: Vec<WeightedStem> =
        stems.iter().map(|stem| WeightedStem { stem: (*stem).to_owned(), weight: 1.0 }).collect();
    let query: Vec<String> = terms.iter().map(|term| term.stem.clone()).collect();
    note(index.scores(&terms).map(drop));
    note(index.best(&terms, 3, &|_| true).map(drop));
    note(index.matcher(&query).map(|mut matcher| {
        for document in 0..(2 * rows).min(200) {
            matcher.look_at(document);
        }
    }));
    for phrase in ["graph network", "of the", "network of the graph", "the"] {
        note(index.with_phrase(phrase).map(drop));
    }
    note(index.with_prefix("net").and(index.with_prefix("t")).map(drop));
    note(index.of_author("vaswani").and(index.of_author("noam name1")).map(drop));
    note(index.of_venue("acl").map(drop));
    note(index.with_identifier("arxiv:2000.00007").and(index.with_identifier("doi:10.1/shared")).map(drop));
    note(index.words().map(drop));
    note(index.definitions().map(drop));
    first
}

/// Writes the checksums that the content has.
fn mend(file: &mut [u8]) {
    let lengths = file[LENGTHS].chunks(8).map(|length| u64::from_le_bytes(length.try_into().unwrap()));
    let body = lengths.fold(0_u64, u64::saturating_add);
    let Ok(body) = usize::try_from(body) else { return };
    let checks = body.div_ceil(BLOCK).saturating_mul(4);
    let end = checks.saturating_add(LENGTHS.end + 4);
    if end > file.len() {
        return;
    }
    let found: Vec<u8> = file[end..].chunks(BLOCK).flat_map(|block| crc32c::crc32c(block).to_le_bytes()).collect();
    for (place, check) in file[LENGTHS.end..end - 4].iter_mut().zip(found) {
        *place = check;
    }
    let check = crc32c::crc32c(&file[..end - 4]);
    file[end - 4..end].copy_from_slice(&check.to_le_bytes());
}

fn verify(bytes: &[u8]) -> Result<(), LexicalError> {
    LexicalSegment::open(bytes.to_vec().into())?.verify()
}

#[test]
fn every_flipped_bit_is_found() {
    let whole = file(&papers());
    ask(&whole).unwrap();
    verify(&whole).unwrap();
    let mut bytes = whole.clone();
    for place in 0..whole.len() {
        for bit in 0..8 {
            bytes[place] ^= 1 << bit;
            assert!(verify(&bytes).is_err(), "bit {bit} of byte {place}");
            bytes[place] ^= 1 << bit;
        }
    }
}

#[test]
fn what_is_asked_of_a_flipped_bit_is_refused() {
    // Everything lies in one block here, so the first use of anything finds it.
    let whole = file(&papers());
    let mut bytes = whole.clone();
    for place in 0..whole.len() {
        bytes[place] ^= 1 << (place % 8);
        assert!(ask(&bytes).is_err(), "byte {place}");
        bytes[place] ^= 1 << (place % 8);
    }
}

#[test]
fn damage_of_one_block_leaves_what_lies_in_others() {
    let paper = |number: u32| Owned {
        identifiers: vec![format!("{:08x}", number.wrapping_mul(0x9e37_79b9))],
        ..Owned::of("a title", &format!("graph word{number}"))
    };
    let papers: Vec<Owned> = (0..8000).map(paper).collect();
    let mut bytes = file(&papers);
    // Behind the rows of identifiers lie only two sections without any keys.
    let place = bytes.len() - 100;
    bytes[place] ^= 1;
    assert!(verify(&bytes).is_err());
    let segment = Arc::new(LexicalSegment::open(bytes.into()).unwrap());
    let index = LexicalIndex::new(vec![(segment, None)]).unwrap();
    assert_eq!(index.word_frequency("graph").unwrap(), 8000);
    assert_eq!(index.with_phrase("graph word17").unwrap().len(), 1);
    assert!(index.with_identifier("ffffffff").unwrap().is_empty());
    let last = papers.iter().map(|paper| &*paper.identifiers[0]).max().unwrap();
    assert!(index.with_identifier(last).is_err());
}

#[test]
fn a_file_that_ends_early_or_late_is_refused() {
    let whole = file(&papers());
    for len in 0..whole.len() {
        assert!(LexicalSegment::open(whole[..len].to_vec().into()).is_err(), "{len} bytes");
    }
    assert!(LexicalSegment::open([&whole[..], &[0]].concat().into()).is_err());
}

#[test]
fn other_files_are_told_from_damaged_ones() {
    let open = |bytes: &[u8]| LexicalSegment::open(bytes.to_vec().into()).unwrap_err();
    assert_eq!(
        open(b"SEMSFLD\n...").to_string(),
        r"expected an index of words, which begins with `SEMSLEX`, found `SEMSFLD\n`"
    );
    assert!(matches!(open(b""), LexicalError::NotLexical { .. }));
    let mut later = file(&[]);
    later[8] = 2;
    assert_eq!(open(&later), LexicalError::Version { found: 2 });
}

#[test]
fn a_lie_about_one_byte_is_no_panic_and_most_are_found() {
    let whole = file(&papers());
    let mut bytes = whole.clone();
    let (mut lies, mut believed) = (0, 0);
    for place in 12..whole.len() {
        for lie in [whole[place] ^ 1, whole[place] ^ 0x80, 0, 0xff] {
            bytes.copy_from_slice(&whole);
            bytes[place] = lie;
            mend(&mut bytes);
            if bytes == whole {
                continue;
            }
            lies += 1;
            let _ = ask(&bytes);
            believed += u32::from(verify(&bytes).is_ok());
        }
    }
    // A row, an author's number or a letter of a name may be another one without contradiction.
    assert!(believed * 4 < lies, "{believed} of {lies} lies were believed");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_was_written_is_whole((papers, _, _) in collections()) {
        verify(&file(&papers)).unwrap();
    }

    #[test]
    fn a_file_that_lies_in_many_places_is_no_panic(
        (papers, _, _) in collections(),
        lies in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        swap in any::<Option<(prop::sample::Index, prop::sample::Index)>>(),
    ) {
        let mut bytes = file(&papers);
        for (place, lie) in lies {
            let place = 12 + place.index(bytes.len() - 12);
            bytes[place] = lie;
        }
        if let Some((a, b)) = swap {
            let (a, b) = (12 + a.index(bytes.len() - 12), 12 + b.index(bytes.len() - 12));
            bytes.swap(a, b);
        }
        mend(&mut bytes);
        let _ = ask(&bytes);
        let _ = verify(&bytes);
    }

    #[test]
    fn any_bytes_behind_a_right_header_are_no_panic(body in prop::collection::vec(any::<u8>(), 0..600), rows in 0..40_u64) {
        let mut bytes = file(&[])[..24].to_vec();
        bytes[16..24].copy_from_slice(&rows.to_le_bytes());
        let share = body.len() / 16;
        for section in 0..16 {
            let len = if section == 15 { body.len() - 15 * share } else { share };
            bytes.extend_from_slice(&(len as u64).to_le_bytes());
        }
        bytes.resize(bytes.len() + 4 * body.len().div_ceil(BLOCK) + 4, 0);
        bytes.extend_from_slice(&body);
        mend(&mut bytes);
        let _ = ask(&bytes);
        let _ = verify(&bytes);
    }
}
