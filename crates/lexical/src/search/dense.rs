//! Stems that many documents have, as one small number for each document.
//!
//! Half of the words of a query are in thousands of papers. To add up what they are worth document by document, each at
//! another place in memory, takes a nanosecond for each; numbers of eight bits that lie in the order of documents are added
//! sixteen at a time. They are rounded, so they only tell which documents may be among the best; what those are worth is
//! then looked up.

/// A stem in each document, rounded up to one of 255 levels.
#[derive(Debug)]
pub(super) struct Dense {
    /// 0 for documents without the stem.
    levels: Box<[u8]>,
    /// What a level is worth.
    pub(super) step: f32,
    /// For 64 documents each: which have the stem, and how many before them do.
    ranks: Box<[(u64, u32)]>,
}

/// A stem is dense if at least one of so many documents has it.
const SHARE: usize = 16;

impl Dense {
    /// The levels of a stem, if enough of `end` documents have it.
    pub(super) fn of(documents: &[u32], impacts: &[f32], end: u32) -> Option<Self> {
        if documents.is_empty() || documents.len() < end as usize / SHARE {
            return None;
        }
        // A little more than a 255th, so that no level is below what it stands for.
        let step = impacts.iter().copied().fold(0.0, f32::max) / 255.0 * 1.000_001;
        let mut levels = vec![0; end as usize].into_boxed_slice();
        let mut ranks = vec![(0, 0); (end as usize).div_ceil(64)].into_boxed_slice();
        for (&document, &impact) in documents.iter().zip(impacts) {
            levels[document as usize] = (impact / step).ceil().clamp(1.0, 255.0) as u8;
            ranks[document as usize / 64].0 |= 1_u64 << (document % 64);
        }
        let mut before = 0;
        for rank in &mut ranks {
            rank.1 = before;
            before += rank.0.count_ones();
        }
        Some(Dense { levels, step, ranks })
    }

    /// How many bytes this takes.
    pub(super) fn bytes(&self) -> usize {
        self.levels.len() + self.ranks.len() * size_of::<(u64, u32)>()
    }

    /// Calls `visit` with the documents, ascending.
    pub(super) fn for_each(&self, mut visit: impl FnMut(u32)) {
        for (first, &(mut bits, _)) in (0..).step_by(64).zip(&self.ranks) {
            while bits != 0 {
                visit(first + bits.trailing_zeros());
                bits &= bits - 1;
            }
        }
    }

    /// Which of the documents with the stem a document is.
    #[inline]
    pub(super) fn place(&self, document: u32) -> Option<usize> {
        let (bits, before) = self.ranks[document as usize / 64];
        let bit = 1_u64 << (document % 64);
        (bits & bit != 0).then(|| before as usize + (bits & (bit - 1)).count_ones() as usize)
    }

    /// Adds to each document what it is worth, in units of which a level is `factor / 256`, rounded down.
    pub(super) fn add_to(&self, sums: &mut [i16], factor: u16) {
        for (sum, &level) in sums.iter_mut().zip(&self.levels) {
            // The 1 is too little to count, and leads the compiler to the instruction that multiplies eight at once.
            let level = u16::from(level) << 8 | 1;
            *sum += ((u32::from(level) * u32::from(factor)) >> 16) as u16 as i16;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_no_less_than_what_it_stands_for() {
        let documents: Vec<u32> = (0..1000).filter(|number| number % 3 != 1).collect();
        let impacts: Vec<f32> = documents.iter().map(|&number| 0.001 + (number as f32 * 0.37).sin().abs()).collect();
        let dense = Dense::of(&documents, &impacts, 1000).unwrap();
        for number in 0..1000 {
            let place = dense.place(number);
            assert_eq!(place, documents.binary_search(&number).ok());
            let level = f32::from(dense.levels[number as usize]) * dense.step;
            match place {
                Some(place) => assert!(level >= impacts[place] && level < impacts[place] + 1.01 * dense.step),
                None => assert_eq!(level, 0.0),
            }
        }
        let mut again = Vec::new();
        dense.for_each(|document| again.push(document));
        assert_eq!(again, documents);
        let mut sums = vec![1; 1000];
        dense.add_to(&mut sums, 512);
        assert!(sums.iter().zip(&dense.levels).all(|(&sum, &level)| sum == 1 + 2 * i16::from(level)));
        assert!(Dense::of(&documents[..10], &impacts[..10], 1000).is_none());
    }
}
