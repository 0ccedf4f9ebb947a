//! How many lengths of texts a page claims, where they are stored as differences.
//!
//! `DELTA_LENGTH_BYTE_ARRAY` begins with a stream of lengths, `DELTA_BYTE_ARRAY` with one of lengths shared with the text
//! before and one of the other lengths. The head of a stream says how many numbers it holds, and the `parquet` crate makes
//! room for as many before it reads the first. A damaged head can so claim more memory than there is, which ends the
//! program. So heads are looked at here before the crate does.
//!
//! ```text
//! stream   numbers in a block, parts of a block, numbers in all, the first of them; then blocks
//! block    the least difference, a byte for each part: bits of a number; then parts, of which those without numbers are missing
//! ```

use parquet::basic::Encoding;
use parquet::errors::Result;

use super::fault::damaged;

/// Refuses a page whose values, without levels, claim more than `most` lengths.
pub(super) fn check(encoding: Encoding, values: &[u8], most: u64) -> Result<()> {
    let streams = match encoding {
        Encoding::DELTA_LENGTH_BYTE_ARRAY => 1,
        Encoding::DELTA_BYTE_ARRAY => 2,
        _ => return Ok(()),
    };
    let mut stream = Stream { rest: values };
    for number in 1..=streams {
        // A page of nothing but nulls.
        if stream.rest.is_empty() {
            return Ok(());
        }
        let head = stream.head().ok_or_else(|| damaged("its lengths have no head"))?;
        if head.numbers > most {
            return Err(damaged(format!("{} bytes claim {} lengths", values.len(), head.numbers)));
        }
        if number < streams {
            stream.pass_over(&head).ok_or_else(|| damaged("its lengths are cut"))?;
        }
    }
    Ok(())
}

struct Stream<'a> {
    rest: &'a [u8],
}

struct Head {
    in_block: u64,
    parts: u64,
    numbers: u64,
}

impl Stream<'_> {
    fn head(&mut self) -> Option<Head> {
        let head = Head { in_block: self.number()?, parts: self.number()?, numbers: self.number()? };
        self.number()?;
        Some(head)
    }

    /// Passes over the blocks. Each takes a byte at least, or all that is left.
    fn pass_over(&mut self, head: &Head) -> Option<()> {
        let in_part = head.in_block.checked_div(head.parts).filter(|&count| count > 0 && count % 8 == 0)?;
        let mut left = head.numbers.saturating_sub(1);
        while left > 0 {
            self.number()?;
            let (widths, rest) = self.rest.split_at_checked(usize::try_from(head.parts).ok()?)?;
            self.rest = rest;
            for &width in widths {
                if left == 0 {
                    break;
                }
                let bytes = usize::try_from(in_part / 8 * u64::from(width).min(64)).ok()?;
                self.rest = self.rest.get(bytes..)?;
                left = left.saturating_sub(in_part);
            }
        }
        Some(())
    }

    /// A number of seven bits a byte, the lowest first.
    fn number(&mut self) -> Option<u64> {
        let length = self.rest.iter().take(10).position(|byte| byte & 0x80 == 0)? + 1;
        let (bytes, rest) = self.rest.split_at(length);
        self.rest = rest;
        Some(bytes.iter().rev().fold(0, |number, byte| number << 7 | u64::from(byte & 0x7f)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocks of 128 numbers in 4 parts; three numbers in one part of two bits each.
    const THREE: [u8; 18] = [0x80, 1, 4, 3, 10, 0, 2, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0];

    #[test]
    fn no_more_lengths_than_values() {
        let two = [THREE, THREE].concat();
        for (encoding, values) in [(Encoding::DELTA_LENGTH_BYTE_ARRAY, &THREE[..]), (Encoding::DELTA_BYTE_ARRAY, &two)]
        {
            assert!(check(encoding, values, 3).is_ok());
            let error = check(encoding, values, 2).unwrap_err().to_string();
            assert!(error.contains("claim 3 lengths"), "{error}");
            assert!(check(encoding, &[], 0).is_ok());
            assert!(check(encoding, &values[..2], 3).is_err());
        }
        assert!(check(Encoding::PLAIN, &THREE, 0).is_ok());
    }

    #[test]
    fn the_second_stream_is_looked_at_too() {
        let mut two = [THREE, THREE].concat();
        two[18 + 3] = 100;
        let error = check(Encoding::DELTA_BYTE_ARRAY, &two, 3).unwrap_err().to_string();
        assert!(error.contains("claim 100 lengths"), "{error}");
    }
}
