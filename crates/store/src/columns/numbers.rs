//! A column of whole numbers: the smallest number, and for every row the difference from it plus one, in 1, 2, 4 or 8
//! bytes. 0 stands for a row without a number. Every row takes at least one byte, so a file cannot claim more rows than it
//! has bytes.

use super::error::{ColumnsError, damaged};

/// Bytes of the smallest number and of the width of a row.
const HEAD: usize = 9;

/// Writes a column.
pub(super) fn write(values: &[Option<i64>]) -> Vec<u8> {
    let min = values.iter().flatten().copied().min().unwrap_or(0);
    let stored = |value: Option<i64>| value.map_or(0, |value| value.abs_diff(min) + 1);
    let largest = values.iter().map(|value| stored(*value)).max().unwrap_or(0);
    let width = match largest {
        0..=0xff => 1,
        0x100..=0xffff => 2,
        0x1_0000..=0xffff_ffff => 4,
        _ => 8,
    };
    let mut column = Vec::with_capacity(HEAD + values.len() * width);
    column.extend_from_slice(&min.to_le_bytes());
    column.push(width as u8);
    values.iter().for_each(|value| column.extend_from_slice(&stored(*value).to_le_bytes()[..width]));
    column
}

/// An opened column.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbers<'a> {
    name: &'static str,
    min: i64,
    width: usize,
    values: &'a [u8],
}

impl<'a> Numbers<'a> {
    /// Opens a column of `rows` rows.
    pub(super) fn read(name: &'static str, column: &'a [u8], rows: usize) -> Result<Self, ColumnsError> {
        let Some((head, values)) = column.split_at_checked(HEAD) else {
            return Err(damaged(name, "it ends within its head"));
        };
        let min = head.first_chunk().map_or(0, |bytes| i64::from_le_bytes(*bytes));
        let width = usize::from(head[8]);
        if !matches!(width, 1 | 2 | 4 | 8) || rows.checked_mul(width) != Some(values.len()) {
            return Err(damaged(name, format!("{rows} rows of {width} bytes, found {}", values.len())));
        }
        Ok(Numbers { name, min, width, values })
    }

    /// The smallest number.
    pub(super) fn min(&self) -> i64 {
        self.min
    }

    /// The greatest possible number of distinct numbers, if a row has at most two bytes.
    pub(super) fn distinct(&self) -> Option<usize> {
        (self.width <= 2).then(|| 1 << (8 * self.width))
    }

    /// Calls `visit` with every row's number, in order, until it returns an error.
    pub(super) fn for_each(
        &self,
        mut visit: impl FnMut(usize, Option<i64>) -> Result<(), ColumnsError>,
    ) -> Result<(), ColumnsError> {
        let value = |stored: u64| match stored.checked_sub(1) {
            None => Ok(None),
            Some(above) => match self.min.checked_add_unsigned(above) {
                Some(value) => Ok(Some(value)),
                None => Err(damaged(self.name, "it holds a number that is too large")),
            },
        };
        // One loop for each width, so that the loop over the rows does not branch.
        match self.width {
            1 => self.values.iter().enumerate().try_for_each(|(row, byte)| visit(row, value(u64::from(*byte))?)),
            2 => self.wide::<2>().try_for_each(|(row, bytes)| visit(row, value(u16::from_le_bytes(bytes).into())?)),
            4 => self.wide::<4>().try_for_each(|(row, bytes)| visit(row, value(u32::from_le_bytes(bytes).into())?)),
            _ => self.wide::<8>().try_for_each(|(row, bytes)| visit(row, value(u64::from_le_bytes(bytes))?)),
        }
    }

    fn wide<const N: usize>(&self) -> impl Iterator<Item = (usize, [u8; N])> + 'a {
        self.values.as_chunks::<N>().0.iter().copied().enumerate()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read_back(column: &[u8], rows: usize) -> Result<Vec<Option<i64>>, ColumnsError> {
        let mut values = Vec::new();
        Numbers::read("year", column, rows)?.for_each(|row, value| {
            assert_eq!(row, values.len());
            values.push(value);
            Ok(())
        })?;
        Ok(values)
    }

    proptest! {
        #[test]
        fn numbers_come_back_whatever_their_spread(
            small in any::<i32>(), spread in prop_oneof![Just(1i64), Just(200), Just(60_000), Just(1 << 34)],
            values in prop::collection::vec(prop::option::of(any::<prop::sample::Index>()), 0..50),
        ) {
            let values: Vec<Option<i64>> =
                values.into_iter().map(|v| v.map(|v| i64::from(small) + v.index(spread as usize) as i64)).collect();
            prop_assert_eq!(read_back(&write(&values), values.len()).unwrap(), values);
        }

        #[test]
        fn any_bytes_are_numbers_or_an_error(column in prop::collection::vec(any::<u8>(), 0..60), rows in 0usize..40) {
            let _ = read_back(&column, rows);
        }
    }

    #[test]
    fn a_narrow_spread_takes_one_byte_a_row() {
        assert_eq!(write(&[Some(2020), None, Some(2024)]).len(), HEAD + 3);
        assert_eq!(write(&[Some(0), None, Some(254)]).len(), HEAD + 3);
        assert_eq!(write(&[Some(0), None, Some(255)]).len(), HEAD + 6);
    }
}
