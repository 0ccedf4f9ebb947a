//! Which rows are near which.

/// The nearest other rows of each row, and how far away they are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Neighbours {
    starts: Vec<u32>,
    near: Vec<(u32, f32)>,
}

impl Neighbours {
    /// A list for each row: other rows and their distances. The row itself, rows that are not there and distances that are no
    /// numbers are left out, and a distance below 0 counts as 0.
    #[must_use]
    pub fn of_lists(lists: &[Vec<(u32, f32)>]) -> Self {
        let rows = lists.len() as u32;
        let mut neighbours = Neighbours { starts: vec![0], near: Vec::with_capacity(lists.iter().map(Vec::len).sum()) };
        for (row, list) in (0..rows).zip(lists) {
            let known = list.iter().filter(|(other, distance)| *other != row && *other < rows && distance.is_finite());
            let first = neighbours.near.len();
            neighbours.near.extend(known.map(|(other, distance)| (*other, distance.max(0.0))));
            neighbours.near[first..].sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
            neighbours.starts.push(neighbours.near.len() as u32);
        }
        neighbours
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// The neighbours of a row, nearest first.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn of(&self, row: usize) -> &[(u32, f32)] {
        &self.near[self.starts[row] as usize..self.starts[row + 1] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_neighbour_is_left_out() {
        let found = Neighbours::of_lists(&[vec![(1, 0.5), (0, 0.0), (7, 0.1), (1, f32::NAN)], vec![(0, -1e-7)]]);
        assert_eq!((found.rows(), found.of(0), found.of(1)), (2, [(1, 0.5)].as_slice(), [(0, 0.0)].as_slice()));
        assert_eq!(Neighbours::of_lists(&[]).rows(), 0);
    }
}
