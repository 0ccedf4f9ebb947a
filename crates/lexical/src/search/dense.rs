//! Stems that many documents have, as one small number for each document.
//!
//! Half of the words of a query are in thousands of papers. To add up what they are worth document by document, each at
//! another place in memory, takes a nanosecond for each; numbers of eight bits that lie in the order of documents are added
//! eight at a time. They are rounded, so they only tell which documents may be among the best; what those are worth is
//! then looked up.

use super::members::Members;

/// A stem in each document, rounded up to one of 255 levels.
#[derive(Debug)]
pub(super) struct Dense {
    /// 0 for documents without the stem.
    levels: Box<[u8]>,
    /// What a level is worth.
    pub(super) step: f32,
}

impl Dense {
    /// The levels of a stem, if many of `end` documents have it.
    pub(super) fn of(documents: &Members, impacts: &[f32], end: u32) -> Option<Self> {
        let Members::Many(_) = documents else { return None };
        // A little more than a 255th, so that no level is below what it stands for.
        let step = impacts.iter().copied().fold(0.0, f32::max) / 255.0 * 1.000_001;
        let mut levels = vec![0; end as usize].into_boxed_slice();
        let mut impacts = impacts.iter();
        documents.for_each(|document| {
            let impact = impacts.next().copied().unwrap_or(0.0);
            levels[document as usize] = (impact / step).ceil().clamp(1.0, 255.0) as u8;
        });
        Some(Dense { levels, step })
    }

    /// How many bytes this takes.
    pub(super) fn bytes(&self) -> usize {
        self.levels.len()
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
        let dense = Dense::of(&Members::new(documents.clone(), 1000), &impacts, 1000).unwrap();
        for number in 0..1000 {
            let level = f32::from(dense.levels[number as usize]) * dense.step;
            match documents.binary_search(&number) {
                Ok(place) => assert!(level >= impacts[place] && level < impacts[place] + 1.01 * dense.step),
                Err(_) => assert_eq!(level, 0.0),
            }
        }
        let mut sums = vec![1; 1000];
        dense.add_to(&mut sums, 512);
        assert!(sums.iter().zip(&dense.levels).all(|(&sum, &level)| sum == 1 + 2 * i16::from(level)));
        assert!(Dense::of(&Members::new(documents[..10].to_vec(), 1000), &impacts[..10], 1000).is_none());
    }
}
