//! UTF-16 turned into UTF-8, for files that begin with its byte order mark: spreadsheets and databases write such files on
//! Windows.
//!
//! What is not UTF-16 (half of a surrogate pair, half of a unit) becomes `U+FFFD`.
//!
//! Cost: one buffer.

use std::io::{self, Read};

/// Bytes that are read at once.
const CHUNK: usize = 8 << 10;

/// Bytes from which it is told whether text without a mark is UTF-16, and the fewest units that tell it.
const LOOKED_AT: usize = 1 << 10;
const FEWEST_UNITS: usize = 8;

/// How the bytes of a unit are ordered, by the mark that a file begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Little,
    Big,
}

impl Order {
    /// The order that a file's first bytes tell; `None` if it is not UTF-16.
    pub(super) fn of(head: &[u8]) -> Option<Order> {
        match head {
            [0xff, 0xfe, ..] => Some(Order::Little),
            [0xfe, 0xff, ..] => Some(Order::Big),
            _ => None,
        }
    }

    /// The order of text without a mark, of which nearly every second byte is zero; `None` if it is something else.
    pub(super) fn without_mark(head: &[u8]) -> Option<Order> {
        let head = &head[..head.len().min(LOOKED_AT) & !1];
        let zeros = |first: usize| head.iter().skip(first).step_by(2).filter(|&&byte| byte == 0).count();
        let is_text = |first: usize| {
            head.iter().skip(first).step_by(2).all(|&byte| byte >= b' ' || matches!(byte, b'\t' | b'\r' | b'\n' | 0))
        };
        let (units, even, odd) = (head.len() / 2, zeros(0), zeros(1));
        match units >= FEWEST_UNITS {
            true if even == 0 && odd * 10 >= units * 9 && is_text(0) => Some(Order::Little),
            true if odd == 0 && even * 10 >= units * 9 && is_text(1) => Some(Order::Big),
            _ => None,
        }
    }
}

/// A reader of UTF-16 that hands out UTF-8, the byte order mark included.
pub(super) struct Utf16Reader<R> {
    raw: R,
    order: Order,
    /// A byte whose unit is not whole.
    half: Option<u8>,
    /// The first half of a surrogate pair.
    high: Option<u16>,
    ready: Vec<u8>,
    at: usize,
}

impl<R: Read> Utf16Reader<R> {
    pub(super) fn new(raw: R, order: Order) -> Utf16Reader<R> {
        Utf16Reader { raw, order, half: None, high: None, ready: Vec::new(), at: 0 }
    }

    /// Reads one chunk more. Returns whether there was one.
    fn refill(&mut self) -> io::Result<bool> {
        let mut chunk = [0; CHUNK];
        let length = self.raw.read(&mut chunk)?;
        self.ready.clear();
        self.at = 0;
        let mut text = String::new();
        for &byte in &chunk[..length] {
            match self.half.take() {
                None => self.half = Some(byte),
                Some(first) => {
                    let unit = match self.order {
                        Order::Little => u16::from_le_bytes([first, byte]),
                        Order::Big => u16::from_be_bytes([first, byte]),
                    };
                    self.take(unit, &mut text);
                }
            }
        }
        if length == 0 && (self.half.take().is_some() | self.high.take().is_some()) {
            text.push(char::REPLACEMENT_CHARACTER);
        }
        self.ready = text.into_bytes();
        Ok(length > 0 || !self.ready.is_empty())
    }

    fn take(&mut self, unit: u16, text: &mut String) {
        let is_high = (0xd800..0xdc00).contains(&unit);
        let units = self.high.take().into_iter().chain((!is_high).then_some(unit));
        text.extend(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
        if is_high {
            self.high = Some(unit);
        }
    }
}

impl<R: Read> Read for Utf16Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.ready.len() {
            if !self.refill()? {
                return Ok(0);
            }
        }
        let length = buffer.len().min(self.ready.len() - self.at);
        buffer[..length].copy_from_slice(&self.ready[self.at..self.at + length]);
        self.at += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoded(bytes: &[u8]) -> String {
        let mut text = String::new();
        Utf16Reader::new(bytes, Order::of(bytes).unwrap()).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn what_is_not_utf16_is_replaced() {
        assert_eq!(decoded(b"\xff\xfea\0\x00\xd8b\0"), "\u{feff}a\u{fffd}b");
        assert_eq!(decoded(b"\xfe\xff\0a\xd8\0"), "\u{feff}a\u{fffd}");
        assert_eq!(decoded(b"\xff\xfea"), "\u{feff}\u{fffd}");
        assert_eq!(Order::of(b"ab"), None);
    }

    #[test]
    fn text_without_a_mark_is_known_by_its_zeros() {
        let little: Vec<u8> = "title,abstract\né".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = "title,abstract\né".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!((Order::without_mark(&little), Order::without_mark(&big)), (Some(Order::Little), Some(Order::Big)));
        for bytes in [
            &b"title,abstract\n with words"[..],
            b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
            b"a\0",
            &[1, 0, 2, 0].repeat(20),
        ] {
            assert_eq!(Order::without_mark(bytes), None, "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn every_text_comes_back_from_both_orders(text in "\\PC{0,40}") {
            let marked = format!("\u{feff}{text}");
            let little: Vec<u8> = marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let big: Vec<u8> = marked.encode_utf16().flat_map(u16::to_be_bytes).collect();
            prop_assert_eq!(decoded(&little), marked.clone());
            prop_assert_eq!(decoded(&big), marked);
        }
    }
}
