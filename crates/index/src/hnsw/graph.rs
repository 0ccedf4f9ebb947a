//! Links between rows, as they are built and before they are laid out for searching.
//!
//! Level 0 holds every row. Each level above holds a part of the one below, and the top one so few rows that a search
//! begins by scoring them all. Ids are row ids on every level.

use crate::hit::RowId;
use crate::layout::NONE;

/// A graph over all rows of an index.
///
/// Level 0 is strongly connected: from every row a path leads to every other, so no beam that is wide enough misses a
/// row, wherever it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Graph {
    /// Places for links that a row has.
    pub(crate) degree: usize,
    /// `degree` places a row; those without a link come last and hold [`NONE`].
    pub(crate) links: Vec<u32>,
    /// Upper levels, level 1 first; empty without rows.
    pub(crate) levels: Vec<Level>,
}

/// One level above the lowest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Level {
    /// Places for links that a member has; 0 on the top level.
    pub(crate) degree: usize,
    /// The members, ascending.
    pub(crate) rows: Vec<u32>,
    /// `degree` places a member, in the order of the members; empty on the top level.
    pub(crate) links: Vec<u32>,
}

impl Graph {
    /// All places of `row`, those without a link included.
    pub(crate) fn slots(&self, row: RowId) -> &[u32] {
        &self.links[row.index() * self.degree..][..self.degree]
    }
}

/// The links before the first empty place.
pub(super) fn present(links: &[u32]) -> &[u32] {
    &links[..links.iter().position(|link| *link == NONE).unwrap_or(links.len())]
}

#[cfg(test)]
use crate::limits::MAX_ENTRIES;

#[cfg(test)]
impl Graph {
    /// The rows a search begins with.
    pub(crate) fn entries(&self) -> &[u32] {
        self.levels.last().map_or(&[], |level| &level.rows)
    }

    /// Everything that every graph keeps to; says which rule is broken, and where.
    pub(crate) fn check(&self, rows: usize) -> Result<(), String> {
        if self.links.len() != rows * self.degree {
            return Err(format!("{} links for {rows} rows of {}", self.links.len(), self.degree));
        }
        let everyone: Vec<u32> = (0..rows as u32).collect();
        check_links("level 0", &everyone, &self.links, self.degree)?;
        let mut below = &everyone;
        for (number, level) in self.levels.iter().enumerate() {
            let name = format!("level {}", number + 1);
            if !level.rows.is_sorted_by(|a, b| a < b) {
                return Err(format!("{name}: members are not ascending"));
            }
            if let Some(row) = level.rows.iter().find(|row| below.binary_search(row).is_err()) {
                return Err(format!("{name}: row {row} is not on the level below"));
            }
            let top = number + 1 == self.levels.len();
            if top != level.links.is_empty() || top != (level.degree == 0) || top != (level.rows.len() <= MAX_ENTRIES) {
                return Err(format!("{name}: {} members, {} links", level.rows.len(), level.links.len()));
            }
            if !top {
                check_links(&name, &level.rows, &level.links, level.degree)?;
            }
            below = &level.rows;
        }
        match (rows, self.entries()) {
            (0, []) => Ok(()),
            (_, []) => Err("no row to begin with".into()),
            (_, [..]) => Ok(()),
        }
    }
}

/// Links lead to other members, none twice, empty places come last, and every member is reached from every other.
#[cfg(test)]
fn check_links(name: &str, members: &[u32], links: &[u32], degree: usize) -> Result<(), String> {
    let place = |row: u32| members.binary_search(&row).ok();
    let (mut forward, mut backward) = (vec![Vec::new(); members.len()], vec![Vec::new(); members.len()]);
    for (member, links) in links.chunks(degree.max(1)).enumerate() {
        let found = present(links);
        if links[found.len()..].iter().any(|link| *link != NONE) {
            return Err(format!("{name}: row {} has a link behind an empty place", members[member]));
        }
        for (number, link) in found.iter().enumerate() {
            let Some(to) = place(*link).filter(|to| *to != member && !found[..number].contains(link)) else {
                return Err(format!(
                    "{name}: row {} links to {link}, which is itself, no member or there twice",
                    members[member]
                ));
            };
            forward[member].push(to);
            backward[to].push(member);
        }
    }
    for (which, links) in [("reached from", forward), ("led to", backward)] {
        let mut seen = vec![false; members.len()];
        let mut waiting = if members.is_empty() { vec![] } else { vec![0] };
        while let Some(member) = waiting.pop() {
            if !std::mem::replace(&mut seen[member], true) {
                waiting.extend(links[member].iter().copied().filter(|to| !seen[*to]));
            }
        }
        if let Some(member) = seen.iter().position(|seen| !seen) {
            return Err(format!("{name}: row {} is not {which} the first", members[member]));
        }
    }
    Ok(())
}
