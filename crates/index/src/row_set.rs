//! Which rows may be answers: one bit a row.
//!
//! Filters of every kind end here: a range of days, a list of ids, rows that were deleted. A set is made once for a
//! question and asked about rows many times.

use crate::hit::RowId;

/// A set of rows of an index of a certain size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowSet {
    words: Vec<u64>,
    rows: usize,
    count: usize,
}

impl RowSet {
    /// The empty set, for an index of `rows` rows.
    #[must_use]
    pub fn empty(rows: usize) -> Self {
        Self { words: vec![0; rows.div_ceil(64)], rows, count: 0 }
    }

    /// The set of all rows of an index of `rows` rows.
    #[must_use]
    pub fn all(rows: usize) -> Self {
        let mut set = Self { words: vec![u64::MAX; rows.div_ceil(64)], rows, count: rows };
        set.cut_tail();
        set
    }

    /// The set of the rows for which `keep` is true, for an index of `rows` rows.
    #[must_use]
    pub fn filled(rows: usize, keep: impl Fn(RowId) -> bool) -> Self {
        let mut set = Self::empty(rows);
        for (word, first) in set.words.iter_mut().zip((0..rows).step_by(64)) {
            for row in first..(first + 64).min(rows) {
                *word |= u64::from(keep(RowId(row as u32))) << (row - first);
            }
        }
        set.recount();
        set
    }

    /// Adds a row.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn insert(&mut self, row: RowId) {
        assert!(row.index() < self.rows, "row {} of {}", row.0, self.rows);
        let (word, bit) = (&mut self.words[row.index() / 64], 1 << (row.index() % 64));
        self.count += usize::from(*word & bit == 0);
        *word |= bit;
    }

    /// Takes a row out.
    pub fn remove(&mut self, row: RowId) {
        if self.contains(row) {
            self.words[row.index() / 64] &= !(1 << (row.index() % 64));
            self.count -= 1;
        }
    }

    /// Whether a row is in the set; false for a row that the index does not have.
    #[must_use]
    #[inline]
    pub fn contains(&self, row: RowId) -> bool {
        self.words.get(row.index() / 64).is_some_and(|word| word >> (row.index() % 64) & 1 == 1)
    }

    /// How many rows are in the set.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether no row is in the set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The number of rows of the index that the set was made for.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The rows, in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = RowId> + '_ {
        self.words.iter().enumerate().flat_map(|(place, &word)| {
            std::iter::successors(Some(word), |rest| Some(rest & rest.wrapping_sub(1)))
                .take_while(|rest| *rest != 0)
                .map(move |rest| RowId((place * 64) as u32 + rest.trailing_zeros()))
        })
    }

    /// Keeps the rows that are in both sets.
    ///
    /// # Panics
    /// If the sets are of indexes of different sizes.
    pub fn intersect(&mut self, other: &Self) {
        assert_eq!(self.rows, other.rows, "sets of one index");
        self.words.iter_mut().zip(&other.words).for_each(|(mine, theirs)| *mine &= theirs);
        self.recount();
    }

    /// Adds the rows of the other set.
    ///
    /// # Panics
    /// If the sets are of indexes of different sizes.
    pub fn unite(&mut self, other: &Self) {
        assert_eq!(self.rows, other.rows, "sets of one index");
        self.words.iter_mut().zip(&other.words).for_each(|(mine, theirs)| *mine |= theirs);
        self.recount();
    }

    /// Replaces the set with the rows that are not in it.
    pub fn complement(&mut self) {
        self.words.iter_mut().for_each(|word| *word = !*word);
        self.cut_tail();
        self.count = self.rows - self.count;
    }

    /// Clears the bits of the last word behind the last row.
    fn cut_tail(&mut self) {
        if let Some(last) = self.words.last_mut()
            && !self.rows.is_multiple_of(64)
        {
            *last &= (1 << (self.rows % 64)) - 1;
        }
    }

    fn recount(&mut self) {
        self.count = self.words.iter().map(|word| word.count_ones() as usize).sum();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_set_of_rows_behaves_like_any_set(
            rows in 1usize..300, steps in prop::collection::vec((any::<bool>(), any::<prop::sample::Index>()), 0..200)
        ) {
            let (mut set, mut expected) = (RowSet::empty(rows), BTreeSet::new());
            for (insert, index) in steps {
                let row = RowId(index.index(rows) as u32);
                if insert { set.insert(row); expected.insert(row); } else { set.remove(row); expected.remove(&row); }
            }
            prop_assert_eq!(set.len(), expected.len());
            prop_assert_eq!(set.iter().collect::<Vec<_>>(), expected.iter().copied().collect::<Vec<_>>());
            prop_assert_eq!(&RowSet::filled(rows, |row| expected.contains(&row)), &set);
            let mut even = RowSet::filled(rows, |row| row.0 % 2 == 0);
            even.intersect(&set);
            prop_assert!(even.iter().eq(expected.iter().copied().filter(|row| row.0 % 2 == 0)));
            prop_assert_eq!(even.len(), even.iter().count());

            let mut either = RowSet::filled(rows, |row| row.0 % 2 == 0);
            either.unite(&set);
            prop_assert_eq!(&either, &RowSet::filled(rows, |row| row.0 % 2 == 0 || expected.contains(&row)));
            let mut others = set.clone();
            others.complement();
            prop_assert_eq!(&others, &RowSet::filled(rows, |row| !expected.contains(&row)));
            prop_assert_eq!(RowSet::all(rows), RowSet::filled(rows, |_| true));
        }
    }

    #[test]
    fn no_row_outside_of_the_index_is_in_a_set() {
        let set = RowSet::filled(70, |_| true);
        assert_eq!(set.len(), 70);
        assert!(set.contains(RowId(69)) && !set.contains(RowId(70)) && !set.contains(RowId(u32::MAX)));
    }
}
