//! Checks of content, which checksums cannot replace: in a forged file, the checksums hold.
//!
//! Each block is checked once, after its checksum was compared. From then on every id in it is a valid index, no row is
//! found twice, and no score is a NaN. Whether the graph is a good one is not checked.

use crate::file::{Content, Element, Section};
use crate::half;
use crate::layout::NONE;
use crate::vectors::check;

/// Rows are finite, and of length 1 or all zeros.
pub(super) fn rows(dim: usize, element: Element) -> Content {
    const PROBLEM: &str = "a row is not of length 1";
    let whole = move |numbers: &[f32]| numbers.chunks_exact(dim).all(|row| check(0, row).is_ok());
    Box::new(move |_, bytes| {
        let good = match element {
            Element::F32 => whole(bytemuck::cast_slice(bytes)),
            Element::F16 => whole(&half::widen(bytemuck::cast_slice(bytes))),
        };
        if good { Ok(()) } else { Err(PROBLEM) }
    })
}

/// Links are below `end`, and stand before the places without one.
pub(super) fn links(degree: usize, end: usize) -> Content {
    Box::new(move |_, bytes| {
        let links: &[u32] = bytemuck::cast_slice(bytes);
        // Without a branch for each link, since a block has a thousand.
        let good = |link: u32| (link as usize) < end || link == NONE;
        if links.iter().fold(false, |bad, link| bad | !good(*link)) {
            return Err("a link leads nowhere");
        }
        let gap = |pair: &[u32]| pair[0] == NONE && pair[1] != NONE;
        if links.chunks_exact(degree).any(|links| links.windows(2).fold(false, |bad, pair| bad | gap(pair))) {
            return Err("a link stands behind a place without one");
        }
        Ok(())
    })
}

/// Every number is below the length of `back`, whose entry there leads back: no two numbers are equal.
pub(super) fn permutation(back: Section) -> Content {
    Box::new(move |first, bytes| {
        // Not compared with its checksums, which is not needed here: a number that leads back is right.
        let back = back.u32s();
        let numbers: &[u32] = bytemuck::cast_slice(bytes);
        let leads_back =
            |(from, to): (usize, &u32)| back.get(*to as usize).is_some_and(|again| *again as usize == from);
        if (first..).zip(numbers).all(leads_back) { Ok(()) } else { Err("rows and nodes are not each other's") }
    })
}

/// Members are below `end` and ascend.
pub(super) fn members(all: Section, end: usize) -> Content {
    Box::new(move |first, bytes| {
        let before = first.checked_sub(1).map(|last| all.u32s()[last]);
        let members: &[u32] = bytemuck::cast_slice(bytes);
        let ascend = before.iter().chain(members).is_sorted_by(|a, b| a < b);
        let within = members.last().is_none_or(|last| (*last as usize) < end);
        if ascend && within { Ok(()) } else { Err("members of a level do not ascend") }
    })
}

/// Residual norms are finite, not negative, and at most `largest`.
pub(super) fn residual_norms(largest: f32) -> Content {
    Box::new(move |_, bytes| {
        let norms: &[f32] = bytemuck::cast_slice(bytes);
        // A NaN is not within the range.
        if norms.iter().all(|norm| (0.0..=largest).contains(norm)) {
            Ok(())
        } else {
            Err("an error that is not a length, or larger than the largest")
        }
    })
}

/// The mean and the step are finite.
pub(super) fn quantiser() -> Content {
    Box::new(|_, bytes| {
        let numbers: &[f32] = bytemuck::cast_slice(bytes);
        if numbers.iter().all(|number| number.is_finite()) { Ok(()) } else { Err("a number that is not finite") }
    })
}
