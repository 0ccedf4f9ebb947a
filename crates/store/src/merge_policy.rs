//! Which segments are merged.
//!
//! Segments stand in the order of their documents, and each holds at least twice as many as the next. So there are at most
//! as many segments as the logarithm of the number of documents, and a document is copied about as often in its life. A new
//! segment goes behind the others and is merged with as many of its neighbours as it takes; merging neighbours only keeps
//! the order. What lacks vectors of one of the models that are kept is not merged with what has them: beside a second model
//! there may be twice as many segments. A segment most of whose documents were removed is rewritten without them, and an
//! empty one goes.
//!
//! The rule is that of a binary counter, as log-structured merge trees have it (O'Neil et al. 1996), with documents where
//! those have keys.

use std::ops::Range;

/// A segment as far as merging is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    /// Documents that can be found.
    pub(super) alive: u64,
    /// Documents that were removed.
    pub(super) removed: u64,
    /// Segments of different kinds have vectors of different models, and are not merged.
    pub(super) kind: u32,
    /// Whether it is to be written in any case: it is only documents yet.
    pub(super) is_new: bool,
}

/// What becomes of neighbouring segments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// Which segments.
    pub(super) parts: Range<usize>,
    /// Whether a new segment is made of them; otherwise it is one and stays as it is.
    pub(super) is_rewritten: bool,
}

/// How many times as large as the next a segment is at least.
const RATIO: u64 = 2;

/// Divides segments into groups, in their order. With `all`, as few as their kinds allow, and without any removed
/// document.
pub(super) fn plan(sizes: &[Size], all: bool) -> Vec<Group> {
    // Of each group so far: where it begins and what it is.
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
            larger.removed += smaller.removed;
            *ends.last_mut().expect("one is there") = number + 1;
        }
    }
    let mut done = Vec::new();
    for (&(start, _), end) in groups.iter().zip(ends) {
        let holding: Vec<usize> = (start..end).filter(|&part| sizes[part].alive > 0).collect();
        match holding[..] {
            [] => {}
            // Beside empty ones, too: they go, and it need not be copied for that.
            [only] if !is_due(&sizes[only], all) => done.push(Group { parts: only..only + 1, is_rewritten: false }),
            _ => done.push(Group { parts: start..end, is_rewritten: true }),
        }
    }
    done
}

/// Whether a segment is rewritten even if it is merged with no other.
fn is_due(size: &Size, all: bool) -> bool {
    size.is_new || size.removed > size.alive || (all && size.removed > 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn size(alive: u64, removed: u64) -> Size {
        Size { alive, removed, kind: 0, is_new: false }
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
                    let removed = removed_of_largest.min(largest.alive);
                    largest.alive -= removed;
                    largest.removed += removed;
                    total -= removed;
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
                    let removed = if group.is_rewritten { 0 } else { segments[group.parts.start].removed };
                    size(alive, removed)
                }).collect();
                prop_assert_eq!(segments.iter().map(|size| size.alive).sum::<u64>(), total);
                prop_assert!(segments.len() as u32 <= total.max(1).ilog2() + 1, "{:?}", segments);
            }
        }
    }
}
