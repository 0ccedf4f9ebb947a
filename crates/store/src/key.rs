//! The key of a passage.

/// The hash of a passage. A document with the same passage as an earlier one gets its vector by this key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key(
    /// The first sixteen bytes of its BLAKE3.
    pub [u8; 16],
);

impl Key {
    /// The key of `passage`.
    #[must_use]
    pub fn of(passage: &str) -> Self {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&blake3::hash(passage.as_bytes()).as_bytes()[..16]);
        Key(bytes)
    }
}
