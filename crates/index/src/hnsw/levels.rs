//! Which rows are on which level.
//!
//! As published, a row of one level is on the next with probability 1/m. Here the numbers of members are exact: every
//! row has a number drawn from the seed and its id, and a level's members are those with the lowest numbers. The top
//! level has about as many members as a search scores at once, for any size of the collection.

use crate::limits::MAX_ENTRIES;

/// The members of every level above the lowest, ascending; level 1 first. Empty without rows.
pub(super) fn members(rows: usize, m: usize, seed: u64) -> Vec<Vec<u32>> {
    if rows == 0 {
        return Vec::new();
    }
    let mut drawn: Vec<(u64, u32)> = (0..rows as u32).map(|row| (draw(seed, row), row)).collect();
    let sizes = sizes(rows, m);
    let largest = sizes[0];
    if largest < rows {
        drawn.select_nth_unstable(largest);
        drawn.truncate(largest);
    }
    drawn.sort_unstable();
    let level = |size: &usize| {
        let mut members: Vec<u32> = drawn[..*size].iter().map(|(_, row)| *row).collect();
        members.sort_unstable();
        members
    };
    sizes.iter().map(level).collect()
}

/// The number of members of each upper level over `rows` rows, at least one.
pub(super) fn sizes(rows: usize, m: usize) -> Vec<usize> {
    // From level 1 up. A level with less than twice the members of the top one would hardly be another.
    let mut sizes: Vec<usize> = std::iter::successors(Some(rows / m), |size| Some(size / m))
        .take_while(|size| *size >= 2 * MAX_ENTRIES)
        .collect();
    sizes.push(MAX_ENTRIES.min(rows));
    sizes
}

/// A number that looks random: the output function of SplitMix64 (Steele, Lea and Flood, 2014).
pub(super) fn draw(seed: u64, row: u32) -> u64 {
    let mut z = seed.wrapping_add((u64::from(row) + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(rows: usize, m: usize) -> Vec<usize> {
        members(rows, m, 7).iter().map(Vec::len).collect()
    }

    #[test]
    fn a_level_has_an_m_th_of_the_rows_below_and_the_top_one_256() {
        assert_eq!(sizes(0, 16), [0; 0]);
        assert_eq!(sizes(1, 16), [1]);
        assert_eq!(sizes(256, 16), [256]);
        assert_eq!(sizes(8191, 16), [256]);
        assert_eq!(sizes(8192, 16), [512, 256]);
        assert_eq!(sizes(100_000, 8), [12_500, 1562, 256]);
    }

    #[test]
    fn a_level_is_a_part_of_the_one_below_and_another_seed_draws_others() {
        let levels = members(5000, 2, 1);
        for pair in levels.windows(2) {
            assert!(pair[0].is_sorted() && pair[1].iter().all(|row| pair[0].binary_search(row).is_ok()));
        }
        assert_ne!(levels, members(5000, 2, 2));
        assert_eq!(levels, members(5000, 2, 1));
    }
}
