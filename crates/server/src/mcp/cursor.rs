//! Where a page ends and the next one begins, as a text that means something here alone.
//!
//! A cursor is bound to the arguments and to the generation of the collection: the order of other papers, or of papers that have
//! changed, has no such place.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The first byte of a cursor of this form.
const FORM: u8 = 1;

/// A place in the order of papers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// Papers before it.
    pub(crate) offset: u16,
    /// Papers of the first page, by which the order is made.
    pub(crate) first: u16,
    /// The generation of the collection.
    pub(crate) generation: u64,
    /// What the arguments are, in a number.
    pub(crate) binding: u64,
}

impl Cursor {
    pub(crate) fn written(&self) -> String {
        let mut bytes = vec![FORM];
        bytes.extend(self.offset.to_le_bytes());
        bytes.extend(self.first.to_le_bytes());
        bytes.extend(self.generation.to_le_bytes());
        bytes.extend(self.binding.to_le_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a cursor for a call. `Err` says why it has no place there.
    pub(crate) fn read(text: &str, generation: u64, binding: u64) -> Result<Self, String> {
        let read = Cursor::of(text)
            .ok_or("expected `cursor` to be `next_cursor` of an earlier page; leave it out to begin")?;
        if read.binding != binding {
            return Err(
                "the cursor is of a call with other arguments; repeat them all, or leave `cursor` out to begin"
                    .to_owned(),
            );
        }
        if read.generation != generation {
            return Err(format!(
                "the collection has changed since this cursor was given (generation {} then, {generation} now); leave `cursor` out to begin again",
                read.generation
            ));
        }
        Ok(read)
    }

    fn of(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text.trim()).ok()?;
        let (&form, rest) = bytes.split_first()?;
        let (offset, rest) = rest.split_first_chunk()?;
        let (first, rest) = rest.split_first_chunk()?;
        let (generation, rest) = rest.split_first_chunk()?;
        let cursor = Cursor {
            offset: u16::from_le_bytes(*offset),
            first: u16::from_le_bytes(*first),
            generation: u64::from_le_bytes(*generation),
            binding: u64::from_le_bytes(rest.try_into().ok()?),
        };
        (form == FORM && cursor.first > 0).then_some(cursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_where_it_belongs_and_says_why_not_elsewhere() {
        let cursor = Cursor { offset: 20, first: 10, generation: 3, binding: 0x1234_5678_9abc_def0 };
        let text = cursor.written();
        assert_eq!(Cursor::read(&text, 3, cursor.binding), Ok(cursor));
        assert!(Cursor::read(&text, 4, cursor.binding).unwrap_err().contains("generation 3 then, 4 now"));
        assert!(Cursor::read(&text, 3, 7).unwrap_err().contains("other arguments"));
        for wrong in ["", "x", "20", "AQAA", &text[1..], &format!("{text}AA"), &"A".repeat(text.len()), "=?\u{1f600}"] {
            assert!(Cursor::read(wrong, 3, cursor.binding).unwrap_err().contains("next_cursor"), "{wrong}");
        }
    }
}
