//! The merge policy: which segments are merged.
//!
//! Segments are in the order of their documents, and each holds at least twice as many documents as the next. So there are
//! at most log₂(documents) segments, and a document is copied about that many times. A new segment comes last and is
//! merged with as many of its neighbours as the rule needs; only neighbours are merged, which keeps the order. Segments
//! with vectors by different sets of models are not merged, so there may be twice as many segments during a model switch.
//! A segment with more deleted than remaining documents is rewritten, and an empty one is dropped.
//!
//! This is the logarithmic method, as in log-structured merge trees (O'Neil et al. 1996).

use std::ops::Range;

/// What the policy knows of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    /// Documents that are not deleted.
    pub(super) alive: u64,
    /// Deleted documents.
    pub(super) deleted: u64,
    /// The set of models it has vectors by. Segments of different kinds are not merged.
    pub(super) kind: u32,
    /// Whether it is the addition: staged documents, which have to be written in any case.
    pub(super) is_new: bool,
    /// Whether an earlier version wrote it, without words. Compacting adds them.
    pub(super) lacks_words: bool,
}

/// Neighbouring segments that become one segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// The segments.
    pub(super) parts: Range<usize>,
    /// Whether they are written as a new segment. Otherwise the group is a single segment, which is kept as it is.
    pub(super) is_rewritten: bool,
}

/// A segment has at least this many times the documents of the next one.
const RATIO: u64 = 2;

/// Divides segments into groups, in order. With `all`, makes as few groups as the kinds allow, and drops all deleted
/// documents.
pub(super) fn plan(sizes: &[Size], all: bool) -> Vec<Group> {
    // For each group so far, its first segment and its total size.
    let mut groups: Vec<(usize, Size)> = Vec::new();
    let mut ends = Vec::new();
    for (number, &size) in sizes.iter().enumerate() {
        groups.push((number, size));
        ends.push(number + 1);
        while let [.., (_, larger), (_, smaller)] = groups[..] {
            let fits = larger.kind == smaller.kind || larger.alive == 0 || smaller.alive == 0;
            if !fits || !(all || larger.alive < RATIO * smaller.alive || smaller.alive == 0) {
                break;
            }
            let (_, smaller) = groups.pop().expect("two are there");
            ends.pop();
            let (_, larger) = groups.last_mut().expect("one is there");
            larger.kind = if larger.alive == 0 { smaller.kind } else { larger.kind };
            larger.alive += smaller.alive;
            larger.deleted += smaller.deleted;
            *ends.last_mut().expect("one is there") = number + 1;
        }
    }
    let mut done = Vec::new();
    for (&(start, _), end) in groups.iter().zip(ends) {
        let holding: Vec<usize> = (start..end).filter(|&part| sizes[part].alive > 0).collect();
        match holding[..] {
            [] => {}
            // This also holds if its neighbours are empty: they are dropped, so it need not be copied.
            [only] if !is_due(&sizes[only], all) => done.push(Group { parts: only..only + 1, is_rewritten: false }),
            _ => done.push(Group { parts: start..end, is_rewritten: true }),
        }
    }
    done
}

/// Whether a segment is rewritten even if it is not merged.
fn is_due(size: &Size, all: bool) -> bool {
    size.is_new || size.deleted > size.alive || (all && (size.deleted > 0 || size.lacks_words))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn size(alive: u64, deleted: u64) -> Size {
        Size { alive, deleted, kind: 0, is_new: false, lacks_words: false }
    }

    fn group(parts: Range<usize>, is_rewritten: bool) -> Group {
        Group { parts, is_rewritten }
    }

    #[test]
    fn a_small_addition_stays_beside_a_large_segment() {
        let new = Size { is_new: true, ..size(1000, 0) };
        assert_eq!(plan(&[size(60_000, 10), new], false), [group(0..1, false), group(1..2, true)]);
    }

    #[test]
    fn neighbours_of_like_size_are_merged_as_far_as_it_takes() {
        let new = Size { is_new: true, ..size(1, 0) };
        assert_eq!(plan(&[size(8, 0), size(2, 0), size(1, 0), new], false), [group(0..1, false), group(1..4, true)]);
        assert_eq!(plan(&[size(4, 0), size(2, 0), size(1, 0), new], false), [group(0..4, true)]);
    }

    #[test]
    fn a_segment_that_is_mostly_removed_is_written_anew_and_an_empty_one_goes() {
        assert_eq!(plan(&[size(10, 11), size(2, 1)], false), [group(0..1, true), group(1..2, false)]);
        assert_eq!(plan(&[size(10, 1), size(0, 5)], false), [group(0..1, false)]);
        assert_eq!(plan(&[size(0, 3), size(10, 1)], false), [group(1..2, false)]);
        assert_eq!(plan(&[size(0, 3)], false), []);
        assert_eq!(plan(&[], true), []);
    }

    #[test]
    fn everything_becomes_one_where_that_is_asked_for_and_what_is_one_and_whole_stays() {
        assert_eq!(plan(&[size(10, 1), size(2, 0)], true), [group(0..2, true)]);
        assert_eq!(plan(&[size(10, 0)], true), [group(0..1, false)]);
        assert_eq!(plan(&[size(10, 1)], true), [group(0..1, true)]);
        let other = Size { kind: 1, ..size(8, 0) };
        assert_eq!(plan(&[size(10, 0), other], true), [group(0..1, false), group(1..2, false)]);
    }

    proptest! {
        #[test]
        fn there_are_no_more_segments_than_the_logarithm_of_documents(
            additions in proptest::collection::vec((1u64..2000, 0u64..4), 1..200)
        ) {
            let mut segments: Vec<Size> = Vec::new();
            let mut total = 0;
            for (added, removed_of_largest) in additions {
                if let Some(largest) = segments.first_mut() {
                    let deleted = removed_of_largest.min(largest.alive);
                    largest.alive -= deleted;
                    largest.deleted += deleted;
                    total -= deleted;
                }
                total += added;
                segments.push(Size { is_new: true, ..size(added, 0) });
                let groups = plan(&segments, false);
                // Every segment with documents is in one group, in order.
                let covered: Vec<usize> = groups.iter().flat_map(|group| group.parts.clone()).collect();
                prop_assert!(covered.is_sorted());
                let lost = (0..segments.len()).filter(|part| !covered.contains(part));
                prop_assert!(lost.into_iter().all(|part| segments[part].alive == 0));
                segments = groups.iter().map(|group| {
                    let alive = segments[group.parts.clone()].iter().map(|size| size.alive).sum();
                    let deleted = if group.is_rewritten { 0 } else { segments[group.parts.start].deleted };
                    size(alive, deleted)
                }).collect();
                prop_assert_eq!(segments.iter().map(|size| size.alive).sum::<u64>(), total);
                prop_assert!(segments.len() as u32 <= total.max(1).ilog2() + 1, "{:?}", segments);
            }
        }
    }
}
