//! Paths to every row.
//!
//! Choosing links by nearness and diversity leaves some rows without a way to them, identical ones above all: a search
//! could not find them at any beam width. Here links are moved until the graph is strongly connected, in two steps, each
//! of which ends and leaves intact what was reached before:
//!
//! 1. *From the first row to every other.* Among the rows that an unreached row `u` links to, some may be reached: the
//!    nearest of them with a free place, `v`, links to `u`. If none has a free place, a link `v → w` becomes `v → u → w`,
//!    so that `w` and the rows behind it stay reached. The link that `u` drops for `w` has not made any row reached,
//!    since `u` itself was not.
//! 2. *Back to the first row.* Rows that lead nowhere but to each other are the components of the graph that no link
//!    leaves. One link of each is turned towards the first row's component: a free place, or else a link that the
//!    component can spare. Such a link exists: two trees of links, one from a row to all and one from all to it, are
//!    enough to connect the component, and every row has more than two links.
//!
//! Cost: a visit of every link for each step; what is repaired is seldom a row in a thousand.

use super::graph::present;
use crate::layout::NONE;

/// The fewest places a row can have.
pub(super) const LEAST_DEGREE: usize = 3;

/// Links of `degree` places a row, best first, between rows numbered from 0.
pub(super) struct Links<'a> {
    pub(super) links: &'a mut [u32],
    pub(super) degree: usize,
}

impl Links<'_> {
    fn len(&self) -> usize {
        self.links.len() / self.degree
    }

    fn of(&self, row: u32) -> &[u32] {
        present(&self.links[row as usize * self.degree..][..self.degree])
    }

    fn full(&self, row: u32) -> bool {
        self.of(row).len() == self.degree
    }

    /// Links `row` to `to`, in the last place if all are taken. Gives what was linked there.
    fn link(&mut self, row: u32, to: u32) -> Option<u32> {
        let len = self.of(row).len();
        if self.of(row).contains(&to) {
            return None;
        }
        let place = &mut self.links[row as usize * self.degree + len.min(self.degree - 1)];
        let before = std::mem::replace(place, to);
        (before != NONE).then_some(before)
    }
}

/// Makes the graph strongly connected, and returns how many rows had to be linked again.
///
/// # Panics
/// If a row has fewer than [`LEAST_DEGREE`] places.
pub(super) fn connect(links: &mut Links<'_>) -> usize {
    assert!(links.degree >= LEAST_DEGREE, "with fewer places a component may have no link to spare");
    if links.len() < 2 { 0 } else { reach_all(links) + lead_back(links) }
}

/// Step 1. Returns how many rows were linked again.
fn reach_all(links: &mut Links<'_>) -> usize {
    let mut reached = vec![false; links.len()];
    let visit = |links: &Links<'_>, from: u32, reached: &mut Vec<bool>| {
        let mut waiting = vec![from];
        reached[from as usize] = true;
        while let Some(row) = waiting.pop() {
            for &to in links.of(row) {
                if !std::mem::replace(&mut reached[to as usize], true) {
                    waiting.push(to);
                }
            }
        }
    };
    visit(links, 0, &mut reached);
    let mut left: Vec<u32> = (0..links.len() as u32).filter(|row| !reached[*row as usize]).collect();
    let mut repaired = 0;
    // Rows that link to a reached row come first. If no such row is left, the first unreached row is linked from row 0, and
    // the loop begins again.
    while !left.is_empty() {
        let mut progress = false;
        let mut stuck = Vec::new();
        for row in left {
            if reached[row as usize] {
                continue;
            }
            let near = links.of(row).iter().copied().filter(|to| reached[*to as usize]);
            let from = near.clone().find(|to| !links.full(*to)).or_else(|| near.clone().nth(spread(row, near.count())));
            match from {
                Some(from) => {
                    splice(links, from, row);
                    visit(links, row, &mut reached);
                    (progress, repaired) = (true, repaired + 1);
                }
                None => stuck.push(row),
            }
        }
        if !progress && let Some(&row) = stuck.first() {
            splice(links, 0, row);
            visit(links, row, &mut reached);
            repaired += 1;
        }
        left = stuck;
    }
    repaired
}

