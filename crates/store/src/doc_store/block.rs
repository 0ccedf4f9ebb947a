//! A decompressed block: some documents, each a line.

/// The lines of a block.
#[derive(Debug)]
pub(super) struct Block {
    bytes: Vec<u8>,
    /// Where the newline of each line is.
    ends: Vec<usize>,
}

impl Block {
    /// Finds the lines. There must be exactly `rows` of them.
    pub(super) fn new(bytes: Vec<u8>, rows: usize) -> Result<Self, String> {
        let ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at);
        // Looks for one line too many, to notice it.
        let ends: Vec<usize> = ends.take(rows.saturating_add(1)).collect();
        if ends.len() != rows || ends.last().map_or(0, |end| end + 1) != bytes.len() {
            return Err(format!("it should be {rows} lines"));
        }
        Ok(Block { bytes, ends })
    }

    /// A line without its newline, counted from 0.
    pub(super) fn line(&self, number: usize) -> Option<&[u8]> {
        let start = match number.checked_sub(1) {
            Some(before) => self.ends.get(before)? + 1,
            None => 0,
        };
        self.bytes.get(start..*self.ends.get(number)?)
    }

    /// The length of the block, decompressed.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_by_number() {
        let block = Block::new(b"ab\n\ncde\n".to_vec(), 3).unwrap();
        assert_eq!([block.line(0), block.line(1), block.line(2)], [Some(&b"ab"[..]), Some(b""), Some(b"cde")]);
        assert_eq!(block.line(3), None);
        assert_eq!(block.bytes(), 8);
    }

    #[test]
    fn another_number_of_lines_is_refused() {
        for (bytes, rows) in [(&b"a\nb\n"[..], 1), (b"a\nb\n", 3), (b"a\nb", 2), (b"a\nb", 1), (b"", 1), (b"a", 0)] {
            Block::new(bytes.to_vec(), rows).unwrap_err();
        }
    }
}
