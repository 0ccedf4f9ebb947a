//! Numbers of words: the more frequent a word, the fewer bytes its number takes.
//!
//! A number of the 192 most frequent words is one byte, of the next 14,336 two, of the next 458,752 three, of all others
//! five. Half of the words of a text are among the first; with seven bits a byte, which have room for 128 in one byte, the
//! sequences of 60,000 abstracts take 4 % more.

/// The first number of each class of words; a class is how many bytes a number takes.
pub(crate) const FIRST: [u32; 4] = [0, 192, 14_528, 473_280];

/// The class of the word at a place in the order of frequency.
pub(crate) fn class_of(place: usize) -> usize {
    FIRST.iter().rposition(|&first| place >= first as usize).unwrap_or(0)
}

/// Appends the number of a word.
pub(crate) fn push_code(out: &mut Vec<u8>, number: u32) {
    if number < FIRST[1] {
        out.push(number as u8);
    } else if number < FIRST[2] {
        let rest = number - FIRST[1];
        out.extend_from_slice(&[192 + (rest >> 8) as u8, rest as u8]);
    } else if number < FIRST[3] {
        let rest = number - FIRST[2];
        out.extend_from_slice(&[248 + (rest >> 16) as u8, (rest >> 8) as u8, rest as u8]);
    } else {
        out.push(255);
        out.extend_from_slice(&(number - FIRST[3]).to_be_bytes());
    }
}

/// Takes the number of a word off the front; `None` if the bytes end within it or there is no such number.
#[inline]
pub(crate) fn take_code(bytes: &mut &[u8]) -> Option<u32> {
    let (&first, rest) = bytes.split_first()?;
    *bytes = rest;
    match first {
        0..192 => Some(u32::from(first)),
        192..248 => {
            let (&low, rest) = bytes.split_first()?;
            *bytes = rest;
            Some(FIRST[1] + (u32::from(first - 192) << 8 | u32::from(low)))
        }
        _ => take_long_code(first, bytes),
    }
}

fn take_long_code(first: u8, bytes: &mut &[u8]) -> Option<u32> {
    if first < 255 {
        let (low, rest) = bytes.split_first_chunk::<2>()?;
        *bytes = rest;
        Some(FIRST[2] + (u32::from(first - 248) << 16 | u32::from(u16::from_be_bytes(*low))))
    } else {
        let (rest_of_it, rest) = bytes.split_first_chunk()?;
        *bytes = rest;
        u32::from_be_bytes(*rest_of_it).checked_add(FIRST[3])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_in_as_many_bytes_as_their_class_has() {
        let edges = FIRST.iter().flat_map(|&first| [first.saturating_sub(1), first, first + 1]);
        for number in edges.chain([u32::MAX - 1, u32::MAX]) {
            let mut bytes = Vec::new();
            push_code(&mut bytes, number);
            assert_eq!(bytes.len(), [1, 2, 3, 5][class_of(number as usize)]);
            let mut rest = &bytes[..];
            assert_eq!((take_code(&mut rest), rest.len()), (Some(number), 0));
            assert_eq!(take_code(&mut &bytes[..bytes.len() - 1]), None);
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        assert_eq!(take_code(&mut &[255; 5][..]), None);
        assert_eq!(take_code(&mut &[][..]), None);
    }
}