/// Which of `count` rows gives up a link. If it were always the nearest, many equal rows would become one long chain.
fn spread(row: u32, count: usize) -> usize {
    if count == 0 { 0 } else { row as usize % count }
}

/// Links `row` from `from`, which is reached, and `row` to the row that `from` drops for it.
fn splice(links: &mut Links<'_>, from: u32, row: u32) {
    if let Some(dropped) = links.link(from, row) {
        links.link(row, dropped);
    }
}

/// Step 2. Returns how many components were linked again.
fn lead_back(links: &mut Links<'_>) -> usize {
    let components = components(links);
    let home = components[0];
    let mut leaves = vec![false; links.len()];
    for row in 0..links.len() as u32 {
        let here = components[row as usize];
        leaves[here as usize] |= links.of(row).iter().any(|to| components[*to as usize] != here);
    }
    let mut closed: Vec<(u32, u32)> = (0..links.len() as u32)
        .map(|row| (components[row as usize], row))
        .filter(|(component, _)| *component != home && !leaves[*component as usize])
        .collect();
    closed.sort_unstable();
    let mut repaired = 0;
    for members in closed.chunk_by(|a, b| a.0 == b.0) {
        let members: Vec<u32> = members.iter().map(|(_, row)| *row).collect();
        let free = members.iter().copied().find(|row| !links.full(*row));
        let (row, place) = match free {
            Some(row) => (row, links.of(row).len()),
            None => spare(links, &members),
        };
        links.links[row as usize * links.degree + place] = 0;
        repaired += 1;
    }
    repaired
}

/// A link that `members` can do without: they are strongly connected, link only to each other, and have no free place.
fn spare(links: &Links<'_>, members: &[u32]) -> (u32, usize) {
    let place = |row: u32| members.binary_search(&row).expect("no link leaves the component");
    let mut needed = vec![false; members.len() * links.degree];
    let mut backward = vec![Vec::new(); members.len()];
    for (from, &row) in members.iter().enumerate() {
        for (number, &to) in links.of(row).iter().enumerate() {
            backward[place(to)].push((from, number));
        }
    }
    let (mut seen, mut waiting) = (vec![false; members.len()], vec![0]);
    seen[0] = true;
    while let Some(from) = waiting.pop() {
        for (number, &to) in links.of(members[from]).iter().enumerate() {
            if !std::mem::replace(&mut seen[place(to)], true) {
                needed[from * links.degree + number] = true;
                waiting.push(place(to));
            }
        }
    }
    seen.fill(false);
    (seen[0], waiting) = (true, vec![0]);
    while let Some(to) = waiting.pop() {
        for &(from, number) in &backward[to] {
            if !std::mem::replace(&mut seen[from], true) {
                needed[from * links.degree + number] = true;
                waiting.push(from);
            }
        }
    }
    // The last place of a row holds its worst link.
    let last = |number: usize| (0..members.len()).map(move |from| (from, number));
    let (from, number) = (0..links.degree)
        .rev()
        .flat_map(last)
        .find(|(from, number)| !needed[from * links.degree + number])
        .expect("two trees need fewer than two links a row");
    (members[from], number)
}

