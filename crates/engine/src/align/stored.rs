//! An alignment as bytes.
//!
//! ```text
//! magic "SEMSBRG\n" · version u32 · length of the head u32
//! head      JSON: both fingerprints, both widths, documents, method, agreement
//! offset    one f32 for each number of the old model
//! rows      one f32 for each number of the old and of the new model, row after row
//! checksum  BLAKE3 of everything before it, 32 bytes
//! ```
//!
//! Numbers are little-endian.

use semsearch_vector::Matrix;
use serde::{Deserialize, Serialize};

use super::alignment::Alignment;
use super::error::AlignmentError;
use super::linear_map::{LinearMap, Method};
use super::overlap::OverlapAt10;

const MAGIC: &[u8; 8] = b"SEMSBRG\n";
const VERSION: u32 = 1;
const FRAME: usize = 16;
const CHECKSUM: usize = 32;

#[derive(Serialize, Deserialize)]
struct Head {
    new: String,
    old: String,
    new_dimension: usize,
    old_dimension: usize,
    documents: usize,
    method: Method,
    #[serde(rename = "agreement")]
    overlap: OverlapAt10,
}

impl Alignment {
    /// The alignment as bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let LinearMap { rows, offset } = &self.map;
        let head = Head {
            new: self.new.clone(),
            old: self.old.clone(),
            new_dimension: rows.dim(),
            old_dimension: rows.rows(),
            documents: self.documents,
            method: self.method,
            overlap: self.overlap,
        };
        let head = serde_json::to_vec(&head).expect("strings and finite numbers can be written");
        let mut bytes = Vec::with_capacity(FRAME + head.len() + 4 * (offset.len() + rows.as_slice().len()) + CHECKSUM);
        bytes.extend(MAGIC);
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend((head.len() as u32).to_le_bytes());
        bytes.extend(head);
        bytes.extend(offset.iter().chain(rows.as_slice()).flat_map(|number| number.to_le_bytes()));
        bytes.extend(blake3::hash(&bytes).as_bytes());
        bytes
    }

    /// Reads an alignment from bytes.
    ///
    /// # Errors
    /// [`AlignmentError::Damaged`] if `bytes` are not those that [`encode`](Self::encode) returned.
    pub fn decode(bytes: &[u8]) -> Result<Self, AlignmentError> {
        let damaged = |problem: &str| AlignmentError::Damaged { problem: problem.to_owned() };
        let Some((body, checksum)) = bytes.split_last_chunk::<CHECKSUM>() else {
            return Err(damaged("it is cut off"));
        };
        let Some((frame, rest)) = body.split_first_chunk::<FRAME>() else {
            return Err(damaged("it is cut off"));
        };
        if !frame.starts_with(MAGIC) {
            return Err(damaged("its first bytes are not those of an alignment"));
        }
        if blake3::hash(body).as_bytes() != checksum {
            return Err(damaged("its checksum does not match"));
        }
        let number = |place: usize| u32::from_le_bytes([0, 1, 2, 3].map(|byte| frame[place + byte]));
        if number(8) != VERSION {
            return Err(damaged(&format!("it has version {}, this program reads {VERSION}", number(8))));
        }
        let Some((head, numbers)) = rest.split_at_checked(number(12) as usize) else {
            return Err(damaged("its head is longer than the file"));
        };
        let head: Head = serde_json::from_slice(head).map_err(|error| damaged(&error.to_string()))?;
        let (new, old) = (head.new_dimension, head.old_dimension);
        let expected = new.checked_add(1).and_then(|row| row.checked_mul(old)).and_then(|all| all.checked_mul(4));
        if expected != Some(numbers.len()) || new == 0 {
            return Err(damaged(&format!("{} bytes are not a map from {new} to {old} numbers", numbers.len())));
        }
        let (numbers, _) = numbers.as_chunks::<4>();
        let mut numbers = numbers.iter().map(|bytes| f32::from_le_bytes(*bytes));
        let offset = numbers.by_ref().take(old).collect();
        let rows = Matrix::from_vec(numbers.collect(), new).map_err(|error| damaged(&error.to_string()))?;
        let Head { new, old, documents, method, overlap, .. } = head;
        Ok(Alignment { new, old, documents, method, overlap, map: LinearMap { rows, offset } })
    }
}

#[cfg(test)]
mod tests {
    use semsearch_embed::Fingerprint;

    use super::super::alignment::LEAST_DOCUMENTS;
    use super::super::pairs::{Pairs, Queries};
    use super::super::testing::{Spaces, reflected, texts};
    use super::*;

    fn alignment() -> Alignment {
        let fingerprint = |tokens| Fingerprint::of(&semsearch_embed::bundled().remove(0), tokens);
        let spaces = texts(LEAST_DOCUMENTS, 8, 4).seen(|row| reflected(row, 4)[..3].to_vec());
        let Spaces { documents, queries, own } = &spaces;
        let queries = Queries::new(Pairs::new(&queries.0, &queries.1).unwrap(), own).unwrap();
        let documents = Pairs::new(&documents.0, &documents.1).unwrap();
        Alignment::fit(&fingerprint(1), &fingerprint(2), documents, queries).unwrap()
    }

    #[test]
    fn an_alignment_comes_back_as_it_was() {
        let alignment = alignment();
        assert_eq!(Alignment::decode(&alignment.encode()).unwrap(), alignment);
    }

    #[test]
    fn an_alignment_cut_off_or_changed_anywhere_is_refused() {
        let whole = alignment().encode();
        let refused = |bytes: &[u8]| matches!(Alignment::decode(bytes), Err(AlignmentError::Damaged { .. }));
        for place in 0..whole.len() {
            let mut changed = whole.clone();
            changed[place] ^= 0x10;
            assert!(refused(&changed), "byte {place}");
            assert!(refused(&whole[..place]), "{place} bytes");
        }
        assert!(refused(&[&whole[..], &[0]].concat()));
    }

    #[test]
    fn lengths_that_do_not_fit_are_refused_whatever_the_checksum_says() {
        let whole = alignment().encode();
        let signed = |change: &dyn Fn(&mut Vec<u8>)| {
            let mut body = whole[..whole.len() - CHECKSUM].to_vec();
            change(&mut body);
            let checksum = blake3::hash(&body);
            body.extend(checksum.as_bytes());
            Alignment::decode(&body).unwrap_err().to_string()
        };
        assert!(signed(&|body| body[12..16].fill(0xff)).contains("longer than the file"));
        assert!(signed(&|body| body[8] = 9).contains("version 9"));
        assert!(signed(&|body| body.truncate(body.len() - 4)).contains("not a map from 4 to 3 numbers"));
        let wide = |body: &mut Vec<u8>| {
            let place = body.windows(18).position(|bytes| bytes == b"\"old_dimension\":3,").unwrap();
            // A width whose product with the other overflows, in as many bytes as the head then has more.
            let number = b"\"old_dimension\":18446744073709551615,";
            body.splice(place..place + 18, number.iter().copied());
            let length = u32::from_le_bytes([body[12], body[13], body[14], body[15]]) + number.len() as u32 - 18;
            body[12..16].copy_from_slice(&length.to_le_bytes());
        };
        assert!(signed(&wide).contains("not a map"));
    }
}