/// The strongly connected component of every row, named by one of its rows: Tarjan's algorithm (1972), with a stack of
/// its own instead of recursion.
fn components(links: &Links<'_>) -> Vec<u32> {
    const UNSEEN: u32 = u32::MAX;
    let rows = links.len();
    let mut component = vec![UNSEEN; rows];
    let (mut order, mut low) = (vec![UNSEEN; rows], vec![0; rows]);
    let (mut open, mut path) = (Vec::new(), Vec::new());
    let mut next = 0;
    for start in 0..rows as u32 {
        if order[start as usize] != UNSEEN {
            continue;
        }
        path.push((start, 0));
        while let Some((row, place)) = path.last_mut() {
            let (row, here) = (*row, *row as usize);
            if *place == 0 {
                (order[here], low[here]) = (next, next);
                next += 1;
                open.push(row);
            }
            match links.of(row).get(*place) {
                Some(&to) => {
                    *place += 1;
                    if order[to as usize] == UNSEEN {
                        path.push((to, 0));
                    } else if component[to as usize] == UNSEEN {
                        low[here] = low[here].min(order[to as usize]);
                    }
                }
                None => {
                    path.pop();
                    if let Some(&(parent, _)) = path.last() {
                        low[parent as usize] = low[parent as usize].min(low[here]);
                    }
                    if low[here] == order[here] {
                        while let Some(member) = open.pop() {
                            component[member as usize] = row;
                            if member == row {
                                break;
                            }
                        }
                    }
                }
            }
        }
    }
    component
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn everyone_reaches_everyone(links: &Links<'_>) -> bool {
        (0..links.len() as u32).all(|start| {
            let mut seen = vec![false; links.len()];
            let mut waiting = vec![start];
            while let Some(row) = waiting.pop() {
                if !std::mem::replace(&mut seen[row as usize], true) {
                    waiting.extend(links.of(row));
                }
            }
            seen.iter().all(|seen| *seen)
        })
    }

    /// Distinct links to other rows, from numbers drawn.
    fn graph(rows: usize, degree: usize, span: usize, drawn: &[usize]) -> Vec<u32> {
        let mut links = vec![NONE; rows * degree];
        for (row, places) in links.chunks_mut(degree).enumerate() {
            let mut found: Vec<u32> = Vec::new();
            for place in 0..degree {
                // Rows of one group of `span` mostly link to each other, so that components form.
                let draw = drawn[(row * 31 + place * 7) % drawn.len()];
                let to = ((row / span * span + draw % span) % rows) as u32;
                if to as usize != row && !found.contains(&to) && !draw.is_multiple_of(11) {
                    found.push(to);
                }
            }
            places[..found.len()].copy_from_slice(&found);
        }
        links
    }

    proptest! {
        #[test]
        fn every_row_is_reached_from_every_row(
            (rows, degree, span) in (2usize..120, 3usize..8, 1usize..40),
            drawn in prop::collection::vec(any::<u16>().prop_map(usize::from), 1..300),
        ) {
            let mut before = graph(rows, degree, span, &drawn);
            let mut links = Links { links: &mut before, degree };
            connect(&mut links);
            prop_assert!(everyone_reaches_everyone(&links));
            for row in 0..rows as u32 {
                let mut found = links.of(row).to_vec();
                prop_assert!(!found.contains(&row));
                found.sort_unstable();
                prop_assert!(found.is_sorted_by(|a, b| a < b), "no link twice: {found:?}");
            }
            prop_assert_eq!(connect(&mut links), 0, "what is connected stays as it is");
        }
    }

    #[test]
    fn rows_that_all_link_to_the_same_few_are_connected() {
        // Every row links to the first four others, as identical rows do.
        let mut rows: Vec<u32> = (0..400).flat_map(|row| (0..5).filter(move |to| *to != row).take(4)).collect();
        let mut links = Links { links: &mut rows, degree: 4 };
        assert!(!everyone_reaches_everyone(&links));
        connect(&mut links);
        assert!(everyone_reaches_everyone(&links));
    }

    /// Two complete graphs of five rows each: no place is left anywhere.
    fn two_groups() -> Vec<u32> {
        (0..10u32).flat_map(|row| (row / 5 * 5..row / 5 * 5 + 5).filter(move |to| *to != row)).collect()
    }

    #[test]
    fn two_full_groups_that_no_link_joins_are_connected() {
        let mut rows = two_groups();
        let mut links = Links { links: &mut rows, degree: 4 };
        assert_eq!(connect(&mut links), 1, "what is dropped for the link there is the link back");
        assert!(everyone_reaches_everyone(&links));
    }

    #[test]
    fn a_full_group_that_no_link_leaves_spares_one() {
        let mut rows = two_groups();
        // Row 0 links to row 5 in place of row 4, and nothing leads back.
        rows[3] = 5;
        let mut links = Links { links: &mut rows, degree: 4 };
        assert_eq!(connect(&mut links), 1);
        assert!(everyone_reaches_everyone(&links));
    }

    #[test]
    fn no_rows_and_one_row_are_connected() {
        assert_eq!(connect(&mut Links { links: &mut [], degree: 4 }), 0);
        assert_eq!(connect(&mut Links { links: &mut [NONE; 4], degree: 4 }), 0);
    }
}
